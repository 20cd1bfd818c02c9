"""One kept-open connection to one device: HTTP requests one after another, TLS where the port wants it.

The socket is opened by `wire` like any other, so the guard, the budgets and the audit see it; h11 speaks. The
device's one connection is held for as long as the session lasts. Redirects are never followed: what is sent here
may hold a digest of somebody's password. Bytes are kept as they passed; what is made of them is `login`'s affair.
"""

import asyncio
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

import h11

from scanner.model import Endpoint, Message, Target
from scanner.probes.web import MAX_BODY, USER_AGENT, WHOLE_S, Backend, Stream, lenient_context
from scanner.probes.wire import Connection, Wire, utc_now

CHUNK = 64 * 1024
_BROKEN = (h11.ProtocolError, ssl.SSLError, OSError, TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came back: status (0 where it was no HTTP), challenges, the body as sent, and both directions' bytes."""

    status: int
    challenges: tuple[str, ...] = ()
    body: bytes = b""
    sent: bytes = b""
    received: bytes = b""


class Session:
    """Requests to one port of one device; use it in `async with`. `ask` gives None where nothing came back."""

    def __init__(self, wire: Wire, target: Target, *, secure: bool) -> None:
        self._wire = wire
        self.target = target
        self._secure = secure
        self._stack = AsyncExitStack()
        self._connection: Connection | None = None
        self._stream: Stream | None = None
        self._talk = h11.Connection(h11.CLIENT)
        self._used = False
        self._local = Endpoint()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_ended: object) -> None:
        await self._close()

    def message(self, request: bytes, payload: bytes) -> Message:
        """Return an exchange as a message that arrived now; the bytes are as the caller wants them kept."""
        return Message(
            time=utc_now(),
            protocol="http",
            source=Endpoint(host=self.target.host, port=self.target.port),
            destination=self._local,
            request=request,
            payload=payload,
        )

    async def ask(
        self, method: str, path: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
    ) -> Reply | None:
        """Ask one question; a connection that the device let go since the last one is opened once more."""
        for _ in range(2):
            reused = self._used
            if not await self._open():
                return None
            reply = await self._exchange(method, path, headers, body)
            if reply is not None or not reused:
                return reply
        return None

    async def _open(self) -> bool:
        if self._stream is not None:
            return True
        if self.target.host is None or not self._wire.courtesy.may_ask(self.target.host):
            return False
        self._connection = await self._stack.enter_async_context(self._wire.connection(self.target))
        if self._connection is None:
            await self._close()
            return False
        self._stream = Stream(self._connection, Backend(self._connection))
        self._local = self._connection.local
        self._talk = h11.Connection(h11.CLIENT)
        if self._secure:
            try:
                async with asyncio.timeout(WHOLE_S):
                    await self._stream.start_tls(lenient_context())
            except _BROKEN:
                await self._close()
                return False
        return True

    async def _close(self) -> None:
        self._stream, self._connection, self._used = None, None, False
        stack, self._stack = self._stack, AsyncExitStack()
        await stack.aclose()

    async def _exchange(
        self, method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> Reply | None:
        assert self._stream is not None  # noqa: S101 - `ask` has opened it
        assert self._connection is not None  # noqa: S101 - likewise
        sent = self._request(method, path, headers, body)
        received = bytearray()
        reply: Reply | None = None
        try:
            async with asyncio.timeout(WHOLE_S):
                await self._stream.write(sent)
                reply = await self._read(received)
        except _BROKEN:
            reply = None
        self._connection.book(len(received))
        if (
            reply is None and received
        ):  # not HTTP as h11 has it, or cut off: the bytes are evidence all the same
            reply = Reply(status=_status(bytes(received)), body=_body(bytes(received)))
        if reply is None or not self._goes_on():
            await self._close()
        else:
            self._used = True
        if reply is None:
            return None
        return Reply(
            status=reply.status,
            challenges=reply.challenges,
            body=reply.body,
            sent=sent,
            received=bytes(received),
        )

    def _request(self, method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
        host = self.target.host
        name = f"[{host}]" if host is not None and host.version == 6 else str(host)
        fields = [
            ("Host", f"{name}:{self.target.port}"),
            ("User-Agent", USER_AGENT),
            ("Accept-Encoding", "identity"),
            *headers,
            *((("Content-Length", str(len(body))),) if body else ()),
        ]
        raw = self._talk.send(h11.Request(method=method, target=path, headers=fields)) or b""
        raw += (self._talk.send(h11.Data(data=body)) or b"") if body else b""
        return raw + (self._talk.send(h11.EndOfMessage()) or b"")

    async def _read(self, received: bytearray) -> Reply | None:
        assert self._stream is not None  # noqa: S101 - likewise
        status, body = 0, bytearray()
        challenges: tuple[str, ...] = ()
        while len(received) < MAX_BODY:
            event = self._talk.next_event()
            if event is h11.NEED_DATA:
                part = await self._stream.read(CHUNK)
                received += part
                self._talk.receive_data(part)
                if not part and not received:
                    return None
            elif isinstance(event, h11.Response):
                status = event.status_code
                challenges = tuple(v.decode("latin-1") for k, v in event.headers if k == b"www-authenticate")
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
                break
        return Reply(status=status, challenges=challenges, body=bytes(body)) if status else None

    def _goes_on(self) -> bool:
        """Make ready for the next request on this connection; False where there can be none."""
        if self._talk.our_state is h11.DONE and self._talk.their_state is h11.DONE:
            self._talk.start_next_cycle()
            return True
        return False


def _status(received: bytes) -> int:
    """Return the status of an answer that h11 does not take, 0 where there is none."""
    words = received[:64].split(None, 2)
    return int(words[1]) if len(words) > 1 and words[0].startswith(b"HTTP/") and words[1].isdigit() else 0


def _body(received: bytes) -> bytes:
    """Return what stands behind the head of such an answer."""
    for blank in (b"\r\n\r\n", b"\n\n"):
        if blank in received:
            return received.partition(blank)[2]
    return received
