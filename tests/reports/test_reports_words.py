"""`explain` in words: from verdict to bytes, the weightiest first; and entries for what nobody knows."""

import tomllib
from dataclasses import replace
from datetime import date

import pytest
from reported import device, evidence, report

from scanner.model import About, Attribute, Strength
from scanner.reports import View, as_entries
from scanner.reports.as_words import explain, find

ORIGINS = {"hikvision/sadp-answer": "hiktools, 2026-11-23"}


def told(one, width=200):
    return explain(report(found=(one,)), one, ORIGINS, View(width=width))


@pytest.fixture
def annke():
    made = device("Hikvision", "Annke", rivals=[("Dahua", 0.25)], model="I91BF")
    weak = evidence(
        strength=Strength.WEAK, fact=("http.server", "webserver"), fingerprint="hikvision/webserver"
    )
    return replace(made, evidence=(weak, *made.evidence), notes=("seen on VLAN 12",))


def test_it_goes_from_verdict_to_bytes(annke):
    text = told(annke)
    wanted = (
        "Device aa00000001: camera at 192.0.2.64, MAC 44:19:b6:00:00:01",
        "seen on VLAN 12",
        "listed: us-fcc-covered, version 2026-11-23",
        "> brand: Annke (0.90)",
        "> maker: Hikvision (0.99)",
        "> entry: Hangzhou Hikvision Digital Technology Company (us-fcc-covered, since 2021-03-12)",
        "clause: 47 CFR 1.50002",
        "maker: Hikvision, 0.99; against Dahua 0.25",
        "strong plumbing evidence for Hikvision: sadp.answer: true",
        "sadp from 192.0.2.64:37020, 2026-11-20 08:30:15 UTC; read by hikvision/sadp-answer [hiktools, 2026-11-23]",
        "bytes: <ProbeMatch/>",
        "weak plumbing evidence for Hikvision: http.server: webserver",
        "not known: firmware, serial, name, location",
    )
    places = [text.find(line) for line in wanted]
    assert -1 not in places, wanted[places.index(-1)]
    assert places == sorted(places)


def test_derived_evidence_names_the_source_of_what_it_was_derived_from():
    item = evidence(about=About.LABEL, fingerprint="relations/brand: hikvision/sadp-answer")
    assert "[hiktools, 2026-11-23]" in told(replace(device("Hikvision"), evidence=(item,)))


def test_a_label_that_several_build_for_says_who_they_are():
    made = device("Hikvision", "Annke")
    text = told(replace(made, conclusions={Attribute.BRAND: made.conclusions[Attribute.BRAND]}))
    assert "label Annke; maker not known; Annke has had devices built by Dahua, Hikvision" in text


def test_a_label_of_whom_nothing_is_documented_says_no_more():
    made = device("Hikvision", "No Such Label")
    text = told(replace(made, conclusions={Attribute.BRAND: made.conclusions[Attribute.BRAND]}))
    assert "label No Such Label; maker not known\n" in text


def test_a_device_without_findings_says_so():
    assert "nothing: no list names its maker" in told(device(kind="other", what="printer"))


def test_it_fits_the_width_and_shows_no_teeth():
    text = told(device("Hikvision", "A\x1b[31m" * 50 + "\u202e", name="\x07"), width=60)
    assert max(map(len, text.splitlines())) <= 60
    assert all(character.isprintable() or character == "\n" for character in text)


def test_bytes_are_shown_without_control_characters():
    item = evidence(payload=bytes(range(256)))
    assert "............" in told(replace(device("Hikvision"), evidence=(item,)))
    assert "256 in all" in told(replace(device("Hikvision"), evidence=(item,)))


@pytest.mark.parametrize(
    "wanted",
    [
        "aa00000001",
        "aa0",
        "192.0.2.64",
        "44:19:b6:00:00:01",
        "44-19-B6-00-00-01",
        "4419b6000001",
        " AA00000001 ",
    ],
)
def test_a_device_is_found_by_id_prefix_address_or_mac(wanted):
    assert [d.id for d in find(report(found=(device("Axis"),)), wanted)] == ["aa00000001"]


