"""Ubiquiti discovery on UDP 10001: versions 1 and 2 of a type-length-value list → what a device says of itself.

Version 1 asks and answers with 01 00, version 2 asks with 02 08 and answers with 02 06, 09 or 0b; recorders answer
with 00 00 as well; lengths are big-endian. Types of all versions do not conflict. Every product of the house answers,
most are not cameras: the platform tells. User names, salts, challenges, the wireless network's name and hints on
default passwords are in there too and are not read.
Sources: nmap ubiquiti-discovery, UniversalScanner (recording), unifi-cam-proxy (a camera's announcement),
unifi-discovery.
"""

import re
from collections.abc import Iterable, Iterator

from scanner.model import IPAddress, Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text
from scanner.protocols._stated import dotted_at, iso_date, number_at, subject_of, text_at

ANSWERS = frozenset({(0, 0), (1, 0), (2, 6), (2, 9), (2, 11)})
"""Version and command of announcements and answers; one without content is the version 1 question."""
HEADER_LENGTH = 4
MAX_FIELDS = 128
"""Fields of one answer that are read."""
MAX_TEXT = 256
MAC, MAC_AND_IP, FIRMWARE, IP, UPTIME, HOSTNAME, PLATFORM = 0x01, 0x02, 0x03, 0x04, 0x0A, 0x0B, 0x0C
MANAGEMENT_PORT, SYSTEM_ID, SOURCE_MAC, MODEL1, MODEL2, VERSION = 0x0F, 0x10, 0x13, 0x14, 0x15, 0x16
IS_DEFAULT, HARDWARE, DEVICE_ID = 0x17, 0x1B, 0x20

GROUP, BROADCAST, PORT = "233.89.188.1", "255.255.255.255", 10001
"""Where both questions go; answers come to the sender's port, or to the group and the same port."""
QUESTION = b"\x01\x00\x00\x00"
"""The search of version 1."""
QUESTION_V2 = b"\x02\x08\x00\x00"
"""The search of version 2."""

_BUILD = re.compile(r"\.(\d{6})\.\d{4}$")
_KINDS = (
    (re.compile(r"(?i)^UVC.*doorbell"), "intercom"),
    (re.compile(r"(?i)^(?:UVC|airCam)"), "camera"),
    (re.compile(r"(?i)^(?:UNVR|ENVR)"), "recorder"),
)


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is a question, or an answer with a MAC whose length fits (or was cut, but for 00 00)."""
    kind, length = tuple(payload[:2]), number_at(payload, 2, 2)
    if payload in {QUESTION, QUESTION_V2}:
        return True
    held = len(payload) - HEADER_LENGTH
    fits = kind in ANSWERS and length is not None and (held == length if kind == (0, 0) else held <= length)
    return fits and any(_macs(_fields(payload)))


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer or announcement; a question only says that somebody asks."""
    facts = Facts()
    if not recognise(message.payload):
        return ()
    if message.payload in {QUESTION, QUESTION_V2}:
        facts.add("ubiquiti.query", "true")
        return facts.about(message)
    fields = tuple(_fields(message.payload))
    macs = tuple(_macs(fields))
    facts.add("ubiquiti.answer", "true")
    facts.add("ubiquiti.version_of_protocol", message.payload[0])
    for mac in macs:
        facts.add("ubiquiti.mac", mac)
    _identity(dict(reversed(fields)), facts)
    host = _own_address(fields, facts, message.source.host)
    return facts.about(message, subject_of(message, macs[0], host))


def _macs(fields: Iterable[tuple[int, bytes]]) -> Iterator[str]:
    """Yield the MACs among the fields."""
    for key, value in fields:
        mac = mac_text(value[:6]) if key in {MAC, MAC_AND_IP, SOURCE_MAC} else None
        if mac:
            yield mac


def _identity(fields: dict[int, bytes], facts: Facts) -> None:
    text = {key: text_at(value, 0, MAX_TEXT) for key, value in fields.items()}
    platform = text.get(PLATFORM, "")
    model = text.get(MODEL2) or text.get(MODEL1) or platform
    firmware = text.get(FIRMWARE, "")
    facts.add("ubiquiti.platform", platform)
    facts.add("ubiquiti.model", model)
    facts.add("ubiquiti.firmware", firmware)
    facts.add("ubiquiti.version", text.get(VERSION))
    facts.add("ubiquiti.name", text.get(HOSTNAME))
    facts.add("ubiquiti.hardware", text.get(HARDWARE))
    facts.add("ubiquiti.uuid", text.get(DEVICE_ID))
    facts.add("ubiquiti.system_id", fields.get(SYSTEM_ID, b"")[:8].hex())
    facts.add("ubiquiti.uptime_s", number_at(fields.get(UPTIME, b""), 0, 4))
    facts.add("ubiquiti.http_port", (number_at(fields.get(MANAGEMENT_PORT, b""), 0, 4) or 0) & 0xFFFF or None)
    facts.add("ubiquiti.activated", _activated(fields.get(IS_DEFAULT, b"")))
    built = _BUILD.search(firmware)
    facts.add("ubiquiti.build_date", iso_date(built[1]) if built else None)
    words = (platform, model, firmware)
    facts.add("ubiquiti.kind_hint", next((k for p, k in _KINDS if any(p.search(w) for w in words)), None))


def _activated(is_default: bytes) -> str | None:
    """Read the flag "still as it left the factory", which has one byte or four."""
    if len(is_default) not in {1, 4}:
        return None
    return "false" if any(is_default) else "true"


def _own_address(
    fields: tuple[tuple[int, bytes], ...], facts: Facts, source: IPAddress | None
) -> IPAddress | None:
    """Add all addresses to the facts; return the one that the device spoke from, else the first it can have."""
    raw = [
        value[6:10] if key == MAC_AND_IP else value[:4] for key, value in fields if key in {MAC_AND_IP, IP}
    ]
    for packed in raw:
        facts.add("ubiquiti.ip", dotted_at(packed, 0))
    hosts = [host for packed in raw if (host := packed_host(packed))]
    return source if source in hosts else next(iter(hosts), None)


def _fields(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each whole field."""
    at = HEADER_LENGTH
    for _ in range(MAX_FIELDS):
        length = number_at(payload, at + 1, 2)
        if length is None or at + 3 + length > len(payload):
            return
        yield payload[at], payload[at + 3 : at + 3 + length]
        at += 3 + length


PROTOCOL = Protocol(
    name="ubiquiti",
    title="Ubiquiti discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "ubiquiti.answer",
        "ubiquiti.query",
        "ubiquiti.version_of_protocol",
        "ubiquiti.mac",
        "ubiquiti.ip",
        "ubiquiti.platform",
        "ubiquiti.model",
        "ubiquiti.firmware",
        "ubiquiti.version",
        "ubiquiti.name",
        "ubiquiti.hardware",
        "ubiquiti.uuid",
        "ubiquiti.system_id",
        "ubiquiti.uptime_s",
        "ubiquiti.http_port",
        "ubiquiti.activated",
        "ubiquiti.build_date",
        "ubiquiti.kind_hint",
    ),
)
