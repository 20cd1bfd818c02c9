"""`camcensus fingerprints` and its tools: lint, add, stats, page, and other people's knowledge."""

import json
import tomllib
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from scanner.capture.writer import PcapWriter, frames_of
from scanner.cli import run
from scanner.fingerprints.lint import read_all
from scanner.model import Endpoint, Message

ENTRY = [
    "--vendor",
    "AXIS COMMUNICATIONS",
    "--claim",
    "maker=Axis",
    "--claim",
    "kind=camera",
    "--source",
    "a test",
]


def page(server):
    return f"HTTP/1.1 200 OK\r\nServer: {server}\r\nContent-Length: 0\r\n\r\n".encode()


@pytest.fixture
def capture(tmp_path):
    path = tmp_path / "odd.pcap"
    message = Message(
        time=datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
        protocol="http",
        source=Endpoint(host=ip_address("192.168.1.64"), port=80),
        destination=Endpoint(host=ip_address("192.168.1.9"), port=40000),
        mac="00:00:5e:00:53:07",
        request=b"GET / HTTP/1.1\r\n\r\n",
        payload=page('Kite\'cam/2.1 "x"'),
    )
    with path.open("wb") as file:
        writer = PcapWriter(file)
        for frame in frames_of(message):
            writer.add(message.time, frame)
    return path


def test_an_unknown_becomes_an_entry_that_knows_it(capture, tmp_path, capsys):
    assert run(["fingerprints", "--unknown", str(capture), "--as-of", "2026-11-27"]) == 0
    drafted = tmp_path / "unknown.toml"
    drafted.write_text(capsys.readouterr().out)
    (name,) = [
        e["id"] for e in tomllib.loads(drafted.read_text())["fingerprint"] if e["match"] == "http.server"
    ]
    own = tmp_path / "own"
    words = ["fingerprints", "add", "--from", str(drafted), "--entry", name, *ENTRY, "--to", str(own)]
    assert run([*words, "--dry-run"]) == 0
    assert not own.exists()
    assert run([*words, "--pattern", r"^Kite'cam/(?P<firmware>[\d.]+)", "--strength", "strong"]) == 0
    out, err = capsys.readouterr()
    assert "is in" in err
    (entry,) = tomllib.loads((own / "axis.toml").read_text())["fingerprint"]
    assert out.count("[[fingerprint]]") == 2
    assert entry["examples"] == [{"text": 'Kite\'cam/2.1 "x"', "firmware": "2.1"}]
    assert (entry["claims"], entry["strength"]) == ({"maker": "Axis", "kind": "camera"}, "strong")
    assert "confirmed" not in entry
    assert len(read_all([own])[0]) == 1
    assert run(["fingerprints", "lint", str(own)]) == 0
    assert capsys.readouterr().out.endswith(" 0 faults\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--key", "http.server", "--text", "App-webs/", "--strength", "strong"], 1, "is as much Axis's"),
        (["--key", "http.nonsense", "--text", "x"], 1, "no protocol gives the fact 'http.nonsense'"),
        (["--key", "http.server", "--text", "x", "--pattern", "(?=x)"], 2, "--pattern: "),
        (["--key", "http.server", "--text", "Kite", "--pattern", "^Sparrow$"], 1, "'Kite' does not match"),
        (["--key", "http.server", "--text", "Kite", "--strength", "huge"], 1, "strength: must be one of"),
        (["--key", "http.server"], 2, "say what the device said"),
        (["--from", "absent.toml"], 1, "absent.toml cannot be read"),
        (["--from", "{text}"], 1, "is not TOML"),
        (["--from", "{two}"], 2, "holds 2 entries; say with --entry which: a, b"),
        (["--from", "{two}", "--entry", "c"], 2, "there is no entry 'c'; there are a, b"),
        (["--key", "http.server", "--text", "Kite", "--vendor", "Nobody 7"], 2, "has no 'Nobody 7'"),
        (["--key", "http.server", "--text", "Kite", "--claim", "maker"], 2, "--claim takes"),
    ],
)
def test_nothing_is_written_if_anything_is_wrong(tmp_path, capsys, words, code, said):
    (tmp_path / "text.toml").write_text("[[fingerprint\n")
    (tmp_path / "two.toml").write_text('[[fingerprint]]\nid = "a"\n[[fingerprint]]\nid = "b"\n')
    own = tmp_path / "own"
    places = {"text": tmp_path / "text.toml", "two": tmp_path / "two.toml"}
    asked = [
        word.replace("{text}", str(places["text"])).replace("{two}", str(places["two"])) for word in words
    ]
    assert run(["fingerprints", "add", *ENTRY, *asked, "--to", str(own)]) == code
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert not own.exists()


def test_an_entry_goes_behind_those_that_are_there(tmp_path, capsys):
    words = ["fingerprints", "add", *ENTRY, "--to", str(tmp_path), "--key", "http.server", "--text"]
    assert run([*words, "Kite/1"]) == run([*words, "Kite/2"]) == 0
    before = (tmp_path / "axis.toml").read_text()
    assert run([*words, "Kite/2"]) == 1
    assert "id: is there twice" in capsys.readouterr().err
    assert (tmp_path / "axis.toml").read_text() == before
    assert [e["equals"] for e in tomllib.loads(before)["fingerprint"]] == [["Kite/1"], ["Kite/2"]]


