"""Hikvision SADP: XML on UDP 37020, or frames of ethertype 0x8033 → what a Hikvision build says of itself.

Over UDP a device answers `ProbeMatch` to the group, and multicasts `Hello` with the same fields when it starts;
the tool's `Probe` loops back and is somebody asking. In frames the byte at offset 3 is the length of header and
data (66 for the tool's inquiry, 246 for an answer), so direction is told by the operation, and an answer's data are
texts and numbers of fixed width. Only the fields named here are read: salts, codes and challenges are not.

Two things that sources say otherwise were settled by recorded answers: a camera reports one digital channel
(a DS-2CD2385G1-I does), so one channel makes no recorder; and "flase" is how some firmware spells false.
Sources: hiktools, hikvision-tooling, UniversalScanner (recording), published answers, device-side headers of SADP,
the vendor's Sadp.h for the meaning of DetailOEMCode.
"""

import re
import struct
from ipaddress import IPv4Address
from uuid import UUID

from scanner.model import Message, Observation
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text, parse_mac
from scanner.protocols._stated import (
    ADDRESS_FIELDS,
    address_text,
    dotted_at,
    iso_date,
    number_at,
    stated_host,
    subject_of,
    text_at,
)
from scanner.protocols._xml import Element, read_xml

GROUP, PORT = "239.255.255.250", 37020
"""Where the inquiry goes; answers come to the group and the same port, which must be bound and joined."""
ETHERTYPE = 0x8033
INQUIRY, ANSWER = 3, 4
ANSWERS = frozenset({ANSWER, 0x07, 0x0B, 0x0D, 0x11})
"""Operations that devices send: the answer, and the acknowledgements of commands that are only ever heard."""
FRAME_LENGTH, ANSWER_FRAME_LENGTH = 66, 246
_FRAME_HEADER = 38
_LOOK = 512
_MAX_CHANNELS = 4  # of a camera with several sensors; a recorder without disks cannot be told from it

_BUILD = re.compile(r"(?i)build\s{0,4}(\d{6})\b")
_SERIAL_DATE = re.compile(r"(20\d{6})[A-Z]{2}")
_OEM_CUSTOMER = 10_000  # a DetailOEMCode is customer number, two digits of style, two digits of region

_FIELDS = (
    ("DeviceDescription", "model"),
    ("DeviceSN", "serial"),
    ("DeviceType", "type"),
    ("SoftwareVersion", "firmware"),
    ("DSPVersion", "dsp_version"),
    ("BootTime", "boot_time"),
    ("IPv4Address", "ip"),
    ("IPv4SubnetMask", "mask"),
    ("IPv4Gateway", "gateway"),
    ("IPv6Address", "ip6"),
    ("IPv6MaskLen", "ip6_prefix"),
    ("CommandPort", "port"),
    ("HttpPort", "http_port"),
    ("SDKOverTLSPort", "tls_port"),
    ("AnalogChannelNum", "analog_channels"),
    ("DigitalChannelNum", "digital_channels"),
    ("DiskNumber", "disks"),
    ("OEMInfo", "oem_info"),
    ("DetailOEMCode", "oem_code"),
    ("SpecificDeviceType", "specific_device_type"),
    ("SecurityMode", "security_mode"),
)
_FLAGS = (
    ("DHCP", "dhcp"),
    ("Activated", "activated"),
    ("Encrypt", "encrypt"),
    ("ResetAbility", "reset_ability"),
    ("PasswordResetAbility", "password_reset_ability"),
    ("SupportHCPlatform", "supports_cloud"),
    ("HCPlatformEnable", "cloud"),
    ("DeviceLock", "locked"),
    ("OEMCode", "oem_flag"),
    ("EZVIZCode", "ezviz"),
    ("SDKServerStatus", "sdk_server"),
    ("SDKOverTLSServerStatus", "tls_sdk_server"),
)


def question(message_id: UUID) -> bytes:
    """Return the inquiry, which every device answers; the number comes back in the answers."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f"<Probe><Uuid>{str(message_id).upper()}</Uuid><Types>inquiry</Types></Probe>"
    ).encode()


def question_frame(mac: str, host: IPv4Address, counter: int) -> bytes:
    """Return the inquiry as the data of a broadcast frame of ethertype 0x8033, from this MAC and address.

    The checksum is the ones' complement sum of little-endian words, stored big-endian (hiktools; the device-side
    sources agree).
    """
    head = struct.pack(">BBBBIBBBBH", 0x21, 2, 1, FRAME_LENGTH, counter & 0xFFFFFFFF, 6, 4, INQUIRY, 0, 0)
    frame = head + bytes.fromhex(mac.replace(":", "")) + host.packed + b"\xff" * 6 + bytes(8 + 28)
    total: int = sum(struct.unpack(f"<{FRAME_LENGTH // 2}H", frame))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return frame[:12] + checksum.to_bytes(2) + frame[14:]


def recognise(payload: bytes) -> bool:
    """Tell whether the bytes are a frame's header, or XML that begins as SADP's does."""
    if payload[:1] == b"\x21":
        return payload[1:3] in {b"\x01\x01", b"\x02\x01"} and payload[8:10] == b"\x06\x04"
    beginning = payload[:_LOOK].lower()
    names = (b"<probematch", b"<probe>", b"<hello")
    return beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and any(name in beginning for name in names)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer or a greeting of either form; an inquiry or command only says that somebody asks."""
    if not recognise(message.payload):
        return ()
    if message.payload[:1] == b"\x21":
        return _frame(message)
    root, facts = read_xml(message.payload), Facts()
    if root is None:
        return ()
    if root.is_named("ProbeMatch") or root.is_named("Hello"):
        return _document(message, root)
    facts.add("sadp.query", "true" if root.is_named("Probe") else None)
    return facts.about(message)


