"""Sony IP setup on UDP 2380: text units between STX and ETX → what an SNC camera says of itself.

Each unit is `KEY:VALUE` and ends with ff. The search is the unit `ENQ:allinfo`; units that begin with SET change
settings and are only ever heard. Answers are broadcast to the port that asked.
Sources: UniversalScanner (format and recording), an independent responder for Sony's newer setup tool.
"""

from collections.abc import Iterator

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import ADDRESS_FIELDS, address_text, stated_host, subject_of
from scanner.protocols._text import decode

START, END, SEPARATOR = b"\x02", b"\x03", b"\xff"
MAX_UNITS = 64
"""Units of one datagram that are read."""

DESTINATION, PORT = "255.255.255.255", 2380
"""Where the search goes; the answer is broadcast to the port that it came from."""
QUESTION = START + b"ENQ:allinfo" + SEPARATOR + END
"""The search for everything that a camera tells."""

_FIELDS = (
    ("MODEL", "model"),
    ("MODELNAME", "model_name"),
    ("SERIAL", "serial"),
    ("SOFTVERSION", "firmware"),
    ("NAME", "name"),
    ("IPADR", "ip"),
    ("MASK", "mask"),
    ("GATEWAY", "gateway"),
    ("DNS1", "dns"),
    ("DNS2", "dns"),
    ("DHCP", "dhcp"),
    ("WEBPORT", "http_port"),
    ("TIME", "time"),
)


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is framed as this protocol's are, its first unit with a key."""
    key, colon, _ = payload[1:17].partition(b":")
    return payload[:1] == START and bool(colon) and key.isalnum() and key.isupper() and SEPARATOR in payload


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; enquiries and settings only say that somebody asks."""
    facts = Facts()
    if not recognise(message.payload):
        return ()
    units = dict(_units(message.payload))
    mac = parse_mac(units.get("MAC", ""))
    if "ENQ" in units or any(key.startswith("SET") for key in units) or not {"MAC", "MODEL"} & units.keys():
        facts.add("sony.query", "true" if "ENQ" in units else None)
        return facts.about(message)
    facts.add("sony.answer", "true")
    facts.add("sony.mac", mac)
    for key, name in _FIELDS:
        value = units.get(key)
        facts.add(f"sony.{name}", address_text(value) if name in ADDRESS_FIELDS else value)
    return facts.about(message, subject_of(message, mac, stated_host(units.get("IPADR"))))


def _units(payload: bytes) -> Iterator[tuple[str, str]]:
    for unit in payload[1:].split(SEPARATOR, MAX_UNITS)[:MAX_UNITS]:
        key, colon, value = decode(unit).partition(":")
        if colon:
            yield key.strip().upper(), value.strip()


PROTOCOL = Protocol(
    name="sony",
    title="Sony IP setup",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=("sony.answer", "sony.query", "sony.mac", *dict.fromkeys(f"sony.{name}" for _, name in _FIELDS)),
)
