"""What is counted while a capture is read, and how a damage becomes one sentence."""

from datetime import UTC, datetime

from scanner.capture.layout import LINK_NAMES

MAX_DAMAGES = 50
"""Sentences about damages that are kept."""
NANO = 1_000_000_000
LAST_TIME = 253_402_300_799 * NANO
"""Nanoseconds of the last second that `datetime` knows: 9999-12-31T23:59:59Z."""


class Tally:
    """Counters of one reading. Times are nanoseconds since 1970; None until a packet with a time was seen."""

    __slots__ = ("bytes", "damages", "dropped", "first", "last", "links", "packets")

    def __init__(self) -> None:
        self.packets = self.bytes = self.dropped = 0
        self.first: int | None = None
        self.last: int | None = None
        self.damages: dict[str, None] = {}
        self.links: dict[int, None] = {}

    def damage(self, sentence: str) -> None:
        """Keep one sentence about a damage, once."""
        if len(self.damages) < MAX_DAMAGES:
            self.damages[sentence] = None

    def link(self, number: int) -> None:
        """Take note of a link type (a LINKTYPE number of the tcpdump project); say so if it is not read."""
        self.links[number] = None
        if number not in LINK_NAMES:
            self.damage(f"packets of link type {number} were not read: that kind of link is not known here")

    def saw(self, time: int) -> None:
        """Widen the span of time that the capture covers."""
        if self.first is None or time < self.first:
            self.first = time
        if self.last is None or time > self.last:
            self.last = time


def utc(time: int) -> datetime:
    """Return nanoseconds since 1970 as an aware datetime (microseconds; RFC 3339 has no leap seconds).

    >>> utc(1_500_000_000_123_456_789).isoformat()
    '2017-07-14T02:40:00.123456+00:00'
    """
    # 53 bits hold microseconds exactly until the year 2255, and until 9999 to a few of them
    return datetime.fromtimestamp(min(max(time, 0), LAST_TIME) // 1000 / 1_000_000, UTC)
