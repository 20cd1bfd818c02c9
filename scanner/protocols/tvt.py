"""TVT "MHED" search: datagrams of fixed layout on UDP 23456 → what a TVT-built device says of itself.

Every integer is little-endian, every address in network order. A device answers the search, and announces
itself unasked every few seconds, to the group 234.55.55.56; the searching tool speaks to 234.55.55.55. Version 7
ends in product and customer names, version 8 has serial and firmware text in their place. Offsets 84–111 hold
the administrator's password when a tool changes settings: they are never read.
Sources: UniversalScanner's successors and ipcprobe (PROTOCOL.md, test vectors), the vendor's multicast header.
"""

import struct

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text
from scanner.protocols._stated import dotted_at, iso_date, number_at, port_at, subject_of, text_at

MAGIC = b"MHED"
SEARCH, ANNOUNCE, SET_ACKNOWLEDGED = 1, 2, 16
"""Commands of the header. Every other one changes a device; the acknowledgement is only ever heard."""

GROUP, PORT, ANSWER_GROUP, TTL = "234.55.55.55", 23456, "234.55.55.56", 5
"""Where the search goes, with which TTL; answers come to `ANSWER_GROUP` on the same port, which must be bound."""
QUESTION = MAGIC + struct.pack("<HHH", 8, 1, SEARCH) + bytes(130)
"""The search: 140 bytes, nothing but the header."""

TYPES = {0: "dvr", 1: "dvs", 2: "ipc", 3: "nvr", 4: "decoder"}
KINDS = {"dvr": "recorder", "dvs": "encoder", "ipc": "camera", "nvr": "recorder"}
_VERSION_WITH_SERIAL = 8
_MAX_CHANNELS = 1024


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram begins with the magic and a version of layout 1."""
    return payload[:4] == MAGIC and payload[6:8] == b"\x01\x00"


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an announcement or answer; a tool's search or command only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    command = number_at(payload, 8, 2, little=True)
    if command == SET_ACKNOWLEDGED:
        facts.add("tvt.answer", "true")
        return facts.about(message)
    if command != ANNOUNCE:
        facts.add("tvt.query", "true")
        return facts.about(message)
    mac = mac_text(payload[32:38])
    facts.add("tvt.answer", "true")
    facts.add("tvt.version", number_at(payload, 4, 2, little=True))
    facts.add("tvt.mac", mac)
    _network(payload, facts)
    _identity(payload, facts)
    return facts.about(message, subject_of(message, mac, packed_host(payload[40:44])))


def _network(payload: bytes, facts: Facts) -> None:
    facts.add("tvt.ip", dotted_at(payload, 40))
    facts.add("tvt.mask", dotted_at(payload, 44))
    facts.add("tvt.gateway", dotted_at(payload, 48))
    facts.add("tvt.port", port_at(payload, 38, little=True))
    facts.add("tvt.http_port", port_at(payload, 60, little=True))
    facts.add("tvt.rtsp_port", port_at(payload, 62, little=True))
    facts.add("tvt.dns", dotted_at(payload, 112))
    facts.add("tvt.dns", dotted_at(payload, 116))


def _identity(payload: bytes, facts: Facts) -> None:
    facts.add("tvt.name", text_at(payload, 12, 20))
    facts.add("tvt.model", _model(payload))
    facts.add("tvt.brand", text_at(payload, 212, 16))
    if (number_at(payload, 4, 2, little=True) or 0) >= _VERSION_WITH_SERIAL:
        facts.add("tvt.serial", text_at(payload, 140, 16))
        facts.add("tvt.firmware", text_at(payload, 156, 16))
        facts.add("tvt.software_version", _dotted_version(payload))
    else:
        facts.add("tvt.product", text_at(payload, 140, 24))
        facts.add("tvt.customer", text_at(payload, 164, 24))
        facts.add("tvt.firmware", _dotted_version(payload))
    facts.add("tvt.build_date", iso_date(str(number_at(payload, 56, 4, little=True))))
    code = number_at(payload, 64, 4, little=True)
    kind = "" if code is None else TYPES.get(code, str(code))
    facts.add("tvt.type", kind)
    facts.add("tvt.kind_hint", KINDS.get(kind))
    channels = number_at(payload, 228, 4, little=True)
    facts.add("tvt.channels", channels if channels and channels <= _MAX_CHANNELS else None)


def _model(payload: bytes) -> str:
    """Return the model; a name of more than 16 characters goes on in the field at 180."""
    model = text_at(payload, 196, 16)
    return model + text_at(payload, 180, 16) if len(payload[196:212].rstrip(b"\x00")) == 16 else model


def _dotted_version(payload: bytes) -> str | None:
    """Return the version number 0x01040a00 at 52 as "1.4.10.0", None where there is none."""
    number = number_at(payload, 52, 4, little=True)
    return ".".join(str(octet) for octet in number.to_bytes(4)) if number else None


PROTOCOL = Protocol(
    name="tvt",
    title="TVT MHED",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "tvt.answer",
        "tvt.query",
        "tvt.version",
        "tvt.mac",
        "tvt.ip",
        "tvt.mask",
        "tvt.gateway",
        "tvt.dns",
        "tvt.port",
        "tvt.http_port",
        "tvt.rtsp_port",
        "tvt.name",
        "tvt.model",
        "tvt.brand",
        "tvt.serial",
        "tvt.product",
        "tvt.customer",
        "tvt.firmware",
        "tvt.software_version",
        "tvt.build_date",
        "tvt.type",
        "tvt.kind_hint",
        "tvt.channels",
    ),
)
