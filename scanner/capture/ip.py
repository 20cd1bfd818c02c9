"""IPv4 (RFC 791) and IPv6 (RFC 8200) headers, and the fragments of both put together again.

Fragments are kept in a bounded table, least recently touched out first. Where two overlap, what came first
stands. A datagram that never becomes whole is given out as far as it is without a hole when it leaves the
table: a cut answer still says who answered.
"""

from collections import OrderedDict
from struct import Struct
from typing import NamedTuple

from scanner.capture.layout import UDP

MAX_EXTENSIONS = 12
MAX_DATAGRAMS = 512
MAX_PIECES = 128
"""Fragments of one datagram; 64 KiB in pieces of the smallest usual size are fewer."""
MAX_FRAGMENT_BYTES = 4 << 20
MAX_DATAGRAM = 65_535
MAX_AGE = 60 * 1_000_000_000
"""Nanoseconds after which a fragment's number may be in use again (RFC 8200 section 4.5)."""

FRAGMENT, NO_NEXT = 44, 59
EXTENSIONS = frozenset({0, 43, 60, 135, 139, 140})
"""Extension headers that begin with next header and length in 8-byte units: RFC 8200, 6275, 7401, 5533."""
AUTHENTICATION = 51

_V4 = Struct("!H2sHxB2x4s4s")
_V6 = Struct("!HB")


class Datagram(NamedTuple):
    """An IP packet: addresses as bytes, transport, payload as far as it was captured, bytes that are missing.

    `offset`, `more` and `ident` are those of a fragment; a whole datagram has offset 0 and more False.
    """

    source: bytes
    destination: bytes
    protocol: int
    payload: bytes
    missing: int = 0
    offset: int = 0
    more: bool = False
    ident: bytes = b""


def read_v4(data: bytes, start: int) -> Datagram | None:
    """Read the IPv4 packet at `start`; None if its header is cut or broken."""
    if len(data) < start + 20 or data[start] >> 4 != 4:
        return None
    header = (data[start] & 15) * 4
    length, ident, fragment, protocol, source, destination = _V4.unpack_from(data, start + 2)
    # a total length of 0 is what capturing before segmentation offload gives
    stop = start + length if length else len(data)
    if header < 20 or stop < start + header:
        return None
    missing = stop - len(data) if stop > len(data) else 0
    payload = data[start + header : stop]
    if not fragment & 0x3FFF:
        return Datagram(source, destination, protocol, payload, missing)
    offset, more = (fragment & 0x1FFF) * 8, bool(fragment & 0x2000)
    return Datagram(source, destination, protocol, payload, missing, offset, more, ident)


def read_v6(data: bytes, start: int) -> Datagram | None:
    """Read the IPv6 packet at `start`, past its extension headers; None if a header is cut or broken."""
    if len(data) < start + 40 or data[start] >> 4 != 6:
        return None
    length, following = _V6.unpack_from(data, start + 4)
    source, destination = data[start + 8 : start + 24], data[start + 24 : start + 40]
    at = start + 40
    stop = at + (length or len(data) - at)
    offset, more, ident = 0, False, b""
    for _ in range(MAX_EXTENSIONS):
        if following in EXTENSIONS and not offset:
            size = (data[at + 1] + 1) * 8 if at + 1 < len(data) else 0
        elif following == AUTHENTICATION and not offset:
            size = (data[at + 1] + 2) * 4 if at + 1 < len(data) else 0
        elif following == FRAGMENT and not ident:
            size = 8
            field = int.from_bytes(data[at + 2 : at + 4])
            offset, more, ident = field & 0xFFF8, bool(field & 1), data[at + 4 : at + 8]
        else:
            break
        if not size or at + size > min(stop, len(data)):
            return None
        following = data[at]
        at += size
    missing = max(0, stop - len(data))
    return Datagram(source, destination, following, data[at:stop], missing, offset, more, ident)


