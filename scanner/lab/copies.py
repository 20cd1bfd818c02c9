"""One recorded device → another of the same make: other address, MAC, serial number and UUID, wherever spelled out.

Answers that state their own length are mended (HTTP, DHIP, Xiongmai); fields filled up with zeros keep their
width. Answers that are ciphered or checksummed cannot be changed this way: their devices are not copied.
"""

import re
import uuid
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address

from scanner.recordings import Answer, Recording

_FIXED = frozenset({"kasa", "tplink", "reolink", "dvrip"})
"""Protocols whose answers are ciphered or checksummed, or whose texts have no room."""
_UUID = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_LENGTH = re.compile(rb"(?im)^(content-length:[ \t]*)(\d+)")
_MIN_SERIAL = 6
"""Characters of a serial number that is safe to replace: a shorter one could be any number."""


def may_be_copied(recording: Recording) -> bool:
    """Tell whether all of a device's answers can be given another address."""
    return recording.address.version == 4 and not any(a.protocol in _FIXED for a in recording.answers)


def copy_of(recording: Recording, name: str, address: IPv4Address, mac: str | None = None) -> Recording:
    """Return a device like a recorded one; with a MAC it is another specimen, without it the same one moved."""
    other = bool(mac)
    swaps = list(_swaps(recording, address, mac))
    serial = recording.expect.get("serial")
    expect = dict(recording.expect)
    if other and isinstance(serial, str):
        expect["serial"] = _swapped(serial.encode(), swaps).decode()
    return replace(
        recording,
        name=name,
        expect=expect,
        mac=mac or recording.mac,
        address=address,
        answers=tuple(_changed(a, swaps, mac if other else None) for a in recording.answers),
    )


def _swaps(recording: Recording, address: IPv4Address, mac: str | None) -> Iterator[tuple[bytes, bytes]]:
    """Give what is replaced by what, the longest spellings first."""
    serial = recording.expect.get("serial")
    if mac and isinstance(serial, str) and len(serial) >= _MIN_SERIAL:
        other = _other_serial(serial, recording.mac or "", mac)
        yield serial.encode(), other.encode()
    if mac and recording.mac:
        yield from zip(_spellings(recording.mac), _spellings(mac), strict=True)
    yield str(recording.address).encode(), str(address).encode()
    yield recording.address.packed, address.packed
    yield _reversed_hex(recording.address.packed), _reversed_hex(address.packed)


def _spellings(mac: str) -> list[bytes]:
    digits = mac.replace(":", "")
    texts = [mac, mac.replace(":", "-"), digits]
    return [text.encode() for t in texts for text in (t, t.upper())] + [bytes.fromhex(digits)]


def _reversed_hex(packed: bytes) -> bytes:
    """Return an address as Xiongmai writes it: the number's bytes in reverse, as hexadecimal."""
    return f"0x{packed[::-1].hex().upper()}".encode()


def _other_serial(serial: str, old: str, new: str) -> str:
    """Return another serial number of the same form: the MAC where it is one, else other last digits."""
    for before, after in zip(_spellings(old)[:-1], _spellings(new)[:-1], strict=True) if old else ():
        if before.decode() in serial:
            return serial.replace(before.decode(), after.decode())
    salt = iter(str(int(new.replace(":", ""), 16))[::-1] * 2)
    tail = [next(salt) if c.isdigit() else c for c in reversed(serial[-4:])]
    return serial[:-4] + "".join(reversed(tail))


def _swapped(data: bytes, swaps: list[tuple[bytes, bytes]]) -> bytes:
    for old, new in swaps:
        data = data.replace(old, new) if len(old) == len(new) else _resized(data, old, new)
    return data


def _resized(data: bytes, old: bytes, new: bytes) -> bytes:
    """Replace a text by one of another length; zeros that fill up a field behind it give or take the difference."""
    pattern = re.compile(rb"(?<![\d.])" + re.escape(old) + rb"(?![\d])(\0*)")

    def fit(found: re.Match[bytes]) -> bytes:
        room = len(old) + len(found[1])
        return new.ljust(room, b"\0") if found[1] else new

    return pattern.sub(fit, data)


def _changed(answer: Answer, swaps: list[tuple[bytes, bytes]], mac: str | None) -> Answer:
    if answer.protocol == "tls":
        return answer
    told = _swapped(answer.payload, swaps)
    if mac:
        told = _UUID.sub(lambda found: _other_uuid(found[0], mac), told)
    return replace(answer, payload=_mended(answer, told))


def _other_uuid(text: bytes, mac: str) -> bytes:
    """Return a UUID that keeps its form and, where it ends in the MAC, that."""
    digits = mac.replace(":", "").encode()
    if text[-12:].lower() == digits:
        return text
    made = uuid.uuid5(uuid.NAMESPACE_OID, text.decode() + mac).hex[:6].encode()
    return text[:-6] + (made.upper() if text.isupper() else made)


def _mended(answer: Answer, told: bytes) -> bytes:
    """Return an answer with the lengths that it states put right."""
    if answer.protocol == "http":
        head, blank, body = told.partition(b"\r\n\r\n")
        old_body = answer.payload.partition(b"\r\n\r\n")[2]
        grown = len(body) - len(old_body)
        return _LENGTH.sub(lambda m: m[1] + str(int(m[2]) + grown).encode(), head) + blank + body
    if answer.protocol == "dhip" and len(told) > 32:
        size = (len(told) - 32).to_bytes(4, "little")
        return told[:16] + size + told[20:24] + size + told[28:]
    if answer.protocol == "xiongmai" and len(told) > 20:
        return told[:16] + (len(told) - 20).to_bytes(4, "little") + told[20:]
    return told
