"""One night: what the store says changed, and what the report says of the run → the events that are told. Pure.

Told of are surveillance devices, and what a list speaks of. A device is gone when the store says so; one whose place
another took is told with it and not again. A night in which no known device answers is taken for a fault of the
network. The first night tells that it is the first and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from scanner.coverage import EXCLUDED, OURSELVES
from scanner.model import Coverage, Device, Report, Verdict, WaiverState, WaiverUse
from scanner.nightly.events import Event, Kind, ordered
from scanner.nightly.naming import judged, name_of, said, spoken, stands
from scanner.nightly.notes import Notes
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted
from scanner.reports.standing import stale, waiver_line
from scanner.store.changes import Change, ChangeKind

FEW = 3
"""Known devices below which their silence alone is no sign of a fault, if others live."""
MAX_REASONS = 5
_MEANT = frozenset({EXCLUDED, OURSELVES})
"""Reasons not to ask an address that are no gap."""
_TELLING = frozenset({Verdict.LISTED, Verdict.POSSIBLE})
_IDLE = frozenset({WaiverState.EXPIRED, WaiverState.UNUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """What a night is told from: the report under the ids of the store, and the changes since the run before.

    `former` are devices of the changes as they were before, `last` when each was seen last; `unended` are times of
    runs that began and never ended since; `first` says that there was no run before.
    """

    report: Report
    changes: tuple[Change, ...] = ()
    former: Mapping[str, Device] = field(default_factory=dict)
    last: Mapping[str, datetime] = field(default_factory=dict)
    unended: tuple[datetime, ...] = ()
    first: bool = False


def turn(notes: Notes, night: Night, *, gone_after: int) -> tuple[tuple[Event, ...], Notes]:
    """Return what a night tells, in the order in which it is told, and its notes for the next one."""
    report = night.report
    idle = _idle(notes, report)
    events = [*_unended(night), *_incomplete(report)]
    if night.first:
        events.append(_first(report))
    else:
        events += _of_devices(notes, night)
        events += _waivers(notes, report, idle, gone_after)
        events += _knowledge(notes, report)
    after = replace(
        notes,
        lists=_lists(report),
        fingerprints=str(report.data.get("fingerprints", "")),
        idle=idle,
        stale=tuple(_stale(report)),
        replaced=_replaced(notes, night),
    )
    return ordered(events), after


# --- the run itself ---


def silence(notes: Notes, report: Report, present: int, *, gone_after: int) -> tuple[Report, Notes]:
    """Return a report, incomplete where its silence looks like a fault of the network, and the count of such nights.

    `present` is how many surveillance devices are known and not gone. After `gone_after` such nights in a row the
    silence is believed, if anything at all lives there.
    """
    heard = any(device.is_surveillance for device in report.devices)
    counts = present and not heard and (present >= FEW or not _anybody(report))
    alone = notes.alone + 1 if counts else 0
    if not counts or (alone >= gone_after and _anybody(report)):
        return report, replace(notes, alone=alone)
    sentence = f"none of the {counted(present, 'known device')} answered: taken for a fault of the network"
    coverage: Coverage = report.coverage
    told = replace(coverage, complete=False, failures=(sentence, *coverage.failures))
    return replace(report, coverage=told), replace(notes, alone=alone)


def _anybody(report: Report) -> bool:
    reach = report.coverage.reach
    return bool(report.devices or report.coverage.unidentified or (reach and reach.alive))


def _first(report: Report) -> Event:
    found = counted(sum(device.is_surveillance for device in report.devices), "surveillance device")
    return Event(kind=Kind.KNOWLEDGE, sentence=f"first run: {found} found; later runs tell what changes")


def _unended(night: Night) -> Iterator[Event]:
    for begun in night.unended:
        sentence = f"the run begun at {begun.isoformat(timespec='seconds')} did not end; nothing of it counts"
        yield Event(kind=Kind.FAILED, sentence=sentence)


def _incomplete(report: Report) -> Iterator[Event]:
    coverage, reach = report.coverage, report.coverage.reach
    if coverage.complete:
        return
    gaps = reach.not_asked if reach else ()
    reasons = [*coverage.failures, *(reach.problems if reach else ())]
    reasons += [f"{gap.addresses}: {gap.why}" for gap in gaps if gap.why not in _MEANT]
    told = "; ".join(map(plain, reasons[:MAX_REASONS])) or "no reason was recorded"
    sentence = f"the run was incomplete, nobody is counted as missing: {told}"
    yield Event(kind=Kind.FAILED, sentence=sentence)


# --- devices ---


def _of_devices(notes: Notes, night: Night) -> Iterator[Event]:
    now = {device.id: device for device in night.report.devices}
    verdicts = _verdicts(night.report)
    by_device: dict[str, list[Change]] = {}
    for change in night.changes:
        by_device.setdefault(change.device, []).append(change)
    for name, changes in by_device.items():
        device = now.get(name)
        if device is None:
            yield from _gone(notes, night, name, changes)
        elif _is_watched(device, verdicts.get(name, {}), changes):
            yield from _of_one(notes, night, device, changes, verdicts.get(name, {}))


def _is_watched(device: Device, verdicts: Mapping[str, str], changes: Iterable[Change]) -> bool:
    """Tell whether people want to hear of a device: surveillance, and what a list speaks or spoke of."""
    spoke = {change.before for change in changes if change.kind is ChangeKind.VERDICT}
    return device.is_surveillance or bool(_TELLING & {*verdicts.values(), *spoke})


def _verdicts(report: Report) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for finding in report.findings:
        found.setdefault(finding.device, {})[finding.list] = finding.verdict.value
    return found


def _of_one(
    notes: Notes, night: Night, device: Device, changes: list[Change], verdicts: Mapping[str, str]
) -> Iterator[Event]:
    moves = [change for change in changes if change.kind is ChangeKind.MOVED and change.attribute != "mac"]
    if moves:
        yield _moved(night, device, moves)
    for change in changes:
        if change.kind in {ChangeKind.APPEARED, ChangeKind.BACK}:
            yield _come(night, device, change, verdicts)
        elif change.kind is ChangeKind.CHANGED or change.attribute == "mac":
            sentence = f"{said(device)}: {change.attribute} {change.before or 'unknown'} → {change.after}"
            yield _event(Kind.CHANGED, device, sentence, before=change.before, after=change.after)
        elif change.kind is ChangeKind.VERDICT:
            yield _turned(notes, night, device, change)


def _event(kind: Kind, device: Device, sentence: str, **more: str) -> Event:
    address = str(device.addresses[0]) if device.addresses else ""
    return Event(kind=kind, sentence=sentence, device=device.id, address=address, **more)


def _come(night: Night, device: Device, change: Change, verdicts: Mapping[str, str]) -> Event:
    sentence = f"{said(device)}{judged(verdicts)}"
    if change.kind is ChangeKind.BACK:
        last = night.last.get(device.id)
        sentence = f"{said(device)} is back" + (f", last seen on {last.date().isoformat()}" if last else "")
    other = night.former.get(change.instead)
    if other is not None:
        sentence += f"; it replaces {name_of(other)}"
        return _event(Kind.REPLACED, device, sentence, before=name_of(other), after=name_of(device))
    return _event(Kind.APPEARED if change.kind is ChangeKind.APPEARED else Kind.BACK, device, sentence)


def _moved(night: Night, device: Device, moves: list[Change]) -> Event:
    was = night.former.get(device.id)
    before = stands(was) if was else ", ".join(change.before for change in moves)
    sites = [change.before for change in moves if change.attribute == "site"]
    before += f", {sites[0]}" if sites else ""
    sentence = f"{name_of(device)} is at {stands(device)}, was at {before}"
    return _event(Kind.MOVED, device, sentence, before=before, after=stands(device))


def _turned(notes: Notes, night: Night, device: Device, change: Change) -> Event:
    because = f"because {_because(notes, night.report, change)}"
    before, after = spoken(change.before or "no verdict"), spoken(change.after or "no verdict")
    sentence = f"{said(device)}: {change.list}: {before} → {after}, {because}"
    more = {"list": change.list, "before": change.before, "after": change.after}
    return _event(Kind.VERDICT, device, sentence, **more)


def _because(notes: Notes, report: Report, change: Change) -> str:
    if change.why == "waiver":
        return "a waiver holds now" if change.after == Verdict.WAIVED else "a waiver no longer holds"
    old, new = notes.lists.get(change.list), _lists(report).get(change.list)
    if change.why == "list" and old != new:
        return f"the list changed ({old or 'none'} → {new or 'none'})"
    return f"the {change.why} changed"


def _gone(notes: Notes, night: Night, name: str, changes: list[Change]) -> Iterator[Event]:
    device = night.former.get(name)
    gone = any(change.kind is ChangeKind.GONE for change in changes)
    if device is None or not gone or not device.is_surveillance or name in notes.replaced:
        return
    last = night.last.get(name)
    seen = f", last seen on {last.date().isoformat()}" if last else ""
    yield _event(Kind.GONE, device, f"{said(device)} is gone{seen}")


def _replaced(notes: Notes, night: Night) -> tuple[str, ...]:
    """Return the devices of which it was told that another has their place, without those that are here again."""
    told = {*notes.replaced, *(change.instead for change in night.changes if change.instead)}
    return tuple(sorted(told - {device.id for device in night.report.devices}))


# --- waivers, lists, fingerprints ---


def _waiver(use: WaiverUse) -> str:
    return f"{use.state}|{use.ticket}|{use.owner}|{use.list}|{use.selector}|{use.expires.isoformat()}"


def _idle(notes: Notes, report: Report) -> dict[str, int]:
    """Return for how many nights each idle waiver has been so; an incomplete night says nothing of unused ones."""
    found = dict[str, int]()
    for use in report.waivers:
        if use.state in _IDLE:
            known = notes.idle.get(_waiver(use), 0)
            counts = report.coverage.complete or use.state is WaiverState.EXPIRED
            found[_waiver(use)] = known + 1 if counts else known
    return found


def _waivers(notes: Notes, report: Report, idle: Mapping[str, int], gone_after: int) -> Iterator[Event]:
    """Yield each waiver that is over since tonight, and each that has excused nothing for long enough to be sure."""
    for use in report.waivers:
        nights, known = idle.get(_waiver(use), 0), notes.idle.get(_waiver(use), 0)
        due = 1 if use.state is WaiverState.EXPIRED else gone_after
        if known < due <= nights:
            yield Event(kind=Kind.WAIVER, sentence=waiver_line(use), list=use.list)


def _lists(report: Report) -> dict[str, str]:
    found = report.data.get("lists")
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, Mapping) else {}


def _knowledge(notes: Notes, report: Report) -> Iterator[Event]:
    now = _lists(report)
    for name in sorted({*now, *notes.lists}) if notes.lists else ():
        old, new = notes.lists.get(name), now.get(name)
        if old != new:
            sentence = f"list {name}: {old or 'not held before'} → {new or 'no longer held'}"
            yield Event(kind=Kind.KNOWLEDGE, sentence=sentence, list=name, before=old or "", after=new or "")
    told = str(report.data.get("fingerprints", ""))
    if notes.fingerprints and told != notes.fingerprints:
        sentence = f"fingerprints: {notes.fingerprints} → {told}"
        yield Event(kind=Kind.KNOWLEDGE, sentence=sentence, before=notes.fingerprints, after=told)
    for name, sentence in _stale(report).items():
        if name not in notes.stale:
            yield Event(kind=Kind.KNOWLEDGE, sentence=sentence, list=name)


def _stale(report: Report) -> dict[str, str]:
    """Return the lists that nobody has checked for long, each with its sentence."""
    return {sentence.split()[1]: sentence for sentence in stale(report)}
