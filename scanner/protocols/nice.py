"""NiceVision (NICE, later Qognify) discovery on UDP 2007: fixed layout → what an encoder says of itself.

All numbers are big-endian. The search names the port that the answer is broadcast to. One source only, whose
structure leaves two bytes between the request code and that port; the search is built as it builds it.
Source: UniversalScanner (layout and recording).
"""

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text
from scanner.protocols._stated import dotted_at, number_at, subject_of, text_at

MAGIC = b"NICE"
REQUEST = bytes.fromhex("01080000")
_REQUEST_AT, _MAC_END = slice(6, 10), 16

DESTINATION, PORT = "255.255.255.255", 2007
"""Where the search goes; the answer is broadcast to the port that the search names."""


def question(transaction: int, answer_port: int) -> bytes:
    """Return the search with a transaction number and the port to answer to (16 bits each)."""
    numbers = (transaction & 0xFFFF).to_bytes(2), (answer_port & 0xFFFF).to_bytes(2)
    return MAGIC + numbers[0] + REQUEST + bytes(2) + numbers[1]


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is a search, or begins with the magic and holds a device's MAC."""
    if payload[:4] != MAGIC:
        return False
    return payload[_REQUEST_AT] == REQUEST or mac_text(payload[10:_MAC_END]) is not None


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a search only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    if payload[_REQUEST_AT] == REQUEST:
        facts.add("nice.query", "true")
        return facts.about(message)
    mac = mac_text(payload[10:_MAC_END])
    facts.add("nice.answer", "true")
    facts.add("nice.mac", mac)
    facts.add("nice.ip", dotted_at(payload, 0x10))
    facts.add("nice.mask", dotted_at(payload, 0x14))
    facts.add("nice.gateway", dotted_at(payload, 0x18))
    version = [number_at(payload, 0x1E + 2 * i, 2) or 0 for i in range(4)]
    facts.add("nice.firmware", ".".join(map(str, version)) if any(version) else None)
    facts.add("nice.name", text_at(payload, 0x4A, 16))
    return facts.about(message, subject_of(message, mac, packed_host(payload[0x10:0x14])))


PROTOCOL = Protocol(
    name="nice",
    title="NiceVision discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "nice.answer",
        "nice.query",
        "nice.mac",
        "nice.ip",
        "nice.mask",
        "nice.gateway",
        "nice.firmware",
        "nice.name",
    ),
)
