"""One night: what was known before and tonight's report → what is known now, and the events in between. Pure.

A device that is missing from a complete night is counted, and gone after `gone_after` of them in a row; an incomplete
night counts nothing. A night in which none of the known devices answers is taken for a fault of the network. The first
night tells that it is the first and nothing else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.model import Attribute, Finding, Report, Verdict, WaiverState, WaiverUse
from scanner.nightly.events import Event, Kind, ordered
from scanner.nightly.ledger import Known, Ledger, known_from
from scanner.nightly.meeting import Meeting, meet
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted
from scanner.reports.standing import place, stale, waiver_line

FEW = 3
"""Known devices below which their silence alone is no sign of a fault, if others live."""
MAX_REASONS = 5
_TELLING = frozenset({Verdict.LISTED, Verdict.POSSIBLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What a night leaves: the ledger for the next one, and its events in the order in which they are told."""

    ledger: Ledger
    events: tuple[Event, ...]


def turn(before: Ledger | None, report: Report, *, gone_after: int) -> Turn:
    """Return what a night leaves. `before` is None on the first one."""
    tonight = tuple(_watched(report))
    if before is None or not before.nights:
        told = (*_unended(before), *_incomplete(report), _first(tonight))
        return Turn(ledger=_ledger(before, report, tonight, {}, 0), events=ordered(told))
    meeting = meet(before.devices, tonight)
    alone = _alone(before, meeting, report)
    fault = bool(alone) and (alone < gone_after or not _anybody(report))
    complete = report.coverage.complete and not fault
    events = [*_unended(before), *_incomplete(report), *(_silence(before) for _ in range(int(fault)))]
    events += [] if fault else _device_events(before, meeting, report)
    devices = [_merged(old, new) for old, new in meeting.same] + [new for new, _ in meeting.new]
    for known in meeting.unseen:
        after = _missed(known, gone_after) if complete else known
        devices.append(after)
        events += [_gone(after)] if after.gone and not known.gone else []
    idle = _idle(before, report, complete=complete)
    events += _waiver_events(before, report, idle, gone_after)
    events += _knowledge(before, report)
    return Turn(ledger=_ledger(before, report, devices, idle, alone), events=ordered(events))


