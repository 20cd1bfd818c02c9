"""A finished run into rows, in the caller's transaction: only what changed is written.

What holds is closed where it changed and opened anew; what is missing is opened as an absence, and counts as gone after
so many complete runs. A run that was not complete proves nothing about what it did not see.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select, update

from scanner.errors import UsageError
from scanner.model import Attribute, Finding, Message, Report
from scanner.reports.as_json import document, finding_record
from scanner.reports.ranking import worst_of_each
from scanner.store.identities import Known, known_by, lasting, match
from scanner.store.packing import counts, device_part, digest, pack, packed_messages
from scanner.store.tables import absences, at_site, devices, findings, keys, messages, runs, states
from scanner.store.told import text_of_record

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

WHOLE_RUNS = 3
"""Newest runs of a site of which the report is kept as it was; older ones are put together from what held then."""
WHOLE_DEVICES = 5000
"""Devices above which that is not done: the rows say the same, but for the hour at which each witness spoke."""
MESSAGE_RUNS = 2
"""Newest runs of a site of which the messages are kept."""
MAX_MESSAGES = 256 << 20
"""Bytes of one run's messages, packed; what is beyond is not kept."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A known device as its row has it, but for what it is known by."""

    id: str
    digest: bytes
    missed: int
    absent: int | None
    gone: bool


def finish(
    db: "Connection", run: str, report: Report, heard: Iterable[Message], *, gone_after: int, now: str
) -> Report:
    """Write a run and return its report under the ids that are known; a run that is there already stays as it is."""
    row = db.execute(select(runs.c.site, runs.c.number).where(runs.c.id == run)).first()
    if row is None:
        raise UsageError(f"the run {run} was never begun")
    _one_at_a_time(db, row.site)
    known = _known(db, row.site)
    same = {d.id for d in report.devices if (held := known.get(d.id)) and held.digest == digest(d)}
    report = _renamed(db, report, known, same, row.site)
    if row.number is not None:
        return report
    number = 1 + (db.execute(select(func.max(runs.c.number)).where(runs.c.site == row.site)).scalar() or 0)
    _write_devices(db, row.site, number, report, known, same)
    _write_absences(db, row.site, number, report, known, gone_after)
    _write_findings(db, row.site, number, report)
    _write_messages(db, row.site, run, heard)
    _write_run(db, row.site, run, number, report, now)
    return report


