"""Panasonic / i-PRO "Easy IP Setup" on UDP 10669/10670: header and type-length-value list → what a device says.

The header is big-endian: 0001, length, 000d for the search or 000e for the answer, the device's MAC, the asker's
MAC and address; from offset 53 types and lengths are two bytes each. The list ends with ffff and a checksum
whose algorithm is not known, so it is not checked, and the search leaves it zero, as the tool does that it was
read from. The one source contradicts itself on which port asks and which answers: both are tried.
Source: UniversalScanner (layout and recording); one family of sources.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text, parse_mac
from scanner.protocols._stated import dotted_at, number_at, port_at, subject_of, text_at

MAGIC = b"\x00\x01"
ASK, ANSWER = 0x000D, 0x000E
FIELDS_OFFSET = 53
MAX_FIELDS = 128
"""Fields of one answer that are read."""
END_OF_FIELDS = 0xFFFF
IP, MASK, GATEWAY, DNS, HTTP_PORT, IP6 = 0x20, 0x21, 0x22, 0x23, 0x25, 0x40
LONG_NAME, SHORT_NAME, FIRMWARE, SECOND_VERSION = 0xA7, 0xA8, 0xA9, 0xAA

DESTINATION, PORTS, ANSWER_PORTS = "255.255.255.255", (10670, 10669), (10669, 10670)
"""Where the search goes, and which port must be bound for the answer, in the order to be tried."""
_ASKER = bytes.fromhex("00012011 1e11231f 1e191300 00020000") + bytes(8)


def question(mac: str, host: IPv4Address) -> bytes:
    """Return the search of an asker with this MAC ("" for any) and address: 52 bytes."""
    raw = bytes.fromhex((parse_mac(mac) or "ff:ff:ff:ff:ff:ff").replace(":", ""))
    head = MAGIC + bytes(2) + ASK.to_bytes(2) + bytes(6) + raw + host.packed
    return head + _ASKER + b"\x00\x00\xff\xff" + bytes(2)


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram has the header of a search, or of an answer with a MAC and room for fields."""
    if payload[:2] != MAGIC:
        return False
    answers = len(payload) > FIELDS_OFFSET and mac_text(payload[6:12]) is not None
    return {ASK: len(payload) >= 22, ANSWER: answers}.get(number_at(payload, 4, 2) or 0, False)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a search only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    if number_at(payload, 4, 2) == ASK:
        facts.add("panasonic.query", "true")
        return facts.about(message)
    fields = dict(_fields(payload))
    mac, ip6 = mac_text(payload[6:12]), packed_host(fields.get(IP6, b"")[:16])
    facts.add("panasonic.answer", "true")
    facts.add("panasonic.mac", mac)
    facts.add("panasonic.ip", dotted_at(fields.get(IP, b""), 0))
    facts.add("panasonic.mask", dotted_at(fields.get(MASK, b""), 0))
    facts.add("panasonic.gateway", dotted_at(fields.get(GATEWAY, b""), 0))
    facts.add("panasonic.dns", dotted_at(fields.get(DNS, b""), 0))
    facts.add("panasonic.dns", dotted_at(fields.get(DNS, b""), 4))
    facts.add("panasonic.ip6", str(ip6) if isinstance(ip6, IPv6Address) else None)
    facts.add("panasonic.http_port", port_at(fields.get(HTTP_PORT, b""), 0))
    for key, name in ((LONG_NAME, "name"), (SHORT_NAME, "model"), (FIRMWARE, "firmware")):
        facts.add(f"panasonic.{name}", text_at(fields.get(key, b""), 0, 64))
    facts.add("panasonic.second_version", text_at(fields.get(SECOND_VERSION, b""), 0, 64))
    return facts.about(message, subject_of(message, mac, packed_host(fields.get(IP, b""))))


def _fields(payload: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each whole field until the end mark or the cut."""
    at = FIELDS_OFFSET
    for _ in range(MAX_FIELDS):
        key, length = number_at(payload, at, 2), number_at(payload, at + 2, 2)
        if key is None or length is None or key == END_OF_FIELDS or at + 4 + length > len(payload):
            return
        yield key, payload[at + 4 : at + 4 + length]
        at += 4 + length


PROTOCOL = Protocol(
    name="panasonic",
    title="Panasonic Easy IP",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset(PORTS),
    facts=(
        "panasonic.answer",
        "panasonic.query",
        "panasonic.mac",
        "panasonic.ip",
        "panasonic.ip6",
        "panasonic.mask",
        "panasonic.gateway",
        "panasonic.dns",
        "panasonic.http_port",
        "panasonic.name",
        "panasonic.model",
        "panasonic.firmware",
        "panasonic.second_version",
    ),
)
