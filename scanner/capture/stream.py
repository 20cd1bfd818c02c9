"""The two byte streams of one TCP connection (RFC 9293), put in order: as sent, and as each side could know.

Segments come out of order, twice, overlapping, not at all. Each is taken when the stream has come to its first
byte *and* the other stream has come to the byte that it acknowledges: what a server answers is then never read
before what it was asked, whatever the order in the file. What blocks for too long is taken for lost.

Sequence numbers are widened to positions that never wrap, so that ordinary comparison works.
"""

from heapq import heappop, heappush
from typing import NamedTuple

from scanner.capture.dialog import Dialog
from scanner.capture.talk import Said
from scanner.capture.tally import NANO

MAX_HELD = 2048
"""Segments of a connection that wait for others."""
MAX_HELD_BYTES = 1 << 20
MAX_UNASKED = 256
"""Segments that wait for bytes of the other side that they acknowledge, after which those are taken for lost."""
ACK_AHEAD = 1 << 20
"""Bytes by which an acknowledgement can be ahead of what was captured; one further off is nonsense."""
STALL = 3 * NANO
"""Nanoseconds after which what a segment waits for is taken for lost: several retransmission times."""
MIDWAY_HELD, MIDWAY_BYTES, MIDWAY_MOST, MIDWAY_TIME = 12, 8192, 512, NANO
"""Segments with so many bytes, segments of any size, and nanoseconds, for which a connection whose start was not
seen waits for what may have come out of order."""
OLD = 1 << 20
"""Bytes before the start of a stream in which a late handshake of the same connection is expected."""
WRAP = 1 << 32
FIN, SYN, RST, ACK = 1, 2, 4, 16


class Segment(NamedTuple):
    """A piece of a stream: position of its first byte, arrival number, bytes, what it acknowledges.

    `missing` bytes after `data` were sent but not captured.
    """

    at: int
    number: int
    data: bytes
    ack: int
    missing: int
    time: int


class Half:
    """One direction: `next` is the position that is wanted (None while the start is not known)."""

    __slots__ = ("ended", "fin", "held", "held_bytes", "mac", "next", "origin", "seen")

    def __init__(self) -> None:
        self.origin: int | None = None
        self.next: int | None = None
        self.fin: int | None = None
        self.ended = False
        self.held: list[Segment] = []
        self.held_bytes = 0
        self.mac, self.seen = b"", False

    def see(self, mac: bytes) -> None:
        """Take note of who sends this direction, on the link."""
        self.mac, self.seen = mac, True

    def position(self, sequence: int) -> int:
        """Widen a sequence number to the position nearest to where the stream is."""
        near = self.next if self.next is not None else self.origin
        if near is None:
            near = self.origin = WRAP * 4 + sequence
        return near + ((sequence - near + (WRAP >> 1)) % WRAP) - (WRAP >> 1)

    def hold(self, segment: Segment) -> None:
        """Keep a segment until its turn."""
        heappush(self.held, segment)
        self.held_bytes += len(segment.data) + 64

    def release(self) -> Segment:
        """Take the held segment with the lowest position."""
        segment = heappop(self.held)
        self.held_bytes -= len(segment.data) + 64
        return segment


