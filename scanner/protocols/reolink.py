"""Reolink (Baichuan) discovery on UDP 2000→3000 and 2015/2018 → what a camera or recorder says of itself.

Two protocols share this file. The old search is four bytes to port 2000; the device sends 388 bytes to port 3000,
with the search's bytes at offset 104 as proof that it answers it. The newer one (bcudp) frames XML under a
rolling XOR with a CRC-32 of its own; its answers give connection numbers and no identity. A child of `P2P`
named C2D_… is spoken by a client, one named D2C_… by a device.
Sources: neolink's udp.md and issue 102 (a dump), ha_reolink_discovery (the layout); port 2000 is shared with
Genetec's Synergis and MikroTik's bandwidth test.
"""

import zlib
from itertools import cycle

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol, mac_text, parse_mac
from scanner.protocols._stated import number_at, port_at, stated_host, subject_of, text_at
from scanner.protocols._xml import read_xml

SEARCH = b"\xaa\xaa\x00\x00"
ANSWER_LENGTH = 388
BCUDP_MAGIC = bytes.fromhex("3acf872a")
BCUDP_HEADER_LENGTH = 20
MAX_XML = 4096
"""Bytes of a bcudp body that are deciphered."""
_ECHO = slice(104, 108)
_KEY = (0x1F2D3C4B, 0x5A6C7F8D, 0x38172E4B, 0x8271635A, 0x863F1A2B, 0xA5C6F7D8, 0x8371E1B4, 0x17F2D3A5)
_WORD = 0xFFFFFFFF
_TYPES = {1: "ipc", 2: "nvr"}
_KINDS = {"ipc": "camera", "nvr": "recorder"}

DESTINATION, PORT, ANSWER_PORT, BCUDP_PORTS = "255.255.255.255", 2000, 3000, (2015, 2018)
"""Where the searches go; answers to the first come to `ANSWER_PORT`, which must be bound."""
QUESTION = SEARCH
"""The old search."""


def question_bcudp(transaction: int, port: int) -> bytes:
    """Return the bcudp search with a transaction number (32 bits); answers come to `port` and to 3000."""
    plain = f"<P2P><C2D_S><to><port>{port}</port></to></C2D_S></P2P>".encode()
    body = bcudp_cipher(plain, transaction)
    words = (len(body), 1, transaction & _WORD, bcudp_checksum(body))
    return BCUDP_MAGIC + b"".join(word.to_bytes(4, "little") for word in words) + body


def bcudp_cipher(body: bytes, transaction: int) -> bytes:
    """Cipher or decipher a bcudp body: XOR with a key that the transaction number is added to."""
    key = cycle(b"".join(((word + transaction) & _WORD).to_bytes(4, "little") for word in _KEY))
    return bytes(byte ^ other for byte, other in zip(body, key, strict=False))


def bcudp_checksum(body: bytes) -> int:
    """Return the checksum of a ciphered body: CRC-32 (IEEE) begun at 0 and not inverted at the end."""
    return zlib.crc32(body, _WORD) ^ _WORD


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is the old search, its answer, or a bcudp discovery message."""
    if payload[:4] == BCUDP_MAGIC:
        return number_at(payload, 8, 4, little=True) == 1
    return payload == SEARCH or (len(payload) <= ANSWER_LENGTH and payload[_ECHO] == SEARCH)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer of either protocol; a search only says that somebody asks."""
    facts = Facts()
    if not recognise(message.payload):
        return ()
    if message.payload[:4] == BCUDP_MAGIC:
        return _bcudp(message)
    if message.payload == SEARCH:
        facts.add("reolink.query", "true")
        return facts.about(message)
    return _answer(message)


def _answer(message: Message) -> tuple[Observation, ...]:
    payload, facts = message.payload, Facts()
    mac = mac_text(payload[80:86]) or parse_mac(text_at(payload, 164, 18))
    ip, kind = text_at(payload, 108, 16), _TYPES.get(payload[50], "")
    facts.add("reolink.answer", "true")
    facts.add("reolink.mac", mac)
    facts.add("reolink.ip", ip)
    facts.add("reolink.port", port_at(payload, 128, little=True) if kind == "ipc" else None)
    facts.add("reolink.name", text_at(payload, 132, 32))
    facts.add("reolink.ident", text_at(payload, 58, 18))
    facts.add("reolink.uid", text_at(payload, 228, 32))
    facts.add("reolink.type", kind)
    facts.add("reolink.kind_hint", _KINDS.get(kind))
    return facts.about(message, subject_of(message, mac, stated_host(ip)))


def _bcudp(message: Message) -> tuple[Observation, ...]:
    facts = Facts()
    transaction = number_at(message.payload, 12, 4, little=True) or 0
    body = message.payload[BCUDP_HEADER_LENGTH : BCUDP_HEADER_LENGTH + MAX_XML]
    root = read_xml(bcudp_cipher(body, transaction))
    if root is None or not root.is_named("P2P") or not root.children:
        return ()
    spoken = root.children[0].name.upper()
    facts.add("reolink.bcudp", spoken)
    facts.add("reolink.query", "true" if spoken.startswith("C2D_") else None)
    facts.add("reolink.answer", "true" if spoken.startswith("D2C_") else None)
    return facts.about(message)


PROTOCOL = Protocol(
    name="reolink",
    title="Reolink discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT, ANSWER_PORT, *BCUDP_PORTS}),
    facts=(
        "reolink.answer",
        "reolink.query",
        "reolink.bcudp",
        "reolink.mac",
        "reolink.ip",
        "reolink.port",
        "reolink.name",
        "reolink.ident",
        "reolink.uid",
        "reolink.type",
        "reolink.kind_hint",
    ),
)
