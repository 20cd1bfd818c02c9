"""A sensor: takes its site's jobs from the centre, scans within its own scope file, and hands in what it heard.

The loop: say hello and learn the orders, hand in what is spooled, take the jobs that wait, hand in again, rest. When
the centre cannot be reached the sensor goes by the last orders that it heard: a round that falls due is made here,
under the name that the centre would give it, and handed in when the link is back. What is spooled survives everything
but the disk. The scope file is read anew for each job and is the authority: a job that asks for more is refused.
"""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from scanner import __version__
from scanner.errors import ScannerError
from scanner.fleet.bundle import Bundle, pack
from scanner.fleet.centre import SCAN, queue_of
from scanner.fleet.database import RefusedError, ShutOutError, UnreachableError, connected, dsn, quiet
from scanner.fleet.rounds import last_due, round_id, run_id
from scanner.fleet.spool import Orders, Spool, Spooled

REST_S = 15.0
"""Seconds between two looks at the centre."""
HEARTBEAT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One job: a shard of a round, and what the centre asks for."""

    round: UUID
    due: datetime
    number: int
    of: int
    targets: tuple[str, ...] = ()

    @property
    def run(self) -> UUID:
        """The name of what it will have found."""
        return run_id(self.round, self.number)


Scan = Callable[[Shard], Bundle]
"""Scans a shard; raises ScannerError where it must not or cannot."""
Say = Callable[[str], None]


class Sensor:
    """One sensor of one site. `scan` does the work; `say` is told what a person would want to know."""

    def __init__(self, name: str, site: str, url: str, spool: Spool, scan: Scan, say: Say) -> None:
        self.name, self.site, self.url = name, site, url
        self._spool, self._scan, self._say = spool, scan, say
        self._cut_off = False

    def look(self) -> bool:
        """Do everything that is to be done now; returns whether the centre was reached.

        Raises ShutOutError where the centre is there and refuses this sensor: nothing is scanned then.
        """
        try:
            self._keep_in_touch()
            self._hand_in()
            self._take_jobs()
            self._hand_in()
        except ShutOutError as error:
            raise ShutOutError(
                f"{error}; a sensor that was revoked scans no more, what it kept lies in {self._spool.folder}"
            ) from error
        except UnreachableError as error:
            if not self._cut_off:
                self._say(f"{error}; going on alone, results are kept in {self._spool.folder}")
            self._cut_off = True
            self._go_on_alone(datetime.now(UTC))
            return False
        if self._cut_off:
            self._say("the centre is back; everything kept is handed in")
        self._cut_off = False
        return True

    def _keep_in_touch(self) -> None:
        with connected(self.url) as db:
            found = db.execute(
                "SELECT site, schedule, shards, targets FROM fleet_hello(%s, %s)",
                (__version__, datetime.now(UTC)),
            ).fetchone()
        if not found or found[0] != self.site:
            raise ScannerError(
                f"the centre has this sensor at site {found[0] if found else '?'!r}, not {self.site!r}"
            )
        site, schedule, shards, targets = found
        self._spool.keep_orders(Orders(site=site, schedule=schedule, shards=shards, targets=tuple(targets)))

    def _hand_in(self) -> None:
        """Give the centre what is spooled, in order; what it has already is dropped here."""
        for one in self._spool.waiting():
            told = f"round of {one.due:%Y-%m-%d %H:%M} UTC, shard {one.shard + 1} of {one.shards}"
            try:
                self._give(one)
            except RefusedError as error:
                self._say(f"{told}: {error}; it lies in {self._spool.put_aside(one)}")
                continue
            self._spool.drop(one)
            self._say(f"handed in: {told}")

    def _give(self, one: Spooled) -> None:
        with connected(self.url) as db:
            db.execute("SELECT fleet_announce(%s, %s, %s)", (one.round, one.due, one.shards))
            db.execute(
                "INSERT INTO fleet_inbox (run, round, shard, site, sensor, complete, bundle)"
                " VALUES (%s, %s, %s, %s, fleet_sensor(), %s, %s) ON CONFLICT DO NOTHING",
                (one.run, one.round, one.shard, self.site, one.complete, one.read()),
            )

    def _take_jobs(self) -> None:
        """Take jobs until none waits; Procrastinate fetches, beats the heart, and says how each ended."""
        import procrastinate
        from procrastinate import exceptions

        quiet()
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=dsn(self.url), min_size=1, max_size=4)
        )
        app.task(name=SCAN, queue=queue_of(self.site))(self._job)

        async def work() -> None:
            async with app.open_async():
                await app.run_worker_async(
                    queues=[queue_of(self.site)],
                    name=self.name,
                    wait=False,
                    listen_notify=False,
                    install_signal_handlers=False,
                    update_heartbeat_interval=HEARTBEAT_S,
                )

        try:
            asyncio.run(work())
        except exceptions.ConnectorException as error:
            raise UnreachableError(f"the centre's database went away: {error}") from error

    def _job(self, **args: Any) -> None:
        self.run(
            Shard(
                round=UUID(args["round"]),
                due=datetime.fromisoformat(args["due"]),
                number=int(args["shard"]),
                of=int(args["shards"]),
                targets=tuple(map(str, args["targets"])),
            )
        )

    def run(self, shard: Shard) -> None:
        """Scan a shard and spool what was heard; one that was made here before is not made again."""
        if self._spool.is_done(shard.run):
            return
        started = datetime.now(UTC)
        try:
            bundle = self._scan(shard)
            data = pack(bundle)
        except ScannerError as error:
            self._say(f"round of {shard.due:%Y-%m-%d %H:%M} UTC: {error}")
            bundle = self._failed(shard, started, str(error))
            data = pack(bundle)
        self._spool.put(
            data,
            Spooled(
                path=Path(),
                run=shard.run,
                round=shard.round,
                due=shard.due,
                shard=shard.number,
                shards=shard.of,
                complete=bundle.complete,
            ),
        )

    def _failed(self, shard: Shard, started: datetime, why: str) -> Bundle:
        return Bundle(
            site=self.site,
            round=shard.round,
            due=shard.due,
            shard=shard.number,
            shards=shard.of,
            sensor=self.name,
            started=started,
            ended=datetime.now(UTC),
            complete=False,
            said=why,
        )

    def _go_on_alone(self, now: datetime) -> None:
        """Make the round that is due by the last orders: each of its shards, as nobody can share them out now."""
        orders, since = self._spool.orders(), self._spool.orders_since()
        if orders is None or orders.schedule is None or since is None:
            return
        due = last_due(orders.schedule, now)
        if due <= since:
            return  # before anybody asked
        round_name = round_id(self.site, due)
        for number in range(orders.shards):
            self.run(
                Shard(round=round_name, due=due, number=number, of=orders.shards, targets=orders.targets)
            )


def default_name() -> str:
    """Return this machine's name as a sensor may be called."""
    kept = "".join(
        c if c.isalnum() and c.isascii() else "-" for c in socket.gethostname().split(".")[0].lower()
    )
    return kept.strip("-")[:41] or "sensor"
