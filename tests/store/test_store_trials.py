"""What goes wrong around a store, tried for real on both databases: a sentence, and nothing that was kept is lost."""

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres import server
from sqlalchemy import text
from store_killing import look
from store_kit import AXIS, HIKVISION, SONY, heard, night

from scanner.errors import UsageError
from scanner.store import open_store, opening, store
from scanner.store.opening import StoreError

HERE = Path(__file__).parent
KILLED = 12
"""Deaths of a writer here; `tests/bench/bench_store_killed.py` has two hundred."""


@pytest.fixture(scope="module")
def pg():
    with server() as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'census.sqlite'}"
    return request.getfixturevalue("pg").fresh("faults")


def counted(url):
    with open_store(url, create=False) as one:
        return [len(one.report(run.id).devices) for run in one.runs()]


def test_a_writer_that_is_killed_loses_no_finished_run_and_leaves_no_half_one(url):
    done = subprocess.run(
        [sys.executable, HERE / "store_killing.py", url, str(KILLED), "7"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["faults"] == []
    assert found["died"] == KILLED
    assert found["finished"] > 0
    assert found["unfinished"] > 0, "it was never killed in the middle of a run"


def test_the_watch_over_killed_writers_sees_what_is_lost(tmp_path):
    """A check that cannot fail proves nothing: a run that is thrown away is noticed."""
    with open_store(str(tmp_path / "census.sqlite")) as one:
        first, _ = one.save(night(heard(AXIS)), site="hall")
        second, _ = one.save(night(heard(AXIS), day=1), site="hall")
        with one.transaction() as db:
            db.execute(text("DELETE FROM runs WHERE number = 1"))
        assert list(look(one, [first, second], set(), deep=True)) == [f"lost: {first}", "numbers: [2]"]
        with one.transaction() as db:
            db.execute(text("UPDATE runs SET number = 1, devices = 7"))
        assert list(look(one, [], {second}, deep=False)) == [f"half: {second}"]


def test_a_full_and_a_read_only_disk():
    way = ["unshare", "--mount"]
    if subprocess.run([*way, "true"], capture_output=True, check=False).returncode:
        way = ["unshare", "--user", "--map-root-user", "--mount"]
    done = subprocess.run(
        [*way, sys.executable, HERE / "store_on_tmpfs.py"], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    full = "the disk is full: nothing of this run was kept, everything before it is there"
    assert found.pop("full while it writes").endswith(full)
    assert found.pop("full").endswith(full)
    assert found.pop("read only").endswith("it may only be read: give this user the right to write it")
    assert found == {
        "after that": [1], "after full": [1], "room again": "done", "with room": [1, 1], "read all the same": [1, 1],
    }  # fmt: skip


def test_a_role_of_postgresql_that_may_only_read(pg):
    url = pg.fresh("readonly")
    with open_store(url) as one:
        one.save(night(heard(AXIS)))
        with one.transaction() as db:
            db.execute(text("CREATE ROLE looker LOGIN"))
            db.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO looker"))
    with open_store(url.replace("//postgres:@", "//looker@")) as one:
        with pytest.raises(StoreError, match="this role may not do that"):
            one.save(night(heard(SONY), day=1))
        assert [run.number for run in one.runs()] == [1]
        assert len(one.report(one.find("latest").id).devices) == 1


def test_a_locked_database_is_read_and_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_S", 0.2)
    url = str(tmp_path / "census.sqlite")
    with open_store(url) as holder, open_store(url) as other:
        holder.save(night(heard(AXIS)))
        with holder.transaction():
            assert counted(url) == [1]
            with pytest.raises(StoreError, match=r"another run has been writing for more than .* try again"):
                other.save(night(heard(SONY), day=1))
        other.save(night(heard(AXIS) + heard(SONY), day=1))
        assert counted(url) == [2, 1]


def test_what_is_no_store_is_refused_and_left_alone(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text(
        "these are my notes, and long enough for a header of a database, which they are not\n" * 3
    )
    before = path.read_bytes()
    with pytest.raises(StoreError, match="the file is no database: name another, or move it away"):
        open_store(str(path))
    assert path.read_bytes() == before


def test_a_server_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(StoreError, match=r"postgresql.*(refused|No such file)"):
        open_store(f"postgresql://me:secret@/census?host={tmp_path}")
    with pytest.raises(StoreError) as caught:
        open_store(f"postgresql://me:secret@/census?host={tmp_path}")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


class Clock(datetime):
    """A clock that can be set."""

    time = datetime(2026, 11, 20, 2, tzinfo=UTC)

    @classmethod
    def now(cls, tz=None):
        return cls.time.astimezone(tz)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(store, "datetime", Clock)
    monkeypatch.setattr(Clock, "time", Clock.time)
    return Clock


def test_a_clock_that_was_set_back_turns_nothing_round(url, clock):
    with open_store(url) as one:
        first, _ = one.save(night(heard(AXIS)), site="hall")
        clock.time -= timedelta(days=400)
        second, _ = one.save(night(heard(AXIS) + heard(SONY), day=1), site="hall")
        clock.time += timedelta(days=1)
        third, _ = one.save(night(heard(AXIS) + heard(SONY), day=2), site="hall")
        assert [run.id for run in one.runs("hall")] == [third, second, first]
        assert one.find("latest").id == third
        assert one.find("-2", "hall").id == first
        assert [change.kind for change in one.diff(first, third)] == ["appeared"]
        assert len(one.report(third).history) == 2


def test_pruning_by_a_clock_that_was_set_back_leaves_no_hole(url, clock):
    clock.time = datetime.now(UTC)
    with open_store(url) as one:
        first, _ = one.save(night(heard(AXIS)), site="hall")
        clock.time -= timedelta(days=400)
        one.save(night(heard(AXIS) + heard(SONY), day=1), site="hall")
        one.save(night(heard(SONY), day=2), site="hall")
        clock.time += timedelta(days=400)
        assert one.prune(timedelta(days=100)) == 0
        assert [len(one.report(run.id).devices) for run in one.runs("hall")] == [1, 2, 1]
        assert one.report(first)


def test_pruning_forgets_old_runs_and_keeps_what_later_ones_need(url, clock):
    clock.time = datetime.now(UTC) - timedelta(days=50)
    sets = (heard(AXIS), heard(AXIS) + heard(SONY), heard(SONY), heard(SONY) + heard(HIKVISION))
    with open_store(url) as one:
        for day, messages in enumerate(sets):
            one.save(night(messages, day=day), messages, site="hall")
            clock.time += timedelta(days=10)
        kept = [one.report(run.id) for run in one.runs("hall", limit=2)]
        clock.time = datetime.now(UTC)
        assert one.prune(timedelta(days=35)) == 2
        runs = one.runs("hall")
        assert [run.number for run in runs] == [4, 3]
        assert [one.report(run.id).devices for run in runs] == [report.devices for report in kept]
        assert [change.kind for change in one.diff(runs[1].id, runs[0].id)] == ["appeared"]
        assert one.prune(timedelta(days=1)) == 1
        assert len(one.runs("hall")) == 1


def test_two_runs_at_once_are_both_whole(url):
    reports = [night(heard(AXIS) + heard(SONY)), night(heard(AXIS) + heard(HIKVISION), day=1)]
    errors = []

    def save(report):
        try:
            with open_store(url) as mine:
                for _ in range(4):
                    mine.save(report, site="hall")
        except Exception as error:  # noqa: BLE001 - shown by the thread that looks
            errors.append(error)

    threads = [threading.Thread(target=save, args=(report,)) for report in reports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_store(url) as one:
        assert sorted(run.number for run in one.runs("hall")) == list(range(1, 9))
        assert {len(one.report(run.id).devices) for run in one.runs("hall")} == {2}
        assert one.sizes()["devices"] == 3


def test_a_run_that_was_never_begun_is_not_finished(url):
    with open_store(url) as one, pytest.raises(UsageError, match="was never begun"):
        one.finish("11111111-1111-4111-8111-111111111111", night(heard(AXIS)))
