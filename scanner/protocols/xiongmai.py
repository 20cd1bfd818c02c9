"""Xiongmai search on UDP 34569: a 20-byte header and JSON → what an XM (Sofia, NETSurveillance) board says.

The header is little-endian: ff, version, two reserved bytes, session, sequence, two reserved bytes, message id,
body length. The answer is broadcast, so it is heard without asking, for other subnets too. Addresses are 32-bit
numbers in hexadecimal whose bytes run backwards ("0x6D0BA8C0" is 192.168.11.109). There is no brand and no model
in it: the answer names the maker of the board and nothing else.
Sources: OpenIPC/python-dvr, go2rtc, a Crystal client's message table, published answers.
"""

import re

from scanner.model import IPAddress, Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._json import member, read_json, scalar
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import address_text, dotted_at, iso_date, number_at, stated_host, subject_of
from scanner.protocols._text import decode

ASK, ANSWER = 1530, 1531
"""Message ids of the search and its answer; those above change network settings."""
HEADER_LENGTH = 20
MAX_BODY = 64 * 1024
"""Bytes of a body that are read: more than one datagram holds."""

DESTINATION, PORT = "255.255.255.255", 34569
"""Where the search goes; the answer is broadcast to the same port, which must be bound."""
QUESTION = b"\xff" + bytes(13) + ASK.to_bytes(2, "little") + bytes(4)
"""The search: a header without a body."""

_REVERSED = re.compile(r"^0[xX]([0-9a-fA-F]{8})$")
_BUILD = re.compile(r"(?:^|D=)(20\d\d)-(\d\d)-(\d\d)\b")
_FIELDS = (
    ("SN", "serial"),
    ("HostName", "name"),
    ("Version", "firmware"),
    ("DeviceType", "type"),
    ("ChannelNum", "channels"),
    ("HttpPort", "http_port"),
    ("SSLPort", "https_port"),
    ("TCPPort", "port"),
    ("UDPPort", "udp_port"),
    ("OtherFunction", "other_function"),
)


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram has the header of a search or its answer."""
    return payload[:1] == b"\xff" and number_at(payload, 14, 2, little=True) in {ASK, ANSWER}


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a search only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    if number_at(payload, 14, 2, little=True) == ASK:
        facts.add("xiongmai.query", "true")
        return facts.about(message)
    length = min(number_at(payload, 16, 4, little=True) or 0, MAX_BODY)
    body = read_json(decode(payload[HEADER_LENGTH : HEADER_LENGTH + length].replace(b"\0", b"")))
    common = member(body, "NetWork.NetCommon")
    if not isinstance(common, dict):
        return ()
    mac = parse_mac(scalar(common.get("MAC")) or "")
    facts.add("xiongmai.answer", "true")
    facts.add("xiongmai.mac", mac)
    for key, name in _FIELDS:
        facts.add(f"xiongmai.{name}", scalar(common.get(key)))
    facts.add("xiongmai.build_date", _build_date(common))
    facts.add("xiongmai.kind_hint", "recorder" if _more_than_one(common.get("ChannelNum")) else None)
    return facts.about(message, subject_of(message, mac, _network(common, facts)))


def _network(common: dict[str, object], facts: Facts) -> IPAddress | None:
    """Add the addresses to the facts and return the device's own if a device can have it."""
    for key, name in (("HostIP", "ip"), ("Submask", "mask"), ("GateWay", "gateway")):
        raw, text = _packed(common.get(key)), scalar(common.get(key)) or ""
        facts.add(f"xiongmai.{name}", dotted_at(raw, 0) if raw else address_text(text))
    raw = _packed(common.get("HostIP"))
    return packed_host(raw) if raw else stated_host(scalar(common.get("HostIP")))


def _packed(value: object) -> bytes:
    """Return "0x6D0BA8C0" as four bytes in network order, nothing for any other text."""
    matched = _REVERSED.match(scalar(value) or "")
    return bytes.fromhex(matched[1])[::-1] if matched else b""


def _build_date(common: dict[str, object]) -> str | None:
    """Return the date of the build: newer firmware says BuildDate, older writes D=… into OtherFunction."""
    for key in ("BuildDate", "OtherFunction"):
        matched = _BUILD.search((scalar(common.get(key)) or "")[:256])
        if matched:
            return iso_date("".join(matched.groups()))
    return None


def _more_than_one(channels: object) -> bool:
    return isinstance(channels, int) and channels > 1


PROTOCOL = Protocol(
    name="xiongmai",
    title="Xiongmai DVRIP",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({34567, PORT}),
    facts=(
        "xiongmai.answer",
        "xiongmai.query",
        "xiongmai.mac",
        "xiongmai.ip",
        "xiongmai.mask",
        "xiongmai.gateway",
        *(f"xiongmai.{name}" for _, name in _FIELDS),
        "xiongmai.build_date",
        "xiongmai.kind_hint",
    ),
)
