"""Foscam-family search ("MO_I") on UDP 10000: fixed layout → what a device with such firmware says of itself.

A 23-byte header, then the body. Integers of the header are little-endian, the HTTP port is big-endian. A flag in
the header says that the body is XORed with the eight-byte key beside it. Netwave and Maygion era clones speak it
too, so that an answer names a family of firmware and not a brand. Answers are broadcast.
Sources: UniversalScanner (layout, two recordings), OpenIPC/python-dvr.
"""

from itertools import cycle

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import dotted_at, number_at, port_at, subject_of, text_at

MAGIC = b"MO_I"
SEARCH, ANSWER = 0, 1
"""Operations. Those above change settings."""
HEADER_LENGTH = 23
MAX_BODY = 1024
"""Bytes of a body that are deciphered."""
_KEY = slice(7, 15)

DESTINATION, PORT = "255.255.255.255", 10000
"""Where the search goes; the answer is broadcast to the same port, which must be bound."""
QUESTION = MAGIC + bytes(11) + b"\x04" + bytes(7) + b"\0\0\0\x01"
"""The search: header without cipher, body length 4, and the number 1."""


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram begins with the magic."""
    return payload[:4] == MAGIC


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; every other operation only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    if number_at(payload, 4, 2, little=True) != ANSWER:
        facts.add("foscam.query", "true")
        return facts.about(message)
    plain = _deciphered(payload)
    device_id = text_at(plain, 0x17, 13)
    mac = parse_mac(device_id)
    facts.add("foscam.answer", "true")
    facts.add("foscam.mac", mac)
    facts.add("foscam.serial", device_id)
    facts.add("foscam.name", text_at(plain, 0x24, 21))
    facts.add("foscam.ip", dotted_at(plain, 0x39))
    facts.add("foscam.mask", dotted_at(plain, 0x3D))
    facts.add("foscam.gateway", dotted_at(plain, 0x41))
    facts.add("foscam.dns", dotted_at(plain, 0x45))
    facts.add("foscam.type", number_at(plain, 0x49, 1))
    facts.add("foscam.firmware", _version(plain, 0x4D))
    facts.add("foscam.web_version", _version(plain, 0x51))
    facts.add("foscam.http_port", port_at(plain, 0x55))
    return facts.about(message, subject_of(message, mac, packed_host(plain[0x39:0x3D])))


def _deciphered(payload: bytes) -> bytes:
    """Return the datagram with a plain body."""
    if not payload[6:7].strip(b"\0"):
        return payload
    body = payload[HEADER_LENGTH : HEADER_LENGTH + MAX_BODY]
    key = cycle(payload[_KEY])
    return payload[:HEADER_LENGTH] + bytes(a ^ b for a, b in zip(body, key, strict=False))


def _version(plain: bytes, offset: int) -> str | None:
    """Return four bytes as "a.b.c.d"; None where they are cut off or all zero."""
    raw = plain[offset : offset + 4]
    return ".".join(map(str, raw)) if len(raw) == 4 and any(raw) else None


PROTOCOL = Protocol(
    name="foscam",
    title="Foscam discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "foscam.answer",
        "foscam.query",
        "foscam.mac",
        "foscam.serial",
        "foscam.name",
        "foscam.ip",
        "foscam.mask",
        "foscam.gateway",
        "foscam.dns",
        "foscam.type",
        "foscam.firmware",
        "foscam.web_version",
        "foscam.http_port",
    ),
)
