"""IPv6 neighbour discovery (ICMPv6) → who owns an IPv6 address, and which host is a router.

A neighbour advertisement speaks of its target, every other message of its sender. The link-layer address
option inside the message counts more than the frame's sender. A solicitation from "::" is a host that checks
an address which it does not own yet: it gives the MAC alone, and the address as `ndp.tentative`.
"""

from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import can_be_device, packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text

ROUTER_SOLICITATION, ROUTER_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, NEIGHBOUR_ADVERTISEMENT = (
    133,
    134,
    135,
    136,
)
OPTIONS_AT = {
    ROUTER_SOLICITATION: 8,
    ROUTER_ADVERTISEMENT: 16,
    NEIGHBOUR_SOLICITATION: 24,
    NEIGHBOUR_ADVERTISEMENT: 24,
}
"""Offset of the options in each type of message that is read."""
TYPE_NAMES = {
    ROUTER_SOLICITATION: "router-solicitation",
    ROUTER_ADVERTISEMENT: "router-advertisement",
    NEIGHBOUR_SOLICITATION: "neighbour-solicitation",
    NEIGHBOUR_ADVERTISEMENT: "neighbour-advertisement",
}
SOURCE_LINK_LAYER, TARGET_LINK_LAYER, PREFIX = 1, 2, 3
ROUTER_FLAG = 0x80
MAX_OPTIONS = 64


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one ICMPv6 message of neighbour discovery: one observation about the node that it speaks of.

    Source: RFC 4861 section 4; address detection RFC 4862 section 5.4.
    """
    raw = message.payload
    kind = raw[0] if raw else 0
    if kind not in OPTIONS_AT or len(raw) < OPTIONS_AT[kind] or raw[1] != 0:
        return ()
    options = list(_options(raw[OPTIONS_AT[kind] :]))
    host = packed_host(raw[8:24]) if kind == NEIGHBOUR_ADVERTISEMENT else _sender(message)
    mac = _link_layer(kind, options) or _frame_mac(message, host)
    facts = Facts()
    facts.add("ndp.type", TYPE_NAMES[kind])
    facts.add("ndp.mac", mac)
    facts.add("ndp.ip", str(host) if host else None)
    if kind == NEIGHBOUR_SOLICITATION and _sender(message) is None:
        tentative = packed_host(raw[8:24])
        facts.add("ndp.tentative", str(tentative) if tentative else None)
    if _is_router(raw):
        facts.add("ndp.router", "true")
    for prefix in _prefixes(options):
        facts.add("ndp.prefix", prefix)
    if host is None and mac is None:
        return ()
    return facts.about(message, Subject(host=host, mac=mac))


def _sender(message: Message) -> IPAddress | None:
    host = message.source.host
    return host if host is not None and can_be_device(host) else None


def _frame_mac(message: Message, host: IPAddress | None) -> str | None:
    """Return the frame's sender, unless the message speaks of somebody else (a proxy advertises for another)."""
    return message.mac if host is None or host == message.source.host else None


def _is_router(raw: bytes) -> bool:
    """An advertisement with lifetime 0 withdraws the default route, but still comes from a router."""
    if raw[0] == NEIGHBOUR_ADVERTISEMENT:
        return bool(raw[4] & ROUTER_FLAG)
    return raw[0] == ROUTER_ADVERTISEMENT


def _options(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of each whole option; a length of zero ends the list (RFC 4861 section 4.6)."""
    at = 0
    for _ in range(MAX_OPTIONS):
        if at + 2 > len(raw):
            return
        length = raw[at + 1] * 8
        if length == 0 or at + length > len(raw):
            return
        yield raw[at], raw[at + 2 : at + length]
        at += length


def _link_layer(kind: int, options: list[tuple[int, bytes]]) -> str | None:
    wanted = TARGET_LINK_LAYER if kind == NEIGHBOUR_ADVERTISEMENT else SOURCE_LINK_LAYER
    return next((mac_text(body[:6]) for code, body in options if code == wanted), None)


def _prefixes(options: list[tuple[int, bytes]]) -> Iterator[str]:
    for code, body in options:
        if code == PREFIX and len(body) >= 30 and body[0] <= 128:
            yield str(IPv6Network((IPv6Address(body[14:30]), body[0]), strict=False))


PROTOCOL = Protocol(
    name="ndp",
    title="IPv6 neighbour discovery",
    parse=parse,
    facts=("ndp.type", "ndp.mac", "ndp.ip", "ndp.router", "ndp.prefix", "ndp.tentative"),
)
