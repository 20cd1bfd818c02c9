"""The command line from its words to its exit code: data on stdout, talk on stderr, one sentence for each fault."""

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import ip_address

import pytest
from conftest import ROOT
from handmade import device

from scanner import pipeline
from scanner.capture.writer import PcapWriter, frames_of
from scanner.cli import run
from scanner.cli.exits import MEANINGS, Exit, FailOn, exit_for
from scanner.model import Coverage, Endpoint, Message, Report
from scanner.policy import judge, load_lists
from scanner.vendors import vendors
from scanner.zones import NOWHERE

SADP = b"""<?xml version="1.0" encoding="UTF-8"?>\r
<ProbeMatch><Uuid>13A888A9-F1B1-4020-AE9F-05607682D23B</Uuid><Types>inquiry</Types>\
<DeviceType>138535</DeviceType><DeviceDescription>DS-2CD2385G1-I</DeviceDescription>\
<DeviceSN>DS-2CD2385G1-I20200414AAWRE33842150</DeviceSN><CommandPort>8000</CommandPort><HttpPort>80</HttpPort>\
<MAC>44-19-b6-00-00-01</MAC><IPv4Address>192.168.1.64</IPv4Address>\
<SoftwareVersion>V5.6.2build 190701</SoftwareVersion><Activated>true</Activated></ProbeMatch>"""


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "one.pcap"
    message = Message(
        time=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
        protocol="sadp",
        source=Endpoint(host=ip_address("192.168.1.64"), port=37020),
        destination=Endpoint(host=ip_address("239.255.255.250"), port=37020),
        mac="44:19:b6:00:00:01",
        payload=SADP,
    )
    with path.open("wb") as file:
        writer = PcapWriter(file)
        for frame in frames_of(message):
            writer.add(message.time, frame)
    return path


def report_of(*devices, lists=(), on=date(2026, 11, 23), waivers=(), **coverage):
    chosen = load_lists(lists)
    return Report(
        tool={"name": "camcensus", "version": "0"},
        data={"fingerprints": "x", "lists": {item.id: item.version.isoformat() for item in chosen}},
        run={},
        devices=devices,
        findings=judge(devices, chosen, vendors(), on=on, waivers=waivers),
        coverage=Coverage(**coverage),
        as_of=on,
    )


@pytest.fixture
def replayed(monkeypatch):
    """Lets `replay` and `explain` find given devices, and tells what they were asked."""

    def _replayed(*devices, **coverage):
        asked = {}

        def _replay(
            sources, *, on, lists=(), waivers=(), zones=NOWHERE, knowledge=None, strict=False, taking=None
        ):
            asked.update(sources=sources, on=on, lists=lists, strict=strict)
            return report_of(*devices, lists=lists, on=on, waivers=waivers, **coverage)

        monkeypatch.setattr(pipeline, "replay", _replay)
        return asked

    return _replayed


LISTED, POSSIBLE, UNDETERMINED, CLEAN = (
    device("Hikvision", "Hikvision"),
    device(brand="LTS"),
    device(),
    device("Axis", "Axis"),
)
US = ("--list", "us-ndaa-889")

CODES = [
    ((CLEAN,), (), 0),
    ((LISTED,), (), 3),
    ((POSSIBLE,), (), 0),
    ((UNDETERMINED,), (), 0),
    ((LISTED,), ("--fail-on", "none"), 0),
    ((POSSIBLE,), ("--fail-on", "possible"), 3),
    ((LISTED,), ("--fail-on", "possible"), 3),
    ((UNDETERMINED,), ("--fail-on", "possible"), 0),
    ((UNDETERMINED,), ("--fail-on", "undetermined"), 3),
    ((CLEAN,), ("--fail-on", "undetermined"), 0),
    ((UNDETERMINED,), ("--strict",), 4),
    ((CLEAN,), ("--strict",), 0),
    ((LISTED, UNDETERMINED), ("--strict",), 3),
    ((LISTED, UNDETERMINED), ("--strict", "--fail-on", "none"), 4),
    ((), (), 0),
]


@pytest.mark.parametrize(("devices", "words", "code"), CODES)
def test_exit_codes_of_findings(replayed, capsys, devices, words, code):
    replayed(*(replace(d, id=f"{n:010x}") for n, d in enumerate(devices)))
    assert run(["replay", "x.pcap", *US, *words]) == code


def test_an_incomplete_capture_counts_only_with_strict(replayed, capsys):
    replayed(CLEAN, complete=False)
    assert run(["replay", "x.pcap", *US]) == 0
    assert run(["replay", "x.pcap", *US, "--strict"]) == 4


