"""`camcensus import FILE...`: what other scanners have found already, as an inventory with verdicts."""

import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from scanner.cli import options, saving, screen
from scanner.cli.exits import FailOn
from scanner.cli.knowledge import knowledge_of
from scanner.cli.outputs import outputs
from scanner.cli.progress import Waiting
from scanner.cli.reporting import basis, finish
from scanner.cli.sources import reading
from scanner.errors import CaptureError

if TYPE_CHECKING:
    from scanner.imports import Import
    from scanner.model import Message
    from scanner.recorder import Recorder

MAX_STDIN = 1 << 30
"""Bytes that are taken from a pipe: what comes there is held in memory."""


def import_results(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help='Results: nmap XML, masscan JSON or zgrab2 JSON lines; "-" is stdin.',
            show_default=False,
        ),
    ],
    json: options.Json = False,
    format_name: options.FormatName = None,
    output: options.Outputs = None,
    columns: options.Columns = None,
    wide: options.Wide = False,
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.LISTED,
    strict: options.Strict = False,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_of: options.AsOf = None,
    recog: options.Recog = None,
    nmap: options.Nmap = None,
    store: saving.Keep = None,
    site: saving.KeepSite = "",
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Read the results of other scanners and report the devices in them. Sends nothing.

    Where the other scanner kept what devices said, that is read as if it had just been heard.
    """
    from scanner.pipeline import import_report
    from scanner.recorder import Recorder

    wanted = outputs(format_name, output, json=json, columns=columns, wide=wide)
    against = basis(list_ids, waivers, config)
    sources = [_open(path) for path in files]
    damages: list[str] = []
    keeping, heard = saving.Saving(store, site, "import"), Recorder()
    with Waiting(reading(files), quiet=quiet):
        report = import_report(
            _messages(sources, damages, heard if keeping else None),
            [source.name for source in sources],
            damages,
            on=screen.judging_day(as_of),
            lists=against.lists,
            waivers=against.waivers,
            zones=against.zones,
            knowledge=knowledge_of(against, recog, nmap, quiet=quiet),
            strict=debug,
        )
    report = keeping.finish(report, heard.messages)
    raise typer.Exit(finish(report, wanted, fail_on, strict=strict, quiet=quiet))


def _messages(sources: "list[Import]", damages: list[str], kept: "Recorder | None") -> "Iterator[Message]":
    for source in sources:
        for message in source:
            if kept:
                kept.take(message)
            yield message
        damages.extend(source.damages)


def _open(path: Path) -> "Import":
    from scanner.imports import open_import

    if str(path) == "-":
        return open_import(io.BytesIO(sys.stdin.buffer.read(MAX_STDIN)), "stdin", datetime.now(UTC))
    try:
        file: BinaryIO = path.open("rb")
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise CaptureError(f"{path}: cannot be read: {error.strerror or error}") from error
    return open_import(file, str(path), written)
