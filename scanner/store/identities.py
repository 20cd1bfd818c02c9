"""Who is who from run to run: the devices of a new report get the ids under which they are known. Pure.

Lasting keys decide first, the strongest for everybody before the next: a MAC, then maker and serial, then the UUID of
an endpoint. A key that two known devices share is a bad key and decides nothing; a serial or UUID that would join two
different MACs loses to the MACs. Only where no lasting key contradicts, the same address with the same maker, model
and kind is the same device: that is all a routed scan without serials can go by. Whoever matches nobody is new; that
a MAC is known at another site makes it the same device, moved.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scanner.identity.grouping import is_serial
from scanner.model import Attribute, Device
from scanner.vendors.registry import is_local

MAC, SERIAL, UUID = "mac", "serial", "uuid"
LASTING = (MAC, SERIAL, UUID)
ID_DIGITS = 10

Keys = Mapping[str, frozenset[str]]
Elsewhere = Callable[[Iterable[str]], Mapping[str, str]]
"""Lasting keys → the ids of devices at other sites that have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a known device is known by: its lasting keys, and where and what it was last."""

    id: str
    keys: Keys
    addresses: frozenset[str] = frozenset()
    likeness: tuple[str, str, str] = ("", "", "")


@dataclass(slots=True)
class _Match:
    """The state of one matching; `ids` is its result."""

    known: Mapping[str, Known]
    fresh: Mapping[str, Known]
    ids: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)

    def give(self, new: str, old: str) -> None:
        self.ids[new] = old
        self.taken.add(old)


def known_by(device: Device) -> Known:
    """Return what a device can be known by."""
    maker, serial = device.value(Attribute.MAKER), device.value(Attribute.SERIAL)
    uuids = {item.value for item in device.evidence if item.attribute is Attribute.UUID}
    return Known(
        id=device.id,
        keys={
            MAC: frozenset(mac for mac in device.macs if not is_local(mac)),
            SERIAL: frozenset({f"{maker} {serial}"} if maker and serial and is_serial(serial) else ()),
            UUID: frozenset(uuids if len(uuids) == 1 else ()),
        },
        addresses=frozenset(map(str, device.addresses)),
        likeness=(device.kind, maker or "", device.value(Attribute.MODEL) or ""),
    )


def lasting(who: Known) -> list[str]:
    """Return the lasting keys of a device as texts, the strongest first: "mac 44:19:b6:00:00:01"."""
    return [f"{kind} {value}" for kind in LASTING for value in sorted(who.keys.get(kind, ()))]


def match(
    known: Iterable[Known],
    devices: Sequence[Device],
    *,
    site: str = "",
    taken: Iterable[str] = (),
    elsewhere: Elsewhere = lambda _keys: {},
) -> dict[str, str]:
    """Return for each new device, by its id, the id under which it is known or is to be known from now on.

    `taken` are the ids of known devices that are found already: their keys count, but they are given to nobody.
    """
    one = _Match({k.id: k for k in known}, {d.id: known_by(d) for d in sorted(devices, key=lambda d: d.id)})
    one.taken.update(taken)
    for kind in LASTING:
        _by_key(one, kind)
    _by_place(one)
    _moved(one, elsewhere)
    for new, who in one.fresh.items():
        if new not in one.ids:
            one.give(new, _new_id(who, site, one))
    return one.ids


def _by_key(one: _Match, kind: str) -> None:
    owners: dict[str, set[str]] = {}
    for who in one.known.values():
        for value in who.keys.get(kind, ()):
            owners.setdefault(value, set()).add(who.id)
    claims: dict[str, list[str]] = {}
    for new, fresh in one.fresh.items():
        if new in one.ids:
            continue
        for value in sorted(fresh.keys.get(kind, ())):
            holders = owners.get(value, set())
            if len(holders) == 1:
                (old,) = holders
                if old not in one.taken and not _contradicts(kind, one.known[old], fresh):
                    claims.setdefault(old, []).append(new)
    for old, claimants in claims.items():
        if len(set(claimants)) == 1 and claimants[0] not in one.ids and old not in one.taken:
            one.give(claimants[0], old)


def _contradicts(kind: str, old: Known, new: Known) -> bool:
    """Tell whether two that share a serial or UUID have MACs, and none in common."""
    return kind != MAC and _differ(MAC, old, new)


def _differ(kind: str, old: Known, new: Known) -> bool:
    ours, theirs = old.keys.get(kind, frozenset()), new.keys.get(kind, frozenset())
    return bool(ours and theirs and not ours & theirs)


def _by_place(one: _Match) -> None:
    """Match who has the same address and likeness, where no lasting key speaks against it and nobody else is meant."""
    places: dict[str, set[str]] = {}
    for who in one.known.values():
        if who.id not in one.taken:
            for address in who.addresses:
                places.setdefault(address, set()).add(who.id)
    for new, fresh in one.fresh.items():
        if new in one.ids:
            continue
        here = {old for address in fresh.addresses for old in places.get(address, ())} - one.taken
        alike = [old for old in here if _alike(one.known[old], fresh)]
        if len(alike) == 1:
            one.give(new, alike[0])


def _alike(old: Known, new: Known) -> bool:
    return old.likeness == new.likeness and not any(_differ(kind, old, new) for kind in LASTING)


def _moved(one: _Match, elsewhere: Elsewhere) -> None:
    left = {new: lasting(who) for new, who in one.fresh.items() if new not in one.ids}
    found = elsewhere([key for keys in left.values() for key in keys])
    for new, keys in left.items():
        old = next((found[key] for key in keys if key in found), None)
        if old is not None and old not in one.taken and old not in one.known:
            one.give(new, old)


def _new_id(who: Known, site: str, one: _Match) -> str:
    """Return an id for a device that is new: its own if a lasting key made it, else one of this site only."""
    has_key = any(who.keys.get(kind) for kind in (MAC, SERIAL))
    wanted = who.id if has_key or not site else _digest(f"{site}\n{who.id}")
    number = 1
    while wanted in one.known or wanted in one.taken:
        number += 1
        wanted = _digest(f"{who.id}\n{number}")
    return wanted


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]
