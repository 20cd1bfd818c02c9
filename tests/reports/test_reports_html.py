"""The HTML page as text: it needs nothing else, says the answer, and no string of a device becomes markup."""

import doctest
import hashlib
import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser

import pytest
from reported import HOSTILES, device, devices, hostile, report

from scanner.model import Finding, Place, Trend, Verdict, WaiverState, WaiverUse
from scanner.reports import render
from scanner.reports.page import able, answer, bars, details, maps, writing
from scanner.reports.page.rows import rows, spot, title
from scanner.reports.phrases import plain

HARMLESS = "harmless"


class Page(HTMLParser):
    """The skeleton of a page (tags with the names of their attributes), its texts, and the values of attributes."""

    def __init__(self, text):
        super().__init__()
        self.skeleton, self.values, self.inside, self.texts = [], [], "", {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.skeleton.append((tag, *sorted(name for name, _ in attrs)))
        self.values += [(tag, *pair) for pair in attrs]
        self.inside = f"{tag}:{dict(attrs).get('type', '')}"

    def handle_data(self, data):
        self.texts[self.inside] = self.texts.get(self.inside, "") + data

    def handle_endtag(self, tag):
        self.inside = ""


def page(made):
    return Page(render(made, "html"))


def placed(found, *names):
    return tuple(
        replace(one, place=Place(site="Borough", building=names[number % len(names)]))
        for number, one in enumerate(found)
    )


def test_examples_in_docstrings_hold():
    for module in (details, writing):
        assert not doctest.testmod(module).failed


def test_it_needs_nothing_but_itself():
    made = page(report())
    sources = [value for _, name, value in made.values if name in {"src", "href", "action", "data", "srcset"}]
    outside = {value for value in sources if not value.startswith(("#", "data:,"))}
    assert outside == {
        "https://www.fcc.gov/supplychain/coveredlist",
        "https://www.acquisition.gov/far/52.204-25",
        "https://www.parallelparliament.co.uk/question/HL9192/surveillance-biometrics",
    }
    assert not {tag for tag, *_ in made.skeleton} & {"iframe", "img", "object", "embed", "base"}
    assert "url(" not in made.texts["style:"]
    assert "@import" not in made.texts["style:"]


def test_only_its_own_style_and_script_may_run():
    text = render(report(), "html")
    made = Page(text)
    (policy,) = [
        v for tag, name, v in made.values if tag == "meta" and name == "content" and "default-src" in v
    ]
    for kind, name in (("style", "style:"), ("script", "script:")):
        digest = b64encode(hashlib.sha256(made.texts[name].encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert len(re.findall(r"<style", text)) == 1
    assert len(re.findall(r"<script>", text)) == 1
    names = {name for _, *attributes in made.skeleton for name in attributes}
    assert "style" not in names
    assert not {name for name in names if name.startswith("on")}


@pytest.mark.parametrize("kind", HOSTILES)
def test_no_string_of_a_device_becomes_markup(kind):
    text = HOSTILES[kind] if plain(HOSTILES[kind]) else HARMLESS
    assert page(hostile(text)).skeleton == page(hostile(HARMLESS)).skeleton


def test_the_skeleton_shows_what_gets_through():
    text = render(report(), "html")
    assert Page(text.replace("Annke", "<b>Annke</b>")).skeleton != Page(text).skeleton


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            devices(),
            (
                "4 surveillance devices were found: the maker of 1 is named on a list; for 1 it is possible; "
                "the maker of 1 is unknown; 1 is on none."
            ),
        ),
        ((), "No surveillance device was found."),
        ((device("Axis"),), "1 surveillance device was found: no maker is named on a list; 1 is on none."),
    ],
)  # fmt: skip
def test_the_answer_is_one_sentence(found, words):
    made = report(found=found)
    assert answer.sentence(made, rows(made)) == words
    assert words in render(made, "html")


def test_an_incomplete_run_says_so_first():
    made = report(found=(), complete=False)
    assert answer.sentence(made, rows(made)).endswith("The run is incomplete: there may be more.")


def test_without_lists_nothing_is_said_about_them():
    made = replace(report(), findings=(), data={})
    assert "No surveillance device" in answer.sentence(made, rows(made))
    assert "held against no list" in render(made, "html")


def test_every_device_has_a_row_the_worst_first():
    found = rows(report())
    assert [row.verdict for row in found] == [
        *("listed", "possible", "undetermined", "not-listed"),
        *["other"] * 4,
    ]
    assert {row.device.id for row in found} == {one.id for one in devices()}
    assert [row.kind for row in found[4:]] == ["printer", "printer", "PC", "unknown"]


def test_a_device_is_called_by_label_and_model():
    assert title(device("Hikvision", "Annke", model="I91BF")) == "Annke I91BF"
    assert title(device("Axis", "Axis", model="AXIS M1065-LW")) == "AXIS M1065-LW"
    assert title(device(kind="recorder")) == "Unnamed recorder"


