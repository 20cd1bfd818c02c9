"""TP-Link TDP discovery on UDP 20002/20004: a 16-byte header and JSON → what a Tapo, VIGI or Kasa device says.

The header is big-endian: version 2, message type, operation, body length, flags, padding, serial, and a CRC-32
over the whole packet with the field preset to a constant. Devices answer the bodiless question in clear JSON; its
`device_type` is the only thing that tells cameras from plugs, bulbs and vacuums. Owner and device hashes, keys and
encrypted parts are not read.
Sources: python-kasa (maintained, recordings of real answers), pytapo.
"""

import re
import struct
import zlib

from scanner.model import Message, Observation
from scanner.protocols._json import member, read_json, scalar
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import iso_date, number_at, stated_host, subject_of
from scanner.protocols._text import decode

VERSION, DISCOVERY, FLAGS = 2, 1, 0
HEADER_LENGTH = 16
CRC_PRESET = 0x5A6B7C8D
MAX_BODY = 16 * 1024
"""Bytes of a body that are read."""

DESTINATION, PORTS = "255.255.255.255", (20002, 20004)
"""Where the question goes; answers come to the sender's own port."""


def _question() -> bytes:
    head = struct.pack(">BBHHBBI", VERSION, 0, DISCOVERY, 0, FLAGS, 0, 0)
    return head + zlib.crc32(head + CRC_PRESET.to_bytes(4)).to_bytes(4)


QUESTION = _question()
"""The question without a body (and so without a key): devices answer it in clear."""

_BUILD = re.compile(r"\bBuild (\d{6})\b")
_KINDS = {
    "SMART.IPCAMERA": "camera",
    "IOT.IPCAMERA": "camera",
    "SMART.TAPODOORBELL": "intercom",
    "SMART.TAPONVR": "recorder",
}
_FIELDS = (
    ("device_type", "type"),
    ("device_model", "model"),
    ("device_name", "name"),
    ("ip", "ip"),
    ("firmware_version", "firmware"),
    ("is_support_iot_cloud", "cloud"),
    ("obd_src", "onboarded_by"),
    ("protocol_version", "protocol_version"),
)


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram has the header of a discovery message, and no more body than it says."""
    if payload[:4] != bytes((VERSION, 0)) + DISCOVERY.to_bytes(2) or len(payload) < HEADER_LENGTH:
        return False
    return len(payload) - HEADER_LENGTH <= (number_at(payload, 4, 2) or 0)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a question, with or without a key, only says that somebody asks."""
    if not recognise(message.payload):
        return ()
    facts = Facts()
    body = read_json(decode(message.payload[HEADER_LENGTH : HEADER_LENGTH + MAX_BODY]))
    device = member(body, "result")
    if not isinstance(device, dict) or not {"device_type", "device_model", "mac"} & device.keys():
        asks = number_at(message.payload, 4, 2) == 0 or isinstance(member(body, "params"), dict)
        facts.add("tplink.query", "true" if asks else None)
        return facts.about(message)
    mac = parse_mac(scalar(device.get("mac")) or "")
    facts.add("tplink.answer", "true")
    facts.add("tplink.mac", mac)
    for key, name in _FIELDS:
        facts.add(f"tplink.{name}", scalar(device.get(key)))
    facts.add("tplink.hardware", scalar(device.get("hardware_version")) or scalar(device.get("hw_ver")))
    facts.add("tplink.http_port", scalar(member(device, "mgt_encrypt_schm", "http_port")))
    facts.add("tplink.https", scalar(member(device, "mgt_encrypt_schm", "is_support_https")))
    _state(device, facts)
    return facts.about(message, subject_of(message, mac, stated_host(scalar(device.get("ip")))))


def _state(device: dict[str, object], facts: Facts) -> None:
    """Add what follows from other fields: set up or not, date of the build, kind."""
    factory = device.get("factory_default")
    facts.add("tplink.activated", scalar(not factory) if isinstance(factory, bool) else None)
    built = _BUILD.search((scalar(device.get("firmware_version")) or "")[:128])
    facts.add("tplink.build_date", iso_date(built[1]) if built else None)
    facts.add("tplink.kind_hint", _KINDS.get((scalar(device.get("device_type")) or "").upper()))


PROTOCOL = Protocol(
    name="tplink",
    title="TP-Link TDP",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset(PORTS),
    facts=(
        "tplink.answer",
        "tplink.query",
        "tplink.mac",
        *(f"tplink.{name}" for _, name in _FIELDS),
        "tplink.hardware",
        "tplink.http_port",
        "tplink.https",
        "tplink.activated",
        "tplink.build_date",
        "tplink.kind_hint",
    ),
)
