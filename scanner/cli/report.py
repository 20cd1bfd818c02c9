"""`camcensus report SOURCE...`: what was found before in other forms: captures replayed, or a JSON report read back."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, screen
from scanner.cli.exits import FailOn
from scanner.cli.outputs import outputs
from scanner.cli.reporting import basis, finish
from scanner.errors import CaptureError, UsageError

if TYPE_CHECKING:
    from scanner.model import Report

HEAD_BYTES = 64
"""Bytes by which a JSON report is told from a capture."""
MAX_JSON = 1 << 30
"""Bytes of a JSON report that are read; 5,000 devices are about 50 MB."""


def report(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE",
            help='A JSON report of this program, or captures; "-" is stdin.',
            show_default=False,
        ),
    ],
    json: options.Json = False,
    format_name: options.FormatName = None,
    output: options.Outputs = None,
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.NONE,
    strict: options.Strict = False,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_of: options.AsOf = None,
    withhold_below: options.WithholdBelow = 0,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write what was found before in another form, or in several.

    A JSON report is shown as it was judged then; captures are judged now, as replay does. Sends nothing.
    """
    from scanner.pipeline import replay

    wanted = outputs(format_name, output, json=json)
    against = basis(list_ids, waivers, config)
    kept = _kept(sources, judged_anew=bool(list_ids or waivers or config or as_of))
    if kept is None:
        kept = replay(
            options.sources(sources),
            on=screen.judging_day(as_of),
            lists=against.lists,
            waivers=against.waivers,
            zones=against.zones,
            strict=debug,
        )
    raise typer.Exit(finish(kept, wanted, fail_on, strict=strict, quiet=quiet, withhold_below=withhold_below))


def _kept(sources: Sequence[Path], *, judged_anew: bool) -> "Report | None":
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