def test_the_details_tell_every_device_in_the_order_of_the_rows():
    made = report()
    whole = json.loads(page(made).texts["script:application/json"])
    assert len(whole["devices"]) == len(rows(made))
    identity, findings, conclusions, missing, exposures = whole["devices"][0]
    assert exposures == []
    texts = whole["texts"]
    assert [texts[value] for name, value in identity if texts[name] == "Id"] == ["aa00000001"]
    verdict, name, version, chain, clauses, clause, waiver = findings[0]
    assert (texts[verdict], texts[name], texts[version]) == ("listed", "us-fcc-covered", "2026-11-23")
    assert texts[chain[-1]].startswith("entry: Hangzhou Hikvision")
    assert any("made by Hikvision" in texts[part] for part in clauses)
    assert texts[clause]
    assert texts[waiver] == ""
    attribute, value, sure, evidence, more = conclusions[0]
    assert [texts[part] for part in (attribute, value, sure, more)] == [
        "maker",
        "Hikvision",
        "confidence 0.99; nothing speaks against it",
        "",
    ]
    assert [texts[part] for part in evidence[0]][:3] == [
        "strong, from its plumbing",
        "answers SADP: Hikvision",
        "sadp.answer: true",
    ]
    assert "firmware" in texts[missing]


def exposing(*found):
    """A report whose devices expose something: a device, what, and the verdict."""
    common = {"list": "exposure", "version": "2026-11-27"}
    told = [
        Finding(device=who, verdict=verdict, entry=what, reason=f"{what}!; port 80", **common)
        for who, what, verdict in found
    ]
    return replace(report(), exposures=tuple(told))


def test_what_devices_expose_is_told_of_each_and_counted():
    first, second = (row.device.id for row in rows(report())[:2])
    made = exposing(
        (first, "telnet", Verdict.LISTED), (second, "telnet", Verdict.LISTED), (first, "CVE-1", Verdict.POSSIBLE)
    )  # fmt: skip
    lines = able.exposures(made, rows(made))
    assert [(line.name, line.words, len(line.rows)) for line in lines] == [
        ("telnet, seen", "telnet!", 2),
        ("CVE-1, possible", "CVE-1!", 1),
    ]
    text = page(made)
    whole = json.loads(text.texts["script:application/json"])
    told = [[whole["texts"][part] for part in one] for one in whole["devices"][0][4]]
    assert [one[:3] for one in told] == [
        ["listed", "telnet", "telnet!; port 80"],
        ["possible", "CVE-1", "CVE-1!; port 80"],
    ]
    assert ("a", "href", f"#d-{second}") in text.values
    assert "telnet!; port 80" in render(made, "html")
    assert "What it exposes" in writing.asset("page.js")
    assert "telnet!; port 80" in Page(writing.page(made, static=True)).texts["p:"]


def test_what_devices_can_do_is_counted_with_who_says_so():
    seen = replace(device("Axis", "Axis", model="Q6045-E"), capabilities=("ptz", "audio-in"))
    printer = replace(device(kind="other"), id="other", capabilities=("ptz",))
    made = report((seen, printer))
    lines = able.abilities(rows(made))
    assert {(line.name, len(line.rows)) for line in lines} == {("ptz", 1), ("audio-in", 1)}
    assert "Able to" in render(made, "html")
    assert 'id="able"' not in render(report((device("Axis", "Axis"),)), "html")


def test_the_details_cannot_end_their_element():
    for kind in ("script", "cdata", "lines"):
        text = details.document(hostile(HOSTILES[kind]), rows(hostile(HOSTILES[kind])))
        assert not set("<>&\u2028\u2029") & set(text)
        json.loads(text)


def test_bars_add_up_and_the_longest_comes_first():
    made = report(found=(*devices(), device("Axis", "Axis", identifier="aa00000009", host="192.0.2.77")))
    (axis, *rest) = bars.by_maker(rows(made))
    assert (axis.name, axis.total, axis.words) == ("Axis", 2, "2 not listed")
    assert axis.pieces[0].size == 100
    assert {bar.name for bar in rest} == {"Hikvision", "Dahua", "maker unknown"}
    assert sum(bar.total for bar in (axis, *rest)) == 5


def test_many_makers_end_in_one_bar():
    found = tuple(
        device(f"Maker {n}", identifier=f"{n:010x}", host=f"192.0.2.{n + 1}", mac=None) for n in range(40)
    )
    shown = bars.by_maker(rows(report(found=found)))
    assert len(shown) == bars.MAX_BARS + 1
    assert (shown[-1].name, shown[-1].total) == ("26 others", 26)


def test_buildings_are_drawn_where_zones_tell_them():
    assert bars.by_building(rows(report())) == ()
    assert "no zones were described" in render(report(), "html")
    made = report(found=placed(devices(), "Town Hall", "Library"))
    assert {bar.name: bar.total for bar in bars.by_building(rows(made))} == {"Town Hall": 2, "Library": 2}
    assert "no zones were described" not in render(made, "html")


