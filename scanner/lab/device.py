"""One device of the lab: its recorded answers, served from sockets inside its own namespace.

Everything runs in one asyncio loop. What the device was asked is kept (the first bytes of each, so many in
all), what nobody recorded is not answered: closed ports refuse by the kernel.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace

from scanner.lab import moods as mood
from scanner.lab import sockets
from scanner.lab.certificates import server_context
from scanner.lab.datagrams import Rule, answer_to, destinations, rules_of
from scanner.lab.guarded import Guarded, Lock, calls_of
from scanner.lab.moods import Mood
from scanner.lab.network import Station
from scanner.lab.streams import MAX_HEAD, Request, call_of, read_request, reply_to, tcp_ports
from scanner.recordings import Answer, Recording

MAX_ASKED = 400
"""Questions that a device remembers."""
MAX_ASKED_BYTES = 512
SPREAD_S = 0.3
"""Devices spread their answers to groups over this time, each with a delay of its own."""
PATIENCE_S = 10.0
"""How long a server waits for a request."""
MAX_BODY = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A recorded device in a building: which wire it is on, in which moods it is, and how it is locked, if it is."""

    recording: Recording
    far: bool = False
    moods: frozenset[Mood] = frozenset()
    lock: Lock | None = None

    @property
    def name(self) -> str:
        """The recording's name."""
        return self.recording.name

    def station(self) -> Station:
        """Return its place on the wire; a recording without MAC gets a locally administered one."""
        address = self.recording.address
        if address.version != 4:
            raise ValueError(f"{self.name}: a device of the lab has an IPv4 address")
        mac = self.recording.mac or "02:00:00:" + (address.packed[1:]).hex(":")
        return Station(mac=mac, address=address, far=self.far)


@dataclass(slots=True)
class Asked:
    """What a device was asked, and which of its recorded answers (by their place) it gave."""

    questions: list[tuple[str, int, bytes]] = field(default_factory=list)
    given: set[int] = field(default_factory=set)

    def note(self, transport: str, port: int, data: bytes) -> None:
        """Remember a question's first bytes, while there is room."""
        if len(self.questions) < MAX_ASKED:
            self.questions.append((transport, port, data[:MAX_ASKED_BYTES]))


