"""Sources of commands that work on what was found before: captures, replayed, or a JSON report, read back."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli import options, screen
from scanner.cli.progress import Waiting
from scanner.cli.reporting import Basis
from scanner.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from scanner.model import Report

HEAD_BYTES = 64
"""Bytes by which a JSON report is told from a capture."""
MAX_JSON = 1 << 30
"""Bytes of a JSON report that are read; 5,000 devices are about 50 MB."""


def report_of(
    sources: Sequence[Path],
    against: Basis,
    as_of: datetime | None,
    *,
    judged_anew: bool,
    quiet: bool,
    debug: bool,
) -> "Report":
    """Return the report that sources hold: a JSON report as it was judged then, or captures judged now.

    `judged_anew` says that somebody asked for other lists, waivers or days than a JSON report was judged by.

    Raises ScannerError, one sentence, for what is neither, and UsageError for words that a JSON report cannot obey.
    """
    from scanner.pipeline import replay

    kept = kept_report(sources, judged_anew=judged_anew)
    if kept is not None:
        return kept
    with Waiting(reading(sources), quiet=quiet):
        return replay(
            options.sources(sources),
            on=screen.judging_day(as_of),
            lists=against.lists,
            waivers=against.waivers,
            zones=against.zones,
            strict=debug,
        )


def reported(
    sources: Sequence[Path] | None,
    against: Basis,
    as_of: datetime | None,
    *,
    store: str | None,
    site: str | None = None,
    run: str = "latest",
    judged_anew: bool,
    quiet: bool,
    debug: bool,
) -> "Report":
    """Return the report that sources hold, as `report_of` does; without sources that of a run of the store."""
    from scanner.cli import saving

    if sources:
        return report_of(sources, against, as_of, judged_anew=judged_anew, quiet=quiet, debug=debug)
    if judged_anew:
        raise UsageError("a stored run is shown as it was judged then; `camcensus check` judges it anew")
    with saving.existing(store) as kept:
        return saving.stored(kept, site, run)


def reading(sources: Sequence[Path]) -> str:
    """Return what is said while sources are read: their names and how large they are."""
    from scanner.reports.phrases import plain

    size = sum(path.stat().st_size for path in sources if path.is_file())
    named = ", ".join("stdin" if str(path) == "-" else path.name for path in sources)
    return plain(f"Reading {named}" + (f" ({size / 1e6:,.0f} MB)" if size >= 1e6 else ""), 200)


def kept_report(sources: Sequence[Path], *, judged_anew: bool) -> "Report | None":
    """Return the report that a JSON source holds, None where the sources are to be replayed."""
    from scanner.reports.from_json import is_report, read_report

    kept = [path for path in sources if is_report(_head(path))]
    if not kept:
        return None
    if len(sources) > 1:
        raise UsageError(f"{kept[0]} is a report: it stands alone, it cannot be added to other sources")
    if judged_anew:
        raise UsageError(
            f"{kept[0]} is a report that was judged already: --list, --waivers, --config and --as-of are for captures"
        )
    return read_report(_whole(kept[0]), "stdin" if str(kept[0]) == "-" else str(kept[0]))


def _head(path: Path) -> bytes:
    """Return the first bytes of a source; of stdin without taking them, and nothing of what cannot be read."""
    if str(path) == "-":
        return sys.stdin.buffer.peek(HEAD_BYTES)[:HEAD_BYTES] if hasattr(sys.stdin.buffer, "peek") else b""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""  # the reader of captures says what is wrong with it


def _whole(path: Path) -> bytes:
    try:
        if str(path) == "-":
            return sys.stdin.buffer.read(MAX_JSON)
        with path.open("rb") as file:
            return file.read(MAX_JSON)
    except OSError as error:
        raise CaptureError(f"{path}: cannot be read: {error.strerror or error}") from error
