"""One direction of an HTTP or RTSP dialog, cut into messages as its bytes come, whatever pieces they come in.

A message is kept as it is on the wire, chunks and compression included, up to a bound; the rest of its body
is counted, not kept. A hole in the stream ends the message it falls into (a body of known length goes on
after it), and after that the stream is believed again where a piece begins with a first line.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import NamedTuple

from scanner.capture.heads import MAX_HEAD, Head, end_of_head, read_head, starts

MAX_ANSWER = 256 << 10
"""Bytes of an answer that are kept, head included."""
MAX_ASKED_BODY = 16 << 10
"""Bytes of a request's body that are kept."""
MAX_PASSED = 8 << 20
"""Bytes of one body that are counted to get to the next message; longer ones end the stream's use."""
MAX_INTERLEAVED = 48 << 10
"""Bytes of interleaved media after which an RTSP stream is only video; its dialog is over by then."""
MAX_CHUNK_LINE = 1024


class Mode(Enum):
    """Where in a stream we are."""

    HEAD = auto()
    LENGTH = auto()
    CHUNK_LINE = auto()
    CHUNK = auto()
    TRAILER = auto()
    CLOSE = auto()
    MEDIA = auto()
    LOST = auto()


class Part(NamedTuple):
    """One message of one direction, as far as it was kept; `time` is that of its first byte."""

    head: Head
    raw: bytes
    time: int