def _one_at_a_time(db: "Connection", site: str) -> None:
    """Hold other writers of the site off until this transaction ends; SQLite's own lock does so anyway."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"camcensus {site}", 0))))


def _known(db: "Connection", site: str) -> dict[str, _Row]:
    rows = db.execute(
        select(devices.c.id, devices.c.digest, devices.c.missed, devices.c.absent, devices.c.gone).where(
            devices.c.site == site
        )
    ).all()  # at once: row by row costs ten times as much
    return {row[0]: _Row(row[0], bytes(row[1]), row[2], row[3], bool(row[4])) for row in rows}


def _who(db: "Connection", names: Iterable[str]) -> dict[str, Known]:
    """Return what some known devices are known by."""
    wanted, found = list(names), dict[str, Known]()
    for start in range(0, len(wanted), 500):
        query = select(devices.c.id, devices.c.known).where(devices.c.id.in_(wanted[start : start + 500]))
        found |= {name: _read_known(name, text) for name, text in db.execute(query).all()}
    return {name: found[name] for name in wanted if name in found}


def _read_known(name: str, text: str) -> Known:
    held = json.loads(text)
    return Known(
        id=name,
        keys={kind: frozenset(values) for kind, values in held["keys"].items()},
        addresses=frozenset(held["addresses"]),
        likeness=tuple(held["likeness"]),
    )


def _keys_text(who: Known) -> str:
    return json.dumps(
        {
            "keys": {kind: sorted(values) for kind, values in who.keys.items() if values},
            "addresses": sorted(who.addresses),
            "likeness": who.likeness,
        },
        sort_keys=True,
    )


def _renamed(
    db: "Connection", report: Report, known: Mapping[str, _Row], same: set[str], site: str
) -> Report:
    """Return the report with its devices under the ids by which they are known.

    Whoever is as it was, id and all, is who it was (`same`); the others are looked at, beside all who share a key with
    them.
    """
    others = [device for device in report.devices if device.id not in same]
    asked = [key for device in others for key in lasting(known_by(device))]
    sharing = {device for _, device in _held(db, asked)} & same
    candidates = list(_who(db, [name for name in known if name not in same or name in sharing]).values())
    ids = match(
        candidates, others, site=site, taken=same, elsewhere=lambda asked: _elsewhere(db, asked, known)
    )
    renamed = {old: new for old, new in ids.items() if old != new}
    return _with_ids(report, renamed) if renamed else report


def _with_ids(report: Report, ids: Mapping[str, str]) -> Report:
    return replace(
        report,
        devices=tuple(
            replace(
                device, id=ids.get(device.id, device.id), parent=ids.get(device.parent or "", device.parent)
            )
            if device.id in ids or device.parent in ids
            else device
            for device in report.devices
        ),
        findings=_of_ids(report.findings, ids),
        exposures=_of_ids(report.exposures, ids),
        waivers=tuple(
            replace(use, devices=tuple(sorted(ids.get(name, name) for name in use.devices)))
            for use in report.waivers
        ),
    )


def _of_ids(said: tuple[Finding, ...], ids: Mapping[str, str]) -> tuple[Finding, ...]:
    return tuple(replace(item, device=ids[item.device]) if item.device in ids else item for item in said)


def _held(db: "Connection", asked: Iterable[str]) -> list[tuple[str, str]]:
    """Return who has which of some keys, at whatever site, in order."""
    wanted = sorted(set(asked))
    found: list[tuple[str, str]] = []
    for start in range(0, len(wanted), 500):
        query = select(keys.c.key, keys.c.device).where(keys.c.key.in_(wanted[start : start + 500]))
        found += [(key, device) for key, device in db.execute(query).all()]
    return sorted(found)


def _elsewhere(db: "Connection", asked: Iterable[str], known: Mapping[str, _Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, device in _held(db, asked):
        if device not in known:
            found.setdefault(key, device)
    return found


def _write_devices(
    db: "Connection", site: str, number: int, report: Report, known: Mapping[str, _Row], same: set[str]
) -> None:
    """Open a state of every device that is new or changed, and close the one before; `same` are known to be neither."""
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    opened: list[dict[str, Any]] = []
    named: list[tuple[str, list[str]]] = []
    others = [device for device in report.devices if device.id not in same]
    before = _who(db, [device.id for device in others if device.id in known])
    for device in others:
        sign, row = digest(device), known.get(device.id)
        if row is not None and row.digest == sign:
            continue
        who = known_by(device)
        text = _keys_text(_merged(before[device.id], who) if row else who)
        if row is None:
            fresh.append({"id": device.id, "site": site, "first": number, "known": text, "digest": sign})
        else:
            changed.append({"b_id": device.id, "b_known": text, "b_digest": sign})
        part = device_part(device)
        told = text_of_record(part["device"])
        opened.append(
            {"device": device.id, "since": number, "site": site, "record": pack(part), "told": told}
        )
        named.append((device.id, lasting(who)))
    moved = _take_from_other_sites(db, fresh)
    _insert(db, devices, [row for row in fresh if row["id"] not in moved])
    _close(db, states, site, number, [row["b_id"] for row in changed])
    if changed:
        db.execute(
            update(devices)
            .where(devices.c.id == bindparam("b_id"))
            .values(known=bindparam("b_known"), digest=bindparam("b_digest")),
            changed,
        )
    _insert(db, states, opened)
    _write_keys(db, named)


def _merged(old: Known, new: Known) -> Known:
    """Return what a device is known by from now on: what it says now, and lasting keys that it only leaves unsaid."""
    held = {kind: new.keys.get(kind) or old.keys.get(kind) or frozenset() for kind in {*old.keys, *new.keys}}
    return replace(new, keys=held)


def _take_from_other_sites(db: "Connection", fresh: list[dict[str, Any]]) -> set[str]:
    """Bring devices here that another site knew: what held there ends, their history stays."""
    moved: set[str] = set()
    for start in range(0, len(fresh), 500):
        part = {row["id"]: row for row in fresh[start : start + 500]}
        rows = db.execute(select(devices.c.id, devices.c.site).where(devices.c.id.in_(list(part)))).fetchall()
        for name, old_site in rows:
            last = db.execute(select(func.max(runs.c.number)).where(runs.c.site == old_site)).scalar() or 0
            for table in (states, findings, absences):
                _close(db, table, old_site, last + 1, [name])
            values = {**part[name], "missed": 0, "absent": None, "gone": False}
            db.execute(update(devices).where(devices.c.id == name).values(values))
            moved.add(name)
    return moved


def _write_keys(db: "Connection", named: list[tuple[str, list[str]]]) -> None:
    for start in range(0, len(named), 500):
        part = dict(named[start : start + 500])
        held: dict[str, set[str]] = {}
        for key, device in db.execute(select(keys.c.key, keys.c.device).where(keys.c.device.in_(list(part)))):
            held.setdefault(device, set()).add(key)
        _insert(
            db,
            keys,
            [
                {"key": key, "device": device}
                for device, names in part.items()
                for key in names
                if key not in held.get(device, ())
            ],
        )


def _write_absences(
    db: "Connection", site: str, number: int, report: Report, known: Mapping[str, _Row], gone_after: int
) -> None:
    here = {device.id for device in report.devices}
    back = [name for name, row in known.items() if name in here and row.absent is not None]
    missing = {name: row for name, row in known.items() if name not in here}
    _close(db, absences, site, number, back)
    step = 1 if report.coverage.complete else 0
    rows: list[dict[str, Any]] = [
        {
            "b_id": name,
            "b_missed": row.missed + step,
            "b_absent": row.absent if row.absent is not None else number,
            "b_gone": row.gone or row.missed + step >= gone_after,
        }
        for name, row in missing.items()
        if (step and not row.gone) or row.absent is None
    ]
    rows += [{"b_id": name, "b_missed": 0, "b_absent": None, "b_gone": False} for name in back]
    if rows:
        db.execute(
            update(devices)
            .where(devices.c.id == bindparam("b_id"))
            .values(missed=bindparam("b_missed"), absent=bindparam("b_absent"), gone=bindparam("b_gone")),
            rows,
        )
    new = [row["b_id"] for row in rows if row["b_absent"] == number]
    _insert(db, absences, [{"device": name, "since": number, "site": site} for name in new])
    gone = [row["b_id"] for row in rows if row["b_gone"] and not known[row["b_id"]].gone]
    for start in range(0, len(gone), 500):
        db.execute(
            update(absences)
            .where(
                at_site(absences, site),
                absences.c.until.is_(None),
                absences.c.device.in_(gone[start : start + 500]),
            )
            .values(gone=number)
        )


def _write_findings(db: "Connection", site: str, number: int, report: Report) -> None:
    """Open findings that are new or changed, close those that changed or are no longer said."""
    held = {
        (device, name): record
        for device, name, record in db.execute(
            select(findings.c.device, findings.c.list, findings.c.record).where(
                findings.c.site == site, findings.c.until.is_(None)
            )
        ).all()
    }
    present = {device.id for device in report.devices}
    said = {(item.device, item.list): item for item in report.findings}
    texts = _texts(said)
    over = [
        key
        for key, record in held.items()
        if texts.get(key) != record and (key in texts or key[0] in present)
    ]
    if over:
        db.execute(
            update(findings)
            .where(
                findings.c.device == bindparam("b_device"),
                findings.c.list == bindparam("b_list"),
                at_site(findings, site),
                findings.c.until.is_(None),
            )
            .values(until=number),
            [{"b_device": device, "b_list": name} for device, name in over],
        )
    _insert(
        db,
        findings,
        [
            {
                "device": device,
                "list": name,
                "since": number,
                "site": site,
                "verdict": said[device, name].verdict.value,
                "record": text,
            }
            for (device, name), text in texts.items()
            if held.get((device, name)) != text and device in present
        ],
    )


def _texts(said: Mapping[tuple[str, str], Finding]) -> dict[tuple[str, str], str]:
    """Return findings as texts, without the version of the list: that a list was checked again changes no finding.

    Thousands of devices have one and the same said of them: a text is made once, and the device's name put in.
    """
    frames: dict[tuple[object, ...], tuple[str, str]] = {}
    texts = {}
    for key, item in said.items():
        sign = (item.list, item.verdict, item.entry, item.clause, item.chain, item.reason, item.waiver)
        if sign not in frames:
            record = finding_record(replace(item, device=_NAME))
            del record["version"]
            text = json.dumps(record, sort_keys=True, ensure_ascii=False)
            before, mark, after = text.partition(f'"device": "{_NAME}"')  # no value can hold quotes that bare
            frames[sign] = (before + mark.removesuffix(f'{_NAME}"'), f'"{after}')
        before, after = frames[sign]
        texts[key] = f"{before}{item.device}{after}"
    return texts


_NAME = "?"
"""What stands for a device in a text that is used for many."""


def _write_messages(db: "Connection", site: str, run: str, heard: Iterable[Message]) -> None:
    rows: list[dict[str, Any]] = []
    size = 0
    for part, (count, data) in enumerate(packed_messages(heard)):
        size += len(data)
        if size > MAX_MESSAGES:
            break
        rows.append({"run": run, "part": part, "site": site, "count": count, "data": data})
    _insert(db, messages, rows)


def _write_run(db: "Connection", site: str, run: str, number: int, report: Report, now: str) -> None:
    bare = replace(report, history=())
    whole = pack(document(bare)) if len(report.devices) <= WHOLE_DEVICES else None
    db.execute(
        update(runs)
        .where(runs.c.id == run)
        .values(
            number=number,
            finished=now,
            complete=report.coverage.complete,
            devices=len(report.devices),
            counts=_counted(report),
            head=pack(head(bare)),
            whole=whole,
        )
    )
    db.execute(
        update(runs)
        .where(runs.c.site == site, runs.c.number <= number - WHOLE_RUNS, runs.c.whole.is_not(None))
        .values(whole=None)
    )
    old = select(runs.c.id).where(runs.c.site == site, runs.c.number <= number - MESSAGE_RUNS)
    db.execute(delete(messages).where(messages.c.site == site, messages.c.run.in_(old)))


def head(report: Report) -> dict[str, Any]:
    """Return a report's document without devices and findings; with notes of the coverage, which name devices, gone."""
    record = document(replace(report, devices=(), findings=()))
    record["coverage"]["notes"] = []
    return record


def _counted(report: Report) -> str:
    here = {device.id for device in report.devices}
    verdicts = (v for name, v in worst_of_each(report.findings).items() if name in here)
    makers: Counter[str] = Counter(
        device.value(Attribute.MAKER) or "" for device in report.devices if device.is_surveillance
    )
    return counts(makers, Counter(verdict.value for verdict in verdicts))


def _close(db: "Connection", table: "Table", site: str, number: int, names: list[str]) -> None:
    for start in range(0, len(names), 500):
        db.execute(
            update(table)
            .where(
                at_site(table, site), table.c.until.is_(None), table.c.device.in_(names[start : start + 500])
            )
            .values(until=number)
        )


def _insert(db: "Connection", table: "Table", rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 5000):
        db.execute(table.insert(), rows[start : start + 5000])
