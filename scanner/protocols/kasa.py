"""TP-Link's older (Kasa) protocol on UDP 9999: JSON under an autokey XOR → what a device says of itself.

Each byte is XORed with the ciphertext byte before it, the first with 171. The answer repeats the question with
values; cameras nest them one level deeper. Where the device stands (latitude and longitude), its owner's hashes
and its state are in there too and are not read.
Sources: python-kasa (maintained), softScheck's analysis.
"""

import re

from scanner.model import Message, Observation
from scanner.protocols._json import member, read_json, scalar
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import iso_date, subject_of
from scanner.protocols._text import decode

FIRST_KEY = 171
MAX_BODY = 16 * 1024
"""Bytes of a datagram that are deciphered."""

DESTINATION, PORT = "255.255.255.255", 9999
"""Where the question goes; answers come to the sender's own port."""

_BUILD = re.compile(r"\bBuild (\d{6})\b")
_FIELDS = (
    ("model", "model"),
    ("dev_name", "device_name"),
    ("alias", "name"),
    ("sw_ver", "firmware"),
    ("hw_ver", "hardware"),
)


def ciphered(plain: bytes) -> bytes:
    """Return the bytes as they go over the wire."""
    out, key = bytearray(), FIRST_KEY
    for byte in plain:
        key ^= byte
        out.append(key)
    return bytes(out)


def deciphered(wire: bytes) -> bytes:
    """Return what stands behind the bytes of the wire; the inverse of `ciphered`."""
    return bytes(byte ^ key for byte, key in zip(wire, bytes((FIRST_KEY,)) + wire, strict=False))


QUESTION = ciphered(b'{"system":{"get_sysinfo":{}}}')
"""The question who it is; every other call changes or switches something."""


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram deciphers to the beginning of a JSON object with a member."""
    plain = deciphered(payload[:16])
    return plain[:1] == b"{" and plain[1:].lstrip()[:1] == b'"'


def parse(message: Message) -> tuple[Observation, ...]:
    """Read an answer; a question or command only says that somebody asks."""
    if not recognise(message.payload):
        return ()
    facts = Facts()
    body = read_json(decode(deciphered(message.payload[:MAX_BODY])))
    info = member(body, "system", "get_sysinfo")
    inner = member(info, "system")
    device = inner if isinstance(inner, dict) else info
    if not isinstance(device, dict) or not {"model", "sw_ver", "dev_name"} & device.keys():
        facts.add("kasa.query", "true" if isinstance(body, dict) else None)
        return facts.about(message)
    mac = _mac(device)
    kind = scalar(device.get("type")) or scalar(device.get("mic_type"))
    facts.add("kasa.answer", "true")
    facts.add("kasa.mac", mac)
    facts.add("kasa.type", kind)
    for key, name in _FIELDS:
        facts.add(f"kasa.{name}", scalar(device.get(key)))
    built = _BUILD.search((scalar(device.get("sw_ver")) or "")[:128])
    facts.add("kasa.build_date", iso_date(built[1]) if built else None)
    facts.add("kasa.kind_hint", "camera" if (kind or "").upper() == "IOT.IPCAMERA" else None)
    return facts.about(message, subject_of(message, mac))


def _mac(device: dict[str, object]) -> str | None:
    keys = ("mac", "mic_mac", "ethernet_mac")
    return next((mac for key in keys if (mac := parse_mac(scalar(device.get(key)) or ""))), None)


PROTOCOL = Protocol(
    name="kasa",
    title="TP-Link legacy",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "kasa.answer",
        "kasa.query",
        "kasa.mac",
        "kasa.type",
        *(f"kasa.{name}" for _, name in _FIELDS),
        "kasa.build_date",
        "kasa.kind_hint",
    ),
)