def test_time_is_drawn_where_there_is_a_history():
    earlier = Trend(time=datetime(2026, 10, 1, tzinfo=UTC), makers={}, verdicts={"listed": 8, "odd": 3})
    made = replace(report(), history=(earlier,))
    assert [(bar.name, bar.words) for bar in bars.over_time(made, rows(made))] == [
        ("2026-10-01", "8 listed"),
        ("this report", "1 listed, 1 possible, 1 undetermined, 1 not listed"),
    ]
    assert bars.over_time(report(), rows(report())) == ()


def test_a_map_shows_each_address_once():
    atlas = maps.atlas(report(), rows(report()))
    (only,) = atlas.maps
    assert only.network == "192.0.2.0/24"
    assert only.words == "7 addresses: 1 listed, 1 possible, 1 not listed, 4 other"
    spot = next(spot for spot in only.spots if spot.key == "listed")
    assert (spot.x, spot.y, spot.label) == (100, 0, "192.0.2.10: Annke I91BF, listed")
    assert atlas.unmapped == 1


def test_hosts_that_were_not_identified_are_on_the_map():
    made = replace(
        report(), coverage=replace(report().coverage, unidentified=("192.0.2.200", "44:19:b6:00:00:01"))
    )
    (only,) = maps.atlas(made, rows(made)).maps
    assert only.spots[-1].label == "192.0.2.200: not identified"


def test_networks_beyond_the_maps_are_told_in_words():
    found = tuple(
        device("Axis", identifier=f"{n:010x}", host=f"10.0.{n}.9", mac=None) for n in range(maps.MAX_MAPS + 5)
    )
    atlas = maps.atlas(report(found=found), rows(report(found=found)))
    assert (len(atlas.maps), len(atlas.further), len(atlas.lines)) == (12, 48, 6)


def test_waivers_are_told_with_their_state():
    use = WaiverUse(
        selector="maker Hikvision", list="us-ndaa-889", owner="facilities", ticket="FAC-12", reason="roof",
        expires=date(2026, 1, 1), state=WaiverState.EXPIRED, devices=("aa00000001",),
    )  # fmt: skip
    text = render(replace(report(), waivers=(use,)), "html")
    assert "maker Hikvision; FAC-12, facilities, until 2026-01-01: roof" in text
    assert "expired: the devices count again" in text
    waived = Finding(
        device="aa00000001", list="us-ndaa-889", version="1", verdict=Verdict.WAIVED, waiver="T-1 until"
    )
    assert "T-1 until" in render(replace(report(), findings=(waived,)), "html")
    assert "No waiver applies" in render(report(), "html")


def test_what_was_not_seen_is_told():
    text = render(
        report(complete=False, failures=("x.pcap: cut",), not_seen=("recorder 192.0.2.13",)), "html"
    )
    for words in ("Incomplete (1 fault)", "x.pcap: cut", "recorder 192.0.2.13", "192.0.2.30: said nothing"):
        assert words in text


def test_lists_are_told_with_their_version_and_what_they_depend_on():
    text = render(report(), "html")
    assert "us-ndaa-889, version 2026-11-23, last checked" in text
    assert "Is there a federal contract, grant or loan?" in text
    other = replace(report(), data={"lists": {"us-ndaa-889": "2020-01-01", "mine": "2026-01-01"}})
    assert "which is not the one used" in render(other, "html")
    assert "mine, version 2026-01-01" in render(other, "html")


def test_no_word_of_it_passes_judgement():
    text = re.sub(r"<script.*?</script>", "", render(report(), "html"), flags=re.DOTALL).casefold()
    for word in ("illegal", "banned", "unlawful", "compliant", "prohibited"):
        assert word not in text


def test_a_place_is_told_from_the_large_to_the_small():
    where = Place(site="Borough", building="Town Hall", floor="2", zone="cabinet")
    assert spot(where) == "Borough, Town Hall, floor 2, cabinet"
    assert spot(where, with_site=False) == "Town Hall, floor 2, cabinet"
    assert spot(Place(site="Borough"), with_site=False) == "Borough"
    (row,) = rows(report(found=placed((device("Axis"),), "Library")))
    assert (row.building, row.spot) == ("Library", "Library")


def test_a_camera_behind_a_recorder_is_found_by_it():
    recorder = device(kind="recorder", identifier="aa00000009", host="192.0.2.9")
    camera = replace(device("Axis", host=None, mac=None), parent="aa00000009")
    told = {row.device.kind: row.address for row in rows(report(found=(recorder, camera)))}
    assert told == {"recorder": "192.0.2.9", "camera": "behind 192.0.2.9"}


def test_runs_of_one_day_are_told_apart():
    past = tuple(
        Trend(time=datetime(2026, 10, 1, hour, tzinfo=UTC), makers={}, verdicts={}) for hour in (2, 14)
    )
    made = replace(report(), history=past)
    names = [bar.name for bar in bars.over_time(made, rows(made))]
    assert names == ["2026-10-01 02:00", "2026-10-01 14:00", "this report"]
    many = replace(report(), history=past * 40)
    assert len(bars.over_time(many, rows(many))) == bars.MAX_RUNS
