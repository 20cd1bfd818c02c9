"""Dahua DVRIP version 1 on UDP 5050: three binary and text sections → what an older Dahua device says of itself.

Section 1 is 32 bytes and holds the lengths of the others; then 88 bytes of network settings, little-endian but
for the addresses; then, from 0x78, the MAC as 17 characters followed by the device type; then text lines of
`Key:value`. Lengths lie now and then, so every section is read as far as there are bytes.
Sources: UniversalScanner, OpenIPC/python-dvr, DahuaConsole.
"""

from collections.abc import Iterator

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import address_text, dotted_at, number_at, port_at, subject_of, text_at
from scanner.protocols._text import decode

ASK, ANSWER, ANSWER_TYPE = 0xA3, 0xB3, 0x58
MAX_LINES = 32
"""Lines of the text section that are read."""
_FIXED, _MAC_LENGTH = 0x78, 17

DESTINATION, PORT = "255.255.255.255", 5050
"""Where the search goes; answers come to the sender's own port."""
QUESTION = b"\xa3\x01\0\x01" + bytes(12) + b"\x02\0\0\0" + bytes(12)
"""The search of protocol version 2, 32 bytes without a body."""


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is a search, or an answer with the length of its fixed section."""
    if payload[:1] == bytes((ASK,)):
        return len(payload) >= 32 and payload[1:2] == b"\x01" and payload[4:16] == bytes(12)
    return payload[:1] == bytes((ANSWER,)) and payload[4:8] == bytes((ANSWER_TYPE, 0, 0, 0))


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a search only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    if payload[0] == ASK:
        facts.add("dvrip.query", "true")
        return facts.about(message)
    section2 = _FIXED + (number_at(payload, 2, 2, little=True) or 0)
    mac = parse_mac(text_at(payload, _FIXED, _MAC_LENGTH))
    facts.add("dvrip.answer", "true")
    facts.add("dvrip.mac", mac)
    _network(payload, facts)
    lines = dict(_lines(payload[section2:]))
    type_text = text_at(payload, _FIXED + _MAC_LENGTH, max(0, section2 - _FIXED - _MAC_LENGTH))
    facts.add("dvrip.model", lines.get("device") or type_text)
    facts.add("dvrip.name", text_at(payload, 0x28, 16))
    facts.add("dvrip.machine_name", lines.get("name"))
    facts.add("dvrip.serial", lines.get("serialno"))
    facts.add("dvrip.ip6", address_text(lines.get("ipv6addr", "").split(";")[0]))
    return facts.about(message, subject_of(message, mac, packed_host(payload[0x38:0x3C])))


def _network(payload: bytes, facts: Facts) -> None:
    """Read the fixed section: version, addresses and ports."""
    version = [number_at(payload, 0x20 + 2 * i, 2, little=True) or 0 for i in range(4)]
    facts.add("dvrip.firmware", ".".join(map(str, version)) if any(version) else None)
    facts.add("dvrip.ip", dotted_at(payload, 0x38))
    facts.add("dvrip.mask", dotted_at(payload, 0x3C))
    facts.add("dvrip.gateway", dotted_at(payload, 0x40))
    facts.add("dvrip.dns", dotted_at(payload, 0x44))
    facts.add("dvrip.http_port", port_at(payload, 0x5E, little=True))
    facts.add("dvrip.https_port", port_at(payload, 0x60, little=True))
    facts.add("dvrip.port", port_at(payload, 0x62, little=True))
    facts.add("dvrip.max_connections", number_at(payload, 0x64, 2, little=True))
    facts.add("dvrip.tls_port", port_at(payload, 0x66, little=True))
    facts.add("dvrip.udp_port", port_at(payload, 0x68, little=True))
    facts.add("dvrip.multicast", dotted_at(payload, 0x6C))


def _lines(section: bytes) -> Iterator[tuple[str, str]]:
    for line in section.split(b"\r\n", MAX_LINES)[:MAX_LINES]:
        key, colon, value = decode(line).partition(":")
        if colon and value.strip("\0 "):
            yield key.strip().lower(), value.strip("\0 ")


PROTOCOL = Protocol(
    name="dvrip",
    title="Dahua DVRIP",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "dvrip.answer",
        "dvrip.query",
        "dvrip.mac",
        "dvrip.ip",
        "dvrip.ip6",
        "dvrip.mask",
        "dvrip.gateway",
        "dvrip.dns",
        "dvrip.http_port",
        "dvrip.https_port",
        "dvrip.port",
        "dvrip.max_connections",
        "dvrip.tls_port",
        "dvrip.udp_port",
        "dvrip.multicast",
        "dvrip.model",
        "dvrip.name",
        "dvrip.machine_name",
        "dvrip.serial",
        "dvrip.firmware",
    ),
)
