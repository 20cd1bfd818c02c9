"""Where the bytes that name a flow lie in the usual packet of a link type, and which flows are boring.

A `Layout` is the recipe for one look at a packet: five fields at fixed offsets, taken by one call of
`struct.Struct.unpack_from`, that tell whether the packet is an ordinary IP packet (`kind`), no fragment
(`fragment`), of which transport (`protocol`) and of which flow (`key`: source, destination, ports as they are
on the wire). Packets that do not fit the layout are not lost, they take the longer way through `link`.

The key is the same however a packet was found, so one pair of sets of boring flows serves all ways.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

MAX_BORING = 150_000
"""Flows remembered as boring in each transport (about 100 bytes each); then all are looked at again."""

ETHERNET, NULL, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 1, 0, 101, 108, 113, 228, 229, 276
RAW_TYPES = frozenset({RAW, 12, 14, IPV4, IPV6})
"""Raw IP has three numbers: 101 in files, 12 and 14 by systems that wrote their own DLT_RAW."""

TCP, UDP = 6, 17
SYN = 0x02

LINK_NAMES = {
    NULL: "BSD loopback",
    ETHERNET: "Ethernet",
    LOOP: "OpenBSD loopback",
    SLL: "Linux cooked v1",
    SLL2: "Linux cooked v2",
    IPV4: "raw IPv4",
    IPV6: "raw IPv6",
    RAW: "raw IP",
    12: "raw IP",
    14: "raw IP",
}


Packet = tuple[int, int, bytes]
"""One packet as the file holds it: time in nanoseconds since 1970 (UTC), link type, bytes. A plain tuple, since
one is made for each packet that is looked at."""


@dataclass(slots=True)
class Boring:
    """Flow keys, by direction and transport, whose packets nobody needs to see again. Bounded."""

    udp: set[bytes] = field(default_factory=set)
    tcp: set[bytes] = field(default_factory=set)

    def add(self, flows: set[bytes], key: bytes) -> None:
        """Remember one direction of a flow in `udp` or `tcp`; when the set is full it starts anew."""
        if len(flows) >= MAX_BORING:
            flows.clear()
        flows.add(key)


class Layout(NamedTuple):
    """Field codes for `struct` after the record's own header: fragment field, protocol, key, TCP flags.

    `size` is how many bytes of the packet the look needs; `fragments` tells whether the first field is that
    of IPv4 fragments, or anything (IPv6 says it elsewhere: a fragment then looks like neither UDP nor TCP).
    """

    fields: str
    size: int
    fragments: bool

    def mask(self, order: str) -> int:
        """Return the bits of the first field that only a fragment has set, as `struct` reads it in `order`."""
        if not self.fragments:
            return 0
        # "more fragments" and the offset, of network byte order (RFC 791 section 3.1)
        return 0x3FFF if order == ">" else 0xFF3F


NO_LAYOUT = Layout("HBsB", 5, fragments=False)
"""A layout whose key no flow has: all packets go the longer way until one shows what the file is made of."""
IP_TYPES = (b"\x08\x00", b"\x86\xdd")
TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")
"""Ethertypes of VLAN tags: IEEE 802.1Q, 802.1ad, and the older QinQ."""


def layout_for(link: int, data: bytes) -> Layout | None:
    """Return the layout of packets like this one: same link header, VLAN tags and IP version.

    None where the packet is not plain IPv4 (without options) or IPv6, or the link type is unknown.
    """
    if link == ETHERNET:
        at = 12
        while at < 20 and data[at : at + 2] in TAGS:
            at += 4
        return _typed(data, at, at + 2)
    if link == SLL:
        return _typed(data, 14, 16)
    if link == SLL2:
        return _typed(data, 0, 20)
    if link in (NULL, LOOP):
        return _layout(data, 4)
    return _layout(data, 0) if link in RAW_TYPES else None


def _typed(data: bytes, type_at: int, ip_at: int) -> Layout | None:
    return _layout(data, ip_at) if data[type_at : type_at + 2] in IP_TYPES else None


def _layout(data: bytes, ip_at: int) -> Layout | None:
    """Lay out the IP packet that begins at `ip_at`.

    Neither type nor version is looked at again: for a packet of another kind to be taken for one of a boring
    flow, its bytes would have to hold the flow's addresses and ports at the very same place.
    """
    first = data[ip_at] if len(data) > ip_at else 0
    if first == 0x45:
        # fragment at 6, protocol 9, source 12, destination 16, ports 20, TCP flags 33 (RFC 791, RFC 9293)
        return Layout(f"{ip_at + 6}xHxB2x12s9xB", ip_at + 34, fragments=True)
    if first >> 4 == 6:
        # length at 4, next header 6, source 8, destination 24, ports 40, TCP flags 53 (RFC 8200)
        return Layout(f"{ip_at + 4}xHBx36s9xB", ip_at + 54, fragments=False)
    return None
