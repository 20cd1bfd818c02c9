"""Rows of short texts as columns for people; what devices said of themselves is made harmless."""

from collections.abc import Sequence

from scanner.reports.phrases import plain

MAX_CELL = 60
"""Characters of a cell."""
GAP = "  "


def aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table as lines; a column in which nobody says anything is left out. "" without rows.

    >>> print(aligned(("name", "note", "age"), [("one", "", "7"), ("three", "", "12")]), end="")
    name   age
    one    7
    three  12
    """
    if not rows:
        return ""
    cells = [[plain(cell, MAX_CELL) for cell in row] for row in rows]
    kept = [column for column in range(len(heads)) if any(row[column] for row in cells)]
    lines = [[heads[column] for column in kept], *([row[column] or "-" for column in kept] for row in cells)]
    widths = [max(len(line[position]) for line in lines) for position in range(len(kept))]
    return "".join(
        GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        for line in lines
    )