class Connection:
    """Both directions of a connection and the dialog they carry. Sides are 0 and 1, as first seen."""

    __slots__ = (
        "_number",
        "_said",
        "counted",
        "dialog",
        "fresh",
        "halves",
        "keys",
        "midway",
        "since",
        "trusting",
    )

    def __init__(self, keys: tuple[bytes, bytes], dialog: Dialog) -> None:
        self.keys, self.dialog = keys, dialog
        self.halves = (Half(), Half())
        self.midway = True
        self.trusting = True
        self.since: int | None = None
        self.counted = self.fresh = 0
        self._number = 0
        self._said: list[Said] = []

    @property
    def held(self) -> int:
        """Return the bytes that the connection keeps in memory."""
        return self.halves[0].held_bytes + self.halves[1].held_bytes + self.dialog.held

    @property
    def waits(self) -> bool:
        """Tell whether segments wait for others."""
        return bool(self.halves[0].held or self.halves[1].held)

    @property
    def over(self) -> bool:
        """Tell whether nothing more is to be had of the connection."""
        return self.dialog.done or (self.halves[0].ended and self.halves[1].ended)

    def opened(self, side: int, sequence: int, ack: int | None) -> None:
        """Take a SYN: the side's stream begins after it, and the other's at what it acknowledges."""
        half, other = self.halves[side], self.halves[1 - side]
        start = half.position((sequence + 1) % WRAP)
        if half.next is None:
            half.next = start
        if ack is not None and other.next is None:
            other.next = other.position(ack)
        self.midway = self.midway and other.next is None

    def is_same(self, side: int, sequence: int) -> bool:
        """Tell whether a SYN belongs to this connection, not to the next one on the same ports."""
        half = self.halves[side]
        if half.next is None and not half.held:
            return True
        known = [half.held[0].at] if half.next is None else [half.next]
        if half.origin is not None:
            known.append(half.origin)
        first = min(known)
        return -OLD <= first - half.position((sequence + 1) % WRAP) <= OLD

    def segment(
        self, side: int, sequence: int, ack: int | None, data: bytes, missing: int, time: int, *, fin: bool
    ) -> list[Said]:
        """Take a segment with data or FIN; return what the dialog makes of it and of what waited for it."""
        half, other = self.halves[side], self.halves[1 - side]
        at = half.position(sequence)
        if fin:
            half.fin = at + len(data) + missing
        if data or missing:
            acknowledged = 0 if ack is None else other.position(ack)
            self._number += 1
            segment = Segment(at, self._number, data, acknowledged, missing, time)
            if at == half.next and not (half.held or self.midway or self._blocked(other, acknowledged)):
                self._take(side, segment)
            else:
                half.hold(segment)
                if self.since is None:
                    self.since = time
        if half.held or other.held:
            self._advance(time)
        if (half.fin or other.fin) and not self.dialog.done:
            self._end()
        said, self._said = self._said, []
        return said

    def flush(self) -> list[Said]:
        """Take everything that waits as it is, and end both streams; return what that gives."""
        if self.over:
            return []
        self._settle()
        while not self.dialog.done and (self.halves[0].held or self.halves[1].held):
            self._force()
        for side in (0, 1):
            if not self.dialog.done:
                self._said += self.dialog.end(side)
        said, self._said = self._said, []
        return said

    def _advance(self, time: int) -> None:
        if self.midway:
            if not self._waited(time):
                return
            self._settle()
        self._drain()
        while not self.dialog.done and self._stalled(time):
            self._force()

    def _waited(self, time: int) -> bool:
        """Tell whether enough was held for the start of a connection that was not seen."""
        first, second = self.halves
        count, size = len(first.held) + len(second.held), first.held_bytes + second.held_bytes
        return (
            (count >= MIDWAY_HELD and size >= MIDWAY_BYTES)
            or count >= MIDWAY_MOST
            or (self.since is not None and time - self.since > MIDWAY_TIME)
        )

    def _stalled(self, time: int) -> bool:
        """Tell whether what the held segments wait for must be taken for lost."""
        first, second = self.halves
        if not (first.held or second.held):
            return False
        count = len(first.held) + len(second.held)
        return (
            count > MAX_HELD
            or first.held_bytes + second.held_bytes > MAX_HELD_BYTES
            or time - min(half.held[0].time for half in self.halves if half.held) > STALL
            or (count > MAX_UNASKED and all(not h.held or h.held[0].at == h.next for h in self.halves))
        )

    def _settle(self) -> None:
        """Begin streams whose start was not seen at the first byte that was."""
        self.midway = False
        for half in self.halves:
            if half.next is None and half.held:
                half.next = half.held[0].at
        self._drain()

    def _drain(self) -> None:
        """Take all segments whose turn has come, from both sides, until neither has any."""
        moved = True
        while moved and not self.dialog.done:
            moved = self._drain_side(0)
            moved = self._drain_side(1) or moved

    def _end(self) -> None:
        """End the sides whose stream has come to its FIN."""
        for side, half in enumerate(self.halves):
            if half.fin is not None and half.next is not None and half.next >= half.fin and not half.ended:
                half.ended = True
                self._said += self.dialog.end(side)

    def _drain_side(self, side: int) -> bool:
        half, other = self.halves[side], self.halves[1 - side]
        moved = False
        while half.held and not self.dialog.done:
            if half.next is None:
                if other.next is None:
                    break
                half.next = half.held[0].at
            first = half.held[0]
            if first.at > half.next or self._blocked(other, first.ack):
                break
            self._take(side, half.release())
            moved = True
        return moved

    def _blocked(self, other: Half, ack: int) -> bool:
        """Tell whether a segment that acknowledges this much of the other stream has to wait for it."""
        return self.trusting and other.next is not None and 0 < ack - other.next <= ACK_AHEAD

    def _take(self, side: int, segment: Segment) -> None:
        """Give the dialog what is new in a segment, and tell it of what was sent but not captured."""
        half = self.halves[side]
        start = half.next if half.next is not None else segment.at
        end = segment.at + len(segment.data)
        if end > start:
            self._said += self.dialog.data(side, segment.data[start - segment.at :], segment.time)
            start = end
        rest = end + segment.missing - start
        if segment.missing and rest > 0 and not self.dialog.done:
            self._said += self.dialog.gap(side, rest)
            start += rest
        half.next = start

    def _force(self) -> None:
        """Something is lost: find out what blocks the earliest segment, and pass over it."""
        side = min((s for s in (0, 1) if self.halves[s].held), key=lambda s: self.halves[s].held[0].number)
        half, other = self.halves[side], self.halves[1 - side]
        first = half.held[0]
        if half.next is not None and first.at > half.next:
            self._lose(side, first.at)
        elif other.next is not None and other.held and other.next < other.held[0].at:
            self._lose(1 - side, other.held[0].at)
        else:
            self.trusting = False
        self._drain()

    def _lose(self, side: int, to: int) -> None:
        half = self.halves[side]
        if half.next is not None and to > half.next:
            self._said += self.dialog.gap(side, to - half.next)
            half.next = to
