"""What a store knows of the devices of a site, for who decides whether somebody is a stranger."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from scanner.credentials.ledger import Identity, identity_of, keys_of
from scanner.model import Device

if TYPE_CHECKING:
    from scanner.store import Store


class Remembered:
    """Devices of earlier runs, found again by address, MAC or serial number."""

    def __init__(self, devices: Iterable[Device]) -> None:
        self._by_key: dict[str, list[Identity]] = {}
        for device in devices:
            who = identity_of(device)
            for key in keys_of(who):
                self._by_key.setdefault(key, []).append(who)

    @classmethod
    def of_store(cls, store: "Store", site: str) -> "Remembered":
        """Return what a store knows of a site, devices that are gone left out: another may have their address."""
        return cls(device for _, device, _ in store.devices(site))

    def known(self, device: Device) -> tuple[Identity, ...]:
        """Return those that share an address, a MAC or a serial number with a device."""
        found = (who for key in keys_of(identity_of(device)) for who in self._by_key.get(key, ()))
        return tuple(dict.fromkeys(found))
