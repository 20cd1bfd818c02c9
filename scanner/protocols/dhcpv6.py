"""DHCPv6 messages → what a client says of itself on joining, and which address it was given.

Relayed messages are unwrapped, outermost first: the relay names the client's address and, if it is kind, its
MAC. A client's DUID is not the MAC of the interface it speaks through, only often made from one, so it is a fact
and never the subject. Of a server's reply only the binding is read, and that the sender serves.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text
from scanner.protocols.dhcp import dns_name

MAX_OPTIONS = 128
MAX_RELAYS = 8
"""Relays that one message may have passed: HOP_COUNT_LIMIT of RFC 8415 section 7.6."""
RELAY_FORWARD, RELAY_REPLY = 12, 13
KIND_NAMES = {
    1: "solicit",
    2: "advertise",
    3: "request",
    4: "confirm",
    5: "renew",
    6: "rebind",
    7: "reply",
    8: "release",
    9: "decline",
    10: "reconfigure",
    11: "information-request",
}
FROM_SERVER = (2, 7, 10)
REPLY = 7
CLIENT_ID, IA_NA, IA_ADDRESS, WANTED, RELAYED, USER_CLASS, VENDOR_CLASS = 1, 3, 5, 6, 9, 15, 16
FQDN, LINK_LAYER, MUD = 39, 79, 112
DUID_LLT, DUID_EN, DUID_LL, DUID_UUID = 1, 2, 3, 4
IA_NA_HEAD = 12  # IAID, T1, T2

Options = list[tuple[int, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unwrapped:
    """A client's or server's message without the relays around it, and what they said of the client."""

    raw: bytes
    relayed: bool = False
    peer: IPAddress | None = None
    mac: str | None = None


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one DHCPv6 message: the client's observation and, of a reply, one that its sender serves.

    Source: RFC 8415 sections 8, 9, 11 and 21; names RFC 4704; link-layer address RFC 6939; MUD RFC 8520.
    """
    inner = _unwrap(message.payload)
    if inner is None:
        return ()
    options = list(_options(inner.raw[4:]))
    if inner.raw[0] in FROM_SERVER:
        return _reply(message, inner, options)
    host = inner.peer if inner.relayed else message.source.host
    mac = inner.mac if inner.relayed else message.mac
    if host is None and mac is None:
        return ()
    return _client_facts(inner.raw[0], options).about(message, Subject(host=host, mac=mac))


def _unwrap(raw: bytes) -> _Unwrapped | None:
    """Take the relays' wrappers off; None where no message of a client or server is inside."""
    peer, mac = None, None
    for depth in range(MAX_RELAYS + 1):
        if len(raw) >= 4 and raw[0] in KIND_NAMES:
            return _Unwrapped(raw=raw, relayed=depth > 0, peer=peer, mac=mac)
        if len(raw) < 34 or raw[0] not in (RELAY_FORWARD, RELAY_REPLY):
            return None
        options = list(_options(raw[34:]))
        peer = packed_host(raw[18:34])
        mac = mac_text(_first(options, LINK_LAYER)[2:])
        raw = _first(options, RELAYED)
    return None


def _options(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield code and body of each whole option."""
    at = 0
    for _ in range(MAX_OPTIONS):
        code, length = int.from_bytes(raw[at : at + 2], "big"), int.from_bytes(raw[at + 2 : at + 4], "big")
        if at + 4 + length > len(raw):
            return
        yield code, raw[at + 4 : at + 4 + length]
        at += 4 + length


def _first(options: Options, wanted: int) -> bytes:
    return next((body for code, body in options if code == wanted), b"")


def _client_facts(kind: int, options: Options) -> Facts:
    facts = Facts()
    facts.add("dhcpv6.message_type", KIND_NAMES[kind])
    _read_duid(facts, _first(options, CLIENT_ID))
    _read_vendor_class(facts, _first(options, VENDOR_CLASS))
    facts.add("dhcpv6.user_class", next(_lengthed(_first(options, USER_CLASS)), ""))
    facts.add("dhcpv6.fqdn", dns_name(_first(options, FQDN)[1:]))
    facts.add("dhcpv6.mud", _text(_first(options, MUD)))
    wanted = _first(options, WANTED)
    numbers = (int.from_bytes(wanted[at : at + 2], "big") for at in range(0, len(wanted) - 1, 2))
    facts.add("dhcpv6.options", ",".join(map(str, numbers)))
    return facts


def _read_duid(facts: Facts, duid: bytes) -> None:
    """Keep the client's DUID and what it is made of (RFC 8415 section 11, RFC 6355)."""
    kind = int.from_bytes(duid[:2], "big")
    facts.add("dhcpv6.duid", duid.hex())
    if kind == DUID_LLT:
        facts.add("dhcpv6.duid_mac", mac_text(duid[8:]))
    elif kind == DUID_LL:
        facts.add("dhcpv6.duid_mac", mac_text(duid[4:]))
    elif kind == DUID_EN and len(duid) > 6:
        facts.add("dhcpv6.duid_enterprise", int.from_bytes(duid[2:6], "big"))
    elif kind == DUID_UUID and len(duid) == 18:
        facts.add("dhcpv6.duid_uuid", str(UUID(bytes=duid[2:])))


def _read_vendor_class(facts: Facts, body: bytes) -> None:
    if len(body) >= 4:
        facts.add("dhcpv6.enterprise", int.from_bytes(body[:4], "big"))
    for text in _lengthed(body[4:]):
        facts.add("dhcpv6.vendor_class", text)


def _lengthed(raw: bytes) -> Iterator[str]:
    """Yield texts that each follow their length in two bytes."""
    at = 0
    while at + 2 <= len(raw):
        length = int.from_bytes(raw[at : at + 2], "big")
        yield _text(raw[at + 2 : at + 2 + length])
        at += 2 + length


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _reply(message: Message, inner: _Unwrapped, options: Options) -> tuple[Observation, ...]:
    """Read a server's message: the client by the address it was given, and that the sender serves."""
    facts = Facts()
    facts.add("dhcpv6.message_type", KIND_NAMES[inner.raw[0]])
    _read_duid(facts, _first(options, CLIENT_ID))
    facts.add("dhcpv6.fqdn", dns_name(_first(options, FQDN)[1:]))
    given = list(_given(options)) if inner.raw[0] == REPLY else []
    for host in given:
        facts.add("dhcpv6.address", str(host))
    peer = inner.peer if inner.relayed else message.destination.host
    who = Subject(host=given[0] if given else peer, mac=inner.mac)
    client = facts.about(message, who) if who.host else ()
    if inner.relayed:
        return client
    server = Facts()
    server.add("dhcpv6.server", "true")
    return client + server.about(message)


def _given(options: Options) -> Iterator[IPAddress]:
    """Yield the addresses of all non-temporary associations."""
    for code, body in options:
        if code == IA_NA:
            for inner, address in _options(body[IA_NA_HEAD:]):
                if inner == IA_ADDRESS and (host := packed_host(address[:16])):
                    yield host


PROTOCOL = Protocol(
    name="dhcpv6",
    title="DHCPv6",
    parse=parse,
    facts=(
        "dhcpv6.message_type",
        "dhcpv6.duid",
        "dhcpv6.duid_mac",
        "dhcpv6.duid_enterprise",
        "dhcpv6.duid_uuid",
        "dhcpv6.vendor_class",
        "dhcpv6.enterprise",
        "dhcpv6.user_class",
        "dhcpv6.fqdn",
        "dhcpv6.mud",
        "dhcpv6.options",
        "dhcpv6.address",
        "dhcpv6.server",
    ),
    udp_ports=frozenset({546, 547}),
)
