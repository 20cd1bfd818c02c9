"""CDP frames → what a Cisco device, or one that imitates it, says of itself to its neighbour.

The bytes begin at the version byte; TLVs are read in one pass and a cut frame gives those that are whole.
CDP has no public standard: the layout is Cisco's "Cisco Discovery Protocol" note, as Wireshark reads it.
"""

from collections.abc import Iterator

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol

MAX_TLVS = 128
MAX_ADDRESSES = 16
VERSIONS = (1, 2)
HEADER = 4  # version, time to live, checksum
ADDRESSES, CAPABILITIES, MANAGEMENT_ADDRESSES = 0x02, 0x04, 0x16
TEXTS = {
    0x01: "cdp.device_id",
    0x03: "cdp.port",
    0x05: "cdp.version",
    0x06: "cdp.platform",
    0x14: "cdp.system_name",
}
NLPID_IPV4 = b"\xcc"
SNAP_IPV6 = bytes.fromhex("aaaa0300000086dd")
CAPABILITY_NAMES = (
    "router",
    "transparent-bridge",
    "source-route-bridge",
    "switch",
    "host",
    "igmp-filter",
    "repeater",
    "telephone",
    "remotely-managed",
    "video-phone-camera",
    "two-port-mac-relay",
)
"""Bit 0 upwards."""


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one CDP frame: one observation about the device that sent it."""
    raw = message.payload
    if len(raw) < HEADER or raw[0] not in VERSIONS:
        return ()
    facts = Facts()
    hosts: list[IPAddress] = []
    for kind, body in _tlvs(raw[HEADER:]):
        if key := TEXTS.get(kind):
            facts.add(key, body.decode("utf-8", "replace"))
        elif kind == CAPABILITIES:
            _read_capabilities(facts, body)
        elif kind in (ADDRESSES, MANAGEMENT_ADDRESSES):
            hosts.extend(_addresses(body))
    for host in hosts[:MAX_ADDRESSES]:
        facts.add("cdp.address", str(host))
    return facts.about(message, Subject(host=hosts[0] if hosts else message.source.host, mac=message.mac))


def _tlvs(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and value of each whole TLV; its length counts its own four bytes of header."""
    at = 0
    for _ in range(MAX_TLVS):
        kind, length = int.from_bytes(raw[at : at + 2], "big"), int.from_bytes(raw[at + 2 : at + 4], "big")
        if length < 4 or at + length > len(raw):
            return
        yield kind, raw[at + 4 : at + length]
        at += length


def _addresses(body: bytes) -> Iterator[IPAddress]:
    """Yield the usable addresses of an address list: count, then protocol and address, each with its length."""
    at = 4
    for _ in range(min(int.from_bytes(body[:4], "big"), MAX_ADDRESSES)):
        protocol_length = body[at + 1] if at + 1 < len(body) else 0
        protocol = body[at + 2 : at + 2 + protocol_length]
        at += 2 + protocol_length
        length = int.from_bytes(body[at : at + 2], "big")
        host = packed_host(body[at + 2 : at + 2 + length]) if protocol in (NLPID_IPV4, SNAP_IPV6) else None
        at += 2 + length
        if host:
            yield host


def _read_capabilities(facts: Facts, body: bytes) -> None:
    bits = int.from_bytes(body[:4], "big")
    for bit, name in enumerate(CAPABILITY_NAMES):
        if bits >> bit & 1:
            facts.add("cdp.capabilities", name)


PROTOCOL = Protocol(
    name="cdp",
    title="Cisco discovery protocol",
    parse=parse,
    facts=(*TEXTS.values(), "cdp.capabilities", "cdp.address"),
    ethertypes=frozenset({0x2000}),
)
