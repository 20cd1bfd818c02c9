"""Which hosts live and which ports are open: by raw SYN where we may, else by connecting and closing at once."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, ip_address

from scanner.capture.writer import tcp as segment
from scanner.model import IPAddress, Outcome, Target
from scanner.probes.wire import LEAST_TIMEOUT_S, MOST_TIMEOUT_S, Wire, open_socket

CONNECT_TIMEOUT_S = 0.9
"""Below the kernel's first retransmission (1 s), so that an address that is dead costs one packet."""
MAX_SECOND_TRIES = 7
"""Ports that are asked again where a host left some unanswered: as many as the quickest profile has."""
_SYN, _RST, _ACK = 0x02, 0x04, 0x10


async def knock(wire: Wire, host: IPAddress, port: int, reason: str = "liveness") -> Outcome:
    """Connect and close at once; returns answered (open), refused (alive, closed), silent or forbidden."""
    target = Target(protocol="tcp", host=host, port=port, reason=reason)
    if not wire.permitted(target):
        return Outcome.FORBIDDEN
    async with wire.courtesy.turn(host) as allowed:
        if not allowed:
            return Outcome.FAILED
        await wire.spend(target, 1)
        loop = asyncio.get_running_loop()
        started = loop.time()
        wait = min(CONNECT_TIMEOUT_S, wire.courtesy.timeout_s(host, LEAST_TIMEOUT_S, MOST_TIMEOUT_S))
        outcome, opened = await open_socket(host, port, wait)
        if opened is not None:
            opened.close()
            wire.courtesy.opened(host)
            await wire.spend(target, 2)
    if outcome in {Outcome.ANSWERED, Outcome.REFUSED}:
        wire.courtesy.measured(host, loop.time() - started)
        wire.courtesy.heard(host, 0)
    return outcome


class SynScanner:
    """Half-open knocking over IPv4: a SYN out, a SYN-ACK or RST back; the kernel takes back what opens.

    Needs CAP_NET_RAW. Answers are known by their sequence number, which only somebody who saw our SYN can echo.
    """

    def __init__(self, wire: Wire, source_for: Callable[[IPAddress], IPv4Address]) -> None:
        self._wire = wire
        self._source_for = source_for
        self._waiting: dict[tuple[IPAddress, int], asyncio.Future[Outcome]] = {}
        self._secret = int.from_bytes(os.urandom(4), "big")
        self._port = 61000 + self._secret % 4000
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Open the raw socket; raises PermissionError without the privilege."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._readable)

    def close(self) -> None:
        """Close the raw socket."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    async def knock(self, host: IPAddress, port: int, wait_s: float = CONNECT_TIMEOUT_S) -> Outcome:
        """Send one SYN and wait for what comes back."""
        target = Target(protocol="tcp", host=host, port=port, reason="liveness")
        if self._socket is None or not self._wire.permitted(target):
            return Outcome.FORBIDDEN
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[host, port] = future
        await self._wire.spend(target)
        packet = segment(
            self._source_for(host), host, (self._port, port), (self._cookie(host, port), 0), _SYN
        )
        try:
            self._socket.sendto(packet, (str(host), 0))
            async with asyncio.timeout(wait_s):
                return await future
        except TimeoutError:
            return Outcome.SILENT
        except OSError:  # no route, or the interface is gone
            return Outcome.FAILED
        finally:
            self._waiting.pop((host, port), None)

    def _cookie(self, host: IPAddress, port: int) -> int:
        return (hash((self._secret, int(host), port))) & 0xFFFFFFFF

    def _readable(self) -> None:
        assert self._socket is not None  # noqa: S101 - only registered while open
        with suppress(BlockingIOError):
            for _ in range(1024):
                self._take(self._socket.recv(128))

    def _take(self, packet: bytes) -> None:
        if len(packet) < 20 or len(packet) < (start := (packet[0] & 15) * 4) + 20:
            return
        sport, dport, _, acknowledged, _, flags = struct.unpack_from("!HHIIBB", packet, start)
        host = ip_address(packet[12:16])
        future = self._waiting.get((host, sport))
        if future is None or future.done() or dport != self._port:
            return
        if acknowledged != (self._cookie(host, sport) + 1) & 0xFFFFFFFF:
            return
        if flags & _RST:
            future.set_result(Outcome.REFUSED)
        elif flags & _SYN and flags & _ACK:
            future.set_result(Outcome.ANSWERED)


async def open_ports(wire: Wire, host: IPAddress, ports: Iterable[int]) -> list[int]:
    """Return the open ports of a living host, asked one after the other by connecting.

    Where some ports answered, also by refusing, the first of those that did not get a second try: a packet may
    have been lost. Where none did, a firewall drops what comes, and it is left at that.
    """
    wanted = tuple(ports)
    ends = await _knock_all(wire, host, wanted)
    silent = [port for port, outcome in ends.items() if outcome is Outcome.SILENT]
    if len(silent) < len(ends):
        ends |= await _knock_all(wire, host, silent[:MAX_SECOND_TRIES])
    return [port for port in wanted if ends.get(port) is Outcome.ANSWERED]


async def _knock_all(wire: Wire, host: IPAddress, ports: Iterable[int]) -> dict[int, Outcome]:
    ends = {}
    for port in ports:
        ends[port] = await knock(wire, host, port, "port")
        if ends[port] in {Outcome.FAILED, Outcome.FORBIDDEN}:
            break
    return ends
