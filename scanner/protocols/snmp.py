"""SNMP responses and traps → what an agent says it is.

A small reader of BER for the few shapes that occur: lengths are checked before anything is cut out, nothing
recurses, and the number of bindings is bounded. The community is a password and is passed over unread. Of
version 3 only the engine id is in clear; it holds the maker's enterprise number and often a MAC.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text, parse_mac

AGENT_PORT = 161
MAX_BINDINGS = 64
MAX_OID_ARCS = 64
MAX_LENGTH_BYTES = 4
CONSTRUCTED = 0x20
"""Bit of a tag whose contents are themselves values."""
INTEGER, OCTETS, OID, SEQUENCE, IP_ADDRESS = 0x02, 0x04, 0x06, 0x30, 0x40
COUNTERS = (0x41, 0x42, 0x43, 0x46)
RESPONSE, TRAP_V1, INFORM, TRAP_V2 = 0xA2, 0xA4, 0xA6, 0xA7
VERSIONS = {0: "1", 1: "2c"}
VERSION_3 = 3
SCALARS = {
    "1.3.6.1.2.1.1.1.0": "snmp.sysdescr",
    "1.3.6.1.2.1.1.2.0": "snmp.sysobjectid",
    "1.3.6.1.2.1.1.5.0": "snmp.sysname",
    "1.3.6.1.2.1.1.6.0": "snmp.syslocation",
    "1.3.6.1.6.3.1.1.4.1.0": "snmp.trap",
    "1.3.6.1.6.3.1.1.4.3.0": "snmp.enterprise",
}
"""Objects of SNMPv2-MIB that are read. sysContact names a person and is not."""
PRODUCT_OBJECTS = ("1.3.6.1.4.1.39165.1.", "1.3.6.1.4.1.1004849.2.1.")
"""Product branches of Hikvision's and Dahua's own MIBs, kept as "object=value". Other private objects are not
kept, since some agents hold passwords there."""
HIKVISION_MAC = "1.3.6.1.4.1.39165.1.4.0"
INTERFACE_MAC = "1.3.6.1.2.1.2.2.1.6."
ENGINE_MAC = 3

QUESTION = bytes.fromhex(
    "303e 020103"  # version 3
    " 3011 020443636365 020300ffe3 040104 020103"  # message id, size, reportable, user-based security
    " 0410 300e 0400 020100 020100 0400 0400 0400"  # no engine, no user, no keys: who are you?
    " 3014 0400 0400 a00e 020443636366 020100 020100 3000"  # a get request for nothing
)
"""The discovery of RFC 3414, section 4: the agent reports its engine id. Holds no user and no community."""

Value = tuple[int, bytes]


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one SNMP message of an agent: one observation about it. Requests say nothing about who asks.

    Source: RFC 1157 (v1), 3416 (v2c), 3411 and 3412 (v3 engine id).
    """
    outer = next(_values(message.payload), None)
    if outer is None or outer[0] != SEQUENCE:
        return ()
    parts = list(_first(outer[1], 4))
    if len(parts) < 3 or parts[0][0] != INTEGER:
        return ()
    version = int.from_bytes(parts[0][1][:4], "big")
    if version == VERSION_3:
        return _engine(message, parts)
    kind, body = parts[2]
    if version not in VERSIONS or parts[1][0] != OCTETS:
        return ()
    if kind == TRAP_V1:
        return _old_trap(message, body)
    if kind in (RESPONSE, TRAP_V2, INFORM):
        return _bindings(list(_first(body, 4))[3:]).about(message)
    return ()


