"""A round into the store: once, all shards together, and whatever is wrong with one of them is said."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network

import psycopg
import pytest
from fleet_kit import DUE, centre, heard
from postgres import server

from scanner.fleet.bundle import Bundle, BundleError, pack, unpack
from scanner.fleet.ingest import Ingestion
from scanner.fleet.rounds import round_id, run_id
from scanner.model import Attribute, Coverage, Report
from scanner.pipeline import judge_again
from scanner.policy import Waiver
from scanner.store import open_store
from scanner.zones import Map, Zone

NAME = round_id("hall", DUE)
HIKVISION, AXIS = heard("hikvision-ds-2cd2385g1-i-5.6.2"), heard("axis-m1065-lw-9.80.1")
EMPTY = Report(
    tool={}, data={}, run={"mode": "scan"}, devices=(), findings=(), coverage=Coverage(), as_of=DUE.date()
)
SCANNED = judge_again(EMPTY, (), on=DUE.date(), lists=("us-ndaa-889",))


@pytest.fixture(scope="module")
def pg():
    with server() as one:
        yield one


@pytest.fixture
def here(pg, request):
    made = centre(pg.fresh(f"i{abs(hash(request.node.name)) % 10**8}"), "hall", shards=2)
    open_store(made.url).close()
    made.add_sensor("one", "hall")
    return made


def bundle(round_name, shard, messages, **more):
    words = {
        "site": "hall", "round": round_name, "due": DUE, "shard": shard, "shards": 2, "sensor": "one", "started": DUE,
        "ended": DUE + timedelta(minutes=shard + 1), "complete": True, "report": SCANNED, "messages": messages,
    }  # fmt: skip
    return Bundle(**{**words, **more})


def hand_in(here, round_name, shard, data, site="hall"):
    with psycopg.connect(here.url, autocommit=True) as db:
        db.execute(
            "INSERT INTO fleet_inbox (run, round, shard, site, sensor, complete, bundle)"
            " VALUES (%s, %s, %s, %s, 'one', true, %s)",
            (run_id(round_name, shard), round_name, shard, site, data),
        )


def test_a_bundle_comes_back_as_it_was():
    one = bundle(NAME, 0, HIKVISION)
    assert unpack(pack(one)) == one


@pytest.mark.parametrize(
    "data", [b"", b"nonsense", pack(bundle(NAME, 0, ()))[:-4], b"\x28\xb5\x2f\xfd" + bytes(40)]
)
def test_what_is_no_bundle_is_one_sentence(data):
    with pytest.raises(BundleError):
        unpack(data)


def test_two_sensors_that_hear_one_device_give_one_device(here):
    round_name = here.ask("hall", DUE)
    hand_in(here, round_name, 0, pack(bundle(round_name, 0, HIKVISION + AXIS)))
    hand_in(here, round_name, 1, pack(bundle(round_name, 1, HIKVISION)))
    said = Ingestion(here, ("us-ndaa-889",)).take_in(round_name)
    assert said == "hall, round of 2026-11-27 02:00 UTC: 2 devices"
    with open_store(here.url) as store:
        report = store.report(str(round_name))
        assert sorted(d.value(Attribute.MAKER) for d in report.devices) == ["Axis", "Hikvision"]
        assert report.coverage.complete
        assert report.run["sensors"] == ["one"]
    assert here.round(round_name)[3] == "complete"
    assert here.status()[0].coverage.endswith("identified") or not SCANNED.coverage.reach


def test_a_round_is_taken_in_once(here):
    round_name = here.ask("hall", DUE)
    for shard in range(2):
        hand_in(here, round_name, shard, pack(bundle(round_name, shard, AXIS)))
    ingestion = Ingestion(here)
    ingestion.take_in(round_name)
    assert ingestion.take_in(round_name).endswith("taken in before")
    with open_store(here.url) as store:
        assert len(store.runs("hall")) == 1


def test_a_missing_shard_makes_the_run_incomplete(here):
    round_name = here.ask("hall", DUE)
    hand_in(here, round_name, 0, pack(bundle(round_name, 0, AXIS)))
    assert "1 of 2 shards missing" in Ingestion(here).take_in(round_name)
    with open_store(here.url) as store:
        assert not store.report(str(round_name)).coverage.complete
    assert here.round(round_name)[3] == "incomplete"


def test_a_refusal_and_a_damaged_bundle_are_said_and_cost_no_other(here):
    round_name = here.ask("hall", DUE)
    hand_in(here, round_name, 0, b"damaged")
    hand_in(here, round_name, 1, pack(bundle(round_name, 1, AXIS)))
    said = Ingestion(here).take_in(round_name)
    assert "1 devices" in said
    assert "shard 1 of one: this is no bundle" in said


def test_a_bundle_that_says_it_is_of_another_site_is_not_believed(here):
    round_name = here.ask("hall", DUE)
    hand_in(here, round_name, 0, pack(bundle(round_name, 0, HIKVISION, site="school")))
    hand_in(here, round_name, 1, pack(bundle(round_name, 1, AXIS)))
    assert "it says it is another one" in Ingestion(here).take_in(round_name)
    with open_store(here.url) as store:
        assert [d.value(Attribute.MAKER) for d in store.report(str(round_name)).devices] == ["Axis"]


def test_a_round_in_which_everything_was_refused_is_empty(here):
    round_name = here.ask("hall", DUE)
    for shard in range(2):
        one = bundle(
            round_name, shard, (), report=None, complete=False, said="10.9.0.0/16 is outside: refused"
        )
        hand_in(here, round_name, shard, pack(one))
    assert "nothing to keep" in Ingestion(here).take_in(round_name)
    assert here.round(round_name)[3] == "empty"
    assert "refused" in here.status()[0].said


def test_what_a_sensor_concluded_is_not_believed(here):
    round_name = here.ask("hall", DUE)
    lying = replace(SCANNED, data={"fingerprints": "forged"})
    for shard in range(2):
        hand_in(here, round_name, shard, pack(bundle(round_name, shard, HIKVISION, report=lying)))
    Ingestion(here, ("us-ndaa-889",)).take_in(round_name)
    with open_store(here.url) as store:
        report = store.report(str(round_name))
        assert report.data["fingerprints"] != "forged"
        assert [finding.verdict.value for finding in report.findings] == ["listed"]


def test_a_night_that_falls_due_is_asked_once_and_a_missed_one_made_up_for(pg):
    made = centre(pg.fresh("due"), "hall", schedule="0 2 * * *")
    with psycopg.connect(made.url, autocommit=True) as db:
        db.execute("UPDATE fleet_sites SET added = '2026-11-01'")
    now = datetime(2026, 11, 27, 9, tzinfo=UTC)
    assert len(made.ask_due(now)) == 1
    assert made.ask_due(now + timedelta(hours=1)) == []
    assert len(made.ask_due(now + timedelta(days=1))) == 1
    assert made.status()[0].open_rounds == 2


def test_a_round_that_waits_too_long_is_closed(pg):
    made = centre(pg.fresh("late"), "hall")
    round_name = made.ask("hall", DUE)
    assert made.overdue() == []
    with psycopg.connect(made.url, autocommit=True) as db:
        db.execute("UPDATE fleet_rounds SET opened = now() - interval '13 hours'")
    assert made.overdue() == [round_name]


def test_of_the_centre_s_zones_a_site_has_its_own(here):
    """Forty sites may all use one network."""
    zones = (
        Zone(name="all", networks=(ip_network("192.0.2.0/24"),), site="hall", building="Main house"),
        Zone(name="all", networks=(ip_network("192.0.2.0/24"),), site="school", building="Gym"),
        Zone(name="anywhere", networks=(ip_network("192.0.0.0/8"),), building="Elsewhere"),
    )
    waiver = Waiver(
        list="us-ndaa-889", maker="Hikvision", owner="o", reason="r", ticket="T-1", expires=date(2999, 1, 1)
    )
    here.add_site("school")
    for site, building in (("hall", "Main house"), ("school", "Gym")):
        round_name = here.ask(site, DUE)
        for shard in range(here.round(round_name)[2]):
            hand_in(here, round_name, shard, pack(bundle(round_name, shard, HIKVISION, site=site)), site)
        Ingestion(here, ("us-ndaa-889",), (waiver,), Map(zones=zones)).take_in(round_name)
        with open_store(here.url) as store:
            report = store.report(str(round_name))
            assert {(d.place.site, d.place.building) for d in report.devices} == {(site, building)}
            assert [finding.verdict.value for finding in report.findings] == ["waived"]
