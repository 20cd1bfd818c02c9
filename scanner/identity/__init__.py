"""Evidence in, devices out: who is who on this network, and what the evidence says of each.

Two steps that know nothing of each other. `grouping` decides which subjects are one device, by keys that a
device cannot easily share (MAC, maker with serial, endpoint UUID); an address binds only within one run and
only through `bindings`, which knows that a router's MAC stands on everybody's packets. `conclusions` then
weighs what is said of each device, attribute by attribute. Both are pure: the same evidence in any order
gives the same devices.
"""

from collections.abc import Iterable
from datetime import date

from scanner.identity.bindings import Bindings, Sightings
from scanner.identity.conclusions import conclude_attributes
from scanner.identity.devices import build_device
from scanner.identity.grouping import group
from scanner.identity.recorders import with_inputs
from scanner.model import Device, Evidence
from scanner.vendors import Vendors

__all__ = ["Bindings", "Sightings", "conclude"]


def conclude(
    evidence: Iterable[Evidence], bindings: Bindings, vendors: Vendors, on: date
) -> tuple[Device, ...]:
    """Return the devices that the evidence speaks of, ordered by address, then MAC.

    `bindings` say which MAC was seen at which address, `on` is the day whose brand and ownership relations
    hold. Hosts outside the local network are devices only where they show themselves as surveillance devices.
    """
    groups = group(tuple(evidence), bindings, vendors, on)
    made = [
        (members, build_device(members, conclude_attributes(members.evidence, vendors, on)))
        for members in groups
    ]
    devices = with_inputs(made)
    kept = [device for device in devices if _belongs(device)]
    return tuple(sorted(kept, key=_order))


def _belongs(device: Device) -> bool:
    return bool(device.macs) or device.is_surveillance or any(not a.is_global for a in device.addresses)


def _order(device: Device) -> tuple[object, ...]:
    first = device.addresses[0] if device.addresses else None
    return (first is None, first.version if first else 0, int(first) if first else 0, device.macs, device.id)