class Stream:
    """Cuts one direction. `bodiless` tells of a response's head that no body follows (an answer to HEAD).

    `over` becomes True when nothing more is to be had: the rest is media, a tunnel, or too long a body.
    """

    __slots__ = ("_bodiless", "_buffer", "_head", "_keep", "_kept", "_left", "_line", "_media", "_passed", "_searched",
                 "_start", "_sure", "mode", "over")  # fmt: skip

    def __init__(self, bodiless: Callable[[Head], bool]) -> None:
        self._bodiless = bodiless
        self.mode, self.over = Mode.HEAD, False
        self._buffer, self._kept, self._line = bytearray(), bytearray(), bytearray()
        self._head: Head | None = None
        self._sure: bool | None = None
        self._left = self._keep = self._searched = self._start = self._media = self._passed = 0

    @property
    def held(self) -> int:
        """Return the bytes that are kept in memory."""
        return len(self._buffer) + len(self._kept)

    def feed(self, data: bytes, time: int, *, answers: bool) -> list[Part]:
        """Take the next bytes of the stream; return the messages that they complete.

        `answers` says that a request waits for an answer: then a first line where a body was expected is
        believed, since servers send wrong lengths and no length at all.
        """
        parts: list[Part] = []
        if (self.mode is Mode.LOST and starts(data) is not False) or (
            answers and self.mode in (Mode.CLOSE, Mode.LENGTH) and starts(data)
        ):
            self._finish(parts)
        while data and not self.over:
            data = self._step(data, time, parts)
        return parts

    def gap(self, size: int) -> list[Part]:
        """Take note that `size` bytes of the stream are missing; return the message that this ends."""
        parts: list[Part] = []
        if self.mode is Mode.LENGTH and size < self._left:
            self._keep = 0
            self._left -= size
            return parts
        exact = self.mode is Mode.LENGTH and size == self._left
        self._finish(parts)
        self.mode = Mode.HEAD if exact else Mode.LOST
        return parts

    def end(self) -> list[Part]:
        """Take note that the stream ends; return the message that this ends."""
        parts: list[Part] = []
        self._finish(parts)
        return parts

    def _step(self, data: bytes, time: int, parts: list[Part]) -> bytes:
        """Use some of the data, by mode; return what is left of it."""
        if self.mode is Mode.HEAD:
            return self._read_head(data, time, parts)
        if self.mode in (Mode.LENGTH, Mode.CHUNK, Mode.MEDIA):
            return self._count(data, parts)
        if self.mode in (Mode.CHUNK_LINE, Mode.TRAILER):
            return self._read_line(data, parts)
        if self.mode is Mode.CLOSE:
            self._put(data)
            if not self._keep:
                self._stop(parts)
        return b""

    def _read_head(self, data: bytes, time: int, parts: list[Part]) -> bytes:
        buffer = self._buffer
        if not buffer:
            data = data.lstrip(b"\r\n")
            self._start = time
        buffer += data
        if buffer[:1] == b"$":
            return self._interleaved()
        if not self._sure:
            self._sure = starts(buffer)
            if self._sure is False:
                self._reset(Mode.LOST)
                return b""
        end = end_of_head(buffer, self._searched)
        if end < 0:
            self._searched = len(buffer)
            if len(buffer) > MAX_HEAD:
                self._finish(parts)
                self.mode = Mode.LOST
            return b""
        raw, rest = bytes(buffer[:end]), bytes(buffer[end:])
        buffer.clear()
        self._begin(raw, parts)
        return rest

    def _interleaved(self) -> bytes:
        """Pass over a binary frame in an RTSP dialog: "$", channel, length (RFC 2326 section 10.12)."""
        buffer = self._buffer
        if len(buffer) < 4:
            return b""
        self._left = int.from_bytes(buffer[2:4])
        self._media += 4 + self._left
        self.over = self._media > MAX_INTERLEAVED
        rest = bytes(buffer[4:])
        buffer.clear()
        self.mode = Mode.MEDIA if self._left else Mode.HEAD
        return rest

    def _begin(self, raw: bytes, parts: list[Part]) -> None:
        """Begin the message of this head: how does its body end? (RFC 9112 section 6.3)."""
        head = read_head(raw)
        if head is None:
            self._reset(Mode.LOST)
            return
        self._head = head
        self._kept += raw
        self._keep = max(0, MAX_ANSWER - len(raw)) if head.status else MAX_ASKED_BODY
        self._passed = 0
        length = head.length
        if length is None and (not head.status or head.protocol == "rtsp"):
            length = 0
        if head.streams:
            self._stop(parts)
        elif head.status and self._bodiless(head):
            self._finish(parts)
        elif head.chunked:
            self.mode = Mode.CHUNK_LINE
        elif length is None:
            self.mode = Mode.CLOSE
        elif length:
            self.mode, self._left = Mode.LENGTH, length
        else:
            self._finish(parts)

    def _count(self, data: bytes, parts: list[Part]) -> bytes:
        """Use bytes of a body, chunk or media frame of known length."""
        size = min(self._left, len(data))
        self._left -= size
        if self.mode is not Mode.MEDIA:
            self._put(data[:size])
            if self._passed > MAX_PASSED or (not self._keep and self._left > MAX_PASSED):
                self._stop(parts)
                return b""
        if not self._left:
            if self.mode is Mode.LENGTH:
                self._finish(parts)
            else:
                self.mode = Mode.CHUNK_LINE if self.mode is Mode.CHUNK else Mode.HEAD
        return data[size:]

    def _read_line(self, data: bytes, parts: list[Part]) -> bytes:
        """Use a line between chunks or of the trailer (RFC 9112 section 7.1)."""
        if self.mode is Mode.TRAILER and not self._line and starts(data):
            self._finish(parts)  # some servers leave out the empty line after the last chunk
            return data
        line, newline, rest = data.partition(b"\n")
        self._put(line + newline)
        self._line += line
        if len(self._line) > MAX_CHUNK_LINE or self._passed > MAX_PASSED:
            self._finish(parts)
            self.mode = Mode.LOST
            return b""
        if not newline:
            return b""
        text = bytes(self._line).partition(b";")[0].strip()
        self._line.clear()
        if self.mode is Mode.TRAILER:
            if not text:
                self._finish(parts)
            return rest
        self._chunk(text, parts)
        return rest if self.mode is not Mode.LOST else b""

    def _chunk(self, size: bytes, parts: list[Part]) -> None:
        """Begin the chunk whose size line this is."""
        if not size or len(size) > 15 or size.strip(b"0123456789abcdefABCDEF"):
            self._finish(parts)
            self.mode = Mode.LOST
            return
        self._left = int(size, 16)
        if self._left:
            self._left += 2  # and the line end after its data
            self.mode = Mode.CHUNK
        else:
            self.mode = Mode.TRAILER

    def _put(self, data: bytes) -> None:
        """Keep what there is room for, count the rest."""
        self._passed += len(data)
        if self._keep:
            self._kept += data[: self._keep]
            self._keep = max(0, self._keep - len(data))

    def _stop(self, parts: list[Part]) -> None:
        self._finish(parts)
        self.over = True

    def _finish(self, parts: list[Part]) -> None:
        """Give out the message in hand, whole or not, and be ready for the next."""
        if self._head:
            parts.append(Part(self._head, bytes(self._kept), self._start))
        elif self._buffer and (head := read_head(bytes(self._buffer))):
            parts.append(Part(head, bytes(self._buffer), self._start))
        self._reset(Mode.HEAD)

    def _reset(self, mode: Mode) -> None:
        self.mode, self._head, self._sure = mode, None, None
        self._left = self._keep = self._searched = 0
        self._buffer.clear()
        self._kept.clear()
        self._line.clear()
