"""Sockets inside a device's namespace: servers, listeners on groups, and the raw socket that says things unasked."""

import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import ip_address

from scanner.lab.namespaces import inside
from scanner.lab.network import DEVICE_INTERFACE

BACKLOG = 64
_IP_PKTINFO = 8
_IPV6_RECVPKTINFO, _IPV6_PKTINFO = 49, 50
_TTL = 4


def server_socket(namespace: int, port: int) -> socket.socket:
    """Return a listening TCP socket for both IP versions in a namespace."""
    with inside(namespace):
        opened = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(("::", port))
    opened.setblocking(False)
    opened.listen(BACKLOG)
    return opened


def datagram_sockets(namespace: int, port: int, groups: Iterable[str]) -> tuple[socket.socket, ...]:
    """Return the UDP sockets of a port in a namespace, one for each IP version, joined to their groups.

    Each tells of a datagram also the address that it was sent to: see `sent_to`.
    """
    wanted = [ip_address(group) for group in groups]
    with inside(namespace):
        index = socket.if_nametoindex(DEVICE_INTERFACE)
        old = _datagram(socket.AF_INET, port)
        own = struct.pack("4s4si", bytes(4), bytes(4), index)
        old.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        old.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
        old.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _TTL)
        old.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        new = _datagram(socket.AF_INET6, port)
        new.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVPKTINFO, 1)
        new.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)
        new.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        for group in wanted:
            if group.version == 4:
                joined = struct.pack("4s4si", group.packed, bytes(4), index)
                old.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, joined)
            else:
                joined = struct.pack("16sI", group.packed, index)
                new.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, joined)
    return old, new


def _datagram(family: socket.AddressFamily, port: int) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    if family == socket.AF_INET6:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(("::", port))
    else:
        opened.bind(("", port))
    return opened


def frame_socket(namespace: int) -> socket.socket:
    """Return a packet socket that sends whole frames from a namespace's interface."""
    with inside(namespace):
        opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        opened.bind((DEVICE_INTERFACE, 0))
    opened.setblocking(False)
    return opened


def receive(opened: socket.socket) -> tuple[bytes, tuple[str, int], bool] | None:
    """Take one datagram: its bytes, who sent it, whether it was sent to this station alone; None if there is none."""
    try:
        data, extra, _, source = opened.recvmsg(65535, 256)
    except OSError:
        return None
    return data, (source[0], source[1]), _alone(extra)


def _alone(extra: list[tuple[int, int, bytes]]) -> bool:
    for level, kind, value in extra:
        if level == socket.IPPROTO_IP and kind == _IP_PKTINFO:
            target = ip_address(value[8:12])
            return not target.is_multicast and target.packed != b"\xff" * 4
        if level == socket.IPPROTO_IPV6 and kind == _IPV6_PKTINFO:
            return not ip_address(value[:16]).is_multicast
    return True


def send(opened: socket.socket, payload: bytes, to: tuple[str, int]) -> None:
    """Send one datagram as a device does: what cannot be sent is lost."""
    with suppress(OSError):
        if opened.family == socket.AF_INET6:
            host = to[0].partition("%")[0]
            opened.sendto(payload, (host, to[1], 0, _zone(opened, host)))
        else:
            opened.sendto(payload, to)


def _zone(opened: socket.socket, host: str) -> int:
    """Return the interface for a destination on the link: the one by which the socket sends to groups."""
    address = ip_address(host)
    if not (address.is_link_local or address.is_multicast):
        return 0
    return opened.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF)
