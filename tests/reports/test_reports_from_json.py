"""The contract read back: the same bytes again, the same table, and one sentence for what is no report."""

import doctest
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import jsonschema
import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from reported import devices, report

from scanner.cli import run
from scanner.errors import ScannerError
from scanner.model import LinkUse, Place, Reach, Refusal, Trend, Unasked
from scanner.pipeline import replay
from scanner.reports import from_json, render
from scanner.reports.as_json import schema
from scanner.reports.from_json import is_report, read_report

CAPTURES = ("building.pcapng", "rebrands.pcap", "hostile.pcap", "ipv6.pcap")
REACH = Reach(
    asked="192.0.2.0/24",
    planned=256,
    asked_count=250,
    alive=tuple(address for device in devices() for address in device.addresses),
    identified=3,
    not_asked=(Unasked(addresses="192.0.2.1", why="excluded"),),
    links=(LinkUse(name="eth0", addresses=("192.0.2.2/24",)), LinkUse(name="lo", skipped="loopback")),
    problems=("no raw sockets",),
    packets=4000,
    rate=200.0,
    seconds=31.5,
    outcomes={"http": {"answered": 3, "timeout": 1}},
    forbidden=(Refusal(host="198.51.100.1", port=80, reason="redirect", count=2),),
    heard=("198.51.100.9",),
)


def full():
    """Everything that a report can say."""
    found = [
        replace(
            one,
            notes=("a randomised MAC", "behind the wall"),
            channels=("front", "yard"),
            capabilities=("ptz",),
            place=Place(site="Town Hall", floor="2"),
        )
        for one in devices()
    ]
    found[0] = replace(found[0], parent=found[3].id)
    trend = Trend(time=datetime(2026, 10, 1, tzinfo=UTC), makers={"Axis": 2, "": 1}, verdicts={"listed": 1})
    made = report(
        found=tuple(found),
        reach=REACH,
        said={"192.0.2.30": ("http.server: x",)},
        not_seen=("recorder fe80::1: contents not seen",),
        failures=("cut",),
        complete=False,
    )
    return replace(made, history=(trend,))


def test_examples_in_docstrings_hold():
    assert not doctest.testmod(from_json).failed


@pytest.mark.parametrize("name", CAPTURES)
def test_a_recorded_network_comes_back_as_it_was(name):
    before = replay([ROOT / "fixtures" / "captures" / name], on=date(2026, 11, 23))
    text = render(before, "json")
    after = read_report(text, name)
    assert render(after, "json") == text
    assert render(after, "table") == render(before, "table")


def test_everything_that_a_report_can_say_is_in_the_schema():
    jsonschema.Draft202012Validator(schema()).validate(json.loads(render(full(), "json")))


def test_everything_that_a_report_can_say_comes_back():
    text = render(full(), "json")
    after = read_report(text.encode(), "x")
    assert render(after, "json") == text
    assert after.devices[0].parent == full().devices[3].id
    assert after.devices[0].notes == ("a randomised MAC", "behind the wall")
    assert after.coverage.reach == REACH
    assert after.history == full().history


@given(st.text(), st.text(max_size=300), st.lists(st.text(max_size=20), max_size=3))
def test_whatever_devices_say_comes_back(name, value, words):
    one = devices()[1]
    item = one.evidence[0]
    item = replace(item, value=name, fact=("http.title", value))
    made = report(found=(replace(one, evidence=(item,), channels=tuple(words), notes=tuple(words)),))
    text = render(made, "json")
    assert render(read_report(text, "x"), "json") == text


def broken(*path, value):
    made = json.loads(render(full(), "json"))
    place = made
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(made)


