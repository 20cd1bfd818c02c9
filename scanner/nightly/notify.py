"""Tells people, through apprise: mail, Teams, Slack, webhooks and a hundred others, each an address of its own.

Addresses hold secrets. They reach apprise and nothing else: what is said about one that failed is its kind and host.
"""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scanner.errors import ScannerError

if TYPE_CHECKING:
    from apprise import Apprise

MISSING = "notifications need a library that is not installed: pip install 'camcensus[notify]'"


def check(addresses: Sequence[str]) -> None:
    """Raise ScannerError for the first address that nobody could be told at, or where the library is missing."""
    for address in addresses:
        _service(address)


def tell(addresses: Sequence[str], title: str, body: str) -> None:
    """Tell everybody; one who cannot be told does not cost the others. ScannerError names those that failed."""
    failed = [_spoken(address) for address in addresses if not _told(address, title, body)]
    if failed:
        raise ScannerError(f"not told: {', '.join(failed)}")


def _told(address: str, title: str, body: str) -> bool:
    service = _service(address)
    logger = logging.getLogger("apprise")
    before, logger.disabled = logger.disabled, True  # its lines may hold the address
    try:
        with _quietly():
            return bool(service.notify(title=title, body=body, body_format="text"))
    finally:
        logger.disabled = before


def _service(address: str) -> "Apprise":
    with _quietly():
        try:
            from apprise import Apprise
        except ImportError as error:
            raise ScannerError(MISSING) from error
        service = Apprise()
        if not service.add(address):
            raise ScannerError(f"{_spoken(address)} is no address that anybody can be told at")
    return service


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the library's own housekeeping (modules that a later Python will not have) from the user."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


def _spoken(address: str) -> str:
    """Return an address without what is secret in it."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "an address"
    if not parts.scheme:
        return "an address"
    host = parts.hostname or "" if parts.scheme in _HOSTED else ""
    return f"{parts.scheme}://{host}…" if host else f"{parts.scheme}://…"


_HOSTED = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "syslog"})
"""Kinds of address whose host is no secret: for others a token may stand in its place."""
