"""A plain grid of cells for a terminal, drawn as rich draws its simplest table, at a fraction of the time.

rich measures and wraps every cell several times, which for some hundred devices takes longer than all that is thought
about them. Here only what does not fit its column is wrapped, and rich does that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

GAP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's heading; `fixed` says that it is the last to be made narrower than what stands in it."""

    name: str
    fixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What stands in a cell, one line of cleaned text, and its style, as rich names styles."""

    text: str
    style: str = ""


def grid(console: "Console", columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> None:
    """Write rows of cells below their headings to a console's file, no wider than the console."""
    if not columns:
        return
    widths = _widths(columns, rows, console.width)
    _write(console, [Cell(text=column.name, style="bold") for column in columns], widths)
    console.file.write("─" * (sum(widths) + len(GAP) * (len(widths) - 1)) + "\n")
    for row in rows:
        _write(console, row, widths)


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], room: int) -> list[int]:
    from rich.cells import cell_len

    texts = [{column.name, *(row[n].text for row in rows)} for n, column in enumerate(columns)]
    widths = [max(1, *map(cell_len, found)) for found in texts]
    room -= len(GAP) * (len(columns) - 1)
    _narrow(widths, [n for n, column in enumerate(columns) if not column.fixed], room)
    _narrow(widths, list(range(len(columns))), room)
    return widths


def _narrow(widths: list[int], which: Sequence[int], room: int) -> None:
    """Make some of the columns narrower until all fit the room: always the widest, no further than to the next."""
    while (excess := sum(widths) - room) > 0 and any(widths[n] > 1 for n in which):
        widest = max(widths[n] for n in which)
        tied = [n for n in which if widths[n] == widest]
        below = max((widths[n] for n in which if widths[n] < widest), default=1)
        each = min(-(-excess // len(tied)), widest - below)
        for n in tied[: max(1, excess // each) if each else 0]:
            widths[n] -= each


def _write(console: "Console", row: Sequence[Cell], widths: Sequence[int]) -> None:
    columns = [list(_lines(console, cell, width)) for cell, width in zip(row, widths, strict=True)]
    for line in zip_longest(*columns):
        shown = (part or " " * width for part, width in zip(line, widths, strict=True))
        console.file.write(GAP.join(shown) + "\n")


def _lines(console: "Console", cell: Cell, width: int) -> Iterator[str]:
    """Yield the lines of a cell, each as wide as its column."""
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    whole = cell_len(cell.text) <= width
    parts = [cell.text] if whole else [t.plain for t in Text(cell.text, overflow="fold").wrap(console, width)]
    for part in parts:
        padded = set_cell_size(part, width)
        yield console.get_style(cell.style).render(padded) if cell.style and console.color_system else padded