@pytest.mark.parametrize("wanted", ["", "  ", "192.0.2.6", "zz", "b6:00"])
def test_nothing_else_finds_it(wanted):
    assert find(report(found=(device("Axis"),)), wanted) == ()


def test_an_exact_name_beats_a_prefix():
    both = report(
        found=(device("Axis", identifier="ab"), device("Axis", identifier="abc", host="192.0.2.65", mac=None))
    )
    assert [d.id for d in find(both, "ab")] == ["ab"]
    assert len(find(both, "a")) == 2


class Knows:
    """Stands for the knowledge: reads two keys and knows one text."""

    class _Reads:
        def __init__(self, match):
            self.match = match

    fingerprints = (_Reads("http.server"), _Reads("tls.*"), _Reads("http.body"))

    def match(self, key, text, facts=()):
        return ("hit",) if text == "known" else ()


def test_what_nothing_knows_becomes_entries_that_are_toml():
    facts = [
        ("http.server", "known"),
        ("http.server", 'Odd "Web" \\ 1'),
        ("tls.subject", "CN=x"),
        ("dhcp.hostname", "me"),
        ("http.body", "<html>"),
        ("http.server", "80"),
        ("tls.san", "http://192.0.2.1/"),
    ]
    observations = [evidence(fact=fact).observation for fact in facts]
    found = as_entries.unknown(observations, Knows())
    assert [(item.key, item.text) for item in found] == [
        ("http.server", 'Odd "Web" \\ 1'),
        ("tls.subject", "CN=x"),
    ]
    entries = tomllib.loads(as_entries.render(found, date(2026, 11, 23)))["fingerprint"]
    assert entries[0]["equals"] == ['Odd "Web" \\ 1']
    assert entries[0]["confirmed"] is False
    assert len({entry["id"] for entry in entries}) == 2


def test_the_most_frequent_comes_first():
    one = evidence(fact=("http.server", "rare")).observation
    two = evidence(fact=("http.server", "usual")).observation
    three = evidence(fact=("http.server", "usual"), host="192.0.2.65").observation
    found = as_entries.unknown([one, two, three, three], Knows())
    assert [(item.text, item.count) for item in found] == [("usual", 2), ("rare", 1)]
    assert as_entries.record(found[0])["example"] == "192.0.2.64"


def test_attributes_without_conclusion_show_their_evidence():
    item = evidence(Attribute.SERIAL, "123", strength=Strength.WEAK)
    assert "serial: nothing, the evidence does not suffice" in told(replace(device(), evidence=(item,)))


def test_a_terminal_gets_headings_and_verdicts_in_colour_and_a_file_does_not(annke):
    made = report(found=(annke,))
    told = explain(made, annke, ORIGINS, View(width=200, colour=True))
    assert "\x1b[1mWhat the lists say\x1b[0m" in told
    assert "  \x1b[1;31mlisted\x1b[0m: us-fcc-covered, version" in told
    assert "\x1b" not in explain(made, annke, ORIGINS, View(width=200))


def test_it_says_when_a_device_was_seen_and_through_what_it_spoke(annke):
    text = told(annke)
    assert "  seen 2026-11-20 08:30:15 UTC\n" in text
    assert "  spoke http (37020), sadp (37020), wsd (37020)\n" in text


def test_a_report_read_back_is_explained_too(tmp_path, capsys, annke):
    from scanner.cli import run
    from scanner.reports import render

    path = tmp_path / "kept.json"
    path.write_text(render(report(found=(annke,)), "json"))
    assert run(["explain", "192.0.2.64", "--from", str(path)]) == 0
    text = capsys.readouterr().out
    assert "strong plumbing evidence for Hikvision: sadp.answer: true" in text
    assert "  kind: camera\n" in text
    assert "kind: nothing" not in text
    assert "bytes:" not in text
    assert run(["explain", "192.0.2.64", "--from", str(path), "--list", "us-ndaa-889"]) == 2
    assert "judged already" in capsys.readouterr().err
