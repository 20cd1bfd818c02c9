"""The centre: which sites and sensors there are, which rounds are open, and what became of them.

Everything is in the database; an object of this holds a URL and nothing else. Whoever may run these is the
database's owner: sensors are held by `fleet.sql`, not by this file.
"""

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from scanner.errors import UsageError
from scanner.fleet.database import connected, dsn
from scanner.fleet.rounds import MAX_SHARDS, check_schedule, last_due, round_id
from scanner.targets import parse_targets

QUEUE = "centre"
SCAN, INGEST = "scan", "ingest"
HEARTBEAT_S = 60.0
"""Seconds after which a worker that was not heard is dead, and its job is somebody else's."""
MAX_ROLE = 63
"""Bytes of a PostgreSQL identifier; longer ones are cut, and two could become one."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteState:
    """One line of the fleet's status: a sensor, or a site that has none (then `sensor` is empty)."""

    site: str
    sensor: str = ""
    revoked: bool = False
    seen: datetime | None = None
    version: str = ""
    skew_s: float | None = None
    last_due: datetime | None = None
    last_state: str = ""
    last_complete: datetime | None = None
    open_rounds: int = 0
    waiting: int = 0
    said: str = ""
    coverage: str = ""


def queue_of(site: str) -> str:
    """Return the name of the queue that the sensors of a site take jobs from."""
    return f"site:{site}"


