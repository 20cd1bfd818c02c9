"""The JSON contract: valid against its shipped schema, complete, sorted, stable, harmless."""

import json
from dataclasses import replace

import jsonschema
import pytest
from reported import HOSTILE, device, devices, evidence, report

from scanner.errors import UsageError
from scanner.model import Attribute
from scanner.reports import FORMATS, render
from scanner.reports.as_json import document, schema


def loaded(made):
    return json.loads(render(made, "json"))


@pytest.fixture
def made():
    return loaded(report())


def test_a_report_is_valid_against_the_shipped_schema(made):
    jsonschema.Draft202012Validator.check_schema(schema())
    jsonschema.Draft202012Validator(schema()).validate(made)


def test_an_empty_report_is_valid_too():
    jsonschema.Draft202012Validator(schema()).validate(loaded(report(found=())))


def test_the_schema_bites(made):
    validator = jsonschema.Draft202012Validator(schema())
    for path, value in (
        ("kind", "toaster"),
        ("macs", ["44-19"]),
        ("maker", {"value": "x"}),
        ("colour", "red"),
    ):
        broken = json.loads(json.dumps(made))
        broken["devices"][0][path] = value
        assert not validator.is_valid(broken), path


def test_the_top_is_as_agreed(made):
    assert set(made) == {"schema", "tool", "data", "run", "devices", "findings", "coverage"}
    assert made["schema"] == "camcensus.report/1"
    assert made["data"]["lists"]["us-ndaa-889"] == "2026-11-23"
    assert made["run"]["as_of"] == "2026-11-23"


def test_a_device_is_as_agreed(made):
    annke = next(d for d in made["devices"] if d["id"] == "aa00000001")
    assert set(annke) == {
        *("id", "kind", "what", "addresses", "macs", "brand", "maker", "model", "firmware", "serial", "name"),
        *("location", "capabilities", "channels", "evidence"),
    }
    assert annke["maker"] == {"value": "Hikvision", "confidence": 0.99, "contested": False, "rivals": []}
    assert annke["brand"]["value"] == "Annke"
    assert annke["firmware"] is None
    printer = next(d for d in made["devices"] if d["id"] == "bb00000001")
    assert (printer["kind"], printer["what"]) == ("other", "printer")


def test_evidence_is_as_agreed(made):
    annke = next(d for d in made["devices"] if d["id"] == "aa00000001")
    assert annke["evidence"][1] == {
        "attribute": "maker",
        "value": "Hikvision",
        "strength": "strong",
        "about": "plumbing",
        "fingerprint": "hikvision/sadp-answer",
        "protocol": "sadp",
        "source": "192.0.2.64:37020",
        "time": "2026-11-20T08:30:15Z",
        "excerpt": "sadp.answer: true",
    }


def test_rivals_are_kept(made):
    dahua = next(d for d in made["devices"] if d["id"] == "aa00000002")
    assert dahua["maker"]["contested"]
    assert dahua["maker"]["rivals"] == [{"value": "Axis", "confidence": 0.9}]


def test_a_finding_is_as_agreed(made):
    finding = next(f for f in made["findings"] if f["device"] == "aa00000001" and f["list"] == "us-ndaa-889")
    assert set(finding) == {
        "device",
        "list",
        "version",
        "verdict",
        "entry",
        "clause",
        "chain",
        "reason",
        "waiver",
    }
    assert finding["verdict"] == "listed"
    assert finding["entry"] == "Hangzhou Hikvision Digital Technology Company"
    assert finding["waiver"] is None


def test_devices_are_in_numerical_order_of_addresses(made):
    assert [d["addresses"][0] for d in made["devices"]] == [
        "192.0.2.9",
        "192.0.2.10",
        "192.0.2.20",
        "192.0.2.21",
        "192.0.2.22",
        "192.0.2.30",
        "192.0.2.100",
        "fe80::1",
    ]


def test_order_of_input_does_not_matter():
    backwards = tuple(replace(d, evidence=d.evidence[::-1]) for d in reversed(devices()))
    assert render(report(found=backwards), "json") == render(report(), "json")


def test_confidence_is_rounded():
    found = document(report(found=(device("Axis", confidence=1 / 3),)))
    assert found["devices"][0]["maker"]["confidence"] == 0.333


def test_no_control_or_direction_characters_leave(made):
    text = render(report(), "json")
    assert all(character.isprintable() or character == "\n" for character in text)
    name = next(d for d in made["devices"] if d["id"] == "aa00000001")["name"]["value"]
    assert name == "Door[31m[bold red]cam [/bold red][link=http://x]0m=cmd()"
    assert "\x1b" in HOSTILE


def test_surrogates_and_long_texts_cannot_break_it():
    odd = device("Axis", name="\ud800" + "x" * 100_000)
    text = render(report(found=(odd,)), "json")
    assert len(text.encode()) < 20_000


def test_excerpts_are_bounded():
    item = evidence(fact=("http.body", "y" * 5000))
    found = document(report(found=(replace(device("Hikvision"), evidence=(item,)),)))
    assert len(found["devices"][0]["evidence"][0]["excerpt"]) == 200


def test_notes_and_parents_stand_in_the_coverage():
    camera = replace(device("Axis"), notes=("a randomised MAC",), parent="aa00000009")
    notes = document(report(found=(camera,)))["coverage"]["notes"]
    assert [note["note"] for note in notes] == ["a randomised MAC", "behind aa00000009"]


def test_each_format_renders_and_an_unknown_one_is_a_sentence():
    for known in FORMATS:
        made = render(report(), known.name)
        assert isinstance(made, bytes) if known.binary else made == "" or made.endswith("\n")
    with pytest.raises(UsageError, match="there is no report format 'xml'; the formats are table, "):
        render(report(), "xml")


def test_every_attribute_of_evidence_is_in_the_schema():
    listed = schema()["$defs"]["evidence"]["properties"]["attribute"]["enum"]
    assert set(listed) == {attribute.value for attribute in Attribute}
