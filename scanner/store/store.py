"""The store as its users see it: begin a run, finish it, read it again, and ask what changed.

Every method is one transaction. Two runs at once: writers queue (SQLite's IMMEDIATE transactions, an advisory lock a
site on PostgreSQL), and each gets its number in the order in which it finishes.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from sqlalchemy import delete, func, select

from scanner.bulk import uncollected
from scanner.errors import UsageError
from scanner.model import Device, Message, Report, Trend
from scanner.store import pruning, reading, writing
from scanner.store.opening import reader_of, said
from scanner.store.tables import audit, messages, runs

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from scanner.store.changes import Change

GONE_AFTER = 3
"""Complete runs after which a device that was missing in all of them is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunInfo:
    """One run: `number` counts the finished runs of a site and is None for one that never ended."""

    id: str
    site: str
    number: int | None
    mode: str
    begun: datetime
    finished: datetime | None
    complete: bool
    devices: int


class Store:
    """An open store; `open_store` makes it. Use it in a `with`, or close it."""

    def __init__(self, engine: "Engine", where: str) -> None:
        self._engine, self.where = engine, where
        self._reader = engine.execution_options(**reader_of(engine))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @property
    def shown(self) -> str:
        """The store's URL, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    @property
    def engine(self) -> "Engine":
        """SQLAlchemy's engine, for who adds tables of their own beside these."""
        return self._engine

    @contextmanager
    def transaction(self) -> Iterator["Connection"]:
        """Give a connection in a transaction; what the database raises becomes a StoreError of one sentence."""
        with said(self.where), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator["Connection"]:
        """Give a connection that only reads: it sees one moment, and neither waits for a writer nor holds one up."""
        with said(self.where), self._reader.begin() as connection:
            yield connection

    # runs

    def begin(self, site: str = "", mode: str = "scan", run: str | None = None) -> str:
        """Write down that a run has begun, so that one that is killed is known; returns its id."""
        name = run or str(uuid4())
        with self.transaction() as db:
            if not db.execute(select(runs.c.id).where(runs.c.id == name)).first():
                db.execute(
                    runs.insert().values(
                        id=name,
                        site=site,
                        mode=mode,
                        begun=_text(datetime.now(UTC)),
                        complete=False,
                        counts="{}",
                    )
                )
        return name

    def finish(
        self, run: str, report: Report, heard: Iterable[Message] = (), *, gone_after: int = GONE_AFTER
    ) -> Report:
        """Write what a run found, all of it or nothing; returns the report under the ids that the store knows.

        A run that was finished before is not written again. Raises StoreError, UsageError for a run never begun.
        """
        with self.transaction() as db, uncollected():
            return writing.finish(db, run, report, heard, gone_after=gone_after, now=_text(datetime.now(UTC)))

    def save(
        self, report: Report, heard: Iterable[Message] = (), *, site: str = "", run: str | None = None,
        gone_after: int = GONE_AFTER,
    ) -> tuple[str, Report]:  # fmt: skip
        """Begin and finish a run in one go; returns its id, and the report under the ids that the store knows."""
        name = self.begin(site, str(report.run.get("mode", "scan")), run)
        return name, self.finish(name, report, heard, gone_after=gone_after)

    def runs(
        self, site: str | None = None, *, limit: int | None = None, unfinished: bool = False
    ) -> list[RunInfo]:
        """Return runs, the newest first; of one site or of all."""
        query = select(runs).order_by(runs.c.begun.desc(), runs.c.number.desc())
        if site is not None:  # by its own numbers: a clock may have been set back
            finished_last = runs.c.number.is_not(None)
            query = query.where(runs.c.site == site).order_by(None)
            query = query.order_by(finished_last, runs.c.number.desc(), runs.c.begun.desc())
        if not unfinished:
            query = query.where(runs.c.number.is_not(None))
        with self.reading() as db:
            return [_info(row) for row in db.execute(query.limit(limit)).mappings()]

    def find(self, name: str, site: str | None = None) -> RunInfo:
        """Return a finished run by its id, the beginning of one, "latest", or "-1" for the one before, and so on.

        Raises UsageError where there is none, or more than one.
        """
        if site is None and len(sites := self.sites()) == 1:
            site = sites[0]
        if name == "latest" or (name[:1] == "-" and name[1:].isdecimal()):
            back = 0 if name == "latest" else int(name[1:])
            return self._newest(site, back)
        every = [info for info in self.runs(site) if info.id.startswith(name)]
        if len(every) != 1:
            raise UsageError(
                f"{len(every) or 'no'} runs begin with {name!r}: `camcensus store info` lists them"
            )
        return every[0]

    def _newest(self, site: str | None, back: int) -> RunInfo:
        sites = self.sites() if site is None else [site]
        if len(sites) > 1:
            raise UsageError("the store holds several sites: say --site")
        known = self.runs(sites[0], limit=back + 1) if sites else []
        if len(known) <= back:
            raise UsageError("the store holds no such run yet")
        return known[back]

    def sites(self) -> list[str]:
        """Return the names of sites that have a finished run, in order."""
        with self.reading() as db:
            found = db.execute(
                select(runs.c.site).where(runs.c.number.is_not(None)).distinct().order_by(runs.c.site)
            )
            return [str(name) for (name,) in found]

    def report(self, run: str) -> Report:
        """Return the report of a finished run, earlier runs of its site in `history`."""
        with self.reading() as db, uncollected():
            return reading.report(db, run)

    def trends(self, run: str) -> tuple[Trend, ...]:
        """Return what the runs before a finished one of its site counted, the oldest first."""
        with self.reading() as db:
            return reading.trends(db, run)

    def messages(self, run: str) -> Iterator[Message]:
        """Yield what was heard in a run, in the order of its arrival; nothing if it was not kept that long."""
        with self.reading() as db:
            parts = db.execute(
                select(messages.c.data).where(messages.c.run == run).order_by(messages.c.part)
            ).fetchall()
        from scanner.store.packing import unpacked_messages

        for (data,) in parts:
            yield from unpacked_messages(data)

    # devices and changes

    def devices(
        self, site: str | None = None, *, gone: bool = False
    ) -> list[tuple[str, Device, dict[str, Any]]]:
        """Return what is known now: site, device, and where it stands in time (first, last, gone)."""
        with self.reading() as db:
            return reading.devices(db, site, gone=gone)

    def history(self, device: str) -> list[tuple[RunInfo, Device]]:
        """Return the states that a device had, the oldest first, each with the run in which it began."""
        with self.reading() as db:
            return [(_info(row), device) for row, device in reading.states_of(db, device)]

    def last_seen(self, device: str) -> datetime | None:
        """Return when a device was seen last before it went missing; None if it never did."""
        with self.transaction() as db:
            return reading.last_seen(db, device)

    def diff(self, earlier: str, later: str) -> "tuple[Change, ...]":
        """Return what changed from one finished run of a site to a later one; UsageError where they do not compare."""
        with self.reading() as db:
            return reading.diff(db, earlier, later)

    # the book

    def note(self, run: str, site: str, what: str) -> None:
        """Append a line to the audit of a run."""
        with self.transaction() as db:
            db.execute(audit.insert().values(run=run, site=site, time=_text(datetime.now(UTC)), what=what))

    def prune(self, older_than: timedelta, site: str | None = None) -> int:
        """Forget runs that ended before a time ago, but the newest of each site, with what held in them only.

        Returns how many runs went.
        """
        with self.transaction() as db:
            return pruning.prune(db, _text(datetime.now(UTC) - older_than), site)

    def sizes(self) -> dict[str, int]:
        """Return how many rows each table holds."""
        from scanner.store.tables import metadata

        with self.reading() as db:
            return {
                table.name: int(db.execute(select(func.count()).select_from(table)).scalar_one())
                for table in metadata.sorted_tables
            }

    def forget_unfinished(self, older_than: timedelta) -> int:
        """Forget runs that began before a time ago and never ended."""
        before = _text(datetime.now(UTC) - older_than)
        with self.transaction() as db:
            return db.execute(delete(runs).where(runs.c.number.is_(None), runs.c.begun < before)).rowcount


def _info(row: Any) -> RunInfo:
    return RunInfo(
        id=row["id"],
        site=row["site"],
        number=row["number"],
        mode=row["mode"],
        begun=datetime.fromisoformat(row["begun"]),
        finished=datetime.fromisoformat(row["finished"]) if row["finished"] else None,
        complete=bool(row["complete"]),
        devices=row["devices"],
    )


def _text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat(timespec="microseconds")