def test_your_own_entries_are_used_without_being_asked_for(capture, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    words = ["fingerprints", "add", *ENTRY, "--key", "http.server", "--text", 'Kite\'cam/2.1 "x"']
    assert run([*words, "--strength", "strong"]) == 0
    assert "in use from now on" in capsys.readouterr().err
    assert run(["replay", str(capture), "--json", "--fail-on", "none"]) == 0
    report = json.loads(capsys.readouterr().out)
    (camera,) = [device for device in report["devices"] if device["kind"] == "camera"]
    assert (camera["maker"]["value"], camera["maker"]["contested"]) == ("Axis", False)
    path = tmp_path / "data" / "camcensus" / "fingerprints" / "axis.toml"
    path.write_text(path.read_text().replace('"strong"', '"huge"'))
    assert run(["fingerprints"]) == 1
    err = capsys.readouterr().err
    assert (
        err
        == f"camcensus: {path}: http-server-kite-cam-2-1-x: strength: must be one of strong, medium, weak\n"
    )


def test_a_broken_file_is_told_with_file_entry_and_key(tmp_path, capsys):
    path = tmp_path / "kite.toml"
    path.write_text(
        'schema = 1\nvendor = "Axis"\n[[fingerprint]]\nid = "one"\nmatch = "http.server"\npattern = "^Kite"\n'
        'about = "plumbing"\nstrength = "weak"\nclaims = { maker = "axis communications" }\n'
        'examples = [{ text = "Sparrow" }]\nsource = "a test"\ndate = 2026-11-27\n'
    )
    assert run(["fingerprints", "lint", str(path)]) == 1
    out = capsys.readouterr().out
    assert "kite.toml: kite/one: examples: 'Sparrow' does not match\n" in out
    assert (
        "kite.toml: kite/one: claims.maker: 'axis communications' is written 'Axis' in the vendor table\n"
        in out
    )
    assert run(["fingerprints", "lint", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["file"] == "kite.toml"
    assert run(["fingerprints", "lint", str(tmp_path / "absent")]) == 1
    assert "absent: folder: does not exist" in capsys.readouterr().err


def test_statistics_count_every_entry_once(capsys):
    assert run(["fingerprints", "stats", "--json", "--as-of", "2026-11-27"]) == 0
    counted = json.loads(capsys.readouterr().out)
    total = counted["fingerprints"]
    for name in ("by maker", "by protocol", "by strength", "by witness", "by confirmation", "by age"):
        assert sum(counted[name].values()) == total, name
    assert total >= 900
    assert len(counted["other kinds"]) >= 60
    assert run(["fingerprints", "stats"]) == 0
    assert f"{total} fingerprints, version" in capsys.readouterr().out


def test_the_page_of_makers_tells_relations_lists_and_models(tmp_path, capsys):
    path = tmp_path / "makers.md"
    assert run(["fingerprints", "page", "lorex", "HIKVISION", "-o", str(path)]) == 0
    assert capsys.readouterr().err == f"2 makers in {path}\n"
    text = path.read_text()
    assert text.index("\n## Hikvision\n") < text.index("\n## Lorex\n")
    assert "- Lorex is owned by Skywatch" in text
    assert "us-ndaa-889 of" in text
    assert "strong, plumbing: `sadp." in text
    assert run(["fingerprints", "page", "nobody 7"]) == 2
    assert run(["fingerprints", "page", "-o", str(tmp_path / "absent" / "x.md")]) == 1
    assert "cannot be written: No such file" in capsys.readouterr().err


def test_others_knowledge_is_said_and_is_in_the_report(capture, tmp_path, capsys):
    probes = tmp_path / "probes"
    probes.write_text("match http m|^HTTP/1\\.1 200 OK\\r\\nServer: Kite| p/Axis Kite httpd/ d/webcam/\n")
    assert run(["replay", str(capture), "--nmap", str(probes), "--json"]) == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert "+nmap." in report["data"]["fingerprints"]
    (camera,) = [device for device in report["devices"] if device["addresses"] == ["192.168.1.64"]]
    theirs = [e for e in camera["evidence"] if e["fingerprint"] == "nmap/http/1"]
    assert [(e["value"], e["strength"]) for e in theirs] == [("Axis", "weak"), ("camera", "weak")]
    assert camera["brand"] is None
    assert camera["kind"] == "unknown"
    assert err.startswith("nmap: 1 of 1 entries in use; ")
    (tmp_path / "camcensus.toml").write_text('nmap = "probes"\n')
    assert run(["replay", str(capture), "--config", str(tmp_path / "camcensus.toml"), "--json"]) == 0
    assert "+nmap." in json.loads(capsys.readouterr().out)["data"]["fingerprints"]
    (tmp_path / "camcensus.toml").write_text('site = "x"\nnetworks = ["192.168.1.0/24"]\nrecog = "absent"\n')
    assert run(["run", "--config", str(tmp_path / "camcensus.toml"), "--dry-run"]) == 1
    assert "absent: folder: does not exist" in capsys.readouterr().err
    assert run(["replay", str(capture), "--nmap", str(capture)]) == 1
    assert run(["replay", str(capture), "--recog", str(tmp_path / "absent")]) == 1
    assert "folder: does not exist; --recog takes a Recog content folder\n" in capsys.readouterr().err
