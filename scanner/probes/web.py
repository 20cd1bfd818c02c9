"""HTTP and HTTPS through httpx, over our own connections, keeping the bytes as they were on the wire.

httpx speaks; underneath, httpcore is given a network backend that opens connections through `wire` (so the
guard, the budgets and the audit see every one) and records what passes. Redirects are not followed here: each
is a new target that passes the guard. Certificates are not verified but kept as evidence; TLS 1.0 and weak
ciphers are accepted, because that is what old cameras have. An answer that httpx refuses is still evidence:
the recorded bytes go on as they are.
"""

import asyncio
import ssl
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httpcore
import httpx

from scanner.model import Message, Outcome, Target
from scanner.probes.wire import READ_TIMEOUT_S, Connection, Wire

MAX_BODY = 256 * 1024
"""Bytes of one answer that are read."""
WHOLE_S = 15.0
"""Time for one exchange, whatever the server does."""
USER_AGENT = "camcensus"
SECURE_PORTS = frozenset({443, 4100, 4343, 7001, 7443, 8443, 9443})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One HTTP request: method, path, headers and body."""

    path: str = "/"
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back: the message for the pipeline, the status and where it redirects to, if anywhere."""

    message: Message
    status: int | None = None
    location: str | None = None


async def ask(wire: Wire, target: Target, question: Question, *, secure: bool) -> list[Answer]:
    """Ask one question on one connection; returns the answer and, with TLS, the certificate as a second one.

    Never raises for what the network does: a failure is reported as an attempt and gives an empty list.
    """
    answers: list[Answer] = []
    async with wire.connection(target) as connection:
        if connection is None:
            return answers
        try:
            async with asyncio.timeout(WHOLE_S):
                answers = await _exchange(connection, question, secure=secure)
        except TimeoutError:
            if target.host is not None:  # an answer that never ends is no better than none
                wire.courtesy.silent(target.host)
            wire.ended(target, Outcome.TIMEOUT)
            return answers
    wire.ended(target, Outcome.ANSWERED if answers else Outcome.SILENT)
    for answer in answers:
        wire.sink(answer.message)
    return answers


async def _exchange(connection: Connection, question: Question, *, secure: bool) -> list[Answer]:
    backend = Backend(connection)
    target = connection.target
    host = f"[{target.host}]" if target.host is not None and target.host.version == 6 else str(target.host)
    url = f"{'https' if secure else 'http'}://{host}:{target.port}{question.path}"
    headers = {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
        **dict(question.headers),
    }
    status, location = None, None
    async with httpx.AsyncClient(
        transport=_Transport(backend), follow_redirects=False, timeout=WHOLE_S
    ) as client:
        try:
            async with client.stream(
                question.method, url, headers=headers, content=question.body or None
            ) as response:
                status, location = response.status_code, response.headers.get("location")
                await _drain(response)
        except (httpx.HTTPError, httpx.InvalidURL, httpcore.ProtocolError, ssl.SSLError, OSError, ValueError):
            pass  # what was recorded before it broke is the evidence
    connection.book(len(backend.received))
    return list(_answers(connection, backend, status, location, secure=secure))


async def _drain(response: httpx.Response) -> None:
    size = 0
    async for part in response.aiter_raw():
        size += len(part)
        if size >= MAX_BODY:
            return


class _Transport(httpx.AsyncHTTPTransport):
    """httpx's own transport with its pool put over our connection: httpx offers no argument for the backend."""

    def __init__(self, backend: "Backend") -> None:
        super().__init__(verify=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=lenient_context(), max_connections=1, network_backend=backend
        )


def _answers(
    connection: Connection, backend: "Backend", status: int | None, location: str | None, *, secure: bool
) -> Iterable[Answer]:
    if secure and backend.certificate:
        from scanner.recordings import tls_flight

        yield Answer(message=connection.message(b"", tls_flight(backend.certificate), "tls"))
    if backend.received:
        message = connection.message(bytes(backend.sent[:16384]), bytes(backend.received[:MAX_BODY]), "http")
        yield Answer(message=message, status=status, location=location)


@lru_cache(maxsize=1)
def lenient_context() -> ssl.SSLContext:
    """Return a TLS context that old devices can talk to: nothing is verified, everything is accepted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", DeprecationWarning
        )  # TLS 1.0 is deprecated; cameras of 2012 know no other
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


class Backend(httpcore.AsyncNetworkBackend):
    """The network as httpcore sees it: one connection that is already open, and a record of what passes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.sent = bytearray()
        self.received = bytearray()
        self.certificate = b""

    async def connect_tcp(self, *_arguments: Any, **_options: Any) -> "Stream":
        """Hand out the connection that `wire` opened."""
        return Stream(self._connection, self)

    async def connect_unix_socket(self, *_arguments: Any, **_options: Any) -> "Stream":
        """Refuse: there is nothing to scan behind a local socket."""
        raise OSError("no local sockets")

    async def sleep(self, seconds: float) -> None:
        """Wait, for httpcore's retries (there are none)."""
        await asyncio.sleep(seconds)


class Stream(httpcore.AsyncNetworkStream):
    """A stream of httpcore's over one of our sockets; TLS runs in memory so that all bytes pass here."""

    def __init__(self, connection: Connection, record: Backend) -> None:
        self._connection = connection
        self._record = record
        self._tls: tuple[ssl.SSLObject, ssl.MemoryBIO, ssl.MemoryBIO] | None = None

    # The time-outs of httpcore's interface are not ours: `receive` and the whole exchange have their own.
    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002, ASYNC109
        """Read some bytes; empty at the end."""
        part = await (self._tls_read(max_bytes) if self._tls else self._raw_read(max_bytes))
        if len(self._record.received) < MAX_BODY:
            self._record.received += part
        return part

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002, ASYNC109
        """Write all bytes."""
        self._record.sent += buffer
        if self._tls:
            self._tls[0].write(buffer)
            await self._flush()
        else:
            await self._connection.send(buffer)

    async def aclose(self) -> None:
        """Do nothing: whoever opened the connection closes it."""

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,  # noqa: ARG002
        timeout: float | None = None,  # noqa: ARG002, ASYNC109
    ) -> "Stream":
        """Do the handshake and keep the certificate."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = ssl_context.wrap_bio(incoming, outgoing)
        self._tls = (tls, incoming, outgoing)
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            else:
                break
        await self._flush()
        self._record.certificate = tls.getpeercert(binary_form=True) or b""
        return self

    def get_extra_info(self, info: str) -> Any:
        """Tell httpcore that the stream is readable only when it is asked to read, and which TLS is used."""
        return self._tls[0] if info == "ssl_object" and self._tls else None

    async def _tls_read(self, max_bytes: int) -> bytes:
        assert self._tls  # noqa: S101 - only called with TLS
        while True:
            try:
                return self._tls[0].read(max_bytes)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._feed()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def _feed(self) -> None:
        assert self._tls  # noqa: S101 - likewise
        part = await self._raw_read(16384)
        if part:
            self._tls[1].write(part)
        else:
            self._tls[1].write_eof()

    async def _flush(self) -> None:
        assert self._tls  # noqa: S101 - likewise
        waiting = self._tls[2].read()
        if waiting:
            await self._connection.send(waiting)

    async def _raw_read(self, max_bytes: int) -> bytes:
        async with asyncio.timeout(READ_TIMEOUT_S):
            return await asyncio.get_running_loop().sock_recv(self._connection.socket, max_bytes)
