"""Dahua DHIP search on UDP 37810: a 32-byte header and JSON → what a Dahua-built device says of itself.

The header holds its own length, the magic and twice the body's length, little-endian. The body is whatever the
firmware prints: with or without a trailing line feed and NUL, numbers as text, addresses as objects or plain
text, and cut by captures. `Vendor` and `Manufacturer` are the badge; "General" and "Private" in them are
Dahua's own words for "no badge".
Sources: DahuaConsole, UniversalScanner, zmap's notes on amplification, rroller/dahua, published answers.
"""

from scanner.model import IPAddress, Message, Observation
from scanner.protocols._json import member, read_json, scalar
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import address_text, stated_host, subject_of
from scanner.protocols._text import decode

MAGIC = b"DHIP"
HEADER_LENGTH = 32
MAX_BODY = 64 * 1024
"""Bytes of a body that are read: more than one datagram holds."""

GROUP, PORT, BROADCAST = "239.255.255.251", 37810, "255.255.255.255"
"""Where the search goes; answers come to the sender's own port."""
_SEARCH = b'{"method":"DHDiscover.search","params":{"mac":"","uni":1}}\n'

CLASS_KINDS = {
    "IPC": "camera",
    "SD": "camera",
    "NVR": "recorder",
    "XVR": "recorder",
    "DVR": "recorder",
    "HCVR": "recorder",
    "VTO": "intercom",
    "VTH": "intercom",
    "BSC": "access-control",
    "ASI": "access-control",
    "ASC": "access-control",
}
"""DeviceClass → kind, for the classes whose meaning is documented."""

_FIELDS = (
    ("DeviceType", "model"),
    ("DeviceClass", "class"),
    ("Vendor", "brand"),
    ("Manufacturer", "manufacturer"),
    ("SerialNo", "serial"),
    ("Version", "firmware"),
    ("MachineName", "name"),
    ("DeviceID", "device_id"),
    ("HttpPort", "http_port"),
    ("RtspPort", "rtsp_port"),
    ("Port", "port"),
    ("Port3", "port3"),
    ("VideoInputChannels", "channels"),
    ("RemoteVideoInputChannels", "remote_channels"),
    ("VideoOutputChannels", "output_channels"),
    ("AlarmInputChannels", "alarm_inputs"),
    ("AlarmOutputChannels", "alarm_outputs"),
    ("Init", "init"),
    ("Find", "find"),
    ("FindVersion", "find_version"),
    ("UnLoginFuncMask", "unlogin_func_mask"),
)


def _question() -> bytes:
    length = len(_SEARCH).to_bytes(4, "little")
    return b"\x20\0\0\0" + MAGIC + bytes(8) + length + bytes(4) + length + bytes(4) + _SEARCH


QUESTION = _question()
"""The search for every device; an old firmware's appetite for any single byte is not made use of."""


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram has the header of DHIP."""
    return payload[:8] == b"\x20\0\0\0" + MAGIC


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; any other method only says that somebody asks."""
    if not recognise(message.payload):
        return ()
    length = int.from_bytes(message.payload[16:20], "little") or MAX_BODY
    body = read_json(decode(message.payload[HEADER_LENGTH : HEADER_LENGTH + min(length, MAX_BODY)]))
    facts, device = Facts(), member(body, "params", "deviceInfo")
    if not isinstance(device, dict):
        facts.add("dhip.query", "true" if member(body, "method") else None)
        return facts.about(message)
    mac = parse_mac(scalar(member(body, "mac")) or scalar(_any_case(device, "mac")) or "")
    facts.add("dhip.answer", "true")
    facts.add("dhip.mac", mac)
    for key, name in _FIELDS:
        facts.add(f"dhip.{name}", scalar(device.get(key)))
    facts.add("dhip.activated", _activated(device.get("Init")))
    facts.add("dhip.kind_hint", CLASS_KINDS.get((scalar(device.get("DeviceClass")) or "").upper()))
    return facts.about(message, subject_of(message, mac, _network(device, facts)))


def _network(device: dict[str, object], facts: Facts) -> IPAddress | None:
    """Add both address records to the facts and return the IPv4 address if a device can have it."""
    v4, v6 = device.get("IPv4Address"), device.get("IPv6Address")
    ip = scalar(v4) or scalar(member(v4, "IPAddress"))
    ip6 = scalar(v6) or scalar(member(v6, "IPAddress"))
    facts.add("dhip.ip", address_text(ip))
    facts.add("dhip.mask", address_text(scalar(member(v4, "SubnetMask"))))
    facts.add("dhip.gateway", address_text(scalar(member(v4, "DefaultGateway"))))
    facts.add("dhip.dhcp", scalar(member(v4, "DhcpEnable")))
    facts.add("dhip.ip6", address_text(ip6))
    facts.add("dhip.ip6_link_local", address_text(scalar(member(v6, "LinkLocalAddress"))))
    return stated_host(ip)


def _any_case(found: dict[str, object], wanted: str) -> object:
    return next((value for key, value in found.items() if key.lower() == wanted), None)


def _activated(init: object) -> str | None:
    """Read the low bits of Init: 1 is a device without a password, 2 one that has been set up."""
    text = scalar(init) or ""
    low = int(text) & 3 if text.isascii() and text.isdigit() and len(text) < 12 else 0
    return {1: "false", 2: "true"}.get(low)


PROTOCOL = Protocol(
    name="dhip",
    title="Dahua DHIP",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "dhip.answer",
        "dhip.query",
        "dhip.mac",
        *(f"dhip.{name}" for _, name in _FIELDS),
        "dhip.activated",
        "dhip.kind_hint",
        "dhip.ip",
        "dhip.mask",
        "dhip.gateway",
        "dhip.dhcp",
        "dhip.ip6",
        "dhip.ip6_link_local",
    ),
)