def _watched(report: Report) -> Iterator[Known]:
    """Yield the devices of a report whose coming and going is told: surveillance, and what a list speaks of."""
    found: dict[str, dict[str, Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.device, {})[finding.list] = finding
    for device in report.devices:
        findings = found.get(device.id, {})
        if device.is_surveillance or _TELLING & {finding.verdict for finding in findings.values()}:
            yield known_from(device, findings, report.as_of, place(device))


def _ledger(
    before: Ledger | None, report: Report, devices: Iterable[Known], idle: Mapping[str, int], alone: int
) -> Ledger:
    return Ledger(
        devices=tuple(sorted(devices, key=lambda item: item.id)),
        lists=_lists(report),
        fingerprints=str(report.data.get("fingerprints", "")),
        idle=dict(idle) if before else {_waiver(use): 1 for use in report.waivers if use.state in _IDLE},
        stale=tuple(stale_ids(report)),
        alone=alone,
        nights=(before.nights if before else 0) + 1,
    )


# --- the run itself ---


def _first(tonight: Sequence[Known]) -> Event:
    sentence = f"first run: {counted(len(tonight), 'device')} found; later runs tell what changes"
    return Event(kind=Kind.KNOWLEDGE, sentence=sentence)


def _unended(before: Ledger | None) -> Iterator[Event]:
    if before and before.begun:
        yield Event(
            kind=Kind.FAILED, sentence=f"the run begun at {before.begun} did not end; nothing of it counts"
        )


def _incomplete(report: Report) -> Iterator[Event]:
    coverage = report.coverage
    if coverage.complete:
        return
    reach = coverage.reach
    reasons = [*coverage.failures, *(reach.problems if reach else ())]
    reasons += [
        f"{gap.addresses}: {gap.why}"
        for gap in (reach.not_asked if reach else ())
        if "excluded" not in gap.why
    ]
    told = "; ".join(map(plain, reasons[:MAX_REASONS])) or "no reason was recorded"
    yield Event(kind=Kind.FAILED, sentence=f"the run was incomplete, nobody is counted as missing: {told}")


def _alone(before: Ledger, meeting: Meeting, report: Report) -> int:
    """Return for how many nights in a row none of the known devices has answered, this one included."""
    present = [known for known in before.devices if not known.gone]
    silent = present and not any(not old.gone for old, _ in meeting.same)
    counts = silent and (len(present) >= FEW or not _anybody(report))
    return before.alone + 1 if counts else 0


def _anybody(report: Report) -> bool:
    reach = report.coverage.reach
    return bool(report.devices or report.coverage.unidentified or (reach and reach.alive))


def _silence(before: Ledger) -> Event:
    count = sum(not known.gone for known in before.devices)
    sentence = (
        f"none of the {counted(count, 'known device')} answered: taken for a fault of the network, nobody is counted "
        "as missing"
    )
    return Event(kind=Kind.FAILED, sentence=sentence)


# --- devices ---


def _device_events(before: Ledger, meeting: Meeting, report: Report) -> list[Event]:
    events = list[Event]()
    for old, new in meeting.same:
        if old.gone:
            events.append(_event(Kind.BACK, new, f"{new.said} is back, last seen on {old.seen.isoformat()}"))
        events += _moved(old, new)
        events += _changed(old, new)
        events += _turned(before, old, new, report)
    return events + [_appeared(new, replaced) for new, replaced in meeting.new]


def _event(kind: Kind, known: Known, sentence: str, **more: str) -> Event:
    address = known.addresses[0] if known.addresses else ""
    return Event(kind=kind, sentence=sentence, device=known.id, address=address, **more)


def _appeared(new: Known, old: Known | None) -> Event:
    judged = _judged(new)
    if old is None:
        return _event(Kind.APPEARED, new, f"{new.said}{judged}")
    sentence = f"{new.said}{judged}; it replaces {old.name}"
    return _event(Kind.REPLACED, new, sentence, before=old.name, after=new.name)


def _judged(known: Known) -> str:
    by_verdict: dict[str, list[str]] = {}
    for name, verdict in sorted(known.verdicts.items()):
        by_verdict.setdefault(verdict, []).append(name)
    told = [
        f"{verdict.value} ({', '.join(by_verdict[verdict])})" for verdict in Verdict if verdict in by_verdict
    ]
    return f": {'; '.join(told)}".replace("not-listed", "not listed") if told else ""


def _moved(old: Known, new: Known) -> Iterator[Event]:
    """Yield that a device is elsewhere: none of its addresses is as before, or it stands in another place."""
    elsewhere = bool(old.addresses) and bool(new.addresses) and not set(old.addresses) & set(new.addresses)
    if elsewhere or (old.place != new.place and old.place and new.place):
        before, after = _stands(old), _stands(new)
        sentence = f"{new.name} is at {after}, was at {before}"
        yield _event(Kind.MOVED, new, sentence, before=before, after=after)


def _stands(known: Known) -> str:
    return known.where + (f" ({known.place})" if known.place else "")


def _changed(old: Known, new: Known) -> Iterator[Event]:
    for name in map(Attribute, sorted(new.values)):
        before, after = old.value(name), new.value(name)
        if before and before != after:
            sentence = f"{new.said}: {name.value} {before} → {after}"
            yield _event(Kind.CHANGED, new, sentence, before=before, after=after)
    if old.kind != new.kind:
        yield _event(Kind.CHANGED, new, f"{new.said}: was a {old.kind}", before=old.kind, after=new.kind)


def _turned(before: Ledger, old: Known, new: Known, report: Report) -> Iterator[Event]:
    """Yield each verdict that is another than before, and why; a list that is held for the first time tells nothing."""
    for name, verdict in sorted(new.verdicts.items()):
        earlier = old.verdicts.get(name)
        if earlier is None or earlier == verdict:
            continue
        why = _why(before, old, new, name, report)
        sentence = f"{new.said}: {name}: {_words(earlier)} → {_words(verdict)}, because {why}"
        yield _event(Kind.VERDICT, new, sentence, list=name, before=earlier, after=verdict)


def _words(verdict: str) -> str:
    return verdict.replace("-", " ")


def _why(before: Ledger, old: Known, new: Known, name: str, report: Report) -> str:
    if Verdict.WAIVED in {old.verdicts[name], new.verdicts[name]}:
        begun = new.verdicts[name] == Verdict.WAIVED
        return "a waiver holds now" if begun else "a waiver no longer holds"
    lists = _lists(report)
    if before.lists.get(name) != lists.get(name):
        return f"the list changed ({before.lists.get(name, 'none')} → {lists.get(name, 'none')})"
    who = (Attribute.MAKER, Attribute.BRAND)
    if any(old.value(attribute) != new.value(attribute) for attribute in who) and old.value(who[0]):
        return "the device changed"
    if before.fingerprints != report.data.get("fingerprints"):
        return "the fingerprints changed"
    return "the evidence changed"


def _merged(old: Known, new: Known) -> Known:
    """Return a device as it is now; what it did not say tonight is as it was."""
    return replace(
        new,
        values={**old.values, **new.values},
        macs=tuple(dict.fromkeys((*new.macs, *old.macs))),
    )


def _missed(known: Known, gone_after: int) -> Known:
    missing = known.missing + 1
    return replace(known, missing=missing, gone=known.gone or missing >= gone_after)


def _gone(known: Known) -> Event:
    times = counted(known.missing, "complete run")
    return _event(Kind.GONE, known, f"{known.said}: not seen in {times}, last on {known.seen.isoformat()}")


# --- waivers, lists, fingerprints ---

_IDLE = frozenset({WaiverState.EXPIRED, WaiverState.UNUSED})


def _waiver(use: WaiverUse) -> str:
    return f"{use.state}|{use.ticket}|{use.owner}|{use.list}|{use.selector}|{use.expires.isoformat()}"


def _idle(before: Ledger, report: Report, *, complete: bool) -> dict[str, int]:
    """Return for how many nights each idle waiver has been so; an incomplete night says nothing of unused ones."""
    found = dict[str, int]()
    for use in report.waivers:
        if use.state in _IDLE:
            known = before.idle.get(_waiver(use), 0)
            counts = complete or use.state is WaiverState.EXPIRED
            found[_waiver(use)] = known + 1 if counts else known
    return found


def _waiver_events(
    before: Ledger, report: Report, idle: Mapping[str, int], gone_after: int
) -> Iterator[Event]:
    """Yield each waiver that is over since tonight, and each that has excused nothing for long enough to be sure."""
    for use in report.waivers:
        nights, known = idle.get(_waiver(use), 0), before.idle.get(_waiver(use), 0)
        due = 1 if use.state is WaiverState.EXPIRED else gone_after
        if known < due <= nights:
            yield Event(kind=Kind.WAIVER, sentence=waiver_line(use), list=use.list)


def _lists(report: Report) -> dict[str, str]:
    found = report.data.get("lists")
    return {str(name): str(version) for name, version in found.items()} if isinstance(found, Mapping) else {}


def _knowledge(before: Ledger, report: Report) -> Iterator[Event]:
    now = _lists(report)
    for name in sorted({*now, *before.lists}):
        old, new = before.lists.get(name), now.get(name)
        if old != new:
            sentence = f"list {name}: {old or 'not held before'} → {new or 'no longer held'}"
            yield Event(kind=Kind.KNOWLEDGE, sentence=sentence, list=name, before=old or "", after=new or "")
    told = str(report.data.get("fingerprints", ""))
    if told != before.fingerprints:
        sentence = f"fingerprints: {before.fingerprints} → {told}"
        yield Event(kind=Kind.KNOWLEDGE, sentence=sentence, before=before.fingerprints, after=told)
    for name, sentence in zip(stale_ids(report), stale(report), strict=True):
        if name not in before.stale:
            yield Event(kind=Kind.KNOWLEDGE, sentence=sentence, list=name)


def stale_ids(report: Report) -> Iterator[str]:
    """Yield the lists that nobody has checked for long, in the order of `standing.stale`."""
    yield from (sentence.split()[1] for sentence in stale(report))