def _values(raw: bytes) -> Iterator[Value]:
    """Yield tag and contents of each value; of the last, if it is cut, only where it contains further values."""
    at = 0
    while at + 2 <= len(raw):
        tag, length, at = raw[at], raw[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count <= MAX_LENGTH_BYTES:
                return
            length, at = int.from_bytes(raw[at : at + count], "big"), at + count
        if at + length <= len(raw) or tag & CONSTRUCTED:
            yield tag, raw[at : at + length]
        at += length


def _first(raw: bytes, count: int) -> Iterator[Value]:
    for _, value in zip(range(count), _values(raw), strict=False):
        yield value


def _old_trap(message: Message, body: bytes) -> tuple[Observation, ...]:
    """Read a trap of version 1; the agent names its own address, since traps pass through proxies."""
    parts = list(_first(body, 6))
    if len(parts) < 2 or parts[0][0] != OID:
        return ()
    facts = _bindings(parts[5:])
    facts.add("snmp.enterprise", _oid(parts[0][1]))
    agent = packed_host(parts[1][1]) if parts[1][0] == IP_ADDRESS else None
    return facts.about(message, _agent(message, agent))


def _agent(message: Message, agent: IPAddress | None) -> Subject | None:
    if agent is None or agent == message.source.host:
        return None
    return Subject(host=agent)


def _bindings(rest: list[Value]) -> Facts:
    """Read the list of (object, value) that ends a message."""
    facts = Facts()
    if rest and rest[0][0] == SEQUENCE:
        for _, binding in _first(rest[0][1], MAX_BINDINGS):
            pair = list(_first(binding, 2))
            if len(pair) == 2 and pair[0][0] == OID:
                _read(facts, _oid(pair[0][1]), pair[1])
    return facts


def _read(facts: Facts, name: str, value: Value) -> None:
    if key := SCALARS.get(name):
        facts.add(key, _text(value))
    elif name == HIKVISION_MAC or name.startswith(INTERFACE_MAC):
        facts.add("snmp.mac", _mac(value))
    if name.startswith(PRODUCT_OBJECTS):
        facts.add("snmp.object", f"{name}={_text(value)}")


def _mac(value: Value) -> str | None:
    """Return a MAC sent as six bytes or as text."""
    return mac_text(value[1]) or parse_mac(value[1].decode("latin-1"))


def _text(value: Value) -> str:
    tag, raw = value
    if tag == OCTETS:
        return raw.decode("utf-8", "replace")
    if tag == OID:
        return _oid(raw)
    if tag == IP_ADDRESS and len(raw) == 4:
        return str(IPv4Address(raw))
    if tag == INTEGER or tag in COUNTERS:
        return str(int.from_bytes(raw[:9], "big", signed=tag == INTEGER))
    return ""


def _oid(raw: bytes) -> str:
    """Return an object identifier in dots (X.690 section 8.19)."""
    arcs: list[int] = []
    arc = 0
    for byte in raw[: MAX_OID_ARCS * 5]:
        arc = (arc << 7 | byte & 0x7F) & 0xFFFFFFFF
        if not byte & 0x80:
            arcs.append(arc)
            arc = 0
    if not arcs:
        return ""
    top = min(arcs[0] // 40, 2)
    return ".".join(map(str, [top, arcs[0] - 40 * top, *arcs[1:MAX_OID_ARCS]]))


def _engine(message: Message, parts: list[Value]) -> tuple[Observation, ...]:
    """Read the engine id of a version 3 message that the agent itself sent: others repeat their peer's."""
    parameters = next(_values(parts[2][1]), None)
    engine = next(_values(parameters[1]), None) if parameters else None
    if message.source.port != AGENT_PORT or engine is None or engine[0] != OCTETS or len(engine[1]) < 5:
        return ()
    identifier = engine[1]
    facts = Facts()
    facts.add("snmp.engine_id", identifier[:32].hex())
    facts.add("snmp.engine_enterprise", int.from_bytes(identifier[:4], "big") & 0x7FFFFFFF)
    if identifier[0] & 0x80 and identifier[4] == ENGINE_MAC:
        facts.add("snmp.mac", mac_text(identifier[5:]))
    return facts.about(message)


PROTOCOL = Protocol(
    name="snmp",
    title="SNMP",
    parse=parse,
    facts=(
        *SCALARS.values(),
        "snmp.object",
        "snmp.mac",
        "snmp.engine_id",
        "snmp.engine_enterprise",
    ),
    udp_ports=frozenset({161, 162}),
)
