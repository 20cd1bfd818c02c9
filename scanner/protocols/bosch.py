"""Bosch (formerly VCS) discovery on UDP 1757/1758: 32 bytes, or XML from newer units → what a device says.

The question is magic, a transaction number of the asker's choice and a request code. Old units answer 32 bytes
that begin with the same magic and number; newer ones send an XML document with one `device` element. Its session
key is not read.
Sources: UniversalScanner (layout and two recordings), Genetec's port list.
"""

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text, parse_mac
from scanner.protocols._stated import ADDRESS_FIELDS, address_text, dotted_at, stated_host, subject_of
from scanner.protocols._xml import Element, read_xml

MAGIC = bytes.fromhex("9939a427")
REQUEST = bytes.fromhex("ff0006de")
MAX_DEVICES = 16
"""Device elements of one document that are read."""
_LOOK = 512

DESTINATION, PORT, ANSWER_PORT = "255.255.255.255", 1757, 1758
"""Where the search goes; answers come to `ANSWER_PORT`, which must be bound."""

_FIELDS = (
    ("friendlyName", "model"),
    ("unitName", "name"),
    ("deviceType", "type"),
    ("deviceGUID", "uuid"),
    ("serialNumber", "serial"),
    ("unitIPAddress", "ip"),
    ("unitSubnetMask", "mask"),
    ("unitGatewayIp", "gateway"),
    ("unitIPv6Address", "ip6"),
    ("activeConnections", "connections"),
    ("RCPPort", "rcp_port"),
    ("HTTPPort", "http_port"),
    ("HTTPSPort", "https_port"),
    ("dhcp", "dhcp"),
    ("cameraFrontendID", "frontend_id"),
    ("Lines", "lines"),
    ("ClusterID", "cluster_id"),
    ("deviceCapabilities", "capabilities"),
    ("deviceTypeIDs", "type_ids"),
)


def question(transaction: int) -> bytes:
    """Return the search with a transaction number (32 bits), which binary answers repeat."""
    return MAGIC + (transaction & 0xFFFFFFFF).to_bytes(4) + REQUEST


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is a search, an answer with a MAC, or XML in the vendor's name space."""
    if payload[:4] == MAGIC:
        return payload[8:] == REQUEST or mac_text(payload[8:14]) is not None
    beginning = payload[:_LOOK]
    return beginning.lstrip()[:1] == b"<" and b"OEMExt" in beginning and b"<device" in beginning


def parse(message: Message) -> tuple[Observation, ...]:
    """Read either form of an answer; a search only says that somebody asks."""
    if not recognise(message.payload):
        return ()
    if message.payload[:4] == MAGIC:
        return _binary(message)
    root = read_xml(message.payload)
    devices = [] if root is None else [e for e in root.walk() if e.is_named("device")][:MAX_DEVICES]
    return tuple(observation for device in devices for observation in _device(message, device))


def _binary(message: Message) -> tuple[Observation, ...]:
    payload, facts = message.payload, Facts()
    if payload[8:] == REQUEST:
        facts.add("bosch.query", "true")
        return facts.about(message)
    mac = mac_text(payload[8:14])
    facts.add("bosch.answer", "true")
    facts.add("bosch.mac", mac)
    facts.add("bosch.ip", dotted_at(payload, 16))
    facts.add("bosch.mask", dotted_at(payload, 20))
    facts.add("bosch.gateway", dotted_at(payload, 24))
    return facts.about(message, subject_of(message, mac, packed_host(payload[16:20])))


def _device(message: Message, device: Element) -> tuple[Observation, ...]:
    facts, mac = Facts(), parse_mac(device.text_of("physAddress"))
    facts.add("bosch.answer", "true")
    facts.add("bosch.mac", mac)
    for tag, name in _FIELDS:
        text = device.text_of(tag)
        facts.add(f"bosch.{name}", address_text(text) if name in ADDRESS_FIELDS else text)
    return facts.about(message, subject_of(message, mac, stated_host(device.text_of("unitIPAddress"))))


PROTOCOL = Protocol(
    name="bosch",
    title="Bosch discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT, ANSWER_PORT}),
    facts=("bosch.answer", "bosch.query", "bosch.mac", *(f"bosch.{name}" for _, name in _FIELDS)),
)
