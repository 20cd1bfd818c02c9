"""A run by night from its report on: ledger, reports, messages. What fails in telling is told to the others.

The order is chosen so that nothing is lost: the ledger is written when everybody who could be told has been told, so
that a night that was cut off in between is told again rather than never.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from hashlib import sha256
from pathlib import Path

from scanner.config import Config, Notification, Syslog, address_of
from scanner.errors import ScannerError
from scanner.folders import data_folder
from scanner.model import Report
from scanner.nightly import notify, siem
from scanner.nightly.events import Event, Kind, body, ordered, signal, title
from scanner.nightly.ledger import Ledger, read_ledger, write_ledger
from scanner.nightly.turning import turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where a configuration keeps what must outlive a run: its ledger and its lock."""

    ledger: Path
    lock: Path


def places(config: Config) -> Places:
    """Return the places of a configuration; two configurations never share them."""
    digest = sha256(str(config.path.resolve()).encode()).hexdigest()[:12]
    folder = data_folder() / "runs"
    return Places(ledger=folder / f"{digest}.json", lock=folder / f"{digest}.lock")


def begin(path: Path, started: datetime) -> Ledger | None:
    """Note that a run begins, and return what was known before; a note that is still there is part of that."""
    before = read_ledger(path)
    write_ledger(path, replace(before or Ledger(), begun=started.isoformat(timespec="seconds")))
    return before


def end(
    before: Ledger | None, report: Report, config: Config, path: Path, deliver: Callable[[Report], None]
) -> tuple[Event, ...]:
    """Finish a night: reports are delivered, everybody is told, the ledger is written. Returns what was to be told.

    A report that cannot be written, or somebody who cannot be told, is a failure of the night and told to the rest.
    """
    night = turn(before, report, gone_after=config.gone_after)
    events = night.events
    try:
        deliver(report)
    except ScannerError as error:
        events = ordered((*events, _failure(str(error))))
    events = ordered((*events, *map(_failure, tell(config, events, report))))
    write_ledger(path, night.ledger)
    return events


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
