"""GigE Vision control protocol (GVCP) on UDP 3956: the discovery acknowledgement → what a camera says of itself.

Big-endian, strings of fixed width. These are cameras of machines and laboratories; some thermal ones also watch
buildings, but the protocol does not tell.
Sources: GigE Vision specification (DISCOVERY_CMD, DISCOVERY_ACK), Wireshark's dissector, UniversalScanner
(recording).
"""

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text
from scanner.protocols._stated import dotted_at, number_at, subject_of, text_at

KEY, COMMAND, ACKNOWLEDGEMENT, SUCCESS = 0x42, 2, 3, 0
ACKNOWLEDGEMENT_LENGTH = 0xF8
_FLAGS = 0x11  # an acknowledgement is wanted, and may be broadcast

DESTINATION, PORT = "255.255.255.255", 3956
"""Where the question goes; answers come to the sender's own port."""

_TEXTS = (
    (0x50, 32, "brand"),
    (0x70, 32, "model"),
    (0x90, 32, "firmware"),
    (0xB0, 48, "info"),
    (0xE0, 16, "serial"),
    (0xF0, 16, "name"),
)


def question(request: int) -> bytes:
    """Return the discovery command with a request id (16 bits, never 0), which answers repeat."""
    return bytes((KEY, _FLAGS)) + COMMAND.to_bytes(2) + bytes(2) + (request & 0xFFFF or 1).to_bytes(2)


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is a discovery command or its acknowledgement."""
    if payload[:1] == bytes((KEY,)):
        return payload[2:6] == COMMAND.to_bytes(2) + bytes(2)
    words = SUCCESS, ACKNOWLEDGEMENT, ACKNOWLEDGEMENT_LENGTH
    return payload[:6] == b"".join(word.to_bytes(2) for word in words)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an acknowledgement; a command only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    if payload[0] == KEY:
        facts.add("gvcp.query", "true")
        return facts.about(message)
    mac = mac_text(payload[0x12:0x18])
    facts.add("gvcp.answer", "true")
    facts.add("gvcp.mac", mac)
    facts.add("gvcp.ip", dotted_at(payload, 0x2C))
    facts.add("gvcp.mask", dotted_at(payload, 0x3C))
    facts.add("gvcp.gateway", dotted_at(payload, 0x4C))
    major, minor = number_at(payload, 8, 2), number_at(payload, 10, 2)
    facts.add("gvcp.version", f"{major}.{minor}" if major else None)
    for offset, size, name in _TEXTS:
        facts.add(f"gvcp.{name}", text_at(payload, offset, size))
    facts.add("gvcp.kind_hint", "machine-vision")
    return facts.about(message, subject_of(message, mac, packed_host(payload[0x2C:0x30])))


PROTOCOL = Protocol(
    name="gvcp",
    title="GigE Vision GVCP",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "gvcp.answer",
        "gvcp.query",
        "gvcp.mac",
        "gvcp.ip",
        "gvcp.mask",
        "gvcp.gateway",
        "gvcp.version",
        *(f"gvcp.{name}" for *_, name in _TEXTS),
        "gvcp.kind_hint",
    ),
)
