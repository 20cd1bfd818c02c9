"""A store read from end to end: whether the database is sound, and whether every row says what it should."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from scanner.errors import ScannerError
from scanner.store.packing import text_of, unpack
from scanner.store.tables import absences, devices, findings, messages, runs, states

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from scanner.store.store import Store

MAX_FAULTS = 50


def faults(store: "Store") -> list[str]:
    """Return what is wrong, as sentences; nothing for a sound store."""
    found: list[str] = []
    with store.reading() as db:
        for sentence in _all(db):
            found.append(sentence)
            if len(found) >= MAX_FAULTS:
                return [*found, "and more"]
    return found


def _all(db: "Connection") -> Iterator[str]:
    if db.dialect.name == "sqlite":
        yield from (
            f"the database file: {row[0]}"
            for row in db.execute(text("PRAGMA integrity_check"))
            if row[0] != "ok"
        )
        yield from (
            f"the table {row[0]} names what is not there"
            for row in db.execute(text("PRAGMA foreign_key_check"))
        )
    yield from _runs(db)
    yield from _records(db)
    yield from _holes(db)


def _runs(db: "Connection") -> Iterator[str]:
    last: dict[str, int] = {}
    for name, site, number, head, whole in db.execute(
        select(runs.c.id, runs.c.site, runs.c.number, runs.c.head, runs.c.whole)
        .where(runs.c.number.is_not(None))
        .order_by(runs.c.site, runs.c.number)
    ):
        if number <= last.get(site, 0):
            yield f"run {name}: its number is there twice"
        last[site] = number
        for data in (head, whole):
            if data is not None and not _readable(data):
                yield f"run {name}: its report cannot be read"
    for name, data in db.execute(select(messages.c.run, messages.c.data)):
        if not _readable(data):
            yield f"run {name}: its messages cannot be read"


def _records(db: "Connection") -> Iterator[str]:
    import zstandard

    from scanner.reports.from_json import read_device

    for name, since, data in db.execute(select(states.c.device, states.c.since, states.c.record)):
        try:
            if read_device(unpack(bytes(data))["device"]).id != name:
                yield f"device {name}: the state since run {since} is of another device"
        except (ScannerError, zstandard.ZstdError, ValueError, KeyError, TypeError):
            yield f"device {name}: the state since run {since} cannot be read"


def _holes(db: "Connection") -> Iterator[str]:
    """Find what should hold and does not: a device without a state, two states at once, an end before its beginning."""
    open_states: dict[str, int] = {}
    for name in db.execute(select(states.c.device).where(states.c.until.is_(None))).scalars():
        open_states[name] = open_states.get(name, 0) + 1
    for name in db.execute(select(devices.c.id)).scalars():
        if open_states.get(name, 0) != 1:
            yield f"device {name}: {open_states.get(name, 0)} states hold at once"
    for table in (states, findings, absences):
        for name in db.execute(select(table.c.device).where(table.c.until <= table.c.since)).scalars():
            yield f"device {name}: something in {table.name} ends before it begins"


def _readable(data: bytes) -> bool:
    import zstandard

    try:
        text_of(bytes(data))
    except (zstandard.ZstdError, UnicodeDecodeError):
        return False
    return True
