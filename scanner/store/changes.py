"""What changed from one run to a later one, as values and in words. Pure.

Only what a person would call a change: not another confidence, another order, or a thing left unsaid tonight. A device
that is missing is no news until it counts as gone. A verdict that changed says why: the device, the evidence, the
fingerprints, the list, or a waiver.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from socket import AF_INET, AF_INET6, inet_pton  # quicker than ipaddress, which reads each digit in Python
from typing import Any

from scanner.model import Attribute, Place
from scanner.reports.phrases import plain
from scanner.store.told import COMPARED, Told


class ChangeKind(StrEnum):
    """What can happen to a device between two runs, in the order in which people want to read it."""

    APPEARED = "appeared"
    BACK = "back"
    GONE = "gone"
    MOVED = "moved"
    CHANGED = "changed"
    VERDICT = "verdict"


class Why(StrEnum):
    """What made a verdict change."""

    DEVICE = "device"
    EVIDENCE = "evidence"
    FINGERPRINTS = "fingerprints"
    LIST = "list"
    WAIVER = "waiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of one device. `attribute` is what changed, `list` whose verdict; `words` is a line for people.

    `instead` is the id of a device that had its address and is not there any more.
    """

    kind: ChangeKind
    device: str
    words: str
    attribute: str = ""
    before: str = ""
    after: str = ""
    list: str = ""
    why: str = ""
    instead: str = ""


@dataclass(slots=True, kw_only=True)  # not frozen: thousands are made at a time
class Side:
    """A device as it stood at one run: `device` is None if it was not there, `last` is how it was known then."""

    device: Told | None = None
    last: Told | None = None
    verdicts: Mapping[str, str] = field(default_factory=dict)
    known: bool = False
    gone: bool = False
    site: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """What a run was judged with: the versions of the fingerprints and of each list."""

    fingerprints: str = ""
    lists: Mapping[str, str] = field(default_factory=dict)


_NAMES = tuple(attribute.value for attribute in COMPARED)
_LEARNED = frozenset({"kind", "brand", "maker"})
"""What is worth a word when it becomes known; the rest is only when it becomes another."""
_OF_THE_DEVICE = frozenset({"model", "firmware", "serial"})


def compare(
    pairs: Mapping[str, tuple[Side, Side]],
    before: Data = Data(),
    after: Data = Data(),
) -> tuple[Change, ...]:
    """Return the changes of devices, given each at both runs, in order of kind and address."""
    vacated = {
        a: old.device
        for old, new in pairs.values()
        if old.device and not new.device
        for a in old.device.addresses
    }
    found = [
        change
        for name, (old, new) in pairs.items()
        for change in _of_one(name, old, new, before, after, vacated)
    ]
    places = {c.device: _place_key(pairs[c.device][1].last or pairs[c.device][0].last) for c in found}
    order = list(ChangeKind)
    return tuple(
        sorted(found, key=lambda c: (order.index(c.kind), places[c.device], c.device, c.attribute, c.list))
    )


def _of_one(
    name: str, old: Side, new: Side, before: Data, after: Data, vacated: Mapping[str, Told]
) -> Iterable[Change]:
    if new.device is None:
        if new.gone and not old.gone:
            yield Change(
                kind=ChangeKind.GONE, device=name, words=f"gone: {_called(new.last or old.last, name)}"
            )
        return
    shown = _called(new.device, name)
    other = next((vacated[a] for a in new.device.addresses if a in vacated), None)
    instead = other.id if other else ""
    place = f", in the place of {_called(other, '')}" if other else ""
    if not old.known:
        words = f"appeared: {shown}{place}{_judged(new.verdicts)}"
        yield Change(kind=ChangeKind.APPEARED, device=name, words=words, instead=instead)
        return
    if old.gone:
        yield Change(kind=ChangeKind.BACK, device=name, words=f"back: {shown}{place}", instead=instead)
    was = old.last
    if was is None:
        return
    if old.device is None:
        old = replace(old, device=was)  # who was away then is compared with how it was known
    yield from _moves(name, old, new, shown)
    attributes = list(_attributes(name, was, new.device, shown))
    yield from attributes
    yield from _verdicts(name, old, new, shown, {c.attribute for c in attributes}, before, after)


def _moves(name: str, old: Side, new: Side, shown: str) -> Iterable[Change]:
    nobody = Told(id=name)
    for what, there, here in _steps(old, new, old.device or nobody, new.device or nobody):
        yield Change(
            kind=ChangeKind.MOVED,
            device=name,
            attribute=what.lower(),
            before=there,
            after=here,
            words=f"moved: {shown}: {what} {there} → {here}",
        )


def _steps(old: Side, new: Side, was: Told, now: Told) -> Iterable[tuple[str, str, str]]:
    if old.site != new.site:
        yield "site", old.site or "-", new.site or "-"
    if was.addresses and now.addresses and was.addresses[0] not in now.addresses:
        yield "address", was.addresses[0], now.addresses[0]
    if was.macs and now.macs and not set(was.macs) & set(now.macs):
        yield "MAC", was.macs[0], now.macs[0]
    if was.place and now.place and was.place != now.place:
        yield "place", place_words(was.place), place_words(now.place)


