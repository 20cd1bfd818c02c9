"""Runs go in and come out as they were, on both databases; a run that never ended never counts."""

from dataclasses import replace

import pytest
from postgres import server
from store_kit import AXIS, CAPTURES, HIKVISION, SONY, heard, night, replayed

from scanner.errors import UsageError
from scanner.model import Attribute
from scanner.pipeline import judge_again
from scanner.reports.as_json import document
from scanner.store import open_store, writing


@pytest.fixture(scope="module")
def pg():
    with server() as one:
        yield one


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'census.sqlite'}"
    else:
        url = request.getfixturevalue("pg").fresh("runs")
    with open_store(url) as one:
        yield one


@pytest.mark.parametrize("name", [path.stem for path in CAPTURES])
def test_a_report_comes_back_as_it_was(store, name):
    report = replayed(name)
    run, kept = store.save(report)
    assert document(replace(store.report(run), history=())) == document(kept)
    assert [d.value(Attribute.MAKER) for d in kept.devices] == [
        d.value(Attribute.MAKER) for d in report.devices
    ]


def test_an_old_report_is_put_together_from_what_held_then(store):
    first, kept = store.save(night(heard(HIKVISION) + heard(AXIS)))
    for day in range(writing.WHOLE_RUNS + 1):
        store.save(night(heard(AXIS) + heard(SONY), day=day + 1))
    found = document(replace(store.report(first), history=()))
    assert _timeless(found) == _timeless(document(kept))


def _timeless(record):
    for device in record["devices"]:
        for evidence in device["evidence"]:
            del evidence["time"]
    return record


def test_a_run_that_was_begun_and_never_finished_does_not_count(store):
    store.save(night(heard(AXIS)))
    killed = store.begin("")
    assert killed not in {run.id for run in store.runs()}
    assert [run.number for run in store.runs(unfinished=True) if run.id == killed] == [None]
    with pytest.raises(UsageError, match="no finished run"):
        store.report(killed)


def test_a_run_is_finished_once(store):
    report = night(heard(AXIS))
    store.save(report, run="11111111-1111-4111-8111-111111111111")
    store.save(night(heard(SONY)), run="11111111-1111-4111-8111-111111111111")
    assert len(store.runs()) == 1
    assert (
        store.report("11111111-1111-4111-8111-111111111111").devices
        == store.report(store.runs()[0].id).devices
    )
    assert store.sizes()["devices"] == 1


def test_a_quiet_night_writes_a_run_and_nothing_else(store):
    store.save(night(heard(HIKVISION) + heard(AXIS)))
    before = store.sizes()
    store.save(night(heard(HIKVISION) + heard(AXIS), day=1))
    after = store.sizes()
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {"runs": 1}


def test_messages_are_kept_and_judged_again(store):
    messages = heard(HIKVISION) + heard(AXIS)
    run, kept = store.save(night(messages), messages)
    assert list(store.messages(run)) == messages
    again = judge_again(store.report(run), store.messages(run), on=kept.as_of, lists=("us-ndaa-889",))
    assert [d.conclusions for d in again.devices] == [d.conclusions for d in kept.devices]
    assert [f.verdict for f in again.findings] == [f.verdict for f in kept.findings]


def test_messages_of_old_runs_go(store):
    runs = [
        store.save(night(heard(AXIS), day=day), heard(AXIS))[0] for day in range(writing.MESSAGE_RUNS + 1)
    ]
    assert [bool(list(store.messages(run))) for run in runs] == [False, True, True]


def test_earlier_runs_are_the_history_of_a_report(store):
    store.save(night(heard(HIKVISION) + heard(AXIS)))
    run, _ = store.save(night(heard(AXIS), day=1))
    (trend,) = store.report(run).history
    assert trend.makers == {"Axis": 1, "Hikvision": 1}
    assert trend.verdicts == {"listed": 1, "not-listed": 1}


def test_runs_are_found_by_name(store):
    runs = [store.save(night(heard(AXIS), day=day))[0] for day in range(3)]
    assert store.find("latest").id == runs[2]
    assert store.find("-1").id == runs[1]
    assert store.find(runs[0]).id == runs[0]
    with pytest.raises(UsageError, match="no runs begin with 'zz'"):
        store.find("zz")


def test_what_is_known_stands_in_the_order_of_addresses(store):
    messages = heard(AXIS, address="192.0.2.100") + heard(SONY, address="192.0.2.9")
    store.save(night(messages))
    firsts = [device.addresses[0] for _, device, _ in store.devices()]
    assert len(firsts) == 2
    assert firsts == sorted(firsts)
    assert sorted(map(str, firsts)) != list(map(str, firsts)), "the order of texts would pass, too"


def test_what_is_exposed_follows_its_device(store):
    """At a site a device that only an address tells apart gets an id of the site; what is said of it goes along."""
    report = night(heard(HIKVISION, mac="02:00:00:00:00:01"))
    device = report.devices[0]
    said = replace(report.findings[0], list="exposure")
    named = replace(
        report, devices=(replace(device, id="x", macs=(), conclusions={}),),
        findings=(), exposures=(replace(said, device="x"),),
    )  # fmt: skip
    _, kept = store.save(named, site="hall")
    assert kept.devices[0].id != "x"
    assert [item.device for item in kept.exposures] == [kept.devices[0].id]
