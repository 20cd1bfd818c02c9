"""What is compared of a device between two runs, apart from all else that is known of it: small text, quickly read.

Most of a device's record is evidence. What a person would call a change can be told without it, and the text of this
module stands beside each record for that.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scanner.model import Attribute, Place

if TYPE_CHECKING:
    from scanner.model import Device

COMPARED = (
    Attribute.BRAND,
    Attribute.MAKER,
    Attribute.MODEL,
    Attribute.FIRMWARE,
    Attribute.SERIAL,
    Attribute.NAME,
    Attribute.LOCATION,
)
_PLACE = ("site", "zone", "building", "floor", "sensitivity")


@dataclass(
    slots=True, kw_only=True
)  # not frozen: thousands are made at a time, and frozen ones take twice as long
class Told:
    """A device as it is compared; `said` are the protocols and excerpts behind it, where somebody asked for them."""

    id: str
    kind: str = ""
    what: str = ""
    addresses: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    place: Place | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    said: frozenset[tuple[str, str]] = frozenset()

    def value(self, attribute: Attribute) -> str:
        """Return what was concluded of an attribute, "" where nothing was."""
        return self.values.get(attribute, "")


def told_of(device: "Device") -> Told:
    """Return what is compared of a device, its evidence included."""
    return Told(
        id=device.id,
        kind=device.kind,
        what=device.what,
        addresses=tuple(map(str, device.addresses)),
        macs=device.macs,
        capabilities=device.capabilities,
        place=device.place,
        values={a.value: value for a in COMPARED if (value := device.value(a))},
        said=frozenset((e.observation.message.protocol, e.fact[1]) for e in device.evidence),
    )


def text_of_record(record: Mapping[str, Any]) -> str:
    """Return what is compared of a device as text, from its record in the report's contract."""
    place = record.get("place")
    held = {a.value: record[a.value]["value"] for a in COMPARED if record.get(a.value)}
    where = [place.get(word, "") for word in _PLACE] if place else None
    lists = (record["addresses"], record["macs"], record["capabilities"])
    return json.dumps(
        (record["kind"], record.get("what", ""), *lists, where, held),
        separators=(",", ":"),
        ensure_ascii=False,
    )


def read_told(name: str, text: str) -> Told:
    """Return what a text says of the device with that id."""
    kind, what, addresses, macs, capabilities, place, values = json.loads(text)
    return Told(
        id=name,
        kind=kind,
        what=what,
        addresses=tuple(addresses),
        macs=tuple(macs),
        capabilities=tuple(capabilities),
        place=Place(**dict(zip(_PLACE, place, strict=True))) if place else None,
        values=values,
    )
