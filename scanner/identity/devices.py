"""From a group and its conclusions to a `Device`: a stable id, the kind in the report's words, capabilities."""

import hashlib
from collections.abc import Mapping

from scanner.identity.grouping import Group, is_serial
from scanner.model import SURVEILLANCE_KINDS, Attribute, Conclusion, Device, Evidence, Strength
from scanner.vendors.mac import MacKind, describe_mac

ID_BYTES = 5
"""Bytes of the digest that make an id: 40 bits keep a million devices apart."""


def build_device(members: Group, conclusions: Mapping[Attribute, Conclusion]) -> Device:
    """Return the device that a group of evidence describes."""
    macs = tuple(sorted(members.macs | (set() if members.macs else _hinted_macs(members.evidence))))
    addresses = tuple(sorted(members.addresses, key=lambda a: (a.version, int(a))))
    kind, what = _kind(conclusions.get(Attribute.KIND))
    return Device(
        id=_identifier(members, conclusions),
        kind=kind,
        what=what,
        addresses=addresses,
        macs=macs,
        conclusions=conclusions,
        capabilities=_capabilities(members.evidence),
        evidence=_distinct(members.evidence),
        notes=tuple(members.notes) + _mac_notes(macs),
    )


def _kind(conclusion: Conclusion | None) -> tuple[str, str]:
    if conclusion is None:
        return "unknown", ""
    if conclusion.value in SURVEILLANCE_KINDS:
        return conclusion.value, ""
    return "other", conclusion.value


def _identifier(members: Group, conclusions: Mapping[Attribute, Conclusion]) -> str:
    """Return an id made of the most lasting key: a MAC, else maker and serial, else an address, else an input.

    A camera behind a recorder that shows no MAC is known by the input, as long as it is plugged in there.
    """
    maker, serial = conclusions.get(Attribute.MAKER), conclusions.get(Attribute.SERIAL)
    if members.macs:
        key = "mac " + min(members.macs, key=lambda mac: (bool(int(mac[:2], 16) & 2), mac))
    elif members.channel:
        key = "channel " + min(" ".join(node) for node in members.nodes)
    elif maker and serial and is_serial(serial.value):
        key = f"serial {maker.value} {serial.value}"
    else:
        key = "host " + min(" ".join(node) for node in members.nodes)
    return hashlib.sha256(key.encode()).hexdigest()[: 2 * ID_BYTES]


def _hinted_macs(evidence: list[Evidence]) -> set[str]:
    """Where no MAC was seen or stated, one that an identifier seems to hold is worth showing if there is but one."""
    hints = {item.value for item in evidence if item.attribute is Attribute.MAC}
    return hints if len(hints) == 1 else set()


def _capabilities(evidence: list[Evidence]) -> tuple[str, ...]:
    return tuple(
        sorted(
            {
                e.value
                for e in evidence
                if e.attribute is Attribute.CAPABILITY and e.strength is not Strength.WEAK
            }
        )
    )


def _distinct(evidence: list[Evidence]) -> tuple[Evidence, ...]:
    first: dict[tuple[object, ...], Evidence] = {}
    for item in evidence:
        key = (item.attribute.value, item.value, item.fingerprint, item.fact)
        if key not in first or _earlier(item) < _earlier(first[key]):
            first[key] = item
    return tuple(first[key] for key in sorted(first))


def _earlier(item: Evidence) -> tuple[object, ...]:
    """Order evidence that says the same by time, and at one time by whom it speaks of."""
    subject, message = item.subject, item.observation.message
    return (message.time, str(subject.host), subject.mac or "", message.source.port or 0, message.payload)


def _mac_notes(macs: tuple[str, ...]) -> tuple[str, ...]:
    notes = []
    for mac in macs:
        told = describe_mac(mac)
        if told.kind is MacKind.LOCAL:
            notes.append(f"MAC {mac} is locally administered: random or virtual, no registrant")
        elif told.kind is MacKind.MODULE:
            notes.append(
                f"MAC {mac} is registered to {told.registrant}, who makes radio modules, not devices"
            )
        elif told.kind is MacKind.SQUATTED:
            notes.append(f"MAC {mac} is in a block of {told.registrant} that is known from {told.seen_on}")
    return tuple(notes)
