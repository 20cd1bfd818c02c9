"""Records and messages as small bytes, and back: JSON and zstd, the same text for the same value."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any

from scanner.messages import message_record, read_message
from scanner.model import Device, Message
from scanner.reports.as_json import CONCLUDED, device_record

PART = 2000
"""Messages of one row."""
LEVEL = 3


def pack(value: Any) -> bytes:
    """Return plain values as bytes."""
    import zstandard

    return zstandard.compress(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(), LEVEL)


def unpack(data: bytes) -> Any:
    """Return the plain values of bytes."""
    return json.loads(text_of(data))


def text_of(data: bytes) -> str:
    """Return the JSON that bytes hold, as text."""
    import zstandard

    return zstandard.ZstdDecompressor().decompress(data, max_output_size=1 << 30).decode()


def device_part(device: Device) -> dict[str, Any]:
    """Return what is kept of a device: its record in the contract, and the notes that the contract keeps elsewhere."""
    return {"device": device_record(device), "notes": list(device.notes), "parent": device.parent}


def device_of(record: bytes) -> Device:
    """Return the device of a packed part."""
    from scanner.reports.from_json import read_device

    part = unpack(bytes(record))
    return replace(read_device(part["device"]), notes=tuple(part["notes"]), parent=part["parent"])


def digest(device: Device) -> bytes:
    """Return what changes when a device really changes.

    Not when it says the same at another time, in another order, or one witness more or less is heard of a value: that
    moves a confidence, and an address that is there today is no news while the others are the same.
    """
    told = {_field((item.attribute, item.value, item.about, item.strength)) for item in device.evidence}
    concluded = [
        _field((attribute, held.value, "?" if held.contested else ""))
        for attribute in CONCLUDED
        if (held := device.conclusions.get(attribute))
    ]
    place = device.place
    parts = (
        _field((device.kind, device.what, device.parent or "")),
        _list(sorted([f"{address.version}{int(address):x}" for address in device.addresses])),
        _list(sorted(device.macs)),
        _list(concluded),
        _list(sorted(device.capabilities)),
        _list(sorted(device.channels)),
        _list(sorted(told)),
        _field((place.site, place.zone, place.building, place.floor, place.sensitivity)) if place else "",
    )
    return hashlib.blake2b("\x1d".join(parts).encode(errors="surrogatepass"), digest_size=16).digest()


_list, _field = "\x1e".join, "\x1f".join
"""Joining is what this does for every device of every night: ASCII's own separators, and no words in between."""


def packed_messages(messages: Iterable[Message]) -> Iterator[tuple[int, bytes]]:
    """Yield messages in parts: how many, and their bytes."""
    iterator = iter(messages)
    while part := list(islice(iterator, PART)):
        yield len(part), pack([message_record(message) for message in part])


def unpacked_messages(data: bytes) -> Iterator[Message]:
    """Yield the messages of a part; of protocols that are no longer known there are none."""
    for record in unpack(data):
        if message := read_message(record):
            yield message


def counts(makers: Mapping[str, int], verdicts: Mapping[str, int]) -> str:
    """Return what is plotted over time as text."""
    return json.dumps({"makers": dict(makers), "verdicts": dict(verdicts)}, sort_keys=True)
