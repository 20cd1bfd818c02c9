"""`camcensus listen`: what speaks on our links unasked; nothing is sent."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, cast

import typer

from scanner.cli import options, screen
from scanner.cli.durations import seconds
from scanner.cli.exits import FailOn
from scanner.cli.knowledge import knowledge_of
from scanner.cli.outputs import outputs
from scanner.cli.reporting import basis, finish
from scanner.errors import ScopeError, UsageError

if TYPE_CHECKING:
    from scanner.model import Report
    from scanner.probes.tap import Tap


def listen(
    duration: Annotated[
        str | None,
        typer.Option("--for", metavar="TIME", help="How long: 30s, 5m, 2h. [default: until Ctrl-C]"),
    ] = None,
    interface: options.Interfaces = None,
    audit_log: options.AuditLog = None,
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
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Listen on network interfaces and report the devices that are heard. Sends nothing.

    On a mirror port that is everybody; elsewhere it is what devices tell all or ask all. Linux, privileged.
    """
    from scanner.pipeline import replay
    from scanner.probes.audit import Audit, open_log
    from scanner.probes.tap import Tap
    from scanner.scope import Scope
    from scanner.targets import Addresses

    wanted = outputs(format_name, output, json=json, columns=columns, wide=wide)
    against = basis(list_ids, waivers, config)
    limit = seconds(duration, "--for") if duration else None
    names = _names(interface or [])
    log = open_log(audit_log)
    knowledge = knowledge_of(against, recog, nmap, quiet=quiet)
    tap = Tap(names, seconds=limit, everything=True)
    if not quiet:
        until = f"for {duration}" if duration else "until Ctrl-C"
        screen.talk(f"Listening on {tap.name} {until}; nothing is sent.")
    started = datetime.now(UTC)
    with _stopping(tap) as signals:
        report = replay(
            [cast("BinaryIO", tap)],
            on=screen.judging_day(as_of),
            lists=against.lists,
            waivers=against.waivers,
            zones=against.zones,
            knowledge=knowledge,
            strict=debug,
            mode="listen",
        )
    tap.close()
    ended = datetime.now(UTC)
    Audit().write(log, Scope(networks=Addresses()), started, ended, f"listen on {tap.name}", "complete")
    report = _timed(report, started, ended, lost=tap.lost, early=bool(signals) and limit is not None)
    raise typer.Exit(finish(report, wanted, fail_on, strict=strict, quiet=quiet))


def _timed(report: "Report", started: datetime, ended: datetime, *, lost: int, early: bool) -> "Report":
    """Return a report with when was listened; incomplete where frames were lost or somebody ended it `early`."""
    run = {**report.run, "started": _second(started), "ended": _second(ended)}
    run |= {"interrupted": True} if early else {}
    losses = (f"{lost} frames came faster than they were read",) if lost else ()
    coverage = replace(
        report.coverage,
        failures=(*losses, *report.coverage.failures),
        complete=report.coverage.complete and not losses and not early,
    )
    return replace(report, run=run, coverage=coverage)


def _names(wanted: list[str]) -> list[str]:
    """Return the interfaces to listen on: those named, else all that are up and real. They need no address."""
    from scanner.probes.interfaces import interfaces

    found = interfaces(wanted)
    known = [link.name for link in found]
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no interface {name!r}; there are {', '.join(known) or 'none'}")
    used = wanted or [link.name for link in found if link.skipped in {"", "no address"}]
    if not used:
        why = "; ".join(f"{link.name}: {link.skipped}" for link in found)
        raise ScopeError(f"there is no network interface to listen on ({why})")
    return used


@contextmanager
def _stopping(tap: "Tap") -> Iterator[list[int]]:
    """Let Ctrl-C end the listening, not the program; gives the signals that came."""
    came: list[int] = []

    def stop(number: int, _frame: Any) -> None:
        came.append(number)
        tap.stop()

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):  # not the main thread: nobody can press Ctrl-C there
            before[number] = signal.signal(number, stop)
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _second(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
