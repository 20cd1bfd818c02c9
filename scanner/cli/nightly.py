"""`camcensus run`: a night after one configuration: scan, judge, compare, write, tell. Silent if nothing happened."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, screen
from scanner.cli.asked import Wish, plan_of
from scanner.cli.durations import seconds
from scanner.cli.exits import Exit, FailOn, exit_for
from scanner.cli.knowledge import knowledge_with
from scanner.errors import ScannerError

if TYPE_CHECKING:
    from scanner.config import Config
    from scanner.fingerprints import Knowledge
    from scanner.model import Message, Report
    from scanner.nightly.events import Event
    from scanner.probes.plan import Plan

    Made = tuple[Report, Iterable[Message]]

IfDue = Annotated[
    bool,
    typer.Option("--if-due", help="Do nothing unless a run is due by the schedule: for cron, every hour."),
]
Recorded = Annotated[
    list[Path] | None,
    typer.Option(
        "--from", metavar="FILE", help="Recorded traffic in place of a scan. Repeatable.", show_default=False
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Check the configuration, print the plan, and send nothing.")
]


def run(
    config: options.ConfigFile = None,
    recorded: Recorded = None,
    if_due: IfDue = False,
    dry_run: DryRun = False,
    json: options.Json = False,
    as_of: options.AsOf = None,
    debug: options.Debug = False,
) -> None:
    """Do a whole run after camcensus.toml: scan, judge, compare with the runs before, write reports, tell.

    Prints nothing unless something changed or failed, and then only that. Two runs of one configuration never overlap.
    """
    from scanner.config import find_config, read_config
    from scanner.nightly.lock import last_started, only_one
    from scanner.nightly.night import places
    from scanner.nightly.schedule import is_due

    settings = read_config(find_config(config))
    place, started = places(settings), datetime.now(UTC)
    if dry_run:
        _check(settings, json=json)
        return
    when = settings.schedule
    if if_due and not is_due(started.astimezone(), last_started(place.lock), when.at, when.every):
        return
    with _telling_of_failures(settings, started, debug=debug), only_one(place.lock, started):
        report, events = _night(settings, place.notes, recorded or [], screen.judging_day(as_of), debug=debug)
    _print(settings, events, json=json)
    raise typer.Exit(_code(report, events, FailOn(settings.fail_on)))


@contextmanager
def _telling_of_failures(config: "Config", started: datetime, *, debug: bool) -> Iterator[None]:
    """Tell those who want to hear of failures why there is no night; the failure goes on its way.

    Two runs at once are no failure of the night: the other one will tell.
    """
    from scanner.nightly.lock import HeldError
    from scanner.nightly.night import failed

    try:
        yield
    except HeldError:
        raise
    except ScannerError as error:
        failed(config, str(error), started)
        raise
    except Exception as error:
        failed(config, f"unexpected {type(error).__name__}: {error}", started)
        if debug:
            raise
        raise ScannerError(f"unexpected {type(error).__name__}: {error}") from error


def _night(
    config: "Config", notes: Path, recorded: list[Path], on: date, *, debug: bool
) -> "tuple[Report, tuple[Event, ...]]":
    from scanner.nightly.night import begin, end, store_of
    from scanner.nightly.notes import write_notes

    with store_of(config) as store:
        begun = begin(store, config, notes)
        made = _replayed(config, recorded, on, debug=debug) if recorded else _scanned(config, on, debug=debug)
        events, report, after = end(store, begun, *made, config, lambda found: _deliver(found, config))
    write_notes(notes, after)
    return report, events


def _replayed(config: "Config", recorded: list[Path], on: date, *, debug: bool) -> "Made":
    from scanner.capture import open_capture
    from scanner.pipeline import replay

    report = replay(
        options.sources(recorded),
        on=on,
        lists=config.policy_lists(),
        waivers=config.excused(),
        zones=config.map,
        knowledge=_knowledge(config),
        strict=debug,
        mode="run",
    )
    heard = (message for path in recorded if path.is_file() for message in open_capture(path))
    return report, heard


def _knowledge(config: "Config") -> "Knowledge | None":
    """Return the knowledge with others' that the file names; None where it names none."""
    named = config.foreign()
    return knowledge_with(*named, quiet=True) if any(named) else None


def _scanned(config: "Config", on: date, *, debug: bool) -> "Made":
    """Scan after the configuration; returns the report, incomplete if somebody interrupted it, and what was heard."""
    from scanner.cli.saving import DEFAULT
    from scanner.cli.scan import carry_out, keeping, keys_of
    from scanner.pipeline import scan_report

    keep = keeping(config.place(config.audit_log) if config.audit_log else None, None, None)
    keys = keys_of(config.keys(), config.map, config.store_url or DEFAULT, config.site)
    done, interrupted = carry_out(
        _plan(config), replace(keep, messages=True), _knowledge(config), keys=keys, quiet=True, debug=debug
    )
    report = scan_report(
        done.scan,
        on=on,
        ended=done.ended,
        lists=config.policy_lists(),
        waivers=config.excused(),
        zones=config.map,
        interrupted=interrupted,
    )
    return report, done.recorder.messages if done.recorder else ()


def _plan(config: "Config") -> "Plan":
    from scanner.probes.tap import may_overhear

    wish = Wish(
        targets=config.networks,
        exclude=config.exclude,
        scope=config.place(config.scope) if config.scope else None,
        interfaces=config.interfaces,
        profile=config.pace.profile,
        timing=config.pace.timing,
        max_rate=config.pace.max_rate,
        host_timeout_s=seconds(config.pace.host_timeout, "host_timeout"),
        credentials=config.keys(),
    )
    return plan_of(wish, screen.judging_day(None), raw=may_overhear())


def _deliver(report: "Report", config: "Config") -> None:
    """Write the reports that the configuration asks for."""
    from scanner.cli.outputs import outputs
    from scanner.cli.reporting import write
    from scanner.config import filled

    time = datetime.now(UTC).strftime("%H%M")
    words = []
    for item in config.output:
        path = config.place(filled(item.path, site=config.site, on=report.as_of, time=time))
        _make_folder(path)
        words.append(f"{item.format}={path}")
    if words:
        write(report, [item for item in outputs(None, words, json=False) if item.path], silent=True)


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ScannerError(f"{path.parent} cannot be made: {error.strerror or error}") from error


def _check(config: "Config", *, json: bool) -> None:
    """Say what a run would do, having looked at everything that could stop it."""
    from scanner.cli.scan import show
    from scanner.config import address_of
    from scanner.nightly import notify

    notify.check([address_of(item, config) for item in config.notify])
    _knowledge(config)
    show(_plan(config), json=json)


def _print(config: "Config", events: "tuple[Event, ...]", *, json: bool) -> None:
    from scanner.nightly.events import body, record, title

    if json:
        screen.write_json([record(event) for event in events])
    elif events:
        screen.write(f"{title(config.site, events)}\n\n{body(events)}")


def _code(report: "Report", events: "tuple[Event, ...]", fail_on: FailOn) -> Exit:
    """Return 130 if somebody interrupted, 1 if the night failed in part, else what the threshold asks for."""
    from scanner.nightly.events import Kind

    if report.run.get("interrupted"):
        return Exit.INTERRUPTED
    if any(event.kind is Kind.FAILED for event in events):
        return Exit.FAILED
    return exit_for(report, fail_on, strict=False)