def _attributes(name: str, old: Told, new: Told, shown: str) -> Iterable[Change]:
    pairs = [("kind", old.kind.replace("unknown", ""), new.kind.replace("unknown", ""))]
    pairs += [(name, old.values.get(name, ""), new.values.get(name, "")) for name in _NAMES]
    if old.capabilities and new.capabilities:
        pairs.append(
            ("capabilities", ", ".join(sorted(old.capabilities)), ", ".join(sorted(new.capabilities)))
        )
    for what, there, here in pairs:
        if there != here and here and (there or what in _LEARNED):
            was, now = plain(there) or "unknown", plain(here)
            yield Change(
                kind=ChangeKind.CHANGED,
                device=name,
                attribute=what,
                before=plain(there),
                after=now,
                words=f"changed: {shown}: {what} {was} → {now}",
            )


def _verdicts(
    name: str, old: Side, new: Side, shown: str, changed: set[str], before: Data, after: Data
) -> Iterable[Change]:
    for which in sorted({*old.verdicts, *new.verdicts} if old.site == new.site else ()):
        there, here = old.verdicts.get(which, ""), new.verdicts.get(which, "")
        if (
            there == here
            or (not there and which not in before.lists)
            or (not here and which not in after.lists)
        ):
            continue  # nothing to compare where a list was not asked for
        why = _why(which, there, here, old, new, changed, before, after)
        yield Change(
            kind=ChangeKind.VERDICT,
            device=name,
            list=which,
            before=there,
            after=here,
            why=why.value,
            words=f"verdict: {shown}: {which}: {there or 'none'} → {here or 'none'}, because {_BECAUSE[why]}",
        )


_BECAUSE = {
    Why.DEVICE: "the device changed",
    Why.EVIDENCE: "the evidence changed",
    Why.FINGERPRINTS: "the fingerprints changed",
    Why.LIST: "the list changed",
    Why.WAIVER: "of a waiver",
}


def _why(
    which: str, there: str, here: str, old: Side, new: Side, changed: set[str], before: Data, after: Data
) -> Why:
    if "waived" in {there, here}:
        return Why.WAIVER
    if changed & _OF_THE_DEVICE:
        return Why.DEVICE
    same_maker = _makers(old) == _makers(new)
    if before.lists.get(which) != after.lists.get(which) and same_maker:
        return Why.LIST
    told_before, told_after = _said(old), _said(new)
    if before.fingerprints != after.fingerprints and (told_before <= told_after or told_after <= told_before):
        return Why.FINGERPRINTS  # one knowledge cites more of what a device said than the other
    return Why.EVIDENCE if not same_maker or told_before != told_after else Why.LIST


def _makers(side: Side) -> tuple[str, str]:
    device = side.device
    return (device.value(Attribute.MAKER), device.value(Attribute.BRAND)) if device else ("", "")


def _said(side: Side) -> frozenset[tuple[str, str]]:
    """Return the protocols and excerpts behind a device: what it said, whatever was made of it."""
    return side.device.said if side.device else frozenset()


def _called(device: Told | None, name: str) -> str:
    """Return a device in words: its address, what it is, its brand and model."""
    if device is None:
        return name
    where = next(iter((*device.addresses, *device.macs)), device.id)
    brand = device.value(Attribute.BRAND) or device.value(Attribute.MAKER)
    names = " ".join(plain(word) for word in (brand, device.value(Attribute.MODEL)) if word)
    what = device.what if device.kind == "other" else device.kind
    return f"{where} {names} ({plain(what)})" if names else f"{where} ({plain(what)})"


def _judged(verdicts: Mapping[str, str]) -> str:
    listed = sorted(which for which, verdict in verdicts.items() if verdict == "listed")
    return f"; listed in {', '.join(listed)}" if listed else ""


def place_words(place: Place) -> str:
    """Return a place in words."""
    return (
        ", ".join(plain(part) for part in (place.site, place.building, place.floor, place.zone) if part)
        or "-"
    )


def _place_key(device: Told | None) -> tuple[bool, bytes]:
    found = device.addresses if device else ()
    return min(((":" in a, _packed(a)) for a in found), default=(True, b"\xff" * 17))


def _packed(address: str) -> bytes:
    return inet_pton(AF_INET6 if ":" in address else AF_INET, address.partition("%")[0])


def summary(changes: Iterable[Change]) -> str:
    """Return changes as lines for people, one a change; "" for none."""
    return "".join(f"{change.words}\n" for change in changes)


def record(change: Change) -> dict[str, Any]:
    """Return a change as plain values for JSON."""
    return {
        "kind": change.kind.value,
        "device": change.device,
        "attribute": change.attribute,
        "before": change.before,
        "after": change.after,
        "list": change.list,
        "why": change.why,
        "instead": change.instead,
        "words": change.words,
    }
