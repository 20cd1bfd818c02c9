"""What changed between two runs, told once, and why: the events of a building's life on both databases."""

import itertools
from dataclasses import replace

import pytest
from postgres import server
from sqlalchemy import update
from store_kit import AXIS, HIKVISION, SONY, heard, night, one

from scanner.errors import UsageError
from scanner.store import open_store
from scanner.store.changes import ChangeKind, summary
from scanner.store.tables import runs

AVTECH = "avtech-av787-http"
HOUSE = heard(HIKVISION) + heard(AXIS)


@pytest.fixture(scope="module")
def pg():
    with server() as here:
        yield here


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'census.sqlite'}"
    else:
        url = request.getfixturevalue("pg").fresh("changes")
    with open_store(url) as here:
        yield here


def nights(store, *reports, site=""):
    saved = [store.save(report, site=site)[0] for report in reports]
    return [store.diff(a, b) for a, b in itertools.pairwise(saved)]


def kinds(changes):
    return [(change.kind, change.attribute) for change in changes]


def test_nothing_happened(store):
    assert nights(store, night(HOUSE), night(list(reversed(HOUSE)), day=1)) == [()]


def test_a_camera_appears(store):
    ((change,),) = nights(store, night(HOUSE), night(HOUSE + heard(SONY), day=1))
    assert change.kind is ChangeKind.APPEARED
    assert change.words == "appeared: 192.0.2.74 Sony SNC-CH110 (camera)"


def test_a_camera_goes_after_three_complete_nights_and_is_told_once(store):
    there, away = night(HOUSE), night(heard(AXIS), day=1)
    found = nights(store, there, away, away, away, away, there)
    assert [kinds(changes) for changes in found] == [
        [],
        [],
        [(ChangeKind.GONE, "")],
        [],
        [(ChangeKind.BACK, "")],
    ]
    assert "Hikvision DS-2CD2385G1-I" in found[2][0].words


def test_a_night_with_the_switch_down_proves_nothing(store):
    down = night([], complete=False)
    found = nights(store, night(HOUSE), down, down, down, down, night(HOUSE, day=5))
    assert [kinds(changes) for changes in found] == [[]] * 5


def test_a_camera_that_was_only_missed_is_no_news_when_it_is_back(store):
    assert nights(store, night(HOUSE), night(heard(AXIS), day=1), night(HOUSE, day=2)) == [(), ()]


def test_a_camera_is_readdressed(store):
    moved = heard(AXIS) + heard(HIKVISION, address="192.0.2.199")
    ((change,),) = nights(store, night(HOUSE), night(moved, day=1))
    assert (change.kind, change.attribute) == (ChangeKind.MOVED, "address")
    assert change.after == "192.0.2.199"


def test_a_camera_is_replaced_by_another_at_its_address(store):
    old = one(night(HOUSE), "DS-2CD2385G1-I").addresses[0]
    replaced = heard(AXIS) + heard(SONY, address=str(old))
    ((change,),) = nights(store, night(HOUSE), night(replaced, day=1))
    assert change.kind is ChangeKind.APPEARED
    assert f"appeared: {old} Sony SNC-CH110 (camera), in the place of {old} Hikvision" in change.words


def test_new_firmware(store):
    newer = [_with(m, b"V5.6.2", b"V5.7.9") for m in HOUSE]
    ((change,),) = nights(store, night(HOUSE), night(newer, day=1))
    assert (change.kind, change.attribute) == (ChangeKind.CHANGED, "firmware")
    assert "V5.6.2" in change.before
    assert "V5.7.9" in change.after


def _with(message, old, new):
    return replace(message, payload=message.payload.replace(old, new))


def test_a_verdict_changes_because_another_list_is_asked(store):
    before, after = (
        night(HOUSE, lists=("us-ndaa-889",)),
        night(HOUSE, day=1, lists=("us-ndaa-889", "uk-wms-2022")),
    )
    assert nights(store, before, after) == [()]


def test_runs_of_two_sites_do_not_compare(store):
    one_run, _ = store.save(night(HOUSE), site="hall")
    other, _ = store.save(night(heard(SONY)), site="school")
    with pytest.raises(UsageError, match="do not compare"):
        store.diff(one_run, other)


def test_a_device_that_moves_to_another_site_is_one_device_with_a_history(store):
    store.save(night(HOUSE), site="hall")
    first, _ = store.save(night(heard(SONY)), site="school")
    second, kept = store.save(night(heard(SONY) + heard(HIKVISION)), site="school")
    (change,) = store.diff(first, second)
    assert (change.kind, change.attribute, change.before, change.after) == (
        ChangeKind.MOVED,
        "site",
        "hall",
        "school",
    )
    name = one(kept, "DS-2CD2385G1-I").id
    assert [run.site for run, _ in store.history(name)] == ["hall", "school"]
    assert [where for where, device, _ in store.devices() if device.id == name] == ["school"]


def test_sites_with_the_same_addresses_stay_apart(store):
    for site in ("hall", "school", "depot"):
        store.save(night([replace(m, mac=None) for m in heard(AVTECH)]), site=site)
    assert len({device.id for _, device, _ in store.devices()}) == 3


def test_words_are_one_line_a_change(store):
    (changes,) = nights(store, night(HOUSE), night(HOUSE + heard(SONY), day=1))
    assert summary(changes).count("\n") == len(changes)
    assert summary(()) == ""


def test_a_history_is_told_in_the_order_of_the_runs_whatever_the_clock_said(store):
    moved = [heard(HIKVISION, address=f"192.0.2.{last}") for last in (10, 20, 30)]
    for day, messages in enumerate(moved):
        store.save(night(messages, day=day), site="hall")
    with store.transaction() as db:  # the clock was set back by a year before the second night
        db.execute(update(runs).where(runs.c.number == 2).values(finished="2020-01-01T00:00:00+00:00"))
    ((_, device, _),) = store.devices("hall")
    history = store.history(device.id)
    assert [str(state.addresses[0]) for _, state in history] == ["192.0.2.10", "192.0.2.20", "192.0.2.30"]
