"""What a sensor's role may do, by trying: its own jobs and results, and nothing else."""

import uuid

import psycopg
import pytest
from fleet_kit import DUE, centre
from postgres import server
from psycopg import sql

from scanner.errors import UsageError

RESULT = (
    "INSERT INTO fleet_inbox (run, round, shard, site, sensor, complete, bundle)"
    " VALUES (gen_random_uuid(), %s, %s, %s, %s, true, 'x')"
)


@pytest.fixture(scope="module")
def fleet():
    with server() as pg:
        here = centre(pg.fresh("rights"), "hall", "school")
        urls = {name: here.add_sensor(name, site) for name, site in (("one", "hall"), ("two", "school"))}
        rounds = {site: here.ask(site, DUE) for site in ("hall", "school")}
        yield here, urls, rounds


@pytest.fixture
def one(fleet):
    with psycopg.connect(fleet[1]["one"], autocommit=True) as db:
        yield db


def refused(db, query, *values, error=psycopg.errors.InsufficientPrivilege):
    with pytest.raises(error):
        db.execute(query, values or None)


def test_a_sensor_sees_its_own_jobs_only(one):
    assert one.execute("SELECT DISTINCT queue_name FROM procrastinate_jobs").fetchall() == [("site:hall",)]


@pytest.mark.parametrize(
    "table",
    ["fleet_sites", "fleet_sensors", "fleet_rounds", "procrastinate_events", "procrastinate_periodic_defers"],
)
def test_a_sensor_reads_no_other_table(one, table):
    refused(one, sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)))


def test_a_sensor_reads_nothing_of_another_site(fleet, one):
    with psycopg.connect(fleet[1]["two"], autocommit=True) as two:
        two.execute(RESULT, (fleet[2]["school"], 0, "school", "two"))
    assert one.execute("SELECT count(*) FROM fleet_inbox WHERE site = 'school'").fetchone() == (0,)
    refused(one, "SELECT bundle FROM fleet_inbox")


@pytest.mark.parametrize(
    "query",
    [
        """UPDATE procrastinate_jobs SET args = '{"targets": ["10.0.0.0/8"]}'""",
        "UPDATE procrastinate_jobs SET task_name = 'ingest'",
        "UPDATE procrastinate_jobs SET queue_name = 'site:school'",
        "UPDATE procrastinate_jobs SET queue_name = 'centre'",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('site:hall', 'scan')",
        "INSERT INTO fleet_sites (site) VALUES ('more')",
        "UPDATE fleet_sites SET targets = '[]'",
        "UPDATE fleet_sensors SET site = 'school'",
    ],
)
def test_a_sensor_cannot_widen_what_it_is_asked(one, query):
    refused(one, query)


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM fleet_inbox",
        "UPDATE fleet_inbox SET complete = false",
        "TRUNCATE fleet_inbox",
        "DELETE FROM procrastinate_jobs",
        "DELETE FROM fleet_rounds",
        "DROP TABLE fleet_inbox",
        "CREATE TABLE mine (x int)",
        "ALTER TABLE fleet_inbox DISABLE ROW LEVEL SECURITY",
        "SET ROLE postgres",
        "CREATE ROLE more",
        "DROP POLICY fleet_own_results ON fleet_inbox",
    ],
)
def test_a_sensor_cannot_delete_history_or_change_the_rules(one, query):
    refused(one, query)


def test_a_sensor_cannot_forge_results_of_another_site(fleet, one):
    _, _, rounds = fleet
    refused(one, RESULT, rounds["school"], 5, "school", "one")
    refused(one, RESULT, rounds["school"], 5, "school", "two")
    refused(one, RESULT, rounds["hall"], 5, "hall", "two")
    refused(one, RESULT, rounds["school"], 5, "hall", "one", error=psycopg.errors.ForeignKeyViolation)
    refused(one, RESULT, uuid.uuid4(), 0, "hall", "one", error=psycopg.errors.ForeignKeyViolation)


def test_a_sensor_cannot_end_or_take_the_job_of_another_site(fleet, one):
    with psycopg.connect(fleet[0].url, autocommit=True) as owner:
        (job,) = owner.execute(
            "SELECT id FROM procrastinate_jobs WHERE queue_name = 'site:school'"
        ).fetchone()
        assert one.execute("SELECT (procrastinate_fetch_job_v2('{site:school}', NULL)).id").fetchone() == (
            None,
        )
        refused(
            one,
            "SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)",
            job,
            error=psycopg.errors.RaiseException,
        )
        assert owner.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", (job,)).fetchone() == (
            "todo",
        )


def test_a_sensor_cannot_declare_others_dead(fleet, one):
    with psycopg.connect(fleet[1]["two"], autocommit=True) as two:
        (worker,) = two.execute("SELECT procrastinate_register_worker_v1()").fetchone()
    one.execute("SELECT procrastinate_prune_stalled_workers_v1(-1)")
    one.execute("SELECT procrastinate_unregister_worker_v1(%s)", (worker,))
    one.execute("SELECT procrastinate_update_heartbeat_v1(%s)", (worker,))
    with psycopg.connect(fleet[0].url) as owner:
        found = owner.execute("SELECT id FROM procrastinate_workers WHERE id = %s", (worker,)).fetchone()
    assert found == (worker,)


def test_a_round_made_alone_cannot_lie_in_the_future(one):
    refused(
        one,
        "SELECT fleet_announce(gen_random_uuid(), now() + interval '3 days', 1)",
        error=psycopg.errors.CheckViolation,
    )


def test_what_a_sensor_may_do_works(fleet, one):
    said = one.execute("SELECT site, targets FROM fleet_hello('1', now())").fetchone()
    assert said == ("hall", [])
    one.execute(RESULT, (fleet[2]["hall"], 0, "hall", "one"))
    with psycopg.connect(fleet[0].url) as owner:
        found = owner.execute("SELECT args FROM procrastinate_jobs WHERE task_name = 'ingest'").fetchall()
        assert ({"round": str(fleet[2]["hall"])},) in found
    with pytest.raises(psycopg.errors.UniqueViolation):
        one.execute(RESULT, (fleet[2]["hall"], 0, "hall", "one"))


def test_a_revoked_sensor_is_nobody_at_once(fleet):
    here, _, _ = fleet
    url = here.add_sensor("stolen", "hall")
    with psycopg.connect(url, autocommit=True) as thief:
        assert thief.execute("SELECT count(*) FROM procrastinate_jobs").fetchone()[0]
        here.revoke("stolen")
        with pytest.raises(psycopg.OperationalError):
            thief.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    with pytest.raises(UsageError, match="already"):
        here.add_sensor("stolen", "hall")


def test_a_session_that_outlives_its_revocation_sees_nothing(fleet):
    here, _, _ = fleet
    url = here.add_sensor("quick", "hall")
    with psycopg.connect(url, autocommit=True) as thief, psycopg.connect(here.url, autocommit=True) as owner:
        owner.execute("UPDATE fleet_sensors SET revoked = now() WHERE name = 'quick'")
        assert thief.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)
        refused(thief, "SELECT * FROM fleet_hello('1', now())")
        refused(thief, RESULT, fleet[2]["hall"], 1, "hall", "quick")
