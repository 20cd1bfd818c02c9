"""Devices as they stood at two runs of a site, in the caller's transaction: of those of whom anything changed between.

What began or ended between the runs is found by its number, two look-ups a table; nothing is read of what did not.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select

from scanner.store.changes import Side
from scanner.store.packing import device_of
from scanner.store.tables import absences, at_site, findings, states
from scanner.store.tables import devices as known_devices
from scanner.store.told import Told, read_told, told_of

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection, Table

    Verdicts = Mapping[str, Mapping[str, str]]

AT_ONCE = 500
"""Devices looked up by name at a time."""


def then(table: "Table", number: int) -> "ColumnElement[bool]":
    """Return what selects rows that hold at a run, by its number."""
    return and_(table.c.since <= number, or_(table.c.until.is_(None), table.c.until > number))


def of_devices(table: "Table", site: str, number: int) -> "ColumnElement[bool]":
    """Return the same for rows of a site that are looked up by their devices."""
    return and_(at_site(table, site), then(table, number))


def pairs_between(db: "Connection", site: str, low: int, high: int) -> dict[str, tuple[Side, Side]]:
    """Return the devices of whom anything began or ended after one run and up to another, as they stood at both."""
    before, after = _told_of_changed(db, site, low, high)
    absent = _touched(db, absences, site, low, high) | _gone(db, site, low, high)
    judged = _touched(db, findings, site, low, high)
    for name, text in _held(db, states, site, high, (absent | judged) - {*before, *after}, states.c.told):
        before[name] = after[name] = text  # its state is the same all the way
    names = {*before, *after, *absent, *judged}
    verdicts = judged | (
        names - before.keys()
    )  # of who appears it is told, of all others only if they changed
    then_judged, now_judged = (_verdicts(db, site, number, verdicts) for number in (low, high))
    changed = {name for name in judged if then_judged.get(name) != now_judged.get(name)}
    sides = []
    for number, texts, said in ((low, before, then_judged), (high, after, now_judged)):
        away = dict(_held(db, absences, site, number, absent, absences.c.gone))
        held = {name: read_told(name, text) for name, text in texts.items()}
        held |= _whole(db, site, number, changed & held.keys())
        others = _elsewhere(db, site, number, names - held.keys())
        sides.append(
            {name: others.get(name) or _side(name, number, site, held, away, said) for name in names}
        )
    return {name: (sides[0][name], sides[1][name]) for name in sorted(names)}


def _side(
    name: str,
    number: int,
    site: str,
    held: Mapping[str, Told],
    away: Mapping[str, int | None],
    said: "Verdicts",
) -> Side:
    last = held.get(name)
    return Side(
        device=None if name in away else last,
        last=last,
        verdicts=said.get(name, {}),
        known=last is not None,
        gone=(away.get(name) or number + 1) <= number,
        site=site,
    )


def _told_of_changed(
    db: "Connection", site: str, low: int, high: int
) -> tuple[dict[str, str], dict[str, str]]:
    """Return what is told of the devices whose state began or ended between two runs, at each of them."""
    before, after = dict[str, str](), dict[str, str]()
    columns = (states.c.device, states.c.since, states.c.until, states.c.told)
    for column in (states.c.since, states.c.until):
        query = select(*columns).where(states.c.site == site, column > low, column <= high)
        for name, since, until, text in db.execute(query).all():
            if since <= low:
                before[name] = text
            if until is None or until > high:
                after[name] = text
    return before, after


def _touched(db: "Connection", table: "Table", site: str, low: int, high: int) -> set[str]:
    """Return the devices of which a row of a table began or ended after one run, and up to another."""
    return {
        name
        for column in (table.c.since, table.c.until)
        for name in db.execute(_names(table, site, column, low, high)).scalars()
    }


def _gone(db: "Connection", site: str, low: int, high: int) -> set[str]:
    return set(db.execute(_names(absences, site, absences.c.gone, low, high)).scalars())


def _names(table: "Table", site: str, column: "Column[Any]", low: int, high: int) -> Any:
    return select(table.c.device).where(table.c.site == site, column > low, column <= high).distinct()


def _held(
    db: "Connection", table: "Table", site: str, number: int, names: Iterable[str], *columns: "Column[Any]"
) -> list[Any]:
    """Return of some devices the rows that hold at a run: the device and some columns of each."""
    wanted, found = sorted(names), list[Any]()
    for start in range(0, len(wanted), AT_ONCE):
        query = select(table.c.device, *columns).where(
            of_devices(table, site, number), table.c.device.in_(wanted[start : start + AT_ONCE])
        )
        found += db.execute(query).all()
    return found


def _verdicts(db: "Connection", site: str, number: int, names: Iterable[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, which, verdict in _held(db, findings, site, number, names, findings.c.list, findings.c.verdict):
        found.setdefault(name, {})[which] = verdict
    return found


def _whole(db: "Connection", site: str, number: int, names: Iterable[str]) -> dict[str, Told]:
    """Return devices with what they said: why a verdict changed, the evidence tells."""
    rows = _held(db, states, site, number, names, states.c.record)
    return {name: told_of(device_of(record)) for name, record in rows}


def _elsewhere(db: "Connection", site: str, number: int, names: Iterable[str]) -> dict[str, Side]:
    """Return how those of some devices that came to a site after a run stood where they were before."""
    wanted, found = sorted(names), dict[str, Side]()
    for start in range(0, len(wanted), AT_ONCE):
        late = select(known_devices.c.id).where(
            known_devices.c.id.in_(wanted[start : start + AT_ONCE]), known_devices.c.first > number
        )
        rows = db.execute(
            select(states.c.device, states.c.site, states.c.record)
            .where(states.c.device.in_(late), states.c.site != site)
            .order_by(states.c.device, states.c.until)
        )
        for name, where, record in rows.all():
            last = told_of(device_of(record))
            found[name] = Side(device=last, last=last, known=True, site=where)
    return found
