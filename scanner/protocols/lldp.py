"""LLDP frames → what a switch, phone, camera or access point says of itself to its neighbour.

The TLVs are read in one pass; organisation-specific ones are ignored except the inventory of LLDP-MED, which
states maker, model, firmware and serial in plain text. A cut frame gives the TLVs that are whole.
"""

from collections.abc import Callable, Iterator

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text

MAX_TLVS = 128
END, CHASSIS, PORT, PORT_DESCRIPTION, SYSTEM_NAME, SYSTEM_DESCRIPTION = 0, 1, 2, 4, 5, 6
CAPABILITIES, MANAGEMENT, ORGANISATION = 7, 8, 127
CHASSIS_MAC, CHASSIS_ADDRESS = 4, 5
PORT_MAC, PORT_ADDRESS = 3, 4
ADDRESS_FAMILIES = {1: 4, 2: 16}
"""IANA address family number → bytes of its addresses: IPv4 and IPv6."""
MED = bytes.fromhex("0012bb")
"""Organisation of the LLDP-MED TLVs (TIA)."""
MED_CAPABILITIES = 1
MED_CLASSES = {1: "endpoint-1", 2: "endpoint-2", 3: "endpoint-3", 4: "network-connectivity"}
MED_INVENTORY = {
    5: "lldp.med.hardware",
    6: "lldp.med.firmware",
    7: "lldp.med.software",
    8: "lldp.med.serial",
    9: "lldp.med.manufacturer",
    10: "lldp.med.model",
    11: "lldp.med.asset",
}
CAPABILITY_NAMES = (
    "other",
    "repeater",
    "bridge",
    "wlan-access-point",
    "router",
    "telephone",
    "docsis-cable-device",
    "station-only",
    "c-vlan-bridge",
    "s-vlan-bridge",
    "two-port-mac-relay",
)
"""Bit 0 upwards, IEEE 802.1AB table 8-4."""

Tlv = tuple[int, bytes]


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one LLDPDU: one observation about the system that sent it.

    Source: IEEE 802.1AB-2016 clause 8; TIA-1057 section 10.2.6 for the inventory.
    """
    tlvs = list(_tlvs(message.payload))
    if not tlvs or tlvs[0][0] != CHASSIS or len(tlvs[0][1]) < 2:
        return ()
    facts = Facts()
    for kind, body in tlvs:
        if reader := READERS.get(kind):
            reader(facts, body)
    hosts = [host for kind, body in tlvs if kind == MANAGEMENT and (host := _management(body))]
    mac = _chassis_mac(tlvs[0][1]) or message.mac
    return facts.about(message, Subject(host=hosts[0] if hosts else message.source.host, mac=mac))


def _tlvs(raw: bytes) -> Iterator[Tlv]:
    """Yield type (7 bits) and value of each whole TLV up to the end marker."""
    at = 0
    for _ in range(MAX_TLVS):
        head = int.from_bytes(raw[at : at + 2], "big")
        kind, length = head >> 9, head & 0x1FF
        value = raw[at + 2 : at + 2 + length]
        if at + 2 > len(raw) or kind == END or len(value) < length:
            return
        yield kind, value
        at += 2 + length


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _chassis_mac(body: bytes) -> str | None:
    return mac_text(body[1:]) if body[0] == CHASSIS_MAC else None


def _family_host(raw: bytes) -> IPAddress | None:
    """Return the address behind an address family number, where its length is the family's."""
    if not raw or ADDRESS_FAMILIES.get(raw[0]) != len(raw) - 1:
        return None
    return packed_host(raw[1:])


def _management(body: bytes) -> IPAddress | None:
    return _family_host(body[1 : 1 + body[0]]) if body else None


def _identifier(body: bytes, mac_subtype: int, address_subtype: int) -> str:
    """Return a chassis or port identifier as people write it: a MAC, an address, or text."""
    subtype, value = body[0], body[1:]
    if subtype == mac_subtype:
        return value.hex(":")
    if subtype == address_subtype:
        host = _family_host(value)
        return str(host) if host else value.hex()
    return _text(value)


def _read_chassis(facts: Facts, body: bytes) -> None:
    if len(body) >= 2:
        facts.add("lldp.chassis_mac", _chassis_mac(body))
        facts.add("lldp.chassis", _identifier(body, CHASSIS_MAC, CHASSIS_ADDRESS))


def _read_port(facts: Facts, body: bytes) -> None:
    if len(body) >= 2:
        facts.add("lldp.port", _identifier(body, PORT_MAC, PORT_ADDRESS))


def _read_text(key: str) -> Callable[[Facts, bytes], None]:
    return lambda facts, body: facts.add(key, _text(body))


def _read_capabilities(facts: Facts, body: bytes) -> None:
    """Keep the capabilities that are enabled; what the hardware could do besides says less."""
    if len(body) >= 4:
        enabled = int.from_bytes(body[2:4], "big")
        for bit, name in enumerate(CAPABILITY_NAMES):
            if enabled >> bit & 1:
                facts.add("lldp.capabilities", name)


def _read_management(facts: Facts, body: bytes) -> None:
    host = _management(body)
    facts.add("lldp.management", str(host) if host else None)


def _read_organisation(facts: Facts, body: bytes) -> None:
    if body[:3] != MED or len(body) < 5:
        return
    subtype, value = body[3], body[4:]
    if subtype == MED_CAPABILITIES and len(value) >= 3:
        facts.add("lldp.med.class", MED_CLASSES.get(value[2]))
    elif key := MED_INVENTORY.get(subtype):
        facts.add(key, _text(value))


READERS: dict[int, Callable[[Facts, bytes], None]] = {
    CHASSIS: _read_chassis,
    PORT: _read_port,
    PORT_DESCRIPTION: _read_text("lldp.port_description"),
    SYSTEM_NAME: _read_text("lldp.system_name"),
    SYSTEM_DESCRIPTION: _read_text("lldp.system_description"),
    CAPABILITIES: _read_capabilities,
    MANAGEMENT: _read_management,
    ORGANISATION: _read_organisation,
}

PROTOCOL = Protocol(
    name="lldp",
    title="LLDP",
    parse=parse,
    facts=(
        "lldp.chassis",
        "lldp.chassis_mac",
        "lldp.port",
        "lldp.port_description",
        "lldp.system_name",
        "lldp.system_description",
        "lldp.capabilities",
        "lldp.management",
        "lldp.med.class",
        *MED_INVENTORY.values(),
    ),
    ethertypes=frozenset({0x88CC}),
)
