"""A run by night from its report on: store, reports, messages. What fails in telling is told to the others."""

import socket
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from scanner.config import Config, Notification, Syslog, address_of
from scanner.errors import ScannerError
from scanner.folders import data_folder
from scanner.model import Device, Message, Report
from scanner.nightly import notify, siem
from scanner.nightly.events import MAX_TOLD, Event, Kind, body, ordered, signal, title
from scanner.nightly.notes import Notes, read_notes
from scanner.nightly.turning import Night, silence, turn
from scanner.store import RunInfo, Store, open_store

MODE = "run"
"""How the store calls runs by night."""
MAX_LOOKED_UP = 2 * MAX_TOLD
"""Devices whose earlier state is looked up for the sentences; a message tells fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a configuration keeps what must outlive a run beside the store: its notes and its lock."""

    notes: Path
    lock: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A run that has begun: its id in the store, the finished run before it, runs since then that never ended."""

    run: str
    before: RunInfo | None
    unended: tuple[datetime, ...]
    notes: Notes


def places(config: Config) -> Places:
    """Return the places of a configuration; two configurations never share them."""
    digest = sha256(str(config.path.resolve()).encode()).hexdigest()[:12]
    folder = data_folder() / "runs"
    return Places(notes=folder / f"{digest}.json", lock=folder / f"{digest}.lock")


def store_of(config: Config) -> Store:
    """Open the store that a configuration names."""
    return open_store(config.store_url)


def begin(store: Store, config: Config, path: Path) -> Begun:
    """Write down that a run begins, having looked at what came before.

    The run before is the last night, whatever somebody kept by hand since: what that run saw first is news tonight.
    """
    notes = read_notes(path)
    nights = [info for info in store.runs(config.site, unfinished=True) if info.mode == MODE]
    finished = [info for info in nights if info.number is not None]
    before = next((info for info in finished if info.id == notes.run), next(iter(finished), None))
    if not any(info.complete for info in finished):
        before = None  # nothing whole to compare with: the next whole night is the first
    since = finished[0].begun if finished else datetime.min.replace(tzinfo=UTC)
    unended = tuple(sorted(info.begun for info in nights if info.number is None and info.begun > since))
    return Begun(run=store.begin(config.site, MODE), before=before, unended=unended, notes=notes)


def end(
    store: Store,
    begun: Begun,
    report: Report,
    heard: Iterable[Message],
    config: Config,
    deliver: Callable[[Report], None],
) -> tuple[tuple[Event, ...], Report, Notes]:
    """Finish a night: it is stored and compared, reports are delivered, everybody is told.

    Returns what is to be printed, the report under the ids of the store, and the notes for the next night. A report
    that cannot be written is a failure of the night and told; that somebody could not be told is printed.
    """
    report, notes = _heard_anybody(store, begun, report, config)
    report = store.finish(begun.run, report, heard, gone_after=config.gone_after)
    night = _night(store, begun, report)
    events, after = turn(notes, night, gone_after=config.gone_after)
    try:
        if config.output:
            deliver(replace(report, history=store.trends(begun.run)))
    except ScannerError as error:
        events = ordered((*events, _failure(str(error))))
    events = ordered((*events, *map(_failure, tell(config, events, report))))
    return events, report, replace(after, run=begun.run)


def _heard_anybody(store: Store, begun: Begun, report: Report, config: Config) -> tuple[Report, Notes]:
    """Return the report, incomplete if its silence is taken for a fault; on silent nights the known are counted."""
    if begun.before is None or any(device.is_surveillance for device in report.devices):
        return report, replace(begun.notes, alone=0)
    known = (device for _, device, _ in store.devices(config.site) if device.id not in begun.notes.replaced)
    present = sum(device.is_surveillance for device in known)
    return silence(begun.notes, report, present, gone_after=config.gone_after)


def _night(store: Store, begun: Begun, report: Report) -> Night:
    if begun.before is None:
        return Night(report=report, unended=begun.unended, first=True)
    changes = store.diff(begun.before.id, begun.run)
    names = dict.fromkeys(name for change in changes for name in (change.device, change.instead) if name)
    former, last = dict[str, Device](), dict[str, datetime]()
    for name in list(names)[:MAX_LOOKED_UP]:
        states = [(info, device) for info, device in store.history(name) if info.id != begun.run]
        if states:
            former[name] = states[-1][1]
            seen = store.last_seen(name)
            if seen:
                last[name] = seen
    return Night(report=report, changes=changes, former=former, last=last, unended=begun.unended)


def failed(config: Config, sentence: str, time: datetime) -> None:
    """Tell everybody who wants to hear of failures that the night failed; whoever cannot be told is passed over."""
    _tell(config, (_failure(sentence),), time)


def _failure(sentence: str) -> Event:
    return Event(kind=Kind.FAILED, sentence=sentence)


def tell(config: Config, events: Sequence[Event], report: Report) -> list[str]:
    """Tell people and collectors what happened, each what they want; returns what went wrong, a sentence each."""
    time = report.coverage.last or datetime.combine(report.as_of, datetime.min.time()).astimezone()
    return _tell(config, events, time)


def _tell(config: Config, events: Sequence[Event], time: datetime) -> list[str]:
    problems = list[str]()
    for item in config.notify:
        told = _wanted(item.on, events)
        if told:
            problems += _tried(partial(_notify, config, item, told))
    for collector in config.syslog:
        if events:
            problems += _tried(partial(_report_to, config, collector, events, time))
    return problems


def _wanted(on: Sequence[str], events: Sequence[Event]) -> tuple[Event, ...]:
    """Return the events that somebody wants to hear of: failures, changes (everything else), or both."""
    return tuple(event for event in events if ("failures" if event.kind is Kind.FAILED else "changes") in on)


def _notify(config: Config, item: Notification, events: Sequence[Event]) -> None:
    notify.tell([address_of(item, config)], title(config.site, events), body(events))


def _report_to(config: Config, collector: Syslog, events: Sequence[Event], time: datetime) -> None:
    write = siem.cef if collector.format == "cef" else siem.text
    signals = [signal(event, config.site) for event in events]
    host = socket.gethostname()
    siem.send(collector.address, [siem.framed(write(s), s.severity, time, host) for s in signals])


def _tried(act: Callable[[], None]) -> list[str]:
    try:
        act()
    except ScannerError as error:
        return [str(error)]
    return []
