"""A sensor's round trip: asked, scanned, handed in once, whatever happens to the link, the server or the sensor."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from conftest import ROOT
from fleet_kit import DUE, centre, heard, sensor
from postgres import server

from scanner.errors import ScannerError
from scanner.fleet import jobs
from scanner.fleet.bundle import unpack
from scanner.fleet.database import ShutOutError, UnreachableError
from scanner.fleet.rounds import round_id, run_id
from scanner.fleet.sensor import Shard
from scanner.fleet.spool import Spool

HIKVISION = "hikvision-ds-2cd2385g1-i-5.6.2"


@pytest.fixture(scope="module")
def pg():
    with server() as one:
        yield one


@pytest.fixture
def hall(pg, tmp_path, request):
    here = centre(pg.fresh(f"s{abs(hash(request.node.name)) % 10**8}"), "hall", schedule="0 2 * * *")
    return here, here.add_sensor("one", "hall")


def arrived(here, round_name):
    return [(shard, whole) for shard, _, whole, _ in here.bundles(round_name)]


def waiting(here):
    with psycopg.connect(here.url) as db:
        return db.execute(
            "SELECT status, count(*) FROM procrastinate_jobs WHERE task_name = 'scan' GROUP BY 1"
        ).fetchall()


def test_a_job_is_taken_scanned_and_handed_in(hall, tmp_path):
    here, url = hall
    round_name = here.ask("hall", DUE)
    done: list = []
    messages = heard(HIKVISION)
    assert sensor(tmp_path, "one", "hall", url, messages, done).look()
    ((shard, name, whole, data),) = here.bundles(round_name)
    assert (shard, name, whole) == (0, "one", True)
    assert unpack(data).messages == messages
    assert [one.round for one in done] == [round_name]
    assert waiting(here) == [("succeeded", 1)]
    assert not list(Spool(tmp_path / "one").waiting())


def test_a_job_that_comes_again_is_not_scanned_again(hall, tmp_path):
    here, url = hall
    round_name = here.ask("hall", DUE)
    done: list = []
    one = sensor(tmp_path, "one", "hall", url, done=done)
    one.look()
    with psycopg.connect(here.url, autocommit=True) as db:
        db.execute("UPDATE procrastinate_jobs SET status = 'todo' WHERE task_name = 'scan'")
    one.look()
    assert len(done) == 1
    assert arrived(here, round_name) == [(0, True)]


def test_shards_go_to_whoever_is_free(pg, tmp_path):
    here = centre(pg.fresh("shards"), "hall", shards=3)
    urls = {name: here.add_sensor(name, "hall") for name in ("one", "two")}
    round_name = here.ask("hall", DUE)
    sensor(tmp_path, "one", "hall", urls["one"]).look()
    sensor(tmp_path, "two", "hall", urls["two"]).look()
    assert arrived(here, round_name) == [(0, True), (1, True), (2, True)]
    with psycopg.connect(here.url) as db:
        assert db.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ingest'"
        ).fetchone() == (1,)


def test_a_scan_that_is_refused_is_told(hall, tmp_path):
    here, url = hall
    round_name = here.ask("hall", DUE)
    said: list = []
    one = sensor(tmp_path, "one", "hall", url, said=said)

    def outside(_shard):
        raise ScannerError("10.9.0.0/16 is outside this sensor's scope file: refused")

    one._scan = outside
    one.look()
    ((_, _, whole, data),) = here.bundles(round_name)
    assert not whole
    assert "outside this sensor's scope file" in unpack(data).said
    assert any("outside this sensor's scope file" in sentence for sentence in said)


def test_a_sensor_of_another_site_is_told_so(hall, tmp_path):
    _, url = hall
    with pytest.raises(ScannerError, match="at site 'hall', not 'school'"):
        sensor(tmp_path, "one", "school", url).look()


def test_cut_off_it_goes_on_and_hands_in_once_and_in_order(pg, hall, tmp_path, monkeypatch):
    here, url = hall
    done: list = []
    said: list = []
    one = sensor(tmp_path, "one", "hall", url, done=done, said=said)
    assert one.look()
    os.utime(tmp_path / "one" / "orders", (0, 0))
    pg.stop()
    try:
        assert not one.look()
        nights = [datetime.now(UTC) - timedelta(days=day) for day in (1, 2)]
        for night in nights:
            one._go_on_alone(night)
            one._go_on_alone(night)
        kept = [bundle.due for bundle in one._spool.waiting()]
        assert len(done) == len(kept) == 3
        assert kept == sorted(kept)
    finally:
        pg.start()
    _until(one.look)
    assert not list(one._spool.waiting())
    with psycopg.connect(here.url) as db:
        rows = db.execute(
            "SELECT r.due FROM fleet_inbox i JOIN fleet_rounds r USING (round) ORDER BY i.arrived"
        ).fetchall()
    assert [due for (due,) in rows] == kept
    assert " ".join(said).count("handed in: ") == 3


def test_a_revoked_sensor_scans_no_more_and_keeps_what_it_has(hall, tmp_path):
    here, url = hall
    done: list = []
    one = sensor(tmp_path, "one", "hall", url, done=done)
    assert one.look()
    os.utime(
        tmp_path / "one" / "orders", (0, 0)
    )  # the last orders are old: cut off, it would make a round now
    one.run(Shard(round=round_id("hall", DUE), due=DUE, number=0, of=1))
    done.clear()
    here.revoke("one")
    for _ in range(2):
        with pytest.raises(ShutOutError, match="scans no more, what it kept lies in"):
            one.look()
    assert done == []
    assert [kept.due for kept in one._spool.waiting()] == [DUE]


def test_what_the_centre_will_not_have_stands_in_nobodys_way(hall, tmp_path):
    here, url = hall
    said: list = []
    one = sensor(tmp_path, "one", "hall", url, said=said)
    one.look()
    os.utime(tmp_path / "one" / "orders", (0, 0))
    one._go_on_alone(DUE)
    one._go_on_alone(datetime.now(UTC) + timedelta(days=30))
    one._go_on_alone(DUE - timedelta(days=1))
    assert one.look()
    with psycopg.connect(here.url) as db:
        assert db.execute("SELECT count(*) FROM fleet_inbox").fetchone() == (2,)
    assert len(list((tmp_path / "one" / "refused").glob("*.bundle"))) == 1
    assert any("will not have this" in sentence for sentence in said)


def _until(wish, seconds=10):
    end = time.monotonic() + seconds
    while not wish():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_what_the_centre_asked_meanwhile_is_answered_with_what_is_there(hall, tmp_path):
    here, url = hall
    done: list = []
    one = sensor(tmp_path, "one", "hall", url, done=done)
    one.look()
    os.utime(tmp_path / "one" / "orders", (0, 0))
    one._go_on_alone(DUE + timedelta(minutes=5))
    round_name = here.ask("hall", DUE)
    assert round_name == round_id("hall", DUE)
    one.look()
    assert len(done) == 1
    assert arrived(here, round_name) == [(0, True)]
    assert waiting(here) == [("succeeded", 1)]


KILLED = """
import sys, time
sys.path[:0] = [{tests!r}, {kit!r}]
from pathlib import Path
from fleet_kit import sensor
one = sensor(Path({folder!r}), "one", "hall", {url!r})
def slow(shard):
    Path({folder!r}, "began").touch()
    time.sleep(60)