class Centre:
    """What the operator of a centre does; each method is one transaction, or several that may be repeated."""

    def __init__(self, url: str) -> None:
        self.url = url

    def add_site(
        self, site: str, *, schedule: str | None = None, shards: int = 1, targets: Sequence[str] = ()
    ) -> None:
        """Add a site, or change when and in how many shards it is scanned, and what the centre asks for."""
        if schedule is not None:
            check_schedule(schedule)
        if not 1 <= shards <= MAX_SHARDS:
            raise UsageError(f"a site has 1 to {MAX_SHARDS} shards, not {shards}")
        parse_targets(targets)
        with connected(self.url) as db:
            db.execute(
                "INSERT INTO fleet_sites (site, schedule, shards, targets) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (site) DO UPDATE SET schedule = excluded.schedule, shards = excluded.shards,"
                " targets = excluded.targets",
                (site, schedule, shards, json.dumps(list(targets))),
            )

    def add_sensor(self, name: str, site: str) -> str:
        """Add a sensor for a site; returns the URL that it connects with, its new password inside, told once."""
        from psycopg import sql

        if not _NAME.fullmatch(name):
            raise UsageError(f"a sensor's name is letters a-z, digits and dashes, 41 at most; not {name!r}")
        password = secrets.token_urlsafe(24)
        with connected(self.url) as db, db.transaction():
            role = _role(name, db.info.dbname)
            if not db.execute("SELECT 1 FROM fleet_sites WHERE site = %s", (site,)).fetchone():
                raise UsageError(f"there is no site {site!r}: camcensus centre add-site makes it")
            if db.execute("SELECT 1 FROM fleet_sensors WHERE name = %s", (name,)).fetchone():
                raise UsageError(f"there is a sensor {name!r} already; a revoked name is not used again")
            db.execute(
                sql.SQL(
                    "CREATE ROLE {} LOGIN PASSWORD {} IN ROLE camcensus_sensor CONNECTION LIMIT 8"
                ).format(sql.Identifier(role), sql.Literal(password))
            )
            db.execute("INSERT INTO fleet_sensors (name, role, site) VALUES (%s, %s, %s)", (name, role, site))
        return _with_user(dsn(self.url), role, password)

    def revoke(self, name: str) -> None:
        """Shut a sensor out for good, at once: its role cannot log in, its sessions end, its jobs are free again."""
        from psycopg import sql

        with connected(self.url) as db:
            found = db.execute(
                "UPDATE fleet_sensors SET revoked = coalesce(revoked, now()) WHERE name = %s RETURNING role",
                (name,),
            ).fetchone()
            if not found:
                raise UsageError(f"there is no sensor {name!r}")
            db.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD NULL").format(sql.Identifier(found[0])))
            db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", found)
            db.execute("DELETE FROM procrastinate_workers WHERE fleet_role = %s", found)

    def ask(self, site: str, due: datetime) -> UUID | None:
        """Open the round of a site that is due at a time and queue its shards; None if it was open or done already."""
        round_name = round_id(site, due)
        with connected(self.url) as db, db.transaction():
            found = db.execute("SELECT shards, targets FROM fleet_sites WHERE site = %s", (site,)).fetchone()
            if not found:
                raise UsageError(f"there is no site {site!r}")
            shards, targets = found
            new = db.execute(
                "INSERT INTO fleet_rounds (round, site, due, shards) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING RETURNING 1",
                (round_name, site, due, shards),
            ).fetchone()
            if not new:
                return None
            for number in range(shards):
                args = {
                    "round": str(round_name),
                    "due": due.isoformat(),
                    "shard": number,
                    "shards": shards,
                    "targets": targets,
                }
                db.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args) VALUES (%s, %s, %s, %s)",
                    (queue_of(site), SCAN, f"{round_name}:{number}", json.dumps(args)),
                )
        return round_name

    def ask_due(self, now: datetime) -> list[UUID]:
        """Open the round of every site that has fallen due and was not asked; one missed night is made up for."""
        opened = []
        for site, schedule, added in self._schedules():
            due = last_due(schedule, now)
            if due >= added and (round_name := self.ask(site, due)):
                opened.append(round_name)
        return opened

    def _schedules(self) -> list[tuple[str, str, datetime]]:
        with connected(self.url) as db:
            return db.execute(
                "SELECT site, schedule, added FROM fleet_sites WHERE schedule IS NOT NULL ORDER BY site"
            ).fetchall()

    def overdue(self) -> list[UUID]:
        """Queue the closing of rounds that wait longer than their site's patience; returns them."""
        with connected(self.url) as db:
            late = db.execute(
                "SELECT r.round, r.site FROM fleet_rounds r JOIN fleet_sites s USING (site)"
                " WHERE r.state = 'open' AND r.opened + s.patience < now() ORDER BY r.due"
            ).fetchall()
            for round_name, site in late:
                db.execute(
                    "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, args)"
                    " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    (
                        QUEUE,
                        INGEST,
                        f"ingest:{site}",
                        f"ingest:{round_name}",
                        json.dumps({"round": str(round_name)}),
                    ),
                )
        return [round_name for round_name, _ in late]

    def status(self) -> list[SiteState]:
        """Return the state of every sensor, and of sites that have none, in order of site and name."""
        with connected(self.url) as db:
            rows = db.execute(_STATUS).fetchall()
        return [SiteState(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]

    def bundles(self, round_name: UUID) -> Iterator[tuple[int, str, bool, bytes]]:
        """Yield what arrived for a round, in order of shard: its number, the sensor, whether it is whole, the bytes."""
        with connected(self.url) as db:
            yield from db.execute(
                "SELECT shard, sensor, complete, bundle FROM fleet_inbox WHERE round = %s ORDER BY shard",
                (round_name,),
            ).fetchall()

    def round(self, round_name: UUID) -> tuple[str, datetime, int, str]:
        """Return a round's site, when it was due, its shards and its state; UsageError where there is none."""
        with connected(self.url) as db:
            found = db.execute(
                "SELECT site, due, shards, state FROM fleet_rounds WHERE round = %s", (round_name,)
            ).fetchone()
        if not found:
            raise UsageError(f"there is no round {round_name}")
        return found

    def close(self, round_name: UUID, state: str, said: str, coverage: str = "") -> None:
        """Say what became of a round. Its bundles go: what they said is in the store."""
        with connected(self.url) as db, db.transaction():
            db.execute(
                "UPDATE fleet_rounds SET state = %s, said = %s, coverage = %s, closed = now() WHERE round = %s",
                (state, said, coverage, round_name),
            )
            db.execute("UPDATE fleet_inbox SET bundle = '' WHERE round = %s", (round_name,))
            db.execute(
                "SELECT procrastinate_cancel_job_v1(id, false, false) FROM procrastinate_jobs"
                " WHERE lock LIKE %s AND status = 'todo'",
                (f"{round_name}:%",),
            )

    def forget(self, older_than: timedelta) -> int:
        """Delete closed rounds and ended jobs older than a time; returns how many rounds. The store keeps its runs."""
        with connected(self.url) as db, db.transaction():
            db.execute(
                "DELETE FROM fleet_inbox i USING fleet_rounds r WHERE r.round = i.round AND r.closed < now() - %s",
                (older_than,),
            )
            db.execute(
                "DELETE FROM procrastinate_jobs j WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')"
                " AND (SELECT max(e.at) FROM procrastinate_events e WHERE e.job_id = j.id) < now() - %s",
                (older_than,),
            )
            return db.execute("DELETE FROM fleet_rounds WHERE closed < now() - %s", (older_than,)).rowcount


def _role(name: str, database: str) -> str:
    """Return the role of a sensor: roles are the server's, and a server may hold the databases of several centres."""
    role = f"camcensus-{database}-{name}"
    if len(role.encode()) > MAX_ROLE:
        raise UsageError(f"{name!r} is too long a name for a sensor of the database {database!r}")
    return role


def _with_user(url: str, user: str, password: str) -> str:
    scheme, _, rest = url.partition("://")
    host = rest.rpartition("@")[2] if "@" in rest.partition("/")[0] else rest
    return f"{scheme}://{user}:{password}@{host}"


_COLUMNS: tuple[str, ...] = (
    "site", "sensor", "revoked", "seen", "version", "skew_s", "last_due", "last_state", "last_complete",
    "open_rounds", "waiting", "said", "coverage",
)  # fmt: skip
_STATUS = """
SELECT f.site, coalesce(s.name, ''), s.revoked IS NOT NULL, s.seen, coalesce(s.version, ''),
       extract(epoch FROM s.skew)::float8, last.due, coalesce(last.state, ''), whole.due,
       coalesce(open.count, 0), coalesce(jobs.count, 0), coalesce(last.said, ''),
       coalesce(last.coverage, '')
  FROM fleet_sites f
  LEFT JOIN fleet_sensors s ON s.site = f.site
  LEFT JOIN LATERAL (SELECT due, state, said, coverage FROM fleet_rounds r WHERE r.site = f.site
                      ORDER BY due DESC LIMIT 1) last ON true
  LEFT JOIN LATERAL (SELECT due FROM fleet_rounds r WHERE r.site = f.site AND state = 'complete'
                      ORDER BY due DESC LIMIT 1) whole ON true
  LEFT JOIN LATERAL (SELECT count(*) FROM fleet_rounds r WHERE r.site = f.site AND state = 'open') open ON true
  LEFT JOIN LATERAL (SELECT count(*) FROM procrastinate_jobs j
                      WHERE j.queue_name = 'site:' || f.site AND j.status IN ('todo', 'doing')) jobs ON true
 ORDER BY f.site, s.name
"""


def records(states: Sequence[SiteState]) -> list[dict[str, Any]]:
    """Return states as plain values for JSON: times in ISO 8601."""
    return [
        {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name in _COLUMNS
            for value in [getattr(state, name)]
        }
        for state in states
    ]
