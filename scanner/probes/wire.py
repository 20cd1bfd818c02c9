"""The one place that opens sockets. It asks the guard for every destination, and the pacer before every packet.

A connection is a handful of packets; what it costs the budget is booked when it is opened (handshake, close)
and again for what is said. A destination that the guard refuses is never connected to: the attempt ends as
forbidden. Sockets are plain and non-blocking, so that thousands may be pending.
"""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

from scanner.model import Attempt, Endpoint, IPAddress, Message, Outcome, Target
from scanner.probes.audit import Audit
from scanner.probes.pace import Courtesy, Pacer
from scanner.scope import Guard

CONNECT_PACKETS = 4
"""Packets of ours that opening and closing a connection costs: SYN, ACK, FIN, ACK."""
READ_CHUNK = 16 * 1024
LEAST_TIMEOUT_S, MOST_TIMEOUT_S = 0.3, 3.0
"""How long a device has to accept a connection, at the least and at the most."""
LEAST_OPENING_S = 1.5
"""The same for a port that is known to be open: the kernel sends a lost SYN again after a second."""
READ_TIMEOUT_S = 5.0
"""How long an answer may pause."""
DATAGRAM_BYTES = 65_535

_REFUSED = {errno.ECONNREFUSED, errno.ECONNRESET}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.EHOSTDOWN}
"""Nobody is at that address. ENETUNREACH is not among them: nothing could be sent there."""


def utc_now() -> datetime:
    """Return the time, for messages that arrive now."""
    return datetime.now(UTC)


@dataclass(slots=True, kw_only=True)
class Wire:
    """What every probe is handed: the guard, the budgets, and where messages and attempts go.

    `sink` takes each message as it arrives, `attempts` each question's end.
    """

    guard: Guard
    pacer: Pacer
    courtesy: Courtesy
    audit: Audit
    sink: Callable[[Message], None]
    attempts: Callable[[Attempt], None]

    def ended(self, target: Target, outcome: Outcome, detail: str = "") -> None:
        """Report how a question ended."""
        self.attempts(Attempt(target=target, outcome=outcome, time=utc_now(), detail=detail))

    def permitted(self, target: Target) -> bool:
        """Ask the guard; a refusal is reported as forbidden."""
        if target.host is None or self.guard.allows(target.host, target.reason):
            return True
        self.ended(target, Outcome.FORBIDDEN, "outside the scope")
        return False

    async def spend(self, target: Target, packets: int = 1) -> None:
        """Wait for the budget and book the packets."""
        await self.pacer.take(packets)
        if target.host is not None:
            self.audit.sent(target.protocol, target.host, packets)

    @asynccontextmanager
    async def connection(
        self, target: Target, timeout_s: float | None = None
    ) -> AsyncIterator["Connection | None"]:
        """Open one TCP connection, the device's only one; yields None where that failed or is not allowed."""
        if target.host is None or not self.permitted(target):
            yield None
            return
        async with self.courtesy.turn(target.host) as allowed:
            opened = await self._open(target, timeout_s) if allowed else None
            if not allowed:
                self.ended(target, Outcome.FAILED, "left alone: its budget is spent or it went silent")
            try:
                yield opened
            finally:
                if opened is not None:
                    opened.close()

    async def _open(self, target: Target, timeout_s: float | None) -> "Connection | None":
        assert target.host is not None  # noqa: S101 - connection() has looked
        await self.spend(target, CONNECT_PACKETS)
        wait = timeout_s or self.courtesy.timeout_s(target.host, LEAST_OPENING_S, MOST_TIMEOUT_S)
        loop = asyncio.get_running_loop()
        started = loop.time()
        outcome, opened = await open_socket(target.host, target.port, wait)
        if outcome is not Outcome.ANSWERED or opened is None:
            if outcome is Outcome.TIMEOUT:
                self.courtesy.silent(target.host)
            self.ended(target, outcome)
            return None
        self.courtesy.opened(target.host)
        self.courtesy.measured(target.host, loop.time() - started)
        return Connection(opened, target, self)


