"""Whether a device may have a credential: its selectors fit, and it is who it is known to be. Pure.

In this order, and the first no is the answer:

1. An entry fits by every kind of selector that it has. A maker that is contested, or thinly shown, fits nothing.
2. The device refused no credential of this version of the file.
3. Whoever was known at its address before must be the same device: by MAC and by serial number, where both are
   known; a device that shows neither is not the one that showed them.
4. An entry that says only where a device stands (address, zone) is for devices that an earlier run knows: who is
   at an address for the first time could be anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from scanner.credentials.ledger import Identity, Ledger, identity_of
from scanner.credentials.sheet import Credentials, Entry
from scanner.model import Attribute, Device

SETTLED = 0.5
"""Confidence in a maker or brand below which no selector takes it for known (as in policy)."""


class Known(Protocol):
    """What earlier runs know: a store, or the ledger."""

    def known(self, device: Device) -> tuple[Identity, ...]:
        """Return the devices that were seen at an address of this one, or with its MAC or serial number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A device may be asked with an entry, at these services."""

    device: Device
    entry: Entry
    services: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """An entry fits a device that may not have it, and why."""

    device: Device
    entry: Entry
    why: str


def grant(
    device: Device, sheet: Credentials, ledger: Ledger, memories: Iterable[Known] = ()
) -> Grant | Withheld | None:
    """Return what a device may have; None where no entry is for it. `memories` know more than the ledger does."""
    entry = next((entry for entry in sheet.entries if _fits(entry, device)), None)
    if entry is None:
        return None
    refusals = ledger.refusals(device, sheet.digest)
    refused = {refusal.service for refusal in refusals}
    services = () if "" in refused else tuple(name for name in entry.services if name not in refused)
    if refusals and not services:
        old = refusals[-1]
        why = f"it refused {old.entry!r} at {old.when}: not tried again until {sheet.file} changes"
        return Withheld(device=device, entry=entry, why=why)
    known = [who for memory in (ledger, *memories) for who in memory.known(device)]
    why = _objection(device, entry, known)
    if why:
        return Withheld(device=device, entry=entry, why=why)
    return Grant(device=device, entry=entry, services=services)


def _fits(entry: Entry, device: Device) -> bool:
    """Tell whether a device is among those that every kind of selector of an entry selects."""
    place = device.place
    tests = (
        (entry.maker, _settled(device, Attribute.MAKER) in entry.maker),
        (entry.brand, _settled(device, Attribute.BRAND) in entry.brand),
        (entry.mac, any(mac.startswith(wanted) for mac in device.macs for wanted in entry.mac)),
        (entry.serial, identity_of(device).serial in entry.serial),
        (
            entry.address,
            any(a in net for a in device.addresses for net in entry.address if a.version == net.version),
        ),
        (entry.zone, place is not None and bool({place.zone, place.site, place.building} & set(entry.zone))),
    )
    return all(fits for selector, fits in tests if selector)


def _settled(device: Device, attribute: Attribute) -> str:
    concluded = device.conclusions.get(attribute)
    return (
        concluded.value if concluded and not concluded.contested and concluded.confidence >= SETTLED else ""
    )


def _objection(device: Device, entry: Entry, known: Iterable[Identity]) -> str:
    """Return why a device that an entry fits may not have it, or ""."""
    who = identity_of(device)
    earlier = list(known)
    same = [old for old in earlier if old.is_same(who)]
    here = [old for old in earlier if set(old.addresses) & set(who.addresses)]
    if same:
        changed = [old for old in same if old.maker and who.maker and old.maker != who.maker]
        return f"it was made by {changed[0].maker} before, and by {who.maker} now" if changed else ""
    for old in (*here, *(old for old in earlier if old not in here)):
        if old.is_same(who) is False or old.macs or old.serial:
            return _stranger(old, who)
        if old.maker and who.maker and old.maker != who.maker:
            return f"a device of {old.maker} was known there, this one is by {who.maker}"
    if not entry.says_who and not here:
        return "the entry says only where it is, and no earlier run knows who is there"
    return ""


def _stranger(old: Identity, who: Identity) -> str:
    before = f"MAC {old.macs[0]}" if old.macs else f"serial number {old.serial}"
    now = f"MAC {who.macs[0]}" if who.macs else f"serial number {who.serial}" if who.serial else "neither"
    return f"a stranger at a known address: {before} was known there, this one shows {now}"
