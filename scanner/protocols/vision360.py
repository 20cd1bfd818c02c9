"""360 Vision Technology discovery on UDP 3600: one line of text → what a Predator dome says of itself.

The search is the bare word; the answer repeats it with KEY=value pairs, values quoted or not: TYPE, KEY (which is
the MAC) and ID.
Source: UniversalScanner (format and recording); one source.
"""

import re

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import subject_of
from scanner.protocols._text import decode

WORD = b"DISCOVER"
MAX_LENGTH = 1024
"""Bytes of a datagram that are read."""

DESTINATION, PORT = "255.255.255.255", 3600
"""Where the search goes; answers come to the sender's own port."""
QUESTION = WORD + b"\n"
"""The search."""

_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,31})=(?:'([^']*)'|\"([^\"]*)\"|([^\s'\"]*))")


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram begins with the word, alone or followed by pairs."""
    return payload[: len(WORD)] == WORD and (payload[len(WORD) :].strip() == b"" or b"=" in payload)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; the bare word only says that somebody asks."""
    facts = Facts()
    if not recognise(message.payload):
        return ()
    text = decode(message.payload[len(WORD) : MAX_LENGTH])
    pairs = {m[1].upper(): m[2] or m[3] or m[4] or "" for m in _PAIR.finditer(text)}
    if not {"TYPE", "KEY", "ID"} & pairs.keys():
        facts.add("vision360.query", "true" if not text.strip() else None)
        return facts.about(message)
    mac = parse_mac(pairs.get("KEY", ""))
    facts.add("vision360.answer", "true")
    facts.add("vision360.mac", mac)
    facts.add("vision360.type", pairs.get("TYPE"))
    facts.add("vision360.serial", pairs.get("ID"))
    return facts.about(message, subject_of(message, mac))


PROTOCOL = Protocol(
    name="vision360",
    title="360 Vision discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "vision360.answer",
        "vision360.query",
        "vision360.mac",
        "vision360.type",
        "vision360.serial",
    ),
)
