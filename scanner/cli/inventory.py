"""The inventory that a command works on: captures replayed now, or a JSON report as it was judged then."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli import options
from scanner.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from scanner.model import Report

HEAD_BYTES = 64
"""Bytes by which a JSON report is told from a capture."""


def inventory(sources: Sequence[Path], on: date) -> "Report":
    """Return the report that sources hold: one JSON report, or captures that are one network.

    Raises UsageError where a report is mixed with others, CaptureError for what cannot be read.
    """
    from scanner.pipeline import replay
    from scanner.reports.from_json import is_report, read_report

    reports = [path for path in sources if str(path) != "-" and is_report(_head(path))]
    if not reports:
        return replay(options.sources(sources), on=on)
    if len(sources) > 1:
        raise UsageError(f"{reports[0]} is a report: it stands alone, it cannot be added to other sources")
    return read_report(reports[0].read_bytes(), str(reports[0]))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        raise CaptureError(f"{path} cannot be read: {error.strerror or error}") from error
