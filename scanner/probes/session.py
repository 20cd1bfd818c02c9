"""One kept-open connection to one device: HTTP requests one after another, TLS where the port wants it.

The socket is opened by `wire` like any other, so the guard, the budgets and the audit see it. Answers are read as
loosely as recorded ones, because half of what devices get wrong is HTTP. The device's one connection is held for as
long as the session lasts. Redirects are never followed: what is sent here may hold a digest of somebody's password.
Bytes are kept as they passed; what is made of them is `login`'s affair.
"""

import asyncio
import ssl
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Self

from scanner.model import Endpoint, Message, Target
from scanner.probes.web import MAX_BODY, USER_AGENT, WHOLE_S, Backend, Stream, lenient_context
from scanner.probes.wire import Connection, Wire, utc_now
from scanner.protocols._text import read_head
from scanner.protocols.http_body import read_body

CHUNK = 64 * 1024
_BROKEN = (ssl.SSLError, OSError, TimeoutError)


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
        self._used = False
        self._local = Endpoint()
        host = target.host
        name = f"[{host}]" if host is not None and host.version == 6 else str(host)
        self._head = f"Host: {name}:{target.port}\r\nUser-Agent: {USER_AGENT}\r\nAccept-Encoding: identity"

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
        again = False
        try:
            async with asyncio.timeout(WHOLE_S):
                await self._stream.write(sent)
                again = await self._read(received)
        except _BROKEN:
            again = False
        self._connection.book(len(received))
        self._used = again
        if not again:
            await self._close()
        return _reply(sent, bytes(received)) if received else None

    def _request(self, method: str, path: str, headers: tuple[tuple[str, str], ...], body: bytes) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            self._head,
            *(f"{field}: {value}" for field, value in headers),
            *((f"Content-Length: {len(body)}",) if body else ()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace") + body

    async def _read(self, received: bytearray) -> bool:
        """Read one answer; returns whether the connection may be used again after it."""
        assert self._stream is not None  # noqa: S101 - likewise
        while len(received) < MAX_BODY:
            part = await self._stream.read(CHUNK)
            received += part
            whole, again = _is_whole(bytes(received))
            if whole or not part:
                return whole and again and bool(part)
        return False


def _is_whole(received: bytes) -> tuple[bool, bool]:
    """Tell whether an answer has come to its end as far as it says where that is, and whether the line stays open.

    Interim answers (1xx) are not waited for: nothing that is asked here earns one.
    """
    if b"\r\n\r\n" not in received and b"\n\n" not in received:
        return False, False
    head = read_head(received)
    if head is None or not head.complete:
        return False, False
    stays = "close" not in (head.get("Connection") or "").lower() and head.start_line.startswith("HTTP/1.1")
    length = (head.get("Content-Length") or "").strip()
    if "chunked" in (head.get("Transfer-Encoding") or "").lower():
        return received.endswith((b"0\r\n\r\n", b"0\n\n")), stays
    if length.isascii() and length.isdigit():
        return len(received) - head.body_offset >= int(length), stays
    return False, False


def _reply(sent: bytes, received: bytes) -> Reply:
    head = read_head(received)
    if head is None:
        return Reply(status=0, body=received, sent=sent, received=received)
    words = head.start_line.split(None, 2)
    known = len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit()
    coded = head.get("Transfer-Encoding") or head.get("Content-Encoding")
    return Reply(
        status=int(words[1]) if known else 0,
        challenges=tuple(head.get_all("WWW-Authenticate")),
        body=read_body(head, received).data if coded else received[head.body_offset :],
        sent=sent,
        received=received,
    )