MISFITS = [
    (broken("schema", value="camcensus.report/2"), "its schema is not camcensus.report/1"),
    (broken("devices", value={}), "devices is not a list"),
    (broken("devices", 1, value=[]), r"devices\[1\] is not an object"),
    (broken("devices", 0, "kind", value="toaster"), r"devices\[0\].kind: 'toaster' is no kind of device"),
    (broken("devices", 0, "id", value=7), r"devices\[0\].id is not a text"),
    (
        broken("devices", 0, "addresses", value=["192.0.2.999"]),
        r"devices\[0\].addresses: '192.0.2.999' does not",
    ),
    (broken("devices", 0, "macs", value=["<script>"]), r"devices\[0\].macs: '<script>' is no MAC"),
    (
        broken("devices", 0, "maker", "confidence", value="1"),
        r"devices\[0\].maker.confidence is not a number",
    ),
    (broken("devices", 0, "maker", "confidence", value=True), r"maker.confidence is not a number"),
    (broken("devices", 0, "channels", value=[1]), r"devices\[0\].channels is not a list of texts"),
    (
        broken("devices", 0, "evidence", 0, "source", value="1.2.3.4:x"),
        r"evidence\[0\].source: invalid literal",
    ),
    (
        broken("devices", 0, "evidence", 0, "time", value="yesterday"),
        r"evidence\[0\].time: Invalid isoformat",
    ),
    (broken("devices", 0, "evidence", 0, "time", value="2026-01-01"), "time has no time zone"),
    (
        broken("findings", 0, "verdict", value="illegal"),
        r"findings\[0\].verdict: 'illegal' is not a valid Verdict",
    ),
    (broken("coverage", "packets", value=1.5), "coverage.packets is not a whole number"),
    (broken("coverage", "scan", "outcomes", value=[]), "coverage.scan.outcomes is not an object"),
    (broken("run", "as_of", value="now"), "run.as_of: Invalid isoformat"),
    ("[]", "the document is not an object"),
    ("{", "cannot be read as JSON"),
    ("[" * 100_000, "cannot be read as JSON"),
    (b"\xff{", "cannot be read as JSON"),
]


@pytest.mark.parametrize(("text", "said"), MISFITS, ids=[said[:40] for _, said in MISFITS])
def test_what_is_no_report_is_one_sentence(text, said):
    with pytest.raises(ScannerError, match=said) as caught:
        read_report(text, "a.json")
    assert str(caught.value).startswith("a.json: ")


def test_texts_of_a_strangers_report_are_harmless():
    made = broken("devices", 0, "id", value="\x1b[31m\u202eid")
    made = made.replace('"us-ndaa-889"', '"us\\u001b-ndaa"')
    after = read_report(made, "x")
    assert after.devices[0].id == "[31mid"
    assert "\x1b" not in render(after, "table")


def test_a_report_is_told_from_a_capture():
    assert is_report(b'{"schema"')
    assert is_report(b"\xef\xbb\xbf \n{")
    assert not is_report(b"\xd4\xc3\xb2\xa1")
    assert not is_report(b"")


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "kept.json"
    path.write_text(render(report(), "json"))
    return path


def test_report_shows_a_kept_report_as_it_was_judged(kept, capsys):
    assert run(["report", str(kept), "--json"]) == 0
    assert capsys.readouterr().out == kept.read_text()
    assert run(["report", str(kept), "--fail-on", "listed"]) == 3
    assert capsys.readouterr().out.endswith("1 not listed\n")


def test_report_replays_captures(capsys):
    capture = str(ROOT / "fixtures" / "captures" / "ipv6.pcap")
    words = ["--as-of", "2026-11-23", "--json"]
    assert run(["report", capture, *words]) == 0
    reported = json.loads(capsys.readouterr().out)
    run(["replay", capture, *words])
    assert json.loads(capsys.readouterr().out)["devices"] == reported["devices"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{kept}", "{kept}"], "it stands alone"),
        (["{kept}", "--list", "us-ndaa-889"], "judged already"),
        (["{kept}", "--as-of", "2026-01-01"], "judged already"),
    ],
)
def test_what_a_kept_report_cannot_do_is_said(kept, capsys, words, said):
    assert run(["report", *(word.format(kept=kept) for word in words)]) == 2
    assert said in capsys.readouterr().err