one._scan = slow
one.look()
"""


def test_a_sensor_killed_in_mid_run_is_noticed_and_its_run_repeated_not_doubled(hall, tmp_path):
    here, url = hall
    round_name = here.ask("hall", DUE)
    tests = ROOT / "tests"
    code = KILLED.format(tests=str(tests), kit=str(tests / "fleet"), folder=str(tmp_path), url=url)
    victim = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], cwd=ROOT)
    try:
        _until((tmp_path / "began").exists, 20)
    finally:
        victim.send_signal(signal.SIGKILL)
        victim.wait()
    app = jobs.application(here, lambda _round: "", print)

    async def free(after_s):
        async with app.open_async():
            return await jobs.free_jobs_of_the_dead(app, print, after_s)

    assert waiting(here) == [("doing", 1)]
    assert asyncio.run(free(300)) == 0
    time.sleep(1.1)
    assert asyncio.run(free(1)) == 1
    done: list = []
    sensor(tmp_path, "one", "hall", url, done=done).look()
    assert [one.run for one in done] == [run_id(round_name, 0)]
    assert arrived(here, round_name) == [(0, True)]


def test_an_unreachable_centre_is_one_sentence(tmp_path):
    one = sensor(tmp_path, "one", "hall", "postgresql://nobody@127.0.0.1:1/x")
    with pytest.raises(UnreachableError, match="cannot be reached"):
        one._keep_in_touch()
    assert not one.look()
