"""What can go wrong with a store, and that nothing is lost: limits, locks, versions, strangers' files, damage."""

import itertools
import os
import signal
import sqlite3
from contextlib import closing
from ipaddress import ip_address
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, event, text
from store_kit import AXIS, HIKVISION, heard, night

from scanner.model import Attribute, Conclusion, Device, Place
from scanner.store import open_store, opening, packing
from scanner.store.opening import StoreError
from scanner.store.tables import metadata
from scanner.store.verifying import faults


@pytest.fixture
def store(tmp_path):
    with open_store(f"sqlite:///{tmp_path / 'c.sqlite'}") as one:
        yield one


def pragma(store, words):
    store.engine.dispose()
    event.listen(store.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {words}"))


def test_a_full_disk_is_a_sentence_and_loses_nothing(store):
    store.save(night(heard(AXIS)))
    with store.transaction() as db:
        pages = db.execute(text("PRAGMA page_count")).scalar()
    pragma(store, f"max_page_count = {pages + 1}")
    with pytest.raises(StoreError, match="the disk is full: nothing of this run was kept"):
        store.save(night(heard(HIKVISION) + heard(AXIS), day=1), heard(HIKVISION) * 50)
    store.engine.dispose()
    with open_store(store.where) as again:
        assert len(again.runs()) == 1
        assert faults(again) == []


def test_a_store_that_may_only_be_read_can_be_read(store):
    run, _ = store.save(night(heard(AXIS)))
    pragma(store, "query_only = ON")
    assert store.report(run).devices
    with pytest.raises(StoreError, match="it may only be read"):
        store.save(night(heard(AXIS), day=1))


def test_a_store_that_somebody_else_writes_is_waited_for_and_then_told(store, monkeypatch):
    monkeypatch.setattr(opening, "BUSY_S", 0.3)
    with open_store(store.where) as other, other.transaction() as db:
        db.execute(text("DELETE FROM audit"))
        with (
            open_store(store.where, create=True) as third,
            pytest.raises(StoreError, match="another run has been writing"),
        ):
            third.save(night(heard(AXIS)))


def test_a_newer_store_is_refused_and_left_alone(store, tmp_path):
    store.save(night(heard(AXIS)))
    with store.transaction() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    store.close()
    before = (tmp_path / "c.sqlite").read_bytes()
    with pytest.raises(StoreError, match="of a newer camcensus"):
        open_store(store.where)
    assert (tmp_path / "c.sqlite").read_bytes() == before


@pytest.mark.parametrize(
    ("content", "said"), [(b"this is a text, and no database of anything" * 100, "the file is no database")]
)
def test_a_strangers_file_is_a_sentence(tmp_path, content, said):
    (tmp_path / "x.sqlite").write_bytes(content)
    with pytest.raises(StoreError, match=said):
        open_store(str(tmp_path / "x.sqlite"))


def test_places_that_cannot_be(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        open_store(str(tmp_path / "file" / "c.sqlite"))
    with pytest.raises(StoreError, match="there is no store"):
        open_store(str(tmp_path / "none.sqlite"), create=False)


def test_migrations_lead_to_the_tables_and_to_the_version_that_is_known():
    engine = create_engine("sqlite://")
    with engine.begin() as db:
        opening.upgrade(db)
        assert compare_metadata(MigrationContext.configure(db), metadata) == []
        assert opening.version_of(db) == opening.HEAD
    assert ScriptDirectory.from_config(migrations()).get_current_head() == opening.HEAD


def migrations():
    config = Config()
    config.set_main_option("script_location", "scanner.store:migrations")
    return config


def test_what_is_damaged_is_found(store):
    store.save(night(heard(AXIS)))
    with store.transaction() as db:
        db.execute(text("UPDATE states SET record = x'00'"))
    assert any("cannot be read" in sentence for sentence in faults(store))
    with store.transaction() as db:
        db.execute(text("UPDATE states SET until = 0"))
    assert any("0 states hold at once" in sentence for sentence in faults(store))


@pytest.mark.parametrize("path", sorted((Path(__file__).parent / "old").glob("*.sql")), ids=lambda p: p.stem)
def test_a_store_of_an_older_form_is_brought_up_to_date_and_reads_as_before(path, tmp_path):
    file = tmp_path / "census.sqlite"
    with closing(sqlite3.connect(file)) as db:
        db.executescript(path.read_text())
    with open_store(str(file)) as store:
        assert faults(store) == []
        runs = store.runs("hall")
        assert [run.number for run in runs] == [5, 4, 3, 2, 1]
        assert [len(store.report(run.id).devices) for run in runs] == [1, 1, 2, 1, 2]
        assert [change.kind for change in store.diff(runs[-1].id, runs[2].id)] == ["appeared"]
        assert len(list(store.messages(runs[0].id))) == 2
        store.save(night(heard(AXIS), day=6), site="hall")
        assert faults(store) == []


def old(path, form):
    with closing(sqlite3.connect(path)) as db:
        db.executescript((Path(__file__).parent / "old" / f"form-{form}.sql").read_text())
    return str(path)


def everything(path):
    """What a store says: the devices of each run, and what changed between any two."""
    with open_store(path) as store:
        runs = list(reversed(store.runs("hall")))
        said = [sorted(str(device.addresses) for device in store.report(run.id).devices) for run in runs]
        pairs = itertools.combinations(runs, 2)
        return said, [[change.words for change in store.diff(a.id, b.id)] for a, b in pairs]


def test_what_the_first_form_says_is_what_the_second_says(tmp_path):
    first, second = (old(tmp_path / f"{form}.sqlite", form) for form in ("0001", "0002"))
    said = everything(first)
    assert said == everything(second)
    assert any("moved" in word or "gone" in word or "appeared" in word for told in said[1] for word in told)


def test_a_store_that_was_brought_up_to_date_writes_nothing_of_what_did_not_change(tmp_path):
    with open_store(old(tmp_path / "c.sqlite", "0001")) as store:
        last = store.report(store.find("latest", "hall").id)
        before = store.sizes()["states"]
        store.save(last, site="hall")
        assert store.sizes()["states"] == before


def test_the_digest_of_a_state_is_that_of_its_form():
    """Who changes it makes every device of every store look changed: that wants a form of its own, and a migration."""
    conclusion = Conclusion(value="M1065-LW", confidence=0.9)
    device = Device(
        id="a", kind="camera", addresses=(ip_address("192.0.2.61"), ip_address("2001:db8::1")),
        macs=("ac:cc:8e:00:00:01",), capabilities=("ptz",), conclusions={Attribute.MODEL: conclusion},
        place=Place(site="hall", building="Gym"),
    )  # fmt: skip
    assert packing.digest(device).hex() == "5392af37ba55d81f915d9c182d34c48a"


def test_whoever_is_killed_in_a_migration_leaves_the_form_before(tmp_path):
    path = old(tmp_path / "c.sqlite", "0001")
    child = os.fork()
    if not child:
        packing.digest = lambda _device: os.kill(os.getpid(), signal.SIGKILL)  # the column is there by then
        try:
            open_store(path)
        finally:
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert "told" not in [column[1] for column in db.execute("PRAGMA table_info(states)")]
    assert everything(path) == everything(old(tmp_path / "whole.sqlite", "0001"))


def test_an_older_store_that_may_only_be_read_is_a_sentence(tmp_path, monkeypatch):
    path = old(tmp_path / "c.sqlite", "0001")

    def reads_only(file):
        uri = f"{file.absolute().as_uri()}?mode=ro"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)

    monkeypatch.setattr(opening, "_connection", reads_only)
    with pytest.raises(StoreError, match="it may only be read: give this user the right to write it"):
        open_store(path)


def test_the_form_of_today_is_among_the_files():
    """Whoever adds a migration keeps a file of the form before it, made by old/make_store.py."""
    script = ScriptDirectory.from_config(migrations())
    forms = {path.stem.removeprefix("form-") for path in (Path(__file__).parent / "old").glob("*.sql")}
    assert {version.revision for version in script.walk_revisions()} == forms
