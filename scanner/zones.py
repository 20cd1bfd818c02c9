"""Where devices stand: the operator's networks → site, building, floor, sensitivity. Pure assignment.

The smallest network that holds one of a device's addresses decides; the parts of a zone that say nothing are not
taken from a larger one. A device outside every zone has the site and nothing else, if there is a site.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from scanner.model import Device, IPAddress, Place

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """Some networks and what the operator calls the place that they serve."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    name: str
    networks: tuple[Network, ...]
    site: str = ""
    building: str = ""
    floor: str = ""
    sensitivity: str = ""

    def place(self, site: str) -> "Place":
        """Return the place that the zone describes; `site` is where it lies unless it says otherwise."""
        from scanner.model import Place

        return Place(
            site=self.site or site,
            zone=self.name,
            building=self.building,
            floor=self.floor,
            sensitivity=self.sensitivity,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """The zones of one site. Without a site and without zones nobody stands anywhere."""

    site: str = ""
    zones: tuple[Zone, ...] = ()

    def at(self, site: str) -> "Map":
        """Return the zones of one of several sites: those that name it, and those that name none.

        Sites may all use the same networks: where one stands says nothing of another.
        """
        if site == self.site:
            return self
        return Map(site=site, zones=tuple(zone for zone in self.zones if zone.site in {"", site}))

    def placed(self, devices: "Iterable[Device]") -> "tuple[Device, ...]":
        """Return the devices with their places."""
        if not self.zones:
            nowhere = self.place_of(())
            return tuple(d if d.place == nowhere else replace(d, place=nowhere) for d in devices)
        index = _Index(self.zones)
        return tuple(replace(device, place=self._place(index, device.addresses)) for device in devices)

    def place_of(self, addresses: "Sequence[IPAddress]") -> "Place | None":
        """Return the place of a device by its addresses; of zones of one size the first by name."""
        return self._place(_Index(self.zones), addresses)

    def _place(self, index: "_Index", addresses: "Sequence[IPAddress]") -> "Place | None":
        from scanner.model import Place

        holding = [found for address in addresses if (found := index.smallest(address))]
        if holding:
            return min(holding, key=lambda item: item[:2])[2].place(self.site)
        return Place(site=self.site) if self.site else None


class _Index:
    """Zones by the networks' first addresses, a table for each size: looking up costs a step a size, not a zone."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._tables: dict[tuple[int, int], dict[int, Zone]] = {}
        for zone in sorted(zones, key=lambda zone: zone.name, reverse=True):
            for network in zone.networks:
                host_bits = network.max_prefixlen - network.prefixlen
                table = self._tables.setdefault((network.version, host_bits), {})
                table[int(network.network_address)] = zone
        self._sizes = {
            version: sorted(bits for held, bits in self._tables if held == version) for version in (4, 6)
        }

    def smallest(self, address: "IPAddress") -> tuple[int, str, Zone] | None:
        """Return the smallest zone that holds an address: its size in host bits, its name, itself."""
        number = int(address)
        for bits in self._sizes[address.version]:
            zone = self._tables[address.version, bits].get(number >> bits << bits)
            if zone is not None:
                return bits, zone.name, zone
        return None


NOWHERE = Map()
"""The map of those who described no zones."""


def twice(zones: Iterable[Zone]) -> str:
    """Return what is wrong with zones as one sentence: a network or name that one site has twice; "" if nothing is."""
    names, networks = set[tuple[str, str]](), dict[tuple[str, Network], str]()
    for zone in zones:
        if (zone.site, zone.name) in names:
            return f"name: {zone.name!r} is there twice"
        names.add((zone.site, zone.name))
        for network in zone.networks:
            if (zone.site, network) in networks:
                return f"networks: {network} is also in {networks[zone.site, network]!r}"
            networks[zone.site, network] = zone.name
    return ""
