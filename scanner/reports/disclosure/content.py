"""The disclosure in dry words: headings, paragraphs, lists and tables, in order, for whatever writes them.

Nothing here judges: what is named on a list is called named on that list. Withheld numbers look all alike,
whether small themselves or withheld for the sake of another.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from scanner.model import Report, Verdict
from scanner.reports.disclosure import sentences
from scanner.reports.disclosure.counts import KINDS, NOWHERE, OTHERS, UNKNOWN, Counts, counts
from scanner.reports.disclosure.withholding import Withheld, grid, line, small
from scanner.reports.page.answer import site
from scanner.reports.page.background import held_against
from scanner.reports.phrases import plain
from scanner.reports.ranking import ORDER, counted

WITHHELD = "withheld"
WORDS = {
    Verdict.LISTED: "Named",
    Verdict.POSSIBLE: "Possible",
    Verdict.UNDETERMINED: "Undetermined",
    Verdict.WAIVED: "Waived",
    Verdict.NOT_LISTED: "Not named",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """The title of a part."""

    kind: ClassVar[str] = "Heading"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text."""

    kind: ClassVar[str] = "Paragraph"
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """Several short statements of equal weight."""

    kind: ClassVar[str] = "Points"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: the first column names the row, `totals` are the last rows that sum up."""

    kind: ClassVar[str] = "Table"
    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    totals: int = 0


Block = Heading | Paragraph | Points | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """The whole document: its title, the line under it, and its blocks."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]


def disclosure(report: Report, withhold_below: int = 0) -> Disclosure:
    """Return the disclosure of a report; numbers from 1 to below `withhold_below` are withheld (0: none)."""
    told, name = counts(report), site(report)
    return Disclosure(
        title="Surveillance devices: numbers for disclosure",
        subtitle=", ".join(part for part in (name, f"as of {day(report.as_of)}") if part),
        blocks=tuple(_blocks(report, told, withhold_below)),
    )


def _blocks(report: Report, told: Counts, limit: int) -> Iterator[Block]:
    if small(told.total, limit):
        yield Paragraph(text=sentences.fewer(limit))
    else:
        yield from _numbers(report, told, limit)
    yield from _method(report, told, limit)


def _numbers(report: Report, told: Counts, limit: int) -> Iterator[Block]:
    yield Paragraph(text=f"{counted(told.total, 'surveillance device')} found on the networks looked at.")
    if not told.total:
        return
    places = grid(told.places, limit)
    yield Heading(text="By kind")
    yield _column("Devices by kind", "Kind", told.kinds, limit)
    yield Heading(text="By maker")
    yield _makers(told, places, limit)
    yield Heading(text="By building and maker")
    yield from _places(told, places)
    yield Heading(text="On which lists")
    yield from _lists(report, told, places, limit)
    yield Heading(text="Following movement")
    yield from _able(told, limit)


def _column(caption: str, first: str, values: Mapping[str, int], limit: int) -> Table:
    hidden = line(values, limit)
    rows = [(name, _shown(n, hidden is None or name in hidden)) for name, n in _ordered(values)]
    total = ("All", f"{sum(values.values()):,}")
    return Table(caption=caption, header=(first, "Devices"), rows=(*rows, total), totals=1)


def _makers(told: Counts, places: Withheld | None, limit: int) -> Table:
    if places is None:  # then the makers stand alone, and nothing can be worked out from the other table
        return _column("Devices by maker", "Maker", told.makers, limit)
    rows = [(name, _shown(n, name in places.columns)) for name, n in _ordered(told.makers)]
    return Table(
        caption="Devices by maker",
        header=("Maker", "Devices"),
        rows=(*rows, ("All", f"{told.total:,}")),
        totals=1,
    )


def _places(told: Counts, places: Withheld | None) -> Iterator[Block]:
    if not told.placed:
        yield Paragraph(text=sentences.NO_BUILDINGS)
        return
    if places is None:
        yield Paragraph(text=sentences.TOO_FEW)
        return
    by_building: dict[str, dict[str, int]] = {}
    for (building, maker), value in told.places.items():
        by_building.setdefault(building, {})[maker] = value
    rows = []
    for building in sorted(by_building, key=lambda name: (name == NOWHERE, name.casefold())):
        makers = by_building[building]
        for maker, value in _ordered(makers):
            rows.append((building, maker, _shown(value, (building, maker) in places.cells)))
        rows.append((building, "All", _shown(sum(makers.values()), building in places.rows)))
    rows.append(("All buildings", "All", f"{told.total:,}"))
    yield Table(
        caption="Devices by building and maker",
        header=("Building", "Maker", "Devices"),
        rows=tuple(rows),
        totals=1,
    )


