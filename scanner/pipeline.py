"""The sentence: devices = conclude(identify(observe(messages))); and the report that is made of it.

Messages stream through; what is kept is bounded. A message that was read before is not read again, facts that
a subject repeats are kept once, and of each message that became evidence a short excerpt of its bytes stays.
A parser that fails costs its own message only: the failure is counted and said in the coverage.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scanner import __version__
from scanner.bulk import uncollected
from scanner.coverage import coverage_of, reach_of
from scanner.errors import ScannerError
from scanner.exposure import LIST, Exposing
from scanner.fingerprints import Knowledge, identify, load
from scanner.identity import conclude
from scanner.model import (
    Coverage,
    Device,
    Evidence,
    Message,
    Observation,
    Report,
)
from scanner.policy import PolicyList, Waiver, account, judge, load_lists
from scanner.protocols import PROTOCOLS
from scanner.reading import Reading
from scanner.registrants import hinted_registrants, registrants
from scanner.vendors import vendors
from scanner.vendors.registry import REGISTRY_DATE
from scanner.zones import NOWHERE, Map

if TYPE_CHECKING:
    from scanner.capture import ReadBeside
    from scanner.probes.scan import Scan


def observe(messages: Iterable[Message], reading: Reading) -> Iterator[Observation]:
    """Read messages into observations; `reading` keeps what is not an observation."""
    for message in messages:
        yield from reading.read(message)


def devices_of(
    messages: Iterable[Message], knowledge: Knowledge, reading: Reading, on: date
) -> tuple[Device, ...]:
    """Return the devices that messages speak of: the whole flow between bytes and policy."""
    return devices_from(identify(observe(messages, reading), knowledge), knowledge, reading, on)


def devices_from(
    evidence: Iterable[Evidence], knowledge: Knowledge, reading: Reading, on: date
) -> tuple[Device, ...]:
    """Return the devices that evidence speaks of, with what the link layer adds to it."""
    told = list(evidence)
    bindings = reading.sightings.judge()
    told.extend(identify((*registrants(bindings), *hinted_registrants(told, bindings)), knowledge))
    return tuple(
        replace(device, notes=device.notes + notes) if (notes := reading.telling.notes(device)) else device
        for device in conclude(told, bindings, vendors(), on)
    )


def gather(
    messages: Iterable[Message], reading: Reading, knowledge: Knowledge
) -> tuple[list[Evidence], bool]:
    """Return the evidence of messages, read to their end or until the operator interrupts; and whether they ended."""
    told: list[Evidence] = []
    try:
        for item in identify(observe(messages, reading), knowledge):
            told.append(item)  # noqa: PERF402 - what an interruption leaves is the point
    except KeyboardInterrupt:
        return told, False
    return told, True


def replay(
    sources: "Sequence[Path | BinaryIO | ReadBeside]",
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    knowledge: Knowledge | None = None,
    strict: bool = False,
    mode: str = "replay",
    taking: Callable[[Message], None] | None = None,
) -> Report:
    """Return the report on captures, files or such as are being read, in the order given, as one network at one time.

    `on` is the day whose lists and relations hold; `lists` are ids, none meaning all that are enabled; `mode` is
    what the report says was done; `taking` is given every message. An interruption (Ctrl-C) ends the reading, not the
    report: it is incomplete.
    Raises CaptureError for what is not a capture and UsageError for an unknown list.
    """
    from scanner.capture import ReadBeside, beside, open_capture

    chosen = load_lists(tuple(lists))
    reading = Reading(strict=strict)
    captures = [
        source if isinstance(source, ReadBeside) else beside(open_capture(source), source)
        for source in sources
    ]
    if not captures:
        raise ScannerError("nothing to replay: name at least one capture file")
    knowledge = knowledge or load()
    told, whole = gather(_taken(captures, taking), reading, knowledge)
    devices = devices_from(told, knowledge, reading, on)
    names = [c.name for c in captures]
    damages = tuple(f"{c.name}: {damage}" for c in captures for damage in c.stats.damages)
    packets = sum(c.stats.packets for c in captures)
    return _report(
        {"mode": mode, "sources": names, **({} if whole else {"interrupted": True})},
        devices,
        Exposing(reading.signs, lists),
        coverage_of(reading, devices, names, packets, damages + _interruption(whole)),
        knowledge=knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def _taken(
    captures: Iterable[Iterable[Message]], taking: Callable[[Message], None] | None
) -> Iterator[Message]:
    """Yield the messages of captures, each shown to whoever keeps them."""
    for capture in captures:
        for message in capture:
            if taking:
                taking(message)
            yield message


def judge_again(
    before: Report,
    messages: Iterable[Message],
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    knowledge: Knowledge | None = None,
) -> Report:
    """Return the report that today's knowledge makes of the messages behind an earlier one: no packet is sent.

    What was asked and reached stays as it was then; who is who, who made it and what the lists say is concluded anew.
    """
    chosen, knowledge, reading = load_lists(tuple(lists)), knowledge or load(), Reading()
    told, _ = gather(messages, reading, knowledge)
    devices = devices_from(told, knowledge, reading, on)
    then = before.coverage
    coverage = coverage_of(reading, devices, then.sources, then.packets, then.failures, then.reach)
    return _report(
        {key: value for key, value in before.run.items() if key != "as_of"},
        devices,
        Exposing(reading.signs, lists),
        replace(coverage, complete=then.complete),
        knowledge=knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def hold_against(
    before: Report,
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
) -> Report:
    """Return an earlier report with its devices held against lists of another day; what they are stays."""
    made = _report(
        {key: value for key, value in before.run.items() if key != "as_of"},
        before.devices,
        Exposing(None),
        before.coverage,
        knowledge=None,
        lists=load_lists(tuple(lists)),
        waivers=waivers,
        zones=zones,
        on=on,
    )
    kept = {key: before.data[key] for key in ("fingerprints", LIST) if key in before.data}
    return replace(made, data={**made.data, "fingerprints": "", **kept}, exposures=before.exposures)


def import_report(
    messages: Iterable[Message],
    sources: Sequence[str],
    damages: Sequence[str],
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    knowledge: Knowledge | None = None,
    strict: bool = False,
) -> Report:
    """Return the report on messages that other scanners' results were turned into.

    `damages` may fill up while the messages are read: it is looked at afterwards.
    """
    chosen, knowledge, reading = load_lists(tuple(lists)), knowledge or load(), Reading(strict=strict)
    told, whole = gather(messages, reading, knowledge)
    devices = devices_from(told, knowledge, reading, on)
    return _report(
        {"mode": "import", "sources": list(sources), **({} if whole else {"interrupted": True})},
        devices,
        Exposing(reading.signs, lists),
        coverage_of(reading, devices, sources, 0, tuple(damages) + _interruption(whole)),
        knowledge=knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def scan_report(
    scan: "Scan",
    *,
    on: date,
    ended: datetime,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    interrupted: bool = False,
) -> Report:
    """Return the report on a live scan, also on one that was interrupted: then it is incomplete.

    `ended` is when the scan ended, `on` the day whose lists and relations hold.
    """
    chosen, found, plan = load_lists(tuple(lists)), scan.findings, scan.plan
    devices = devices_from(found.evidence, found.knowledge, found.reading, on)
    reach = reach_of(scan, devices, ended)
    coverage = coverage_of(
        found.reading, devices, [reach.asked], scan.audit.packets, _interruption(not interrupted), reach
    )
    run = {
        "mode": "scan",
        "started": _instant(found.started),
        "ended": _instant(ended),
        "plan": plan.record(),
        "scope": plan.scope.record(),
        **({"interrupted": True} if interrupted else {}),
    }
    complete = coverage.complete and found.complete
    return _report(
        run,
        devices,
        Exposing(found.reading.signs, lists),
        replace(coverage, complete=complete),
        knowledge=found.knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def _report(
    run: Mapping[str, object],
    devices: tuple[Device, ...],
    exposing: Exposing,
    coverage: Coverage,
    *,
    knowledge: Knowledge | None,
    lists: Sequence[PolicyList],
    waivers: Sequence[Waiver],
    zones: Map,
    on: date,
) -> Report:
    with uncollected():
        devices = zones.placed(devices)
        findings = judge(devices, lists, vendors(), on=on, waivers=waivers)
    exposures = exposing.of(devices, on=on, live=coverage.reach is not None, waivers=waivers)
    narrowed = {item.id: list(item.zones) for item in lists if item.zones}
    return Report(
        tool={"name": "camcensus", "version": __version__},
        data={
            "fingerprints": knowledge.version if knowledge else "",
            "registry": REGISTRY_DATE.isoformat(),
            "lists": {item.id: item.version.isoformat() for item in lists},
            "lists_checked": {item.id: item.checked.isoformat() for item in lists},
            **({"lists_zones": narrowed} if narrowed else {}),
            **exposing.version,
        },
        run={**run, **exposing.wish, "as_of": on.isoformat()},
        devices=devices,
        findings=findings,
        coverage=coverage,
        as_of=on,
        exposures=exposures,
        waivers=account(
            waivers, devices, (*findings, *exposures), [*(item.id for item in lists), *exposing.held], on=on
        ),
    )


def _interruption(whole: bool) -> tuple[str, ...]:
    return () if whole else ("interrupted: the rest was not asked or read",)


def _instant(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z") if time else None


__all__ = [
    "PROTOCOLS",
    "Reading",
    "devices_from",
    "devices_of",
    "gather",
    "import_report",
    "observe",
    "registrants",
    "replay",
    "scan_report",
]
