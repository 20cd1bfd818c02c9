"""Runs as a file, to be taken from one store to another: JSON lines inside zstd, a run's line and then its messages.

Reading is idempotent: a run is known by its id. Runs are read in the order in which they ended, so that the store that
reads them comes to the same devices, changes and verdicts as if it had been there.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.errors import ScannerError
from scanner.messages import message_record, read_message

if TYPE_CHECKING:
    from scanner.model import Message
    from scanner.store.store import Store

SCHEMA = "camcensus.runs/1"
MAX_LINE = 1 << 29


def write_runs(store: "Store", path: Path, site: str | None) -> int:
    """Write the finished runs of a site, or of all, to a file; returns how many. The file appears whole."""
    import zstandard

    from scanner.reports.as_json import document

    runs = sorted(store.runs(site), key=lambda run: (run.finished or run.begun, run.number))
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as raw, zstandard.ZstdCompressor(6).stream_writer(raw) as file:
            for run in runs:
                report = store.report(run.id)
                head = {
                    "schema": SCHEMA,
                    "run": run.id,
                    "site": run.site,
                    "mode": run.mode,
                    "report": document(_bare(report)),
                }
                file.write(json.dumps(head, separators=(",", ":")).encode() + b"\n")
                for message in store.messages(run.id):
                    file.write(json.dumps(message_record(message), separators=(",", ":")).encode() + b"\n")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ScannerError(f"{path} cannot be written: {error.strerror or error}") from error
    return len(runs)


def _bare(report: Any) -> Any:
    from dataclasses import replace

    return replace(report, history=())


def read_runs(store: "Store", path: Path, site: str | None = None) -> tuple[int, int]:
    """Read the runs of a file; returns how many are new, and how many were known. ScannerError for another file."""
    known = {run.id for run in store.runs()}
    new = old = 0
    for head, messages in _runs(path):
        if head["run"] in known:
            old += 1
            continue
        store.save(_report(head, path), messages, site=head["site"] or site or "", run=head["run"])
        new += 1
    return new, old


def _report(head: dict[str, Any], path: Path) -> Any:
    from scanner.reports.from_json import read_report

    return read_report(json.dumps(head["report"]), str(path))


def _runs(path: Path) -> "Iterator[tuple[dict[str, Any], list[Message]]]":
    head: dict[str, Any] | None = None
    messages: list[Message] = []
    for line in _lines(path):
        if isinstance(line, dict):
            if head is not None:
                yield head, messages
            head, messages = _checked(line, path), []
        elif head is not None and (message := _message(line, path)):
            messages.append(message)
    if head is not None:
        yield head, messages


def _message(line: Any, path: Path) -> "Message | None":
    try:
        return read_message(line)
    except (ValueError, TypeError) as error:
        raise ScannerError(f"{path}: a message in it cannot be read: {error}") from error


def _checked(line: dict[str, Any], path: Path) -> dict[str, Any]:
    if line.get("schema") != SCHEMA or not all(isinstance(line.get(key), str) for key in ("run", "site")):
        raise ScannerError(f"{path}: is not an export of camcensus, or of a newer one")
    return line


def _lines(path: Path) -> Iterator[Any]:
    import zstandard

    try:
        with (
            path.open("rb") as raw,
            zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(raw) as file,
        ):
            for line in io.TextIOWrapper(io.BufferedReader(file), encoding="utf-8"):
                if len(line) > MAX_LINE:
                    raise ScannerError(f"{path}: a line of it is longer than {MAX_LINE >> 20} MiB")
                yield json.loads(line)
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {error.strerror or error}") from error
    except (zstandard.ZstdError, ValueError, RecursionError) as error:
        raise ScannerError(f"{path}: is not an export of camcensus: {error}") from error
