"""The exit codes: one table, asserted against the README, and the one place that chooses between them."""

from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.model import Report


class Exit(IntEnum):
    """How a command ended; `MEANINGS` says it in words."""

    OK = 0
    FAILED = 1
    USAGE = 2
    FOUND = 3
    INCOMPLETE = 4
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "ran, nothing at the threshold",
    Exit.FAILED: "could not run",
    Exit.USAGE: "the words of the command do not fit",
    Exit.FOUND: "a finding at or above --fail-on",
    Exit.INCOMPLETE: "with --strict: ran, but incomplete, or a device is undetermined",
    Exit.INTERRUPTED: "interrupted; a partial result is kept and marked incomplete",
}


class FailOn(StrEnum):
    """The threshold of --fail-on: the mildest verdict that counts."""

    LISTED = "listed"
    POSSIBLE = "possible"
    UNDETERMINED = "undetermined"
    NONE = "none"


_COUNTED = {
    FailOn.LISTED: frozenset({"listed"}),
    FailOn.POSSIBLE: frozenset({"listed", "possible"}),
    FailOn.UNDETERMINED: frozenset({"listed", "possible", "undetermined"}),
    FailOn.NONE: frozenset[str](),
}


def exit_for(report: "Report", fail_on: FailOn, *, strict: bool) -> Exit:
    """Return the exit code that a report asks for: an interruption weighs most, then a finding, then a gap.

    Exposures count only where the list was named.
    """
    if report.run.get("interrupted"):
        return Exit.INTERRUPTED
    verdicts = {finding.verdict.value for finding in report.findings}
    exposed = (
        {item.verdict.value for item in report.exposures} if report.run.get("exposure_counts") else set()
    )
    if (verdicts | exposed) & _COUNTED[fail_on]:
        return Exit.FOUND
    if strict and (not report.coverage.complete or "undetermined" in verdicts):
        return Exit.INCOMPLETE
    return Exit.OK
