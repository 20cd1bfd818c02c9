"""Old runs are forgotten, with what held in them only; what a later run needs stays."""

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, or_, select

from scanner.store.tables import absences, audit, findings, messages, runs, states

if TYPE_CHECKING:
    from sqlalchemy import Connection, ScalarSelect


def prune(db: "Connection", before: str, site: str | None) -> int:
    """Forget the oldest runs as far as all of them ended before a time, but the newest of each site; returns how many.

    A clock that was set back leaves no hole: what a later run needs stays.
    """
    kept = (
        select(runs.c.site, func.min(runs.c.number).label("number"))
        .where(or_(runs.c.finished >= before, runs.c.number == _newest()))
        .group_by(runs.c.site)
    )
    if site is not None:
        kept = kept.where(runs.c.site == site)
    count = 0
    for name, number in db.execute(kept.where(runs.c.number.is_not(None))).fetchall():
        for table in (states, findings, absences):
            db.execute(delete(table).where(table.c.site == name, table.c.until <= number))
        old = select(runs.c.id).where(runs.c.site == name, runs.c.number < number)
        db.execute(delete(messages).where(messages.c.run.in_(old)))
        db.execute(delete(audit).where(audit.c.run.in_(old)))
        count += db.execute(delete(runs).where(runs.c.site == name, runs.c.number < number)).rowcount
    return count


def _newest() -> "ScalarSelect[int]":
    other = runs.alias()
    return select(func.max(other.c.number)).where(other.c.site == runs.c.site).scalar_subquery()