class _Holes:
    """A datagram that is being put together: its bytes and the holes that are left (RFC 815)."""

    __slots__ = ("data", "first", "holes", "pieces", "size", "time")

    def __init__(self, first: Datagram, time: int) -> None:
        self.first, self.time = first, time
        self.data = bytearray()
        self.holes = [(0, MAX_DATAGRAM + 1)]
        self.size = MAX_DATAGRAM + 1
        self.pieces = 0

    def add(self, piece: Datagram) -> int:
        """Fill holes with one fragment, never what is filled already; return the bytes of memory it took."""
        before, start, stop = len(self.data), piece.offset, piece.offset + len(piece.payload)
        self.pieces += 1
        if stop > MAX_DATAGRAM or self.pieces > MAX_PIECES:
            return 0
        if not piece.more:
            self.size = min(self.size, stop + piece.missing)
        if len(self.data) < stop:
            self.data.extend(bytes(stop - len(self.data)))
        left = []
        for low, high in self.holes:
            begin, end = max(low, start), min(high, stop)
            if begin >= end:
                left.append((low, high))
                continue
            self.data[begin:end] = piece.payload[begin - start : end - start]
            left.extend(hole for hole in ((low, begin), (end, high)) if hole[0] < hole[1])
        self.holes = left
        return len(self.data) - before

    def prefix(self) -> int:
        """Return how many bytes there are from the start to the first hole."""
        return min(min((low for low, _ in self.holes), default=self.size), self.size)

    def datagram(self) -> Datagram | None:
        """Return what there is of the datagram, up to its first hole; None without its beginning."""
        size = self.prefix()
        if not size:
            return None
        missing = self.size - size if self.size <= MAX_DATAGRAM else 1
        return self.first._replace(
            payload=bytes(self.data[:size]), missing=missing, offset=0, more=False, ident=b""
        )


class Reassembly:
    """The table of datagrams of which some fragments were seen."""

    def __init__(self) -> None:
        self._unwanted: set[bytes] = set()
        self._table: OrderedDict[tuple[bytes, bytes, int, bytes], _Holes] = OrderedDict()
        self._bytes = 0

    def add(self, piece: Datagram, time: int) -> list[Datagram]:
        """Take one fragment; return the datagram it completes and those that had to leave the table."""
        key = (piece.source, piece.destination, piece.protocol, piece.ident)
        done = []
        known = self._table.get(key)
        if known and time - known.time > MAX_AGE:
            done.append(self._take(key))
            known = None
        if known is None:
            known = self._table[key] = _Holes(piece, time)
        self._table.move_to_end(key)
        self._bytes += known.add(piece)
        if known.prefix() >= known.size:
            done.append(self._take(key))
        while len(self._table) > MAX_DATAGRAMS or self._bytes > MAX_FRAGMENT_BYTES:
            done.append(self._take(next(iter(self._table))))
        return [datagram for datagram in done if datagram]

    def unwanted(self, piece: Datagram, boring: set[bytes]) -> bool:
        """Tell whether a fragment is of a boring UDP flow; only the first of a datagram holds the ports."""
        key = piece.source + piece.destination + piece.ident
        if piece.offset:
            if key not in self._unwanted:
                return False
            if not piece.more:
                self._unwanted.discard(key)
            return True
        if piece.protocol != UDP or piece.source + piece.destination + piece.payload[:4] not in boring:
            return False
        if len(self._unwanted) >= MAX_DATAGRAMS:
            self._unwanted.clear()
        self._unwanted.add(key)
        return True

    def flush(self) -> list[Datagram]:
        """Empty the table at the end of the capture; return what had a beginning."""
        done = [self._take(key) for key in list(self._table)]
        return [datagram for datagram in done if datagram]

    def _take(self, key: tuple[bytes, bytes, int, bytes]) -> Datagram | None:
        known = self._table.pop(key)
        self._bytes -= len(known.data)
        return known.datagram()
