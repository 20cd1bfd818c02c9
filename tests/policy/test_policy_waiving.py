"""Waivers written by the command, and what became of each after a run."""

import tomllib
from datetime import date
from itertools import product

import pytest
from handmade import device
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import KnowledgeError, UsageError
from scanner.model import Verdict, WaiverState
from scanner.policy import Waiver, account, judge, load_lists, load_waivers
from scanner.policy.waiving import entry, waive
from scanner.vendors import vendors

ON = date(2026, 11, 23)
US = "us-ndaa-889"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


def waiver(**more):
    words = {
        "list": US,
        "owner": "facilities",
        "reason": "roof",
        "ticket": "FAC-12",
        "expires": date(2026, 12, 31),
    }
    return Waiver(**{"maker": "Hikvision"} | words | more)


class TestFile:
    def test_a_file_is_made_and_grows(self, tmp_path):
        path = tmp_path / "waivers.toml"
        first, second = waiver(), waiver(maker=None, device="192.0.2.64", reason='a "quoted"\nreason')
        waive(path, first)
        waive(path, second)
        assert load_waivers(path) == (first, second)

    def test_what_stands_there_stays(self, tmp_path):
        path = tmp_path / "waivers.toml"
        old = (
            "# ours, do not touch\nschema = 1   # always\n\n[[waiver]] # the roof\n"
            + entry(waiver()).partition("\n")[2]
        )
        path.write_text(old)
        path.chmod(0o640)
        waive(path, waiver(ticket="FAC-13"))
        assert path.read_text().startswith(old)
        assert path.stat().st_mode & 0o777 == 0o640
        assert [item.ticket for item in load_waivers(path)] == ["FAC-12", "FAC-13"]

    def test_the_same_waiver_twice_is_refused(self, tmp_path):
        path = tmp_path / "waivers.toml"
        waive(path, waiver())
        before = path.read_text()
        with pytest.raises(UsageError, match="there already"):
            waive(path, waiver())
        assert path.read_text() == before

    @pytest.mark.parametrize(
        "text", ["schema = 1\nwaiver = []\n", "schema = ", 'schema = 1\n[[waiver]]\nlist = "x"\n']
    )
    def test_a_file_that_cannot_grow_is_left_as_it_is(self, tmp_path, text):
        path = tmp_path / "waivers.toml"
        path.write_text(text)
        with pytest.raises(KnowledgeError, match=r"waivers\.toml"):
            waive(path, waiver())
        assert path.read_text() == text

    @settings(deadline=None)
    @given(owner=TEXT, reason=TEXT, ticket=TEXT, maker=TEXT)
    def test_any_text_comes_back_as_it_was(self, owner, reason, ticket, maker):
        text = entry(waiver(owner=owner, reason=reason, ticket=ticket, maker=maker))
        (read,) = tomllib.loads(text)["waiver"]
        assert (read["owner"], read["reason"], read["ticket"], read["maker"]) == (
            owner,
            reason,
            ticket,
            maker,
        )


CAMERAS = (
    device("Hikvision", "Hikvision", identifier="aa00000001", host="192.0.2.64"),
    device("Hikvision", "Annke", identifier="aa00000002", host="192.0.2.65", mac="44:19:b6:00:00:02"),
    device("Axis", "Axis", identifier="aa00000003", host="192.0.2.66", mac="00:40:8c:00:00:03"),
)


def used(*waivers, lists=(US,), on=ON):
    chosen = load_lists(lists)
    findings = judge(CAMERAS, chosen, vendors(), on=on, waivers=waivers)
    return findings, account(waivers, CAMERAS, findings, [item.id for item in chosen], on=on)


STATES = [
    ("holds for both", waiver(), US, WaiverState.HOLDS, 2),
    ("holds for one", waiver(brand="Annke"), US, WaiverState.HOLDS, 1),
    ("expired, two count again", waiver(expires=date(2026, 11, 22)), US, WaiverState.EXPIRED, 2),
    ("expired, nobody left", waiver(maker="Dahua", expires=date(2026, 11, 22)), US, WaiverState.EXPIRED, 0),
    ("nobody like that", waiver(maker="Dahua"), US, WaiverState.UNUSED, 0),
    ("nothing to waive", waiver(maker="Axis"), US, WaiverState.UNUSED, 0),
    ("another list was held", waiver(), "us-fcc-covered", WaiverState.NOT_ASKED, 0),
]


@pytest.mark.parametrize(
    ("item", "held", "state", "count"), [row[1:] for row in STATES], ids=[r[0] for r in STATES]
)
def test_what_became_of_a_waiver(item, held, state, count):
    _, (use,) = used(item, lists=[held])
    assert (use.state, len(use.devices)) == (state, count)


def test_the_second_of_two_waivers_that_fit_is_unused():
    findings, uses = used(waiver(), waiver(ticket="FAC-13", owner="other"))
    assert [use.state for use in uses] == [WaiverState.HOLDS, WaiverState.UNUSED]
    assert sum(finding.verdict is Verdict.WAIVED for finding in findings) == 2


def test_a_live_waiver_behind_an_expired_one_holds():
    _, uses = used(waiver(expires=date(2026, 1, 1)), waiver(ticket="FAC-13"))
    assert [use.state for use in uses] == [WaiverState.EXPIRED, WaiverState.HOLDS]


@pytest.mark.parametrize(
    ("expires", "fits", "on_list"), list(product([ON, date(2026, 11, 22)], [True, False], [True, False]))
)
def test_the_truth_table_of_waiving(expires, fits, on_list):
    """A verdict is waived if and only if the waiver is live, fits, and there is something to waive."""
    maker = "Hikvision" if on_list else "Axis"
    camera = device(maker, maker)
    item = waiver(maker=maker if fits else "Bosch", expires=expires)
    (finding,) = judge([camera], load_lists([US]), vendors(), on=ON, waivers=[item])
    assert (finding.verdict is Verdict.WAIVED) is (expires >= ON and fits and on_list)
    assert (finding.waiver is not None) is (finding.verdict is Verdict.WAIVED)
