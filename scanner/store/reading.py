"""Rows into reports, devices and changes, in the caller's transaction.

A report is read as it was kept, or put together from what held at its run: the same devices, conclusions, evidence and
findings, but for the hour at which a witness spoke, which is that of the run in which the state began.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, select

from scanner.errors import UsageError
from scanner.model import Device, Finding, Report, Trend
from scanner.reports.from_json import read_finding, read_report, report_of
from scanner.reports.ranking import place
from scanner.store.changes import Change, Data, compare
from scanner.store.packing import device_of, text_of, unpack
from scanner.store.sides import of_devices, pairs_between, then
from scanner.store.tables import absences, findings, runs, states
from scanner.store.tables import devices as known_devices

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Table

MAX_HISTORY = 400
"""Earlier runs that a report carries the counts of."""


def report(db: "Connection", run: str) -> Report:
    """Return the report of a finished run; UsageError where there is none."""
    row = _finished(db, run)
    if row["whole"] is not None:
        found = read_report(text_of(row["whole"]), f"run {run}")
    else:
        found = report_of(_document(db, row), f"run {run}")
        found = replace(found, findings=_said_of(db, row, found))
    return replace(found, history=_history(db, row["site"], row["number"]))


def trends(db: "Connection", run: str) -> tuple[Trend, ...]:
    """Return what the runs before a finished one counted; UsageError where there is none."""
    row = _finished(db, run)
    return _history(db, row["site"], row["number"])


def _finished(db: "Connection", run: str) -> Mapping[str, Any]:
    row = db.execute(select(runs).where(runs.c.id == run)).mappings().first()
    if row is None or row["number"] is None:
        raise UsageError(f"the store holds no finished run {run}")
    return dict(row)


def _document(db: "Connection", row: Mapping[str, Any]) -> dict[str, Any]:
    site, number = row["site"], row["number"]
    document: dict[str, Any] = unpack(row["head"])
    parts = [unpack(record) for _, record in _present(db, site, number)]
    document["devices"] = [part["device"] for part in parts]
    document["coverage"]["notes"] = [
        {"device": part["device"]["id"], "note": note}
        for part in parts
        for note in (*part["notes"], *((f"behind {part['parent']}",) if part["parent"] else ()))
    ]
    document["findings"] = []  # they are read apart: thousands of devices have one and the same said of them
    return document


def _said_of(db: "Connection", row: Mapping[str, Any], report: Report) -> tuple[Finding, ...]:
    """Return the findings that held at a run, on the devices that were there; each text is read once."""
    here = {device.id for device in report.devices}
    lists = report.data.get("lists")
    versions = lists if isinstance(lists, Mapping) else {}
    read: dict[str, Finding] = {}
    found = []
    for device, name, record in _findings(db, row["site"], row["number"]):
        if device not in here:
            continue
        text = record.replace(f'"device": "{device}"', '"device": ""')
        if text not in read:
            read[text] = read_finding({**json.loads(text), "version": str(versions.get(name, ""))})
        found.append(replace(read[text], device=device))
    return tuple(found)


def _at(table: "Table", site: str, number: int) -> "ColumnElement[bool]":
    """Return what selects rows of a table that hold at a run of a site."""
    return and_(table.c.site == site, then(table, number))


def _present(db: "Connection", site: str, number: int) -> Iterable[tuple[str, bytes]]:
    missing = exists().where(of_devices(absences, site, number), absences.c.device == states.c.device)
    query = select(states.c.device, states.c.record).where(_at(states, site, number), ~missing)
    return [(name, bytes(record)) for name, record in db.execute(query.order_by(states.c.device)).all()]


def _findings(db: "Connection", site: str, number: int) -> list[tuple[str, str, str]]:
    query = select(findings.c.device, findings.c.list, findings.c.record).where(_at(findings, site, number))
    return [
        (d, name, record)
        for d, name, record in db.execute(query.order_by(findings.c.device, findings.c.list)).all()
    ]


def _history(db: "Connection", site: str, number: int) -> tuple[Trend, ...]:
    rows = db.execute(
        select(runs.c.finished, runs.c.counts)
        .where(runs.c.site == site, runs.c.number < number)
        .order_by(runs.c.number.desc())
        .limit(MAX_HISTORY)
    ).fetchall()
    return tuple(
        Trend(time=datetime.fromisoformat(finished), makers=held["makers"], verdicts=held["verdicts"])
        for finished, counts in reversed(rows)
        for held in [json.loads(counts)]
    )


def devices(db: "Connection", site: str | None, *, gone: bool) -> list[tuple[str, Device, dict[str, Any]]]:
    """Return what is known now, in order of site and address: site, device, and since when it is known or gone."""
    query = (
        select(known_devices, states.c.record)
        .join(
            states,
            and_(
                states.c.device == known_devices.c.id,
                states.c.site == known_devices.c.site,
                states.c.until.is_(None),
            ),
        )
        .order_by(known_devices.c.site, known_devices.c.id)
    )
    if site is not None:
        query = query.where(known_devices.c.site == site)
    if not gone:
        query = query.where(known_devices.c.gone.is_(False))
    times = _times(db)
    found = []
    for row in db.execute(query).mappings():
        where = row["site"]
        when = {
            "first": times.get((where, row["first"])),
            "missing": None if row["absent"] is None else times.get((where, row["absent"])),
            "gone": bool(row["gone"]),
        }
        found.append((where, device_of(row["record"]), when))
    found.sort(key=lambda one: (one[0], place(one[1])))
    return found


def _times(db: "Connection") -> dict[tuple[str, int], str]:
    rows = db.execute(select(runs.c.site, runs.c.number, runs.c.finished).where(runs.c.number.is_not(None)))
    return {(site, number): finished for site, number, finished in rows}


def states_of(db: "Connection", device: str) -> Iterator[tuple[Mapping[str, Any], Device]]:
    """Yield the states of a device, the oldest first, each with the row of the run in which it began.

    Within a site its runs count, whatever the clock said; the clock only tells which of two sites came first.
    """
    rows = db.execute(
        select(states.c.record, runs)
        .join(runs, and_(runs.c.site == states.c.site, runs.c.number == states.c.since))
        .where(states.c.device == device)
        .order_by(runs.c.number)
    ).mappings()
    latest: dict[str, str] = {}
    timed = []
    for row in rows.all():
        latest[row["site"]] = max(latest.get(row["site"], ""), row["finished"])
        timed.append((latest[row["site"]], row["number"], row))
    for _, _, row in sorted(timed, key=lambda one: one[:2]):
        yield dict(row), device_of(row["record"])


def last_seen(db: "Connection", device: str) -> datetime | None:
    """Return when the run ended before the one in which a device went missing last; None if it never did."""
    gap = db.execute(
        select(absences.c.site, absences.c.since)
        .where(absences.c.device == device)
        .order_by(absences.c.since.desc())
        .limit(1)
    ).first()
    if gap is None:
        return None
    ended = db.execute(
        select(runs.c.finished)
        .where(runs.c.site == gap.site, runs.c.number < gap.since)
        .order_by(runs.c.number.desc())
        .limit(1)
    ).scalar()
    return datetime.fromisoformat(ended) if ended else None


def diff(db: "Connection", earlier: str, later: str) -> tuple[Change, ...]:
    """Return what changed between two finished runs of one site; reads only what did."""
    old, new = _finished(db, earlier), _finished(db, later)
    if old["site"] != new["site"]:
        raise UsageError(
            f"one run is of the site {old['site']!r}, the other of {new['site']!r}: they do not compare"
        )
    if old["number"] > new["number"]:
        raise UsageError("the first run is the later one: name the earlier one first")
    pairs = pairs_between(db, new["site"], old["number"], new["number"])
    return compare(pairs, _data(old), _data(new))


def _data(row: Mapping[str, Any]) -> Data:
    data = unpack(row["head"])["data"]
    return Data(fingerprints=str(data.get("fingerprints", "")), lists=data.get("lists", {}))
