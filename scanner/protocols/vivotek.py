"""Vivotek discovery (DRM, installation wizard) on UDP 10000: type-length-value list → what a device says.

Question and answer begin with a session byte of the asker's choice and the same four bytes; the question ends
there. Types and lengths are one byte each, but type 4 is followed by one byte of value and no length.
Port 10000 is shared with Foscam's search, hence the strict test.
Source: UniversalScanner (layout and recording) and a port of it; one family of sources.
"""

from collections.abc import Iterator

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text
from scanner.protocols._stated import dotted_at, port_at, subject_of
from scanner.protocols._text import decode

MAGIC = bytes.fromhex("4a5d8f1c")
HEADER_LENGTH = 5
MAX_FIELDS = 64
"""Fields of one answer that are read."""
LONG_NAME, MAC, IP, BARE_BYTE, PORT_FIELD, LANGUAGE, MODEL = 1, 2, 3, 4, 6, 8, 9

DESTINATION, PORT = "255.255.255.255", 10000
"""Where the search goes; answers come to the sender's own port."""


def question(session: int) -> bytes:
    """Return the search with a session number (8 bits), which answers repeat."""
    return bytes((session & 0xFF,)) + MAGIC


def recognise(payload: bytes) -> bool:
    """Tell whether the second to fifth bytes are the magic."""
    return payload[1:HEADER_LENGTH] == MAGIC


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a search only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    fields = dict(_fields(payload[HEADER_LENGTH:]))
    if not fields:
        facts.add("vivotek.query", "true" if len(payload) == HEADER_LENGTH else None)
        return facts.about(message)
    mac, ip = mac_text(fields.get(MAC, b"")), fields.get(IP, b"")
    facts.add("vivotek.answer", "true")
    facts.add("vivotek.mac", mac)
    facts.add("vivotek.ip", dotted_at(ip, 0))
    facts.add("vivotek.name", decode(fields.get(LONG_NAME, b"")))
    facts.add("vivotek.model", decode(fields.get(MODEL, b"")))
    facts.add("vivotek.http_port", port_at(fields.get(PORT_FIELD, b""), 0, little=True))
    facts.add("vivotek.language", decode(fields.get(LANGUAGE, b"")))
    return facts.about(message, subject_of(message, mac, packed_host(ip)))


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each whole field; the list ends at type 0 or where it is cut."""
    at = 0
    for _ in range(MAX_FIELDS):
        if at + 2 > len(data) or data[at] == 0:
            return
        kind, length = data[at], data[at + 1]
        value = data[at + 1 : at + 2] if kind == BARE_BYTE else data[at + 2 : at + 2 + length]
        at += 2 if kind == BARE_BYTE else 2 + length
        if at > len(data):
            return
        yield kind, value


PROTOCOL = Protocol(
    name="vivotek",
    title="Vivotek DRM",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "vivotek.answer",
        "vivotek.query",
        "vivotek.mac",
        "vivotek.ip",
        "vivotek.name",
        "vivotek.model",
        "vivotek.http_port",
        "vivotek.language",
    ),
)
