"""The bars of the page: how many devices of which verdict, by maker, by building, and over time.

A bar is a row of pieces in per cent of the longest bar; the numbers stand beside it, so that a reader who sees no bars
reads a table. Each verdict has a hatch of its own besides its colour.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scanner.model import Attribute, Report, Trend
from scanner.reports.page.rows import Row, said
from scanner.reports.page.verdicts import MEANINGS, OTHER, Meaning
from scanner.reports.phrases import plain

MAX_BARS = 14
"""Bars of one chart; what is smaller is one bar together."""
MAX_RUNS = 24
"""Runs in the chart over time; the oldest fall out."""
UNKNOWN_MAKER = "maker unknown"
UNKNOWN_BUILDING = "no building told"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One verdict's part of a bar: where it begins and how long it is, in per cent of the chart."""

    meaning: Meaning
    count: int
    start: float
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar with its name and its pieces, the worst verdict first."""

    name: str
    total: int
    pieces: tuple[Piece, ...]
    rest: bool = False

    @property
    def words(self) -> str:
        """Return the counts as people say them."""
        return ", ".join(f"{piece.count:,} {piece.meaning.word}" for piece in self.pieces)


def by_maker(rows: Iterable[Row]) -> tuple[Bar, ...]:
    """Return a bar for each maker of a judged device, the longest first."""
    return _bars((said(row.device, Attribute.MAKER) or UNKNOWN_MAKER, row.verdict) for row in _judged(rows))


def by_building(rows: Sequence[Row]) -> tuple[Bar, ...]:
    """Return a bar for each building of a judged device; none where no device has one."""
    if not any(row.building for row in rows):
        return ()
    return _bars((row.building or UNKNOWN_BUILDING, row.verdict) for row in _judged(rows))


def over_time(report: Report, rows: Sequence[Row]) -> tuple[Bar, ...]:
    """Return a bar for each earlier run and one for this, the oldest first; none where there is no earlier run."""
    if not report.history:
        return ()
    now = _known(Counter(row.verdict for row in _judged(rows)))
    runs = report.history[-MAX_RUNS + 1 :]
    days = Counter(run.time.date() for run in runs)
    told = [(_when(run, once=days[run.time.date()] == 1), _known(run.verdicts)) for run in runs]
    longest = max(1, *(sum(verdicts.values()) for _, verdicts in (*told, ("", now))))
    return tuple(_bar(name, verdicts, longest) for name, verdicts in (*told, ("this report", now)))


def _when(run: Trend, *, once: bool) -> str:
    """Return the day of a run, with the hour where there were several on that day."""
    return run.time.strftime("%Y-%m-%d" if once else "%Y-%m-%d %H:%M")


def _known(verdicts: Mapping[str, int]) -> Mapping[str, int]:
    return {meaning.key: count for meaning in MEANINGS if (count := verdicts.get(meaning.key, 0)) > 0}


def _judged(rows: Iterable[Row]) -> Iterable[Row]:
    return (row for row in rows if row.verdict != OTHER.key)


def _bars(pairs: Iterable[tuple[str, str]]) -> tuple[Bar, ...]:
    counts: dict[str, Counter[str]] = {}
    for name, verdict in pairs:
        counts.setdefault(name, Counter())[verdict] += 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1].total(), item[0].casefold()))
    shown, rest = ordered[:MAX_BARS], ordered[MAX_BARS:]
    together = sum((count for _, count in rest), Counter[str]())
    longest = max([together.total(), *(count.total() for _, count in shown)], default=1)
    bars = [_bar(plain(name, 80), count, longest) for name, count in shown]
    if rest:
        bars.append(_bar(f"{len(rest)} others", together, longest, rest=True))
    return tuple(bars)


def _bar(name: str, counts: Mapping[str, int], longest: int, *, rest: bool = False) -> Bar:
    pieces, start = [], 0.0
    for meaning in MEANINGS:
        if count := counts.get(meaning.key, 0):
            size = 100 * count / longest
            pieces.append(Piece(meaning=meaning, count=count, start=round(start, 3), size=round(size, 3)))
            start += size
    return Bar(name=name, total=sum(counts.values()), pieces=tuple(pieces), rest=rest)
