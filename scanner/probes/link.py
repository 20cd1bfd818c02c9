"""Who lives on our own links, asked where nobody can refuse: ARP for IPv4, neighbour solicitations for IPv6.

A host that drops every packet to its ports still answers these, and a dead address costs two small frames
instead of a SYN to each port. Answers go on as messages too: they hold the MAC. Everybody on the link is asked
once over IPv6 (an echo to all nodes), because a /64 cannot be walked. Needs CAP_NET_RAW and Linux (packet(7));
plain sockets do: a frame of 42 bytes is not worth a second of scapy's start-up.
"""

import asyncio
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv6Address, IPv6Interface, ip_address

from scanner.capture.writer import BROADCAST, ethernet, mac_bytes
from scanner.model import Endpoint, IPAddress, Message, Outcome, Target
from scanner.probes.interfaces import Interface
from scanner.probes.wire import Wire, utc_now

TRIES = 2
"""Frames that an address gets; one is lost now and then, and sleepy radios miss the first."""
WAIT_S = 0.7
"""How long each is waited for: a camera on Wi-Fi that saves power answers after a beacon or two."""
RECEIVE_BUFFER = 4 << 20

_ARP = 0x0806
_REQUEST = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1)
_REPLY = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2)
_ECHO, _ECHO_REPLY, _SOLICITATION, _ADVERTISEMENT = 128, 129, 135, 136
_ICMP6_FILTER = 1
_ALL_NODES = IPv6Address("ff02::1")
_SOLICITED = IPv6Address("ff02::1:ff00:0")


class LinkSweep:
    """Asks single addresses of our own links whether anybody has them; `open` before, `close` after."""

    def __init__(self, wire: Wire, links: Iterable[Interface], lives: Callable[[IPAddress], None]) -> None:
        self._wire = wire
        self._links = tuple(link for link in links if link.mac)
        self._lives = lives
        self._frames: dict[str, socket.socket] = {}
        self._solicitor: socket.socket | None = None
        self._waiting: dict[IPAddress, asyncio.Future[Outcome]] = {}

    def open(self) -> None:
        """Open a packet socket for each link and one for ICMPv6; raises OSError where that is not to be had."""
        loop = asyncio.get_running_loop()
        for link in self._links:
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ARP))
            self._frames[link.name] = opened
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            opened.bind((link.name, _ARP))
            loop.add_reader(opened.fileno(), self._arp_readable, opened)
        with suppress(OSError):  # without IPv6 there is nobody to solicit
            self._solicitor = solicitor = _icmpv6_socket()
            loop.add_reader(solicitor.fileno(), self._icmp_readable)

    def close(self) -> None:
        """Close the sockets."""
        loop = asyncio.get_running_loop()
        for opened in (*self._frames.values(), *([self._solicitor] if self._solicitor else [])):
            loop.remove_reader(opened.fileno())
            opened.close()
        self._frames.clear()
        self._solicitor = None

    def covers(self, host: IPAddress) -> bool:
        """Tell whether an address is on a link that can be asked this way."""
        return self._home(host) is not None

    def _home(self, host: IPAddress) -> tuple[Interface, IPv4Interface | IPv6Interface] | None:
        if host.version == 6 and self._solicitor is None:
            return None
        for link in self._links:
            for address in link.addresses:
                if link.name in self._frames and host in address.network:
                    return link, address
        return None

    async def ask(self, host: IPAddress) -> Outcome:
        """Ask who has an address; returns answered, silent, or forbidden."""
        home = self._home(host)
        target = Target(protocol="arp" if host.version == 4 else "ndp", host=host, port=0, reason="liveness")
        if home is None or not self._wire.permitted(target):
            return Outcome.FORBIDDEN
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[host] = future
        try:
            for _ in range(TRIES):
                await self._wire.spend(target)
                self._send(host, *home)
                with suppress(TimeoutError):
                    async with asyncio.timeout(WAIT_S):
                        return await asyncio.shield(future)
        except OSError:
            return Outcome.FAILED
        else:
            return Outcome.SILENT
        finally:
            self._waiting.pop(host, None)

    async def call_everybody(self) -> None:
        """Send one echo request to all IPv6 nodes of each link: their answers make their addresses known."""
        for link in self._links:
            own = next((a.ip for a in link.ipv6 if a.ip.is_link_local), None)
            target = Target(protocol="ndp", host=_ALL_NODES, port=0, reason="discovery")
            if own is None or self._solicitor is None or not self._wire.permitted(target):
                continue
            await self._wire.spend(target)
            with suppress(OSError):
                echo = struct.pack("!BBHHH", _ECHO, 0, 0, 0xCCCC, 1)
                self._solicitor.sendto(echo, (str(_ALL_NODES), 0, 0, link.index))

    def _send(self, host: IPAddress, link: Interface, own: IPv4Interface | IPv6Interface) -> None:
        mac = mac_bytes(link.mac or BROADCAST)
        if isinstance(host, IPv4Address):
            body = _REQUEST + mac + own.ip.packed + bytes(6) + host.packed
            self._frames[link.name].send(ethernet(link.mac or BROADCAST, BROADCAST, _ARP, body))
            return
        group = IPv6Address(int(_SOLICITED) | int(host) & 0xFFFFFF)
        body = struct.pack("!BBHI", _SOLICITATION, 0, 0, 0) + host.packed + b"\x01\x01" + mac
        if self._solicitor:
            self._solicitor.sendto(body, (str(group), 0, 0, link.index))

    def _arp_readable(self, opened: socket.socket) -> None:
        with suppress(BlockingIOError, OSError):
            for _ in range(256):
                body = opened.recv(128)[14:42]
                if len(body) == 28 and body.startswith(_REPLY):
                    host = IPv4Address(body[14:18])
                    if host in self._waiting:
                        mac = body[8:14].hex(":")
                        message = Message(
                            time=utc_now(), protocol="arp", source=Endpoint(), mac=mac, payload=body
                        )
                        self._answered(host, message)

    def _icmp_readable(self) -> None:
        with suppress(BlockingIOError, OSError):
            for _ in range(256):
                body, source = self._solicitor.recvfrom(256) if self._solicitor else (b"", ("::",))
                if not body:
                    return
                self._take(body, ip_address(source[0]))

    def _take(self, body: bytes, source: IPAddress) -> None:
        if body[0] == _ECHO_REPLY:
            self._lives(source)
        elif body[0] == _ADVERTISEMENT and len(body) >= 24:
            host = IPv6Address(body[8:24])
            message = Message(
                time=utc_now(), protocol="ndp", source=Endpoint(host=source), mac=None, payload=body
            )
            self._answered(host, message)

    def _answered(self, host: IPAddress, message: Message) -> None:
        """Take an answer that was waited for; others are for somebody else, or false."""
        future = self._waiting.get(host)
        if future is not None and not future.done():
            self._wire.sink(message)
            future.set_result(Outcome.ANSWERED)


def _icmpv6_socket() -> socket.socket:
    """Return a raw ICMPv6 socket that hears advertisements and echo replies only (RFC 3542, section 3.2)."""
    opened = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    passed = [0xFFFFFFFF] * 8
    for kind in (_ECHO_REPLY, _ADVERTISEMENT):
        passed[kind >> 5] &= ~(1 << (kind & 31)) & 0xFFFFFFFF
    opened.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("@8I", *passed))
    for option in (socket.IPV6_UNICAST_HOPS, socket.IPV6_MULTICAST_HOPS):
        opened.setsockopt(socket.IPPROTO_IPV6, option, 255)
    opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    opened.setblocking(False)
    return opened