def _lists(report: Report, told: Counts, places: Withheld | None, limit: int) -> Iterator[Block]:
    held = held_against(report)
    if not told.said:
        yield Paragraph(text=sentences.NO_LISTS)
        return
    rows = tuple(_list_row(name, told, places, limit) for name in told.said)
    header = ("List", *(WORDS[verdict] for verdict in ORDER))
    yield Table(caption="Devices by list", header=header, rows=rows)
    yield Points(items=sentences.MEANINGS)
    for one in held:
        about = f"{one.about.legal_name} ({one.about.citation})" if one.about and not one.stale else ""
        yield Paragraph(text=f"{one.id}: version {one.version}{'; ' if about else ''}{about}.")
    yield Paragraph(text=sentences.APPLIES)


def _list_row(name: str, told: Counts, places: Withheld | None, limit: int) -> tuple[str, ...]:
    values = {verdict.value: n for verdict, n in told.said[name].items()}
    hidden = line(values, limit, also=_given_away(name, told, places, limit))
    return (
        plain(name, 80),
        *(_shown(values[v.value], hidden is None or v.value in hidden) for v in ORDER),
    )


def _given_away(name: str, told: Counts, places: Withheld | None, limit: int) -> Iterator[str]:
    """Yield the verdicts of a list from which, with the table of makers, a small number could be worked out.

    Which makers a list names is public: its number less those of the makers shown is the number of the withheld ones.
    """
    if not limit:
        return
    hidden = places.columns if places else frozenset(told.makers)
    for verdict in ORDER:
        rest = sum(
            n
            for (of, what, maker), n in told.makers_said.items()
            if (of, what) == (name, verdict) and maker in hidden
        )
        if small(rest, limit):
            yield verdict.value


def _able(told: Counts, limit: int) -> Iterator[Block]:
    lines = (
        ("Can follow movement by themselves (automatic tracking)", told.follows),
        ("Can be turned and zoomed from afar (pan, tilt, zoom)", told.turns),
    )
    rows = tuple(
        (text, _shown(value, small(value, limit) or small(told.total - value, limit)))
        for text, value in lines
    )
    yield Table(caption="Devices by what they are able to do", header=("Ability", "Devices"), rows=rows)
    yield Paragraph(text=sentences.ABLE)


def _shown(value: int, hidden: bool) -> str:
    return WITHHELD if hidden and value else f"{value:,}"


def _ordered(values: Mapping[str, int]) -> Iterable[tuple[str, int]]:
    """Return numbers by name, what names nobody last: an order by size would tell of what is withheld."""
    return sorted(
        values.items(), key=lambda item: (item[0] in {OTHERS, UNKNOWN, NOWHERE}, item[0].casefold())
    )


def _method(report: Report, told: Counts, limit: int) -> Iterator[Block]:
    yield Heading(text="How the numbers were found")
    yield Paragraph(text=f"{_when(report)} {sentences.HOW}")
    yield Heading(text="What they do not show")
    behind = (sentences.BEHIND,) if told.kinds.get(KINDS["recorder"]) else ()
    incomplete = () if report.coverage.complete else (sentences.INCOMPLETE,)
    yield Points(items=(*incomplete, *behind, *sentences.LIMITS))
    if limit:
        yield Paragraph(text=sentences.withheld(limit, WITHHELD))
    yield Paragraph(text=sentences.LEFT_OUT)
    yield Paragraph(text=_made(report))


def _when(report: Report) -> str:
    first, last = report.coverage.first, report.coverage.last
    if first is None or last is None:
        return "The networks were looked at."
    if first.date() == last.date():
        return f"The networks were looked at on {day(first.date())}."
    return f"The networks were looked at from {day(first.date())} to {day(last.date())}."


def _made(report: Report) -> str:
    program = " ".join(plain(str(value), 40) for _, value in sorted(report.tool.items()))
    prints = plain(str(report.data.get("fingerprints", "")), 40)
    return f"Made with {program}" + (f", fingerprints {prints}" if prints else "") + "."


def day(value: date) -> str:
    """Return a day as people write it.

    >>> day(date(2026, 11, 7))
    '7 November 2026'
    """
    return f"{value.day} {value:%B %Y}"
