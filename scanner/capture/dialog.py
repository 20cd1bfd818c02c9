"""One TCP connection's talk, as its bytes come in order from both sides: what is spoken there, on any port.

A `Dialog` is undecided until the first bytes of a side say what it is: HTTP or RTSP, TLS, a protocol of the
registry that recognises itself, a server's greeting. From then on the reader of that kind has it. What is none
of these, and what has become media or secret, is `done`: the connection can be forgotten, its packets are
boring.
"""

from collections.abc import Sequence

from scanner.capture.heads import starts
from scanner.capture.plain import TELNET, GreetingReader, TurnReader, greets
from scanner.capture.talk import Reader, Said
from scanner.capture.text import TextReader
from scanner.capture.tls import TlsReader, is_old_hello
from scanner.protocols import Protocol

MAX_UNKNOWN = 24
"""Pieces of a connection joined midway that are looked at before it is given up."""
MAX_UNDECIDED = 16 << 10
"""Bytes of a side that are held while nothing is decided."""
FRAMED = frozenset({"http", "rtsp", "tls", "banner"})
"""Protocols that are framed here, whatever they say of themselves."""


class Dialog:
    """One connection. `client` is the side that opened it, or None where that was not seen.

    `greeter` is then the side whose port is one on which servers speak first, if either's is.
    """

    __slots__ = ("_client", "_first", "_greeter", "_protocols", "_reader", "_times", "_unknown", "done")

    def __init__(self, client: int | None, protocols: Sequence[Protocol], greeter: int | None = None) -> None:
        self._client, self._protocols = client, protocols
        self._greeter = greeter if client is None else None
        self._reader: Reader | None = None
        self._first = (bytearray(), bytearray())
        self._times = [0, 0]
        self._unknown = 0
        self.done = False

    @property
    def held(self) -> int:
        """Return the bytes that are kept in memory."""
        return self._reader.held if self._reader else len(self._first[0]) + len(self._first[1])

    def data(self, side: int, data: bytes, time: int) -> list[Said]:
        """Take the next bytes of a side; return what they complete."""
        if self._reader:
            said = self._reader.data(side, data, time)
            self.done = self._reader.done
            return said
        if not self._first[side]:
            self._times[side] = time
        self._first[side].extend(data)
        return self._decide(side)

    def gap(self, side: int, size: int) -> list[Said]:
        """Take note that `size` bytes of a side are missing; return what this ends."""
        if self._reader:
            said = self._reader.gap(side, size)
            self.done = self._reader.done
            return said
        self._first[side].clear()
        self._client = self._greeter = None
        return []

    def end(self, side: int) -> list[Said]:
        """Take note that a side has ended; return what this ends."""
        return self._reader.end(side) if self._reader and not self.done else []

    def _decide(self, side: int) -> list[Said]:
        """Look at the first bytes of a side, and hand the dialog to the reader of what they are."""
        first = bytes(self._first[side])
        begins = starts(first)
        if (
            begins is None
            or first in (b"\x16", b"\x16\x03")
            or (len(first) < 5 and 0x80 <= first[0] < TELNET)
        ):
            return []
        self._reader = self._choose(side, first, text=begins)
        if self._reader:
            return self._hand_over(side)
        if self._client is None:
            self._first[side].clear()
            self._greeter = None  # whoever spoke, it was no greeting, and none comes later
            self._unknown += 1
            self.done = self._unknown > MAX_UNKNOWN
        elif not self._may_wait(side, first):
            self.done = True
        return []

    def _choose(self, side: int, first: bytes, *, text: bool) -> Reader | None:
        if text:
            return TextReader()
        if first[:2] == b"\x16\x03" or is_old_hello(first):
            return TlsReader()
        for protocol in self._protocols:
            if protocol.recognise and protocol.recognise(first):
                return TurnReader(protocol.name)
        if (
            self._client is None
        ):  # joined midway: only what has a greeting's form is believed to be the beginning
            return GreetingReader(side) if side == self._greeter and greets(first) else None
        return GreetingReader(side) if side != self._client else None

    def _may_wait(self, side: int, first: bytes) -> bool:
        """Tell whether a client's unknown first words may come before a greeting: SSH and telnet do not wait."""
        return (
            side == self._client
            and len(first) < MAX_UNDECIDED
            and (first[:4] == b"SSH-" or first[0] == TELNET)
        )

    def _hand_over(self, side: int) -> list[Said]:
        said: list[Said] = []
        waiting = [(side, bytes(self._first[side]), self._times[side])]
        # what a text client said before a greeting is no part of it; an undecided half line may be text's
        if self._first[1 - side] and not isinstance(self._reader, GreetingReader):
            waiting.append((1 - side, bytes(self._first[1 - side]), self._times[1 - side]))
        self._first[0].clear()
        self._first[1].clear()
        for which, data, time in waiting:
            said += self.data(which, data, time)
        return said


def framed_elsewhere(protocols: Sequence[Protocol]) -> tuple[Protocol, ...]:
    """Return the protocols on TCP that must recognise themselves."""
    return tuple(p for p in protocols if p.tcp and p.recognise and p.name not in FRAMED)