def test_every_threshold_and_exit_code_has_its_meaning():
    assert set(MEANINGS) == set(Exit)
    assert {exit_for(report_of(LISTED), threshold, strict=False) for threshold in FailOn} == {
        Exit.OK,
        Exit.FOUND,
    }


def test_words_reach_the_pipeline(replayed, capsys):
    asked = replayed(CLEAN)
    run(["replay", "a.pcap", "b.pcap", *US, "--list", "uk-wms-2022", "--as-of", "2020-02-03"])
    assert [str(path) for path in asked["sources"]] == ["a.pcap", "b.pcap"]
    assert list(asked["lists"]) == ["us-ndaa-889", "uk-wms-2022"]
    assert asked["on"] == date(2020, 2, 3)
    assert asked["strict"] is False
    run(["replay", "a.pcap", "--debug"])
    assert asked["strict"] is True
    assert abs((asked["on"] - datetime.now(UTC).date()).days) <= 1


def test_text_goes_to_stdout_and_nothing_to_stderr(replayed, capsys):
    replayed(LISTED)
    run(["replay", "x.pcap", *US])
    out, err = capsys.readouterr()
    assert out.endswith("1 device: 1 listed, 0 possible, 0 undetermined, 0 not listed\n")
    assert err == ""
    assert "\x1b" not in out


