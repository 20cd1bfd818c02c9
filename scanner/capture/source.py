"""The bytes of a capture, from a file or a stream, plain, gzip or zstd, as one window that slides forward.

A regular file is read by position, in large pieces that begin where the last packet ended, so that nothing
is copied twice; everything else is an iterator of pieces. Mapping the file would be no faster, would count
its pages as ours, and would end the program with a signal if somebody cut the file short meanwhile.

Whatever goes wrong after the first bytes ends the window with a sentence in `damage`, never an exception.
"""

import os
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from scanner.errors import CaptureError

PIECE = 1 << 20
"""Bytes read, and expanded, at a time."""
MAX_ZSTD_WINDOW = 1 << 27
"""Bytes of history that a zstd frame may ask for; the format's own recommended bound."""

GZIP = b"\x1f\x8b"
ZSTD = b"\x28\xb5\x2f\xfd"


class DamagedSourceError(Exception):
    """Reading cannot go on; the message is the sentence for the report."""


class Window:
    """A stretch of the file: `buffer` holds it, `start` is the file offset of its first byte.

    `slide` moves it forward; `damage` says why the file ended early, if it did.
    """

    __slots__ = ("_close", "_pieces", "_read_at", "buffer", "damage", "start")

    def __init__(
        self,
        pieces: Iterator[bytes],
        read_at: Callable[[int], bytes] | None = None,
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._pieces, self._read_at, self._close = pieces, read_at, close
        self.buffer, self.start, self.damage = b"", 0, ""

    def slide(self, position: int) -> bool:
        """Make `position` (an index into `buffer`, or beyond it) the first byte, and read on.

        Returns False when the file has nothing beyond what the buffer already held.
        """
        if self._read_at is not None:
            return self._reread(position)
        grown = False
        while position > len(self.buffer):
            position -= len(self.buffer)
            self.start += len(self.buffer)
            self.buffer = self._next()
            if not self.buffer:
                return False
            grown = True
        self.start += position
        if grown:
            self.buffer = self.buffer[position:]
            return True
        more = self._next()
        self.buffer = self.buffer[position:] + more
        return bool(more)

    def close(self) -> None:
        """Close what this window opened."""
        self._close()

    def _reread(self, position: int) -> bool:
        left = len(self.buffer) - position
        self.start += position
        # beyond the buffer, the byte before tells a packet that ends with the file from one that is cut
        back = 1 if left < 0 else 0
        try:
            found = self._read_at(self.start - back) if self._read_at else b""
        except OSError as error:
            self.damage = f"reading stopped at byte {self.start}: {error.strerror or error}"
            found = b""
        self.buffer = found[back:]
        return bool(found) if back else len(found) > left

    def _next(self) -> bytes:
        try:
            return next(self._pieces, b"")
        except DamagedSourceError as error:
            self.damage = str(error)
        except OSError as error:
            self.damage = f"reading stopped: {error.strerror or error}"
        return b""


def open_window(source: Path | BinaryIO, name: str) -> Window:
    """Return the window at the start of a file or stream, expanded if it is compressed.

    Raises CaptureError, one sentence, where there is nothing to read.
    """
    if isinstance(source, Path):
        return _open_file(source, name)
    return _start(_pieces(source), _positions(source), lambda: None, name)


def _open_file(path: Path, name: str) -> Window:
    try:
        file = path.open("rb", buffering=0)
    except FileNotFoundError:
        raise CaptureError(f"{name}: there is no such file") from None
    except IsADirectoryError:
        raise CaptureError(f"{name}: is a folder, not a capture file") from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or error
        raise CaptureError(f"{name}: cannot be opened: {reason}") from None

    return _start(_pieces(file), _positions(file), file.close, name)


def _positions(file: BinaryIO) -> Callable[[int], bytes] | None:
    """Return a way to read a regular file by position, counted from where it stands; None for all others."""
    raw = getattr(file, "raw", file)
    try:
        if not stat.S_ISREG(os.fstat(raw.fileno()).st_mode):
            return None
        here = file.tell()
    except (OSError, ValueError, AttributeError):
        return None

    def read_at(offset: int) -> bytes:
        raw.seek(here + offset)
        return raw.read(PIECE) or b""

    return read_at


def _start(
    pieces: Iterator[bytes], read_at: Callable[[int], bytes] | None, close: Callable[[], None], name: str
) -> Window:
    """Look at the first bytes and set up the window that suits them."""
    try:
        first = _at_least(pieces, len(ZSTD))
    except OSError as error:
        close()
        raise CaptureError(f"{name}: cannot be read: {error.strerror or error}") from None
    if not first:
        close()
        raise CaptureError(f"{name}: is empty")
    chained = _chain(first, pieces)
    if first.startswith(GZIP):
        window = Window(_inflate(chained), close=close)
    elif first.startswith(ZSTD):
        window = Window(_expand_zstd(chained), close=close)
    else:
        window = Window(chained, read_at, close)
    window.slide(0)
    return window


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    """Yield what the stream has, as it comes: a live tap must not wait for a full piece."""
    fill = getattr(file, "readinto1", None) or getattr(file, "readinto", None)
    if fill is None:
        while piece := file.read(PIECE):
            yield piece
        return
    # one buffer for all pieces: a pipe gives 64 KiB at most, and reserving more for each takes longer than reading
    room = memoryview(bytearray(PIECE))
    while size := fill(room):
        yield bytes(room[:size])


def _at_least(pieces: Iterator[bytes], size: int) -> bytes:
    first = b""
    while len(first) < size and (piece := next(pieces, b"")):
        first += piece
    return first


def _chain(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


def _inflate(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Expand gzip (RFC 1952), several members one after another, never more than a piece at a time."""
    rest = next(pieces, b"")
    while rest:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            before = member.copy()
            try:
                expanded = member.decompress(rest, PIECE)
            except zlib.error:
                yield _salvage(before, rest)
                raise DamagedSourceError(
                    "the gzip data is damaged; what follows the damage is lost"
                ) from None
            if expanded:
                yield expanded
            rest = member.unconsumed_tail
            if not rest and not expanded and not member.eof:
                rest = next(pieces, b"")
                if not rest:
                    raise DamagedSourceError("the gzip data stops before its end")
        rest = (member.unused_data or next(pieces, b"")).lstrip(b"\0")


def _salvage(member: "zlib._Decompress", data: bytes) -> bytes:
    """Return what a damaged piece still gives, fed byte by byte up to the damage, a piece at most."""
    saved = bytearray()
    for index in range(len(data)):
        try:
            saved += member.decompress(data[index : index + 1], PIECE)
        except zlib.error:
            break
        if len(saved) >= PIECE:
            break
    return bytes(saved)


class _Pulled:
    """The little of a file that zstandard's reader asks for, over an iterator of pieces."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._rest = pieces, b""

    def read(self, size: int) -> bytes:
        piece = self._rest or next(self._pieces, b"")
        self._rest = piece[size:]
        return piece[:size]


def _expand_zstd(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Expand zstd (RFC 8878), several frames one after another, never more than a piece at a time."""
    import zstandard

    expander = zstandard.ZstdDecompressor(max_window_size=MAX_ZSTD_WINDOW)
    reader = expander.stream_reader(_Pulled(pieces), read_across_frames=True)  # type: ignore[arg-type]  # read() suffices
    try:
        while piece := reader.read(1 << 17):
            yield piece
    except zstandard.ZstdError:
        raise DamagedSourceError("the zstd data is damaged; what follows the damage is lost") from None
