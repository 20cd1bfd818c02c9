"""From a packet to what its link layer carries: ethertype, where the payload begins, who sent it.

Ethernet with VLAN tags and 802.3 LLC/SNAP, Linux cooked captures, BSD loopback and raw IP. VLAN tags are
passed over: which VLAN a frame was on is not part of a message.
"""

from typing import NamedTuple

from scanner.capture.layout import ETHERNET, LOOP, NULL, RAW_TYPES, SLL, SLL2

IPV4, IPV6 = 0x0800, 0x86DD
VLAN_TAGS = frozenset({0x8100, 0x88A8, 0x9100})
MAX_TAGS = 4
PPPOE = 0x8864
PPP_TYPES = {0x0021: IPV4, 0x0057: IPV6}
LARGEST_LENGTH = 1500
"""Values of the type field up to this are lengths of 802.3 frames (IEEE 802.3 section 3.2.6)."""
CDP = 0x2000
"""SNAP protocol number of CDP under Cisco's OUI 00-00-0C: not an ethertype, but outside their range here."""
CISCO_SNAP = b"\xaa\xaa\x03\x00\x00\x0c"
ETHERNET_SNAP = (b"\xaa\xaa\x03\x00\x00\x00", b"\xaa\xaa\x03\x00\x00\xf8")

FAMILIES_V6 = frozenset({10, 23, 24, 28, 30})
"""AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS."""


class Frame(NamedTuple):
    """What a link header says: the ethertype (0 where there is none we know), payload offset, sender or b""."""

    ethertype: int
    start: int
    mac: bytes


NOTHING = Frame(0, 0, b"")


def unwrap(link: int, data: bytes) -> Frame:
    """Read the link header of one packet; `NOTHING` where it is cut or not of a kind we read."""
    if link == ETHERNET:
        return _typed(data, 12, data[6:12])
    if link == SLL and len(data) >= 16:
        # packet type, ARPHRD, address length, address (8), protocol
        return _typed(data, 14, data[6:12] if data[4:6] == b"\0\6" else b"")
    if link == SLL2 and len(data) >= 20:
        # protocol, reserved, interface, ARPHRD, packet type, address length, address (8)
        ethertype = int.from_bytes(data[:2])
        mac = data[12:18] if data[11] == 6 else b""
        if ethertype in VLAN_TAGS:
            return _typed(data, 22, mac)
        return Frame(ethertype, 20, mac)
    if link in RAW_TYPES:
        return _raw(data, 0)
    if link in (NULL, LOOP):
        return _loopback(data)
    return NOTHING


def _typed(data: bytes, at: int, mac: bytes) -> Frame:
    """Read a type field, the VLAN tags that may stand before the real one, and what 802.3 puts in its place."""
    ethertype = int.from_bytes(data[at : at + 2])
    for _ in range(MAX_TAGS):
        if ethertype not in VLAN_TAGS:
            break
        at += 4
        ethertype = int.from_bytes(data[at : at + 2])
    start = at + 2
    if ethertype == PPPOE:
        return Frame(PPP_TYPES.get(int.from_bytes(data[start + 6 : start + 8]), 0), start + 8, mac)
    if ethertype > LARGEST_LENGTH:
        return Frame(ethertype, start, mac)
    return _llc(data, start, mac)


def _llc(data: bytes, start: int, mac: bytes) -> Frame:
    """Read an 802.2 header with SNAP extension (RFC 1042)."""
    snap = data[start : start + 6]
    inner = int.from_bytes(data[start + 6 : start + 8])
    if snap == CISCO_SNAP:
        return Frame(CDP if inner == CDP else 0, start + 8, mac)
    if snap in ETHERNET_SNAP and inner > LARGEST_LENGTH:
        return Frame(inner, start + 8, mac)
    return Frame(0, start, mac)


def _raw(data: bytes, start: int) -> Frame:
    version = data[start] >> 4 if len(data) > start else 0
    return Frame({4: IPV4, 6: IPV6}.get(version, 0), start, b"")


def _loopback(data: bytes) -> Frame:
    """Read an address family: of the capturing host's byte order (NULL) or big-endian (LOOP)."""
    family = int.from_bytes(data[:4], "little")
    if family > 0xFFFF:
        family = int.from_bytes(data[:4])
    if family == 2:
        return Frame(IPV4, 4, b"")
    return Frame(IPV6, 4, b"") if family in FAMILIES_V6 else NOTHING
