"""TLS on a TCP connection, up to the point where it is encrypted: the hello, and the server's first flight.

Records are kept as they are on the wire (RFC 8446 section 5.1). A client has said all we can read with its
ClientHello, a server with ServerHelloDone, or with its first record that is not a handshake message.
"""

from scanner.capture.talk import Said

MAX_FLIGHT = 64 << 10
"""Bytes of one side's handshake that are kept; chains of certificates are 2 to 10 KiB."""
HANDSHAKE = 22
CLIENT_HELLO, SERVER_HELLO, SERVER_HELLO_DONE = 1, 2, 14
MAX_RECORD = 16_384 + 2048


class _Flight:
    """The handshake records of one side, and the handshake messages inside them."""

    __slots__ = ("buffer", "closed", "kinds", "records", "shake", "time")

    def __init__(self) -> None:
        self.buffer, self.records, self.shake = bytearray(), bytearray(), bytearray()
        self.kinds: list[int] = []
        self.closed = False
        self.time = 0

    def feed(self, data: bytes, time: int) -> None:
        """Take bytes; `kinds` gets the type of each handshake message that is whole."""
        self.time = self.time or time
        if self.closed:
            return
        self.buffer += data
        if not self.records and is_old_hello(self.buffer):
            self._take_old()
            return
        while len(self.buffer) >= 5 and not self.closed:
            size = 5 + int.from_bytes(self.buffer[3:5])
            if self.buffer[0] != HANDSHAKE or self.buffer[1] != 3 or size > MAX_RECORD:
                self.closed = True
            elif len(self.buffer) < size:
                break
            else:
                self._take(size)

    def _take_old(self) -> None:
        """Take a hello of the older form; its two bytes of length count what follows them."""
        size = 2 + (int.from_bytes(self.buffer[:2]) & 0x7FFF)
        if len(self.buffer) >= size:
            self.records += self.buffer[:size]
            self.kinds.append(CLIENT_HELLO)
            self.closed = True

    def _take(self, size: int) -> None:
        self.records += self.buffer[:size]
        self.shake += self.buffer[5:size]
        del self.buffer[:size]
        while len(self.shake) >= 4 and len(self.shake) >= (whole := 4 + int.from_bytes(self.shake[1:4])):
            self.kinds.append(self.shake[0])
            del self.shake[:whole]
        self.closed = len(self.records) > MAX_FLIGHT

    def kind(self) -> int:
        """Return the type of the first handshake message, or 0."""
        if self.kinds:
            return self.kinds[0]
        if self.shake:
            return self.shake[0]
        if is_old_hello(self.buffer):
            return CLIENT_HELLO
        return self.buffer[5] if len(self.buffer) > 5 and self.buffer[0] == HANDSHAKE else 0

    def said(self) -> bytes:
        """Return the records, the last one as far as it came."""
        unfinished = not self.closed and (self.buffer[:1] == bytes((HANDSHAKE,)) or is_old_hello(self.buffer))
        part = self.buffer if unfinished else b""
        return bytes(self.records + part)


def is_old_hello(first: bytes | bytearray) -> bool:
    r"""Tell whether a ClientHello in the form of SSL 2.0 begins here, as old clients send it (RFC 5246 E.2).

    >>> is_old_hello(b"\x80\x46\x01\x03\x01"), is_old_hello(b"\x16\x03\x01\0\5")
    (True, False)
    """
    return (
        len(first) >= 5 and first[0] >= 0x80 and first[2] == CLIENT_HELLO and first[3] == 3 and first[4] <= 4
    )


class TlsReader:
    """Both flights of one connection."""

    def __init__(self) -> None:
        self.done = False
        self._flights = (_Flight(), _Flight())
        self._hello: bytes | None = None

    @property
    def held(self) -> int:
        """Return the bytes that are kept in memory."""
        return sum(len(f.buffer) + len(f.records) + len(f.shake) for f in self._flights) + len(
            self._hello or b""
        )

    def data(self, side: int, data: bytes, time: int) -> list[Said]:
        """Take the next bytes of a side; return a flight that is complete."""
        flight, other = self._flights[side], self._flights[1 - side]
        if self._hello is not None and flight.kind() == CLIENT_HELLO:
            # whatever the client says after its hello answers the server's flight, if there was one
            return self._server(1 - side) if other.kind() == SERVER_HELLO else []
        flight.feed(data, time)
        if flight.kind() == CLIENT_HELLO and (flight.kinds or flight.closed):
            return self._client(side)
        if flight.kind() == SERVER_HELLO:
            return self._server(side) if flight.closed or SERVER_HELLO_DONE in flight.kinds else []
        self.done = self.done or flight.closed
        return []

    def gap(self, side: int, size: int) -> list[Said]:
        """End the flight that the hole falls into."""
        del size
        return self.end(side)

    def end(self, side: int) -> list[Said]:
        """Give out what a side said before the end of what there is of it."""
        flight = self._flights[side]
        if flight.kind() == SERVER_HELLO:
            return self._server(side)
        if flight.kind() == CLIENT_HELLO and self._hello is None:
            return self._client(side)
        return []

    def _client(self, side: int) -> list[Said]:
        flight = self._flights[side]
        self._hello = flight.said()
        return [Said("tls", side, self._hello, b"", flight.time)]

    def _server(self, side: int) -> list[Said]:
        if self.done:
            return []
        self.done = True
        flight = self._flights[side]
        return [Said("tls", side, flight.said(), self._hello or b"", flight.time)]
