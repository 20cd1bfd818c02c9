"""Hanwha (Samsung Techwin) IP installer on UDP 7701/7711: 262 bytes of fixed layout → what a device says of itself.

The first byte is 01 for the search and 0b for the answer, all fields are NUL-padded text. The model has ten
bytes and is cut: "PNV-A9081R" fits, longer names do not. Answers are broadcast to port 7711.
Sources: UniversalScanner (layout and recording), two independent clients.
"""

import re

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import address_text, stated_host, subject_of, text_at

ASK, ANSWER = 0x01, 0x0B
LENGTH = 262

DESTINATION, PORT, ANSWER_PORT = "255.255.255.255", 7701, 7711
"""Where the search goes; answers come to `ANSWER_PORT`, which must be bound."""
QUESTION = bytes((ASK,)) + bytes(LENGTH - 1)
"""The search: the whole structure, empty but for its first byte."""

_MODEL_LENGTH = 10
_WEB_PORT = re.compile(r"^(https?)://[^/:]{1,255}+(?::([0-9]{1,5}))?+(?:/|$)")


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is an empty search, or an answer with a MAC where it belongs."""
    if payload[:1] == bytes((ASK,)):
        return len(payload) == LENGTH
    return payload[:1] == bytes((ANSWER,)) and parse_mac(text_at(payload, 0x13, 18)) is not None


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a search only says that somebody asks."""
    payload, facts = message.payload, Facts()
    if not recognise(payload):
        return ()
    if payload[0] == ASK:
        facts.add("hanwha.query", "true")
        return facts.about(message)
    mac, ip = parse_mac(text_at(payload, 0x13, 18)), text_at(payload, 0x25, 16)
    model, url = text_at(payload, 0x6D, _MODEL_LENGTH), text_at(payload, 0x85, 39)
    facts.add("hanwha.answer", "true")
    facts.add("hanwha.mac", mac)
    facts.add("hanwha.ip", address_text(ip))
    facts.add("hanwha.mask", address_text(text_at(payload, 0x35, 16)))
    facts.add("hanwha.gateway", address_text(text_at(payload, 0x45, 16)))
    facts.add("hanwha.model", model)
    facts.add("hanwha.model_cut", str(len(model) == _MODEL_LENGTH).lower() if model else None)
    facts.add("hanwha.url", url)
    facts.add("hanwha.http_port", _port(url))
    return facts.about(message, subject_of(message, mac, stated_host(ip)))


def _port(url: str) -> str | None:
    """Return the port of an HTTP URL, the scheme's own where none is written; None for anything else."""
    matched = _WEB_PORT.match(url)
    if not matched:
        return None
    return matched[2] or {"http": "80", "https": "443"}[matched[1]]


PROTOCOL = Protocol(
    name="hanwha",
    title="Hanwha IP installer",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT, ANSWER_PORT}),
    facts=(
        "hanwha.answer",
        "hanwha.query",
        "hanwha.mac",
        "hanwha.ip",
        "hanwha.mask",
        "hanwha.gateway",
        "hanwha.model",
        "hanwha.model_cut",
        "hanwha.url",
        "hanwha.http_port",
    ),
)
