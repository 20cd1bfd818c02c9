"""The inventory that the store knows: every device that is not gone, for commands that work on what is there now."""

from typing import TYPE_CHECKING

from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.model import Device


def known_now(store: str | None, site: str | None) -> "tuple[Device, ...]":
    """Return the devices that the store knows and that are not gone; of one site where it holds several.

    Raises StoreError where there is no store yet, UsageError where a site must be named.
    """
    from scanner.store import open_store

    with open_store(store, create=False) as opened:
        sites = opened.sites()
        if site is None and len(sites) > 1:
            raise UsageError(f"the store holds several sites: say --site ({', '.join(sites)})")
        if site is not None and site not in sites:
            raise UsageError(f"the store knows no site {site!r}; there are {', '.join(sites) or 'none'}")
        return tuple(device for _, device, _ in opened.devices(site))
