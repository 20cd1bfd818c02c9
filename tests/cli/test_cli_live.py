"""`scan`, `listen` and `demo` on real network machinery: what they find, keep, log, say, and how they end."""

import json
import tempfile

import pytest
from conftest import ROOT

from scanner.capture import open_capture
from scanner.lab import run_inside
from scanner.recordings import read_folders

pytestmark = pytest.mark.slow


def inside(*words, interrupt_s=0.0, unplug_s=0.0):
    """Run a command in the lab; returns its exit code, stdout and stderr."""
    with tempfile.TemporaryFile() as output:
        wish = json.dumps(
            {"words": [str(word) for word in words], "interrupt_s": interrupt_s, "unplug_s": unplug_s}
        )
        assert run_inside("cli_scenarios:command", wish, output=output) == 0
        output.seek(0)
        answer = json.loads(output.read())
    return answer["code"], answer["out"], answer["err"]


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scan")
    code, out, err = inside(
        *("scan", "192.0.2.0/25", "--exclude", "192.0.2.2-5", "--timing", "fast", "--json"),
        *("--record", folder / "recordings", "--pcap-out", folder / "out.pcap"),
        *("--audit-log", folder / "audit.jsonl", "--as-of", "2026-11-24"),
    )
    return folder, code, json.loads(out), err


def test_what_is_there_is_found_and_named(scanned):
    _, code, report, _ = scanned
    assert code == 3
    makers = {d["addresses"][0]: (d["maker"] or {}).get("value") for d in report["devices"] if d["addresses"]}
    assert makers["192.0.2.10"] == "Hikvision"
    assert makers["192.0.2.30"] == "Dahua"
    assert {"printer", ""} == {d["what"] for d in report["devices"] if d["kind"] != "unknown"}


def test_the_run_and_its_coverage_are_told(scanned):
    import jsonschema

    from scanner.reports.as_json import schema

    _, _, report, _ = scanned
    jsonschema.Draft202012Validator(schema()).validate(report)
    run, reach = report["run"], report["coverage"]["scan"]
    assert run["mode"] == "scan"
    assert run["started"] < run["ended"]
    assert run["plan"]["targets"] == "192.0.2.0/31, 192.0.2.6-192.0.2.127"
    assert reach["planned"] == reach["asked_count"] == 124
    assert {"addresses": "192.0.2.2-192.0.2.5", "why": "excluded"} in reach["not_asked"]
    assert set(reach["alive"]) >= {"192.0.2.10", "192.0.2.30"}
    assert reach["identified"] >= 2
    assert reach["pace"]["packets"] == report["coverage"]["packets"] > 100
    assert [link["name"] for link in reach["interfaces"]] == ["eth0", "lo"]
    assert report["coverage"]["complete"]


def test_the_plan_is_said_first_and_stdout_is_data(scanned):
    _, _, _, err = scanned
    lines = err.splitlines()
    assert lines[0].startswith("Scanning 192.0.2.0/31, 192.0.2.6-192.0.2.127 (124 addresses")
    assert "via eth0" in lines[0]
    assert "Not used: lo (loopback)" in lines[0]
    assert lines[-1].endswith("not listed")


def test_the_run_is_logged(scanned):
    folder, _, report, _ = scanned
    (line,) = (folder / "audit.jsonl").read_text().splitlines()
    entry = json.loads(line)
    assert entry["outcome"] == "complete"
    assert entry["exclude"] == "192.0.2.2-192.0.2.5"
    assert sum(sent["packets"] for sent in entry["sent"].values()) == report["coverage"]["packets"]
    assert not any("192.0.2.3" in sent["to"].split(", ") for sent in entry["sent"].values())


def test_recordings_are_masked_folders(scanned):
    folder, _, _, err = scanned
    found = read_folders(folder / "recordings")
    assert {r.expect.get("maker") for r in found} >= {"Hikvision", "Dahua"}
    assert all("Not as in the scan" not in r.note for r in found)
    originals = {r.mac for r in read_folders(ROOT / "fixtures" / "devices")}
    assert not {r.mac for r in found} & originals
    assert "masked recordings" in err


def test_the_capture_replays_to_the_same_makers(scanned):
    from datetime import date

    from scanner.pipeline import replay

    folder, _, report, _ = scanned
    assert sum(1 for _ in open_capture(folder / "out.pcap")) > 20
    again = replay([folder / "out.pcap"], on=date(2026, 11, 24))
    makers = {c.value for d in again.devices for a, c in d.conclusions.items() if a.value == "maker"}
    assert makers == {d["maker"]["value"] for d in report["devices"] if d["maker"]}


def test_ctrl_c_keeps_what_was_found(tmp_path):
    log = tmp_path / "audit.jsonl"
    code, out, err = inside(
        *("scan", "192.0.2.0/24", "--max-rate", "60", "--json", "--audit-log", log), interrupt_s=5
    )
    assert code == 130
    report = json.loads(out)
    assert report["run"]["interrupted"] is True
    assert report["coverage"]["complete"] is False
    assert report["devices"]
    assert report["coverage"]["scan"]["asked_count"] < 256
    assert any("the run ended before" in gap["why"] for gap in report["coverage"]["scan"]["not_asked"])
    assert json.loads(log.read_text())["outcome"] == "interrupted"
    assert "Traceback" not in err


def test_a_pulled_cable_keeps_what_was_found_and_is_no_dead_network(tmp_path):
    log = tmp_path / "audit.jsonl"
    code, out, err = inside(
        *("scan", "192.0.2.0/24", "--max-rate", "60", "--json", "--strict", "--fail-on", "none"),
        *("--audit-log", log),
        unplug_s=4,
    )
    assert code == 4
    report = json.loads(out)
    reach = report["coverage"]["scan"]
    assert report["devices"]
    assert report["coverage"]["complete"] is False
    assert reach["asked_count"] < 256
    assert [problem for problem in reach["problems"] if "went away" in problem or "broke off" in problem] == [
        "eth0 went away during the run: nobody on it was asked after that",
        "the scan broke off: no interface is left to ask from",
    ]
    assert json.loads(log.read_text())["outcome"] == "broken off"
    assert "Traceback" not in err


def test_listening_sends_nothing_and_hears_something(tmp_path):
    log = tmp_path / "audit.jsonl"
    code, out, err = inside("listen", "--for", "3s", "--json", "--fail-on", "none", "--audit-log", log)
    report = json.loads(out)
    assert code == 0
    assert report["run"]["mode"] == "listen"
    assert report["coverage"]["packets"] > 0
    assert err.startswith("Listening on eth0 for 3s; nothing is sent.")
    assert json.loads(log.read_text())["sent"] == {}


def test_listening_that_is_cut_short_is_incomplete(tmp_path):
    code, out, _ = inside("listen", "--for", "1h", "--json", "--audit-log", tmp_path / "a", interrupt_s=2)
    report = json.loads(out)
    assert code == 130
    assert report["coverage"]["complete"] is False


def test_a_quiet_scan_that_finds_nothing_says_nothing(tmp_path):
    code, out, err = inside(
        *(
            "scan",
            "192.0.2.200-201",
            "--timing",
            "fast",
            "-q",
            "--fail-on",
            "none",
            "--audit-log",
            tmp_path / "a",
        )
    )
    assert (code, out, err) == (0, "", "")