class Device:
    """Serves one placed device; `open` inside a running loop, then it answers until `close`."""

    def __init__(self, placed: Placed, namespace: int) -> None:
        self.placed = placed
        self.asked = Asked()
        self._namespace = namespace
        self._moods = placed.moods
        self._answers = _told(placed)
        self._delay_s = zlib.crc32(placed.name.encode()) % 1000 / 1000 * SPREAD_S
        self._opened: list[socket.socket] = []
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._answered: set[str] = set()
        self._forgotten: set[bytes] = set()
        self._flooding = False
        self.guarded = _guarded(placed)

    @property
    def _is_silent(self) -> bool:
        return Mood.SILENT_AFTER_FIRST in self._moods and bool(self._answered)

    async def open(self) -> None:
        """Open all sockets and serve."""
        by_port: dict[int, list[tuple[Answer, Rule]]] = {}
        for answer, rule in rules_of(self._answers):
            by_port.setdefault(rule.port, []).append((answer, rule))
        for port, items in by_port.items():
            groups = {} if Mood.UNICAST_ONLY in self._moods else {g: 0 for _, r in items for g in r.groups}
            for opened in sockets.datagram_sockets(self._namespace, port, groups):
                self._opened.append(opened)
                asyncio.get_running_loop().add_reader(
                    opened.fileno(), self._heard, opened, port, tuple(items)
                )
        for port, answers in tcp_ports(self._answers).items():
            await self._serve(port, answers)

    def close(self) -> None:
        """Close everything."""
        loop = asyncio.get_running_loop()
        for opened in self._opened:
            loop.remove_reader(opened.fileno())
            opened.close()
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()

    def _heard(self, opened: socket.socket, port: int, items: tuple[tuple[Answer, Rule], ...]) -> None:
        while (received := sockets.receive(opened)) is not None:
            question, asker, alone = received
            if not alone and Mood.UNICAST_ONLY in self._moods:
                continue
            self.asked.note("udp", port, question)
            if Mood.FORGETFUL in self._moods and question not in self._forgotten:
                self._forgotten.add(question)  # as if the network had lost it
                continue
            for answer, rule in items:
                told = answer_to(question, answer, rule)
                if told is not None:
                    if not self._is_silent:
                        self._gave(answer)
                    to = destinations(rule, asker, alone=alone, protocol=answer.protocol, question=question)
                    self._spawn(self._say(opened, told, to))

    async def _say(self, opened: socket.socket, told: bytes, to: list[tuple[str, int]]) -> None:
        if self._is_silent:
            return
        self._answered.add("udp")
        await asyncio.sleep(self._delay_s + (mood.LATE_S if Mood.LATE in self._moods else 0))
        for target in to:
            for datagram in mood.datagrams(told, self._moods):
                sockets.send(opened, datagram, target)
        if Mood.FLOODING in self._moods and not self._flooding:
            self._flooding = True
            await self._flood(opened, told, to[-1])

    async def _flood(self, opened: socket.socket, told: bytes, to: tuple[str, int]) -> None:
        loop = asyncio.get_running_loop()
        started, sent = loop.time(), 0
        while (passed := loop.time() - started) < mood.FLOOD_S:
            for _ in range(int(passed * mood.FLOOD_RATE) - sent):
                sockets.send(opened, told + str(sent).encode(), to)
                sent += 1
            await asyncio.sleep(0.01)

    async def _serve(self, port: int, answers: tuple[Answer, ...]) -> None:
        def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._spawn(self._talk(port, answers, reader, writer))

        server = await asyncio.start_server(
            talk, sock=sockets.server_socket(self._namespace, port), ssl=_tls(answers), limit=MAX_HEAD
        )
        self._servers.append(server)

    async def _talk(
        self,
        port: int,
        answers: tuple[Answer, ...],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        async def send(data: bytes) -> None:
            writer.write(data)
            await writer.drain()

        with suppress(OSError, TimeoutError, EOFError, ssl.SSLError, asyncio.LimitOverrunError):
            for shown in (a for a in answers if a.protocol == "tls"):
                self._gave(shown)
            greeting = next((a for a in answers if a.protocol == "banner"), None)
            if greeting:
                self._gave(greeting)
                await mood.utter(send, greeting.payload, self._moods)
                await asyncio.wait_for(reader.read(MAX_HEAD), PATIENCE_S)
            else:
                await self._converse(port, answers, reader, send)
        writer.close()
        with suppress(OSError, ssl.SSLError):
            await writer.wait_closed()

    async def _converse(
        self, port: int, answers: tuple[Answer, ...], reader: asyncio.StreamReader, send: mood.Send
    ) -> None:
        while True:
            request = await asyncio.wait_for(_request(reader), PATIENCE_S)
            self.asked.note("tcp", port, request.head + request.body)
            if self._is_silent:
                await asyncio.sleep(PATIENCE_S)
                return
            self._answered.add("tcp")
            private = self.guarded.reply(request) if self.guarded and not request.is_rtsp else None
            if private is not None and self.guarded:
                await asyncio.sleep(self.guarded.lock.slow_s)
            await mood.utter(send, private or self._reply(request, answers), self._moods)
            stays = request.is_rtsp or (private is not None and b"Connection: close" not in private[:1024])
            if not stays or Mood.CLOSING_EARLY in self._moods:
                return

    def _reply(self, request: Request, answers: tuple[Answer, ...]) -> bytes:
        if not request.is_rtsp and Mood.REDIRECTING in self._moods:
            return mood.redirection(request.target)
        if not request.is_rtsp and Mood.ZIP_BOMB in self._moods:
            return mood.zip_bomb()
        told, answer = reply_to(request, answers)
        if answer is not None:
            self._gave(answer)
        return told

    def _gave(self, answer: Answer) -> None:
        self.asked.given.update(place for place, own in enumerate(self._answers) if own is answer)

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _guarded(placed: Placed) -> Guarded | None:
    """Return the lock of a device: behind it are its own recorded answers, as they were, and the lab's for the rest."""
    if placed.lock is None:
        return None
    own = {call.decode("latin-1"): a.payload for a in placed.recording.answers if (call := call_of(a))}
    return Guarded(placed.lock, str(placed.station().address), calls_of(own))


def _told(placed: Placed) -> tuple[Answer, ...]:
    """Return the answers as the device gives them: a lying one names another address for itself."""
    address = placed.station().address
    if Mood.LYING not in placed.moods:
        return placed.recording.answers
    return tuple(replace(a, payload=mood.lie(a.payload, address)) for a in placed.recording.answers)


def _tls(answers: tuple[Answer, ...]) -> ssl.SSLContext | None:
    flight = next((a.payload for a in answers if a.protocol == "tls"), None)
    return server_context(flight) if flight is not None else None


async def _request(reader: asyncio.StreamReader) -> Request:
    """Read one request; raises EOFError (IncompleteReadError) where the peer goes."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = read_request(head).header("Content-Length")
    body = await reader.readexactly(min(int(length), MAX_BODY)) if length.isdigit() else b""
    return read_request(head, body)
