"""VStarcam family search ("DH") on UDP 8600: fixed layout → what a device with such firmware says of itself.

VStarcam, Eye4 clones and some Wansview cameras answer it. Some firmware puts account name and password into the
answer, from offset 0xEC on: nothing from there on is read, and the datagram itself must not be shown.
Sources: UniversalScanner (layout and recording), OpenIPC/python-dvr (the rest of the layout).
"""

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol, mac_text
from scanner.protocols._stated import address_text, port_at, stated_host, subject_of, text_at

ASK, ANSWER = b"DH\x01\x01", b"DH\x01\x08"
ACCOUNT_OFFSET = 0xEC
"""Where account name and password begin; nothing is read from here on."""

DESTINATION, PORT = "255.255.255.255", 8600
"""Where the search goes; answers come to the sender's own port."""
QUESTION = ASK
"""The search: its four-byte header."""


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is the search, or begins as its answer does and is long enough to say anything."""
    return payload == ASK or (payload[:4] == ANSWER and len(payload) > 20)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer up to the account; a search only says that somebody asks."""
    facts = Facts()
    if not recognise(message.payload):
        return ()
    if message.payload == ASK:
        facts.add("vstarcam.query", "true")
        return facts.about(message)
    payload = message.payload[:ACCOUNT_OFFSET]
    mac, ip = mac_text(payload[0x54:0x5A]), text_at(payload, 4, 16)
    facts.add("vstarcam.answer", "true")
    facts.add("vstarcam.mac", mac)
    facts.add("vstarcam.ip", address_text(ip))
    facts.add("vstarcam.mask", address_text(text_at(payload, 0x14, 16)))
    facts.add("vstarcam.gateway", address_text(text_at(payload, 0x24, 16)))
    facts.add("vstarcam.dns", address_text(text_at(payload, 0x34, 16)))
    facts.add("vstarcam.dns", address_text(text_at(payload, 0x44, 16)))
    facts.add("vstarcam.http_port", port_at(payload, 0x5A, little=True))
    facts.add("vstarcam.serial", text_at(payload, 0x5C, 32))
    facts.add("vstarcam.name", text_at(payload, 0x7C, 32))
    facts.add("vstarcam.firmware", text_at(payload, 0xCC, 16))
    facts.add("vstarcam.web_version", text_at(payload, 0xDC, 16))
    return facts.about(message, subject_of(message, mac, stated_host(ip)))


PROTOCOL = Protocol(
    name="vstarcam",
    title="VStarcam discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "vstarcam.answer",
        "vstarcam.query",
        "vstarcam.mac",
        "vstarcam.ip",
        "vstarcam.mask",
        "vstarcam.gateway",
        "vstarcam.dns",
        "vstarcam.http_port",
        "vstarcam.serial",
        "vstarcam.name",
        "vstarcam.firmware",
        "vstarcam.web_version",
    ),
)
