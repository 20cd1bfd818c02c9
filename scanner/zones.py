"""Where devices stand: the operator's networks → site, building, floor, sensitivity. Pure assignment.

The smallest network that holds one of a device's addresses decides; the parts of a zone that say nothing are not
taken from a larger one. A device outside every zone has the site and nothing else, if there is a site.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network
from typing import ClassVar

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

    def place(self, site: str) -> Place:
        """Return the place that the zone describes; `site` is where it lies unless it says otherwise."""
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

    def placed(self, devices: Iterable[Device]) -> tuple[Device, ...]:
        """Return the devices with their places."""
        return tuple(replace(device, place=self.place_of(device.addresses)) for device in devices)

    def place_of(self, addresses: Sequence[IPAddress]) -> Place | None:
        """Return the place of a device by its addresses; of zones of one size the first by name."""
        holding = [
            (network.max_prefixlen - network.prefixlen, zone.name, zone)
            for zone in self.zones
            for network in zone.networks
            if any(address in network for address in addresses)
        ]
        if holding:
            return min(holding, key=lambda item: item[:2])[2].place(self.site)
        return Place(site=self.site) if self.site else None


NOWHERE = Map()
"""The map of those who described no zones."""


def twice(zones: Iterable[Zone]) -> str:
    """Return what is wrong with zones as one sentence: a network or a name that is there twice; "" if nothing is."""
    names, networks = set[str](), dict[Network, str]()
    for zone in zones:
        if zone.name in names:
            return f"name: {zone.name!r} is there twice"
        names.add(zone.name)
        for network in zone.networks:
            if network in networks:
                return f"networks: {network} is also in {networks[network]!r}"
            networks[network] = zone.name
    return ""
