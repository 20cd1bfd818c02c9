"""V380 search (Macro-video) on UDP 10008→10009: text of fields behind "^" → what a camera says of itself.

The search is "NVDEVSEARCH^100" to port 10008; a camera sends "NVDEVRESULT^…" to port 10009, whatever port asked. Known
are the fields that clients read: MAC (2), address (3), mask (4), gateway (5) and the number under which the maker's
relays know the device (12). The rest is not read.
Sources: prsyahmi/v380 (two clients) and four others' clients that read the same places.
"""

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import address_text, stated_host, subject_of
from scanner.protocols._text import decode

SEARCH, ANSWER = b"NVDEVSEARCH^", b"NVDEVRESULT^"
MAX_TEXT = 1024
"""Bytes of an answer that are read."""
MIN_FIELDS = 13
"""Fields of the shortest answer that clients take for one."""
MAC, IP, MASK, GATEWAY, DEVICE_ID = 2, 3, 4, 5, 12

DESTINATION, PORT, ANSWER_PORT = "255.255.255.255", 10008, 10009
"""Where the search goes; answers come to `ANSWER_PORT`, which must be bound."""
QUESTION = SEARCH + b"100"
"""The search."""


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is the search, or an answer with all fields that are read."""
    if payload.startswith(SEARCH):
        return True
    return payload.startswith(ANSWER) and payload[:MAX_TEXT].count(b"^") >= MIN_FIELDS - 1


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a search only says that somebody asks."""
    facts = Facts()
    if not recognise(message.payload):
        return ()
    if message.payload.startswith(SEARCH):
        facts.add("v380.query", "true")
        return facts.about(message)
    fields = [field.strip(" \0\r\n") for field in decode(message.payload[:MAX_TEXT]).split("^")]
    mac = parse_mac(fields[MAC])
    facts.add("v380.answer", "true")
    facts.add("v380.mac", mac)
    facts.add("v380.ip", address_text(fields[IP]))
    facts.add("v380.mask", address_text(fields[MASK]))
    facts.add("v380.gateway", address_text(fields[GATEWAY]))
    facts.add("v380.id", fields[DEVICE_ID] if fields[DEVICE_ID].isdecimal() else None)
    return facts.about(message, subject_of(message, mac, stated_host(fields[IP])))


PROTOCOL = Protocol(
    name="v380",
    title="V380 discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT, ANSWER_PORT}),
    facts=("v380.answer", "v380.query", "v380.mac", "v380.ip", "v380.mask", "v380.gateway", "v380.id"),
)