@pytest.mark.parametrize("words", [["--json"], ["--format", "json"]])
def test_json_goes_to_stdout_and_the_tally_to_stderr(replayed, capsys, words):
    replayed(LISTED)
    assert run(["replay", "x.pcap", *US, *words]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["schema"] == "camcensus.report/1"
    assert err == "1 device: 1 listed, 0 possible, 0 undetermined, 0 not listed\n"


def test_quiet_is_silent_unless_there_is_something(replayed, capsys):
    replayed(CLEAN)
    assert run(["replay", "x.pcap", *US, "-q"]) == 0
    assert capsys.readouterr() == ("", "")
    replayed(LISTED)
    assert run(["replay", "x.pcap", *US, "-q"]) == 3
    assert "named in us-ndaa-889" in capsys.readouterr().out


def test_waivers_are_applied(replayed, capsys, tmp_path):
    path = tmp_path / "waivers.toml"
    path.write_text(
        'schema = 1\n[[waiver]]\nmaker = "Hikvision"\nlist = "us-ndaa-889"\nowner = "o"\nreason = "r"\n'
        'ticket = "T-1"\nexpires = 2026-12-31\n'
    )
    replayed(LISTED)
    words = ["replay", "x.pcap", *US, "--waivers", str(path), "--as-of"]
    assert run([*words, "2026-12-31"]) == 0
    assert "1 waived" in capsys.readouterr().out
    assert run([*words, "2027-01-01"]) == 3


FAULTS = [
    (["replay", "absent.pcap"], 1, "absent.pcap: there is no such file"),
    (["replay", "{text}"], 1, "is not a packet capture"),
    (["replay", "{folder}"], 1, "is a folder"),
    (
        ["replay", "{text}", "--list", "us-ndaa-888"],
        2,
        "there is no list 'us-ndaa-888'; the lists are au-2023",
    ),
    (["replay", "{text}", "--list", "{broken}"], 1, "broken.toml: file: cannot be read as TOML"),
    (["replay", "{capture}", "--format", "xml"], 2, "there is no report format 'xml'"),
    (["replay", "{capture}", "--waivers", "absent.toml"], 1, "absent.toml: file: there is no such file"),
    (["lists", "--list", "nonsense"], 2, "there is no list 'nonsense'"),
    (
        ["explain", "10.9.9.9", "--from", "{capture}"],
        2,
        "no device '10.9.9.9' in this capture; there are 192.168.1.64",
    ),
    (["explain", "10.9.9.9", "--from", "absent.pcap"], 1, "absent.pcap: there is no such file"),
    (["fingerprints", "--unknown", "{text}"], 1, "is not a packet capture"),
]


@pytest.mark.parametrize(("words", "code", "said"), FAULTS, ids=[" ".join(row[0]) for row in FAULTS])
def test_a_fault_is_one_sentence_and_the_right_code(capture, tmp_path, capsys, words, code, said):
    places = {
        "capture": capture,
        "text": tmp_path / "t.txt",
        "folder": tmp_path,
        "broken": tmp_path / "broken.toml",
    }
    places["text"].write_text("this is a text, and not a capture of anything\n" * 20)
    places["broken"].write_text("schema = \n")
    assert run([word.format(**places) for word in words]) == code
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.startswith("camcensus: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err


USAGE = [
    ["replay"],
    ["replay", "x", "--fail-on", "sometimes"],
    ["replay", "x", "--as-of", "yesterday"],
    ["replay", "x", "--unheard-of"],
    ["explain"],
    ["conquer"],
]


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_words_that_do_not_fit_exit_with_2(capsys, words):
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Error" in err or "Usage" in err


def test_the_unexpected_is_one_sentence_and_a_hint(monkeypatch, capsys):
    def _fails(*_, **__):
        raise RuntimeError("boom\x1b[31m")

    monkeypatch.setattr(pipeline, "replay", _fails)
    assert run(["replay", "x"]) == 1
    assert capsys.readouterr().err == "camcensus: unexpected RuntimeError: boom[31m; --debug shows where\n"
    with pytest.raises(RuntimeError):
        run(["replay", "x", "--debug"])


def test_an_interruption_exits_with_130(monkeypatch, capsys):
    def _interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "replay", _interrupted)
    assert run(["replay", "x"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_version_and_help(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("camcensus 0.")
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"  {command} " in out for command in ("replay", "explain", "lists", "fingerprints"))


def test_a_real_capture_from_a_path_and_from_stdin(capture, capsys, monkeypatch):
    words = ["--json", "--as-of", "2026-11-23", "--fail-on", "none"]
    assert run(["replay", str(capture), *words]) == 0
    first = json.loads(capsys.readouterr().out)
    assert [d["addresses"] for d in first["devices"]] == [["192.168.1.64"]]
    assert [d["macs"] for d in first["devices"]] == [["44:19:b6:00:00:01"]]
    stdin = io.TextIOWrapper(io.BytesIO(capture.read_bytes()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert run(["replay", "-", *words]) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["devices"] == first["devices"]
    assert second["findings"] == first["findings"]


def test_the_same_capture_gives_the_same_bytes(capture, capsys):
    words = ["replay", str(capture), "--json", "--as-of", "2026-11-23"]
    run(words)
    first = capsys.readouterr().out
    run(words)
    assert capsys.readouterr().out == first


def test_explain_in_words_and_in_json(replayed, capsys):
    replayed(LISTED)
    assert run(["explain", "44-19-b6-00-00-01", "--from", "x.pcap"]) == 0
    assert "> maker: Hikvision (0.99)" in capsys.readouterr().out
    assert run(["explain", "aa0", "--from", "x.pcap", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["device"]["id"] == "aa00000001"
    assert len(told["findings"]) == 3


def test_explain_asks_back_where_a_prefix_fits_several(replayed, capsys):
    replayed(LISTED, replace(CLEAN, id="aa00000002"))
    assert run(["explain", "aa", "--from", "x.pcap"]) == 2
    assert "'aa' fits 2 devices: aa00000001, aa00000002" in capsys.readouterr().err


def test_lists_in_words_and_in_json(capsys):
    assert run(["lists"]) == 0
    out = capsys.readouterr().out
    assert "us-ndaa-889: John S. McCain" in out
    assert "Hangzhou Hikvision Digital Technology Company, since 2018-08-13" in out
    assert "human decides" in out
    assert run(["lists", "--json"]) == 0
    assert [item["id"] for item in json.loads(capsys.readouterr().out)] == [item.id for item in load_lists()]


def test_fingerprints_in_words_and_in_json(capsys):
    assert run(["fingerprints"]) == 0
    assert "fingerprints, version" in capsys.readouterr().out
    assert run(["fingerprints", "--json"]) == 0
    assert isinstance(json.loads(capsys.readouterr().out), list)


def test_what_nothing_matched_is_printed_as_entries(capture, capsys):
    assert run(["fingerprints", "--unknown", str(capture)]) == 0
    assert "texts that no fingerprint knows" in capsys.readouterr().err


def command(*words, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
    return subprocess.run(
        [sys.executable, "-m", "scanner", *words],
        capture_output=True,
        check=False,
        env=environment,
        cwd=ROOT,
        **options,
    )


def test_a_reader_who_leaves_early_is_no_fault():
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "scanner", "lists", "--json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=ROOT
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_an_ascii_terminal_gets_what_it_can_hold(capture):
    done = command("lists", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    assert done.stdout.isascii()


def test_width_is_the_terminals_even_in_a_pipe_when_columns_says_so(capture):
    done = command("replay", str(capture), env={"COLUMNS": "40"})
    assert max(map(len, done.stdout.decode().splitlines())) <= 40


def test_no_color_is_honoured(monkeypatch):
    from scanner.cli import screen

    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert screen.view().colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not screen.view().colour
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert not screen.view().colour
