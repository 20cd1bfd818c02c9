"""Rounds of three buildings while sensors are killed, the link is cut and the server is restarted, all at random."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from conftest import ROOT
from fleet_kit import centre
from fleet_lab import BUILDINGS

from scanner.errors import ScannerError
from scanner.fleet import jobs
from scanner.fleet.ingest import Ingestion

SITE = """
import sys
sys.path[:0] = {paths!r}
from scanner.lab import run_inside
run_inside("fleet_lab:main", *{words!r})
"""
LONG = 600
"""Seconds after which a site ends by itself, whatever happens."""


class Site:
    """A building with its sensor, as a process that can be killed and started again."""

    def __init__(self, name: str, url: str, folder: Path) -> None:
        self.name, self.url, self.folder = name, url, folder / name
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        paths = [str(ROOT / "tests" / "fleet"), str(ROOT / "tests")]
        code = SITE.format(paths=paths, words=(self.name, self.url, str(self.folder), str(LONG)))
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", code],
            cwd=ROOT,
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def work(here) -> None:
    """Do what serve-jobs does, once; a server that is down is tried again."""

    async def all_now() -> None:
        app = jobs.application(here, Ingestion(here, ("us-ndaa-889",)).take_in, lambda _sentence: None)
        async with app.open_async():
            await jobs.free_jobs_of_the_dead(app, lambda _sentence: None, 12)
            await app.run_worker_async(queues=["centre"], wait=False, install_signal_handlers=False)

    with suppress(Exception):  # the database is down now and then: that is the point
        asyncio.run(all_now())


def states(here) -> dict[str, int]:
    try:
        with psycopg.connect(here.url) as db:
            return dict(db.execute("SELECT state, count(*) FROM fleet_rounds GROUP BY state").fetchall())
    except psycopg.OperationalError:
        return {}


def disturb(pg, sites: list[Site], chance: random.Random) -> str:
    """Do one thing that happens: a sensor dies, the server restarts, the link is cut for a while; or nothing."""
    what = chance.choice(("kill", "kill", "restart", "cut", "nothing"))
    if what == "kill":
        victim = chance.choice(sites)
        victim.kill()
        time.sleep(chance.uniform(0, 1))
        victim.start()
        return f"{victim.name} killed"
    if what == "restart":
        pg.restart()
    elif what == "cut":
        pg.stop()
        time.sleep(chance.uniform(0.5, 3))
        pg.start()
    return what


def rounds(pg, folder: Path, count: int, seed: int, patience_s: float = 150):
    """Run rounds; returns the centre, and what was done to it."""
    chance, done = random.Random(seed), []
    here = centre(pg.fresh(f"rounds{seed}"), *BUILDINGS)
    from scanner.store import open_store

    open_store(here.url).close()
    sites = [Site(name, here.add_sensor(f"{name}-1", name), folder) for name in BUILDINGS]
    for site in sites:
        site.start()
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(days=count)
    try:
        for number in range(count):
            for site in sites:
                again(lambda site=site, number=number: here.ask(site.name, began + timedelta(days=number)))
            end = time.monotonic() + patience_s
            next_time = time.monotonic() + chance.uniform(1, 6)
            while states(here).get("complete", 0) < 3 * (number + 1):
                assert time.monotonic() < end, (number, done, states(here), logs(sites))
                if time.monotonic() > next_time:
                    done.append(disturb(pg, sites, chance))
                    next_time = time.monotonic() + chance.uniform(8, 20)
                work(here)
                time.sleep(0.3)
    finally:
        for site in sites:
            site.kill()
    return here, done


def again(what, seconds: float = 20) -> None:
    """Do something until the database is there."""
    end = time.monotonic() + seconds
    while True:
        try:
            return what()
        except ScannerError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def logs(sites: list[Site]) -> str:
    return "\n".join(
        f"{s.name}: {(s.folder / 'log').read_text()[-600:]}" for s in sites if (s.folder / "log").exists()
    )
