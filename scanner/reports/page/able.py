"""What the surveillance devices are able to do, and what they expose: counted, the most frequent first, with whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from scanner.fingerprints.capabilities import origins
from scanner.model import Finding, Report, Verdict
from scanner.reports.page.rows import Row
from scanner.reports.phrases import plain

MAX_LINES = 60
"""Capabilities, and exposures, that the page tells; the JSON report has all."""
MAX_LINKS = 12
"""Devices that a line links to."""
_WORDS = {Verdict.LISTED: "seen", Verdict.POSSIBLE: "possible", Verdict.WAIVED: "waived"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One capability or exposure: its name, what is said of it, and the rows of the devices that have it."""

    name: str
    words: str
    rows: tuple[Row, ...]

    @property
    def linked(self) -> tuple[Row, ...]:
        """Return the rows that are linked to."""
        return self.rows[:MAX_LINKS]

    @property
    def more(self) -> int:
        """Return how many are not."""
        return len(self.rows) - len(self.linked)


def abilities(found: Sequence[Row]) -> tuple[Line, ...]:
    """Return what surveillance devices are able to do, and who says so: the device, its model name, a document."""
    having: dict[str, list[Row]] = {}
    said: dict[str, set[str]] = {}
    for row in found:
        able = row.device.capabilities if row.device.is_surveillance else ()
        by = origins(row.device.evidence) if able else {}
        for name in able:
            having.setdefault(name, []).append(row)
            said.setdefault(name, set()).update(by.get(name, ()))
    lines = (
        Line(name=plain(name), words=", ".join(sorted(said[name])), rows=tuple(rows))
        for name, rows in having.items()
    )
    return tuple(sorted(lines, key=_frequent))[:MAX_LINES]


def exposures(report: Report, found: Sequence[Row]) -> tuple[Line, ...]:
    """Return what devices expose, a line for each kind, vulnerability and degree of certainty."""
    of = {row.device.id: row for row in found}
    having: dict[tuple[str, Verdict], list[Finding]] = {}
    for finding in report.exposures:
        if finding.device in of:
            having.setdefault((finding.entry or "", finding.verdict), []).append(finding)
    lines = (
        Line(
            name=f"{plain(name)}, {_WORDS.get(verdict, verdict.value)}",
            words=plain(findings[0].reason.removeprefix(f"{verdict}, waived ").partition("; ")[0], 300),
            rows=tuple(of[finding.device] for finding in findings),
        )
        for (name, verdict), findings in having.items()
    )
    return tuple(sorted(lines, key=_frequent))[:MAX_LINES]


def _frequent(line: Line) -> tuple[int, str]:
    return -len(line.rows), line.name