async def open_socket(host: IPAddress, port: int, timeout_s: float) -> tuple[Outcome, socket.socket | None]:
    """Connect within a time; returns how it ended and the connected socket."""
    family = socket.AF_INET if host.version == 4 else socket.AF_INET6
    try:
        opened = socket.socket(family, socket.SOCK_STREAM)
    except OSError:  # no more open files are to be had, or no such family
        return Outcome.FAILED, None
    opened.setblocking(False)
    try:
        async with asyncio.timeout(timeout_s):
            await asyncio.get_running_loop().sock_connect(opened, _sockaddr(host, port))
    except TimeoutError:
        opened.close()
        return Outcome.TIMEOUT, None
    except OSError as error:
        opened.close()
        return _outcome(error), None
    except BaseException:
        opened.close()
        raise
    return Outcome.ANSWERED, opened


def _sockaddr(host: IPAddress, port: int) -> tuple[str, int] | tuple[str, int, int, int]:
    if host.version == 4:
        return str(host), port
    text, _, zone = str(host).partition("%")
    scope = 0
    if zone:
        scope = int(zone) if zone.isdigit() else socket.if_nametoindex(zone)
    return text, port, 0, scope


def _outcome(error: OSError) -> Outcome:
    if error.errno in _REFUSED:
        return Outcome.REFUSED
    return Outcome.SILENT if error.errno in _UNREACHABLE else Outcome.FAILED


class Connection:
    """One open connection, with bounded reading; `send` and `receive` pass through the budgets."""

    def __init__(self, opened: socket.socket, target: Target, wire: Wire) -> None:
        self.socket = opened
        self.target = target
        self._wire = wire
        local = opened.getsockname()
        self.local_port = int(local[1])
        self._local = local[0]

    async def send(self, data: bytes) -> bool:
        """Send bytes; returns whether the peer took them. Only what the kernel does not take at once waits."""
        await self._wire.spend(self.target, 1 + len(data) // 1400)
        try:
            rest = data[self._send_now(data) :]
            if rest:
                async with asyncio.timeout(READ_TIMEOUT_S):
                    await asyncio.get_running_loop().sock_sendall(self.socket, rest)
        except (OSError, TimeoutError):
            return False
        return True

    def _send_now(self, data: bytes) -> int:
        try:
            return self.socket.send(data)
        except BlockingIOError:
            return 0

    async def receive(
        self,
        done: Callable[[bytes], bool],
        most: int,
        pause_s: float = READ_TIMEOUT_S,
        whole_s: float = 2 * READ_TIMEOUT_S,
    ) -> bytes:
        """Read until `done`, the peer closes, `most` bytes came, a pause lasts too long or the whole does.

        A server that sends a byte every few seconds keeps nobody: `whole_s` bounds it. Returns what came.
        """
        received = bytearray()
        most = min(most, self._wire.courtesy.left(self.target.host)) if self.target.host else most
        with suppress(TimeoutError, OSError):
            async with asyncio.timeout(whole_s):
                while len(received) < most and not (received and done(bytes(received))):
                    async with asyncio.timeout(pause_s):
                        part = await asyncio.get_running_loop().sock_recv(
                            self.socket, min(READ_CHUNK, most - len(received))
                        )
                    if not part:
                        break
                    received += part
        self.book(len(received))
        return bytes(received)

    def book(self, count: int) -> None:
        """Book what the device sent; nothing at all counts as silence."""
        host = self.target.host
        if host is None:
            return
        if count:
            self._wire.courtesy.heard(host, count)
        else:
            self._wire.courtesy.silent(host)

    def message(self, request: bytes, payload: bytes, protocol: str | None = None) -> Message:
        """Return what was said on this connection as a message that arrived now."""
        return Message(
            time=utc_now(),
            protocol=protocol or self.target.protocol,
            source=Endpoint(host=self.target.host, port=self.target.port),
            destination=self.local,
            request=request,
            payload=payload,
        )

    @property
    def local(self) -> Endpoint:
        """Our end of the connection."""
        return Endpoint(host=ip_address(self._local.partition("%")[0]), port=self.local_port)

    def close(self) -> None:
        """Close at once; nothing of a camera's is worth waiting for."""
        self.socket.close()