def _document(message: Message, root: Element) -> tuple[Observation, ...]:
    facts, mac = Facts(), parse_mac(_text(root, "MAC"))
    if not any(_text(root, tag) for tag in ("MAC", "DeviceSN", "DeviceDescription")):
        return ()
    facts.add("sadp.answer", "true")
    facts.add("sadp.transport", "udp")
    facts.add("sadp.hello", "true" if root.is_named("Hello") else None)
    facts.add("sadp.mac", mac)
    for tag, name in _FIELDS:
        text = _text(root, tag)
        facts.add(f"sadp.{name}", address_text(text) if name in ADDRESS_FIELDS else text)
    for tag, name in _FLAGS:
        facts.add(f"sadp.{name}", _flag(_text(root, tag)))
    _derived({name: _text(root, tag) for tag, name in (*_FIELDS, *_FLAGS)}, facts)
    return facts.about(message, subject_of(message, mac, stated_host(_text(root, "IPv4Address"))))


def _frame(message: Message) -> tuple[Observation, ...]:
    payload, facts = message.payload, Facts()
    operation = number_at(payload, 10, 1)
    if operation not in ANSWERS:
        facts.add("sadp.query", "true" if operation is not None else None)
        return facts.about(message)
    mac = mac_text(payload[14:20])
    facts.add("sadp.answer", "true")
    facts.add("sadp.transport", "ethernet")
    facts.add("sadp.mac", mac)
    facts.add("sadp.ip", dotted_at(payload, 20))
    facts.add("sadp.mask", dotted_at(payload, 34))
    if operation == ANSWER and len(payload) > _FRAME_HEADER:
        _frame_data(payload, facts)
    return facts.about(message, subject_of(message, mac, packed_host(payload[20:24])))


def _frame_data(payload: bytes, facts: Facts) -> None:
    """Read the data of an answer: serial, four numbers, three texts."""
    found = {"serial": text_at(payload, 38, 48), "firmware": text_at(payload, 102, 48)}
    for name, offset in (("type", 86), ("port", 90), ("analog_channels", 94), ("disks", 98)):
        number = number_at(payload, offset, 4)
        found[name] = "" if number is None else str(number)
    found["dsp_version"], found["boot_time"] = text_at(payload, 150, 48), text_at(payload, 198, 48)
    for name, value in found.items():
        facts.add(f"sadp.{name}", value)
    _derived({"serial": found["serial"], "firmware": found["firmware"]}, facts)


def _derived(found: dict[str, str], facts: Facts) -> None:
    """Add what follows from other fields: dates, whose badge, kind."""
    built = _BUILD.search(found.get("firmware", "")[:128])
    facts.add("sadp.build_date", iso_date(built[1]) if built else None)
    made = _SERIAL_DATE.search(found.get("serial", "")[:128])
    facts.add("sadp.made_date", iso_date(made[1]) if made else None)
    code = _number(found.get("oem_code", ""))
    facts.add("sadp.oem_customer", code // _OEM_CUSTOMER if code and code > _OEM_CUSTOMER else None)
    facts.add("sadp.kind_hint", _kind(found))


def _kind(found: dict[str, str]) -> str | None:
    """Tell cameras from recorders by channels and disks, where all that is needed is stated and clear."""
    analog, digital = _number(found.get("analog_channels", "")), _number(found.get("digital_channels", ""))
    if analog is None or digital is None:
        return None
    if analog > 1 or digital > _MAX_CHANNELS or (digital > 1 and _number(found.get("disks", ""))):
        return "recorder"
    return "camera" if analog == 0 and digital <= 1 else None


def _text(root: Element, tag: str) -> str:
    """Return the text of the first child of that name: some firmware repeats DeviceType."""
    found = root.child(tag)
    return found.text if found else ""


def _flag(text: str) -> str | None:
    """Return "true" or "false" for the words and numbers that devices write for them, else the text."""
    word = text.strip().lower()
    if word in {"true", "1"}:
        return "true"
    return "false" if word in {"false", "flase", "0"} else text


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None


PROTOCOL = Protocol(
    name="sadp",
    title="Hikvision SADP",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    ethertypes=frozenset({ETHERTYPE}),
    facts=(
        "sadp.answer",
        "sadp.query",
        "sadp.transport",
        "sadp.hello",
        "sadp.mac",
        *(f"sadp.{name}" for _, name in (*_FIELDS, *_FLAGS)),
        "sadp.build_date",
        "sadp.made_date",
        "sadp.oem_customer",
        "sadp.kind_hint",
    ),
)
