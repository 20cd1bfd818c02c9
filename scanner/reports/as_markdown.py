"""Markdown for a ticket: the answer, the devices that somebody must look at, what was not seen, which lists.

Whatever a device said stands in a code span, where nothing is a link, a mention, a reference or markup.
"""

import re
from collections.abc import Iterator

from scanner.model import Report, Verdict
from scanner.reports.as_table import NOT_ADVICE
from scanner.reports.form import Format, View
from scanner.reports.phrases import moment, plain
from scanner.reports.ranking import counted, rank, tally
from scanner.reports.rows import Row, cells, list_ids, list_versions, moment_of, rows

MAX_ROWS = 500
"""Devices in the table; the body of a ticket holds 65,536 characters with some trackers."""
MAX_CELL = 80
MAX_WHY = 160
MAX_LINES = 20
"""Damages and gaps that are told."""
SHOWN = ("verdict", "address", "brand", "maker", "model", "kind", "why")
LOOKED_AT = (Verdict.LISTED, Verdict.POSSIBLE, Verdict.UNDETERMINED, Verdict.WAIVED)


def code(text: str, limit: int = MAX_CELL, *, in_table: bool = True) -> str:
    r"""Return text as a code span, which inside a table must not show a bare pipe; "" stays empty.

    >>> code("a|b"), code("a|b", in_table=False), code("`x`")
    ('`a\\|b`', '`a|b`', '`` `x` ``')
    """
    shown = plain(text, limit)
    if not shown:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    space = " " if "`" in shown else ""
    span = f"{fence}{space}{shown}{space}{fence}"
    return span.replace("|", "\\|") if in_table else span


def _render(report: Report, _view: View) -> str:
    return "\n".join(_lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    ranked = rank(report)
    yield "# Surveillance devices on the network"
    yield ""
    yield f"**{tally(item.verdict for item in ranked)}.**"
    yield f"Seen {moment(moment_of(report))}, judged as of {report.as_of.isoformat()}."
    yield ""
    wanted = [row for row in rows(report) if row.verdict in LOOKED_AT]
    if wanted:
        yield from _table(wanted[:MAX_ROWS], list_ids(report))
        if len(wanted) > MAX_ROWS:
            yield f"\nand {len(wanted) - MAX_ROWS:,} more, not shown."
        yield ""
    yield from _lists(report)
    yield from _gaps(report)
    yield f"*{NOT_ADVICE}*"


def _table(wanted: list[Row], lists: tuple[str, ...]) -> Iterator[str]:
    yield f"| {' | '.join(SHOWN)} |"
    yield "|---" * len(SHOWN) + "|"
    for row in wanted:
        told = cells(row, lists)
        shown = [
            told["verdict"],
            *(code(told[name]) for name in SHOWN[1:-1]),
            code(told["why"], MAX_WHY),
        ]
        yield f"| {' | '.join(shown)} |"


def _lists(report: Report) -> Iterator[str]:
    versions = list_versions(report)
    if versions:
        yield "## Lists"
        yield ""
        for name, version in versions.items():
            verdicts = [finding.verdict for finding in report.findings if plain(finding.list) == name]
            yield f"- {code(name)} of {code(version)}: {tally(verdicts)}"
        yield ""


def _gaps(report: Report) -> Iterator[str]:
    coverage = report.coverage
    silent = len(coverage.unidentified)
    told = [*coverage.not_seen, *(f"not read: {failure}" for failure in coverage.failures)]
    if coverage.reach:
        told += [f"not asked: {gap.addresses}: {gap.why}" for gap in coverage.reach.not_asked]
        told += coverage.reach.problems
    if not (silent or told) and coverage.complete:
        return
    yield "## What was not seen"
    yield ""
    if not coverage.complete:
        yield "- The run is incomplete: what was damaged or not reached may hold more devices."
    if silent:
        yield f"- {counted(silent, 'host')} said nothing that identifies {'it' if silent == 1 else 'them'}."
    yield from (f"- {code(line, 200, in_table=False)}" for line in told[:MAX_LINES])
    if len(told) > MAX_LINES:
        yield f"- {len(told) - MAX_LINES:,} more"
    yield ""


FORMAT = Format(
    name="markdown",
    title="for a ticket: what somebody must look at, and what was not seen",
    suffix=".md",
    render=_render,
)
