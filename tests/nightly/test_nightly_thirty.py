"""Thirty nights of one house, each through the whole command: what is told is exactly what happened, nothing else.

Every night is a capture of what the devices of the house say, run through `camcensus run`. A webhook on loopback hears
what people would read; stdout must say the same, and on a night on which nothing happened neither says anything.
"""

import http.server
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from conftest import ROOT

import scanner.pipeline as pipeline
from scanner.capture.writer import PcapWriter, frames_of
from scanner.cli import run
from scanner.fingerprints import Knowledge, load
from scanner.lab.copies import copy_of
from scanner.nightly.events import Kind
from scanner.recordings import Recording, read_folder

DEVICES = ROOT / "fixtures" / "devices"
FIRST = date(2026, 11, 27)
NAMES = {
    "axis": "axis-m1065-lw-9.80.1",
    "canon": "canon-vb-s30d-1.3.3",
    "dahua": "dahua-ipc-hdw5421s-2.400",
    "hikvision": "hikvision-ds-2cd2385g1-i-5.6.2",
    "panasonic": "panasonic-bb-sc384b-1.46",
    "sony": "sony-snc-ch110-3.0.0",
}
OWN = """
schema = 1
id = "house-rule"
legal_name = "Our own purchasing rule"
citation = "board, 2026"
body = "the board"
jurisdiction = "us"
governs = ["procurement"]
binds = ["us"]
installed_devices_covered = "no"
version = {version}
checked = {version}
address = "https://intranet.example/rule"
sources = [{{ title = "minutes", date = 2026-01-02 }}]
depends_on = ["Are we us?"]
"""
ENTRY = """
[[entry]]
printed = "{name}"
group = "{name}"
from = 2026-01-02
clause = "1"
source = "minutes"
source_date = 2026-01-02
"""
CONFIG = """
site = "Town Hall"
networks = ["192.0.2.0/24"]
lists = ["us-ndaa-889", "house-rule.toml"]
waivers = "waivers.toml"
gone_after = 3
[[zone]]
name = "house"
networks = ["192.0.2.0/24"]
[[zone]]
name = "cabinet"
networks = ["192.0.2.200/29"]
floor = "2"
[[output]]
format = "json"
path = "{date}.json"
[[notify]]
url_env = "CAMCENSUS_HOOK"
"""
WAIVER = """
[[waiver]]
maker = "Hikvision"
list = "us-ndaa-889"
owner = "facilities"
reason = "roof"
ticket = "FAC-12"
expires = {expires}
"""


class House:
    """The devices of a house, what its owner's files say, and the command that is run every night."""

    def __init__(self, folder: Path, heard: list[dict[str, str]], capsys) -> None:
        self.folder, self.heard, self.capsys = folder, heard, capsys
        self.devices: dict[str, Recording] = {}
        self.day = FIRST
        (folder / "camcensus.toml").write_text(CONFIG)
        self.waive()
        self.rule("2026-11-01", "Bosch")
        for name in ("axis", "canon", "hikvision", "sony"):
            self.add(name)

    def waive(self, *expiries: str) -> None:
        text = "schema = 1\n" + "".join(WAIVER.format(expires=expires) for expires in expiries)
        (self.folder / "waivers.toml").write_text(text)

    def rule(self, version: str, *names: str) -> None:
        text = OWN.format(version=version) + "".join(ENTRY.format(name=name) for name in names)
        (self.folder / "house-rule.toml").write_text(text)

    def add(self, name: str, address: str = "", mac: str | None = None, of: str = "") -> None:
        recording = read_folder(DEVICES / NAMES[of or name])
        here = ip_address(address or str(recording.address))
        self.devices[name] = copy_of(recording, name, here, mac) if address or mac else recording

    def move(self, name: str, address: str) -> None:
        self.devices[name] = copy_of(self.devices[name], name, ip_address(address))

    def say(self, name: str, old: bytes, new: bytes) -> None:
        assert len(old) == len(new)
        known = self.devices[name]
        answers = tuple(replace(a, payload=a.payload.replace(old, new)) for a in known.answers)
        assert answers != known.answers
        self.devices[name] = replace(known, answers=answers)

    def capture(self, *, cut: int = 0, empty: bool = False) -> Path:
        path = self.folder / "night.pcap"
        number = 0
        with path.open("wb") as file, PcapWriter(file) as writer:
            for recording in [] if empty else self.devices.values():
                for message in recording.messages():
                    number += 1
                    for frame in frames_of(message, ident=number):
                        writer.add(message.time, frame)
        if cut:
            path.write_bytes(path.read_bytes()[:-cut])
        return path

    def words(self, path: Path) -> list[str]:
        config = str(self.folder / "camcensus.toml")
        return ["run", "--config", config, "--from", str(path), "--as-of", self.day.isoformat(), "--json"]

    def night(self, **capture: int) -> tuple[list[tuple[str, str]], int]:
        """Be the night: returns what was told, as (kind, sentence), and the exit code."""
        self.heard.clear()
        code = run(self.words(self.capture(**capture)))
        out, err = self.capsys.readouterr()
        assert err == ""
        told = [(event["kind"], event["sentence"]) for event in json.loads(out)] if out else []
        self._check_message(told)
        assert (self.folder / f"{self.day}.json").is_file()
        self.day += timedelta(days=1)
        return told, code

    def _check_message(self, told: list[tuple[str, str]]) -> None:
        """What people are told is what stdout said: one message with every sentence, or none at all."""
        if not told:
            assert self.heard == []
            return
        (message,) = self.heard
        lines = [line.strip() for line in message["message"].splitlines() if line.startswith("  ")]
        assert lines == [sentence for _, sentence in told]
        assert message["title"].startswith("Town Hall: ")

    def killed(self) -> None:
        """Be a night that is killed while it reads."""
        pipe = self.folder / "endless.pcap"
        os.mkfifo(pipe)
        words = [sys.executable, "-m", "scanner", *self.words(pipe)]
        with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            with pipe.open("wb") as file:  # opens when the run has begun to read
                PcapWriter(file)
                file.flush()
                os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert process.returncode == -signal.SIGKILL
        pipe.unlink()
        self.day += timedelta(days=1)


@contextmanager
def hook(heard):
    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def house(tmp_path, monkeypatch, capsys):
    heard = []
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with hook(heard) as address:
        monkeypatch.setenv("CAMCENSUS_HOOK", address)
        yield House(tmp_path, heard, capsys)


AXIS, SONY = "AXIS M1065-LW camera", "Sony SNC-CH110 camera"
HIKVISION, DAHUA = "Hikvision DS-2CD2385G1-I camera", "Dahua IPC-HDW5421S camera"
HALF = (
    "the run was incomplete, nobody is counted as missing: night.pcap: the file stops in the middle of a packet; all "
    "packets before it were read"
)
NOT_LISTED = "not listed (house-rule, us-ndaa-889)"


def older(knowledge: Knowledge) -> Knowledge:
    """What the program knew before it knew Sony."""
    kept = tuple(
        entry
        for entry in knowledge.fingerprints
        if entry.vendor != "Sony" and not any("Sony" in str(claim) for claim in entry.claims)
    )
    return Knowledge(kept, "2026-10-01+older")


@pytest.mark.slow
def test_thirty_nights_tell_exactly_what_happened(house, monkeypatch):
    told = []

    def night(*expected, code=0, **capture):
        found, ended = house.night(**capture)
        told.append(found)
        assert found == sorted(expected, key=lambda pair: list(Kind).index(Kind(pair[0]))), (
            f"night {len(told)}"
        )
        assert ended == code

    night(("knowledge", "first run: 4 surveillance devices found; later runs tell what changes"))  # 1
    night()
    house.add("dahua")  # 3
    night(("appeared", f"{DAHUA} at 192.0.2.30 (house): listed (us-ndaa-889); not listed (house-rule)"))
    night()
    house.move("axis", "192.0.2.161")  # 5: a new lease
    night(("moved", f"{AXIS} is at 192.0.2.161 (house), was at 192.0.2.61 (house)"))
    house.say("axis", b"9.80.1", b"9.80.5")  # 6
    night(("changed", f"{AXIS} at 192.0.2.161 (house): firmware 9.80.1 → 9.80.5"))
    night()
    sony = house.devices.pop("sony")  # 8: away, and nobody cries at once
    night()
    night()
    today = datetime.now(UTC).date()
    night(("gone", f"{SONY} at 192.0.2.74 (house) is gone, last seen on {today}"))  # 10
    night()
    house.devices["sony"] = sony  # 12
    night(("back", f"{SONY} at 192.0.2.74 (house) is back, last seen on {today}"))
    del house.devices["canon"]  # 13: another device on its address
    house.add("panasonic", "192.0.2.75")
    replaced = (
        f"Panasonic BB-SC384B camera at 192.0.2.75 (house): {NOT_LISTED}; it replaces Canon VB-S30D camera"
    )
    night(("replaced", replaced))
    silence = (
        "the run was incomplete, nobody is counted as missing: none of the 5 known devices answered: taken for a fault "
        "of the network"
    )
    night(("failed", silence), code=1, empty=True)  # 14: the switch is down
    night()
    night(("failed", HALF), code=1, cut=40)  # 16: half a capture
    night()
    house.rule("2026-12-14", "Bosch", "Axis")  # 18: the list is updated
    because = "because the list changed (2026-11-01 → 2026-12-14)"
    night(
        ("verdict", f"{AXIS} at 192.0.2.161 (house): house-rule: not listed → listed, {because}"),
        ("knowledge", "list house-rule: 2026-11-01 → 2026-12-14"),
    )
    night()
    house.waive("2026-12-17")  # 20: somebody answers for it, for two nights
    verdict = f"{HIKVISION} at 192.0.2.10 (house): us-ndaa-889"
    night(("verdict", f"{verdict}: listed → waived, because a waiver holds now"))
    night()
    over = "Waiver FAC-12 of facilities (maker Hikvision, us-ndaa-889) expired on 2026-12-17: 1 device counts again"
    night(  # 22
        ("verdict", f"{verdict}: waived → listed, because a waiver no longer holds"),
        ("waiver", over),
    )
    house.waive()
    house.killed()  # 23
    told.append([])
    found, code = house.night()  # 24
    told.append(found)
    ((kind, sentence),) = found
    assert (kind, code) == ("failed", 1)
    assert sentence.startswith("the run begun at ")
    assert sentence.endswith(" did not end; nothing of it counts")
    house.add("dahua two", "192.0.2.31", "4c:11:bf:20:10:99", of="dahua")  # 25: another of the same model
    night(("appeared", f"{DAHUA} at 192.0.2.31 (house): listed (us-ndaa-889); not listed (house-rule)"))
    house.move("dahua", "192.0.2.32")
    house.move("dahua two", "192.0.2.30")
    house.move("dahua", "192.0.2.31")  # 26: the two change places
    night(
        ("moved", f"{DAHUA} is at 192.0.2.30 (house), was at 192.0.2.31 (house)"),
        ("moved", f"{DAHUA} is at 192.0.2.31 (house), was at 192.0.2.30 (house)"),
    )
    house.move("hikvision", "192.0.2.201")  # 27: carried into the cabinet
    night(("moved", f"{HIKVISION} is at 192.0.2.201 (cabinet, floor 2), was at 192.0.2.10 (house)"))
    house.say("axis", b"9.80.5", b"9.80.7")  # 28: everything at once
    del house.devices["dahua two"]
    house.add("canon")
    del house.devices["panasonic"]
    back = "Canon VB-S30D camera at 192.0.2.75 (house)"
    night(
        ("replaced", f"{back} is back, last seen on {today}; it replaces Panasonic BB-SC384B camera"),
        ("changed", f"{AXIS} at 192.0.2.161 (house): firmware 9.80.5 → 9.80.7"),
    )
    night()
    night(("gone", f"{DAHUA} at 192.0.2.30 (house) is gone, last seen on {today}"))  # 30
    assert len(told) == 30
    assert [n for n, events in enumerate(told, 1) if not events] == [
        2,
        4,
        7,
        8,
        9,
        11,
        15,
        17,
        19,
        21,
        23,
        29,
    ]


def test_fingerprints_that_learn_tell_what_they_learnt(house, monkeypatch):
    monkeypatch.setattr(pipeline, "load", lambda: older(load()))
    house.night()
    monkeypatch.setattr(pipeline, "load", load)
    told, _ = house.night()
    kinds = [kind for kind, _ in told]
    assert kinds == ["verdict", "verdict", "changed", "changed", "knowledge"]
    assert [text.partition(": ")[2] for _, text in told[2:4]] == [
        "brand unknown → Sony",
        "maker unknown → Sony",
    ]
    assert all("undetermined → not listed, because the fingerprints changed" in text for _, text in told[:2])
    assert told[-1][1].startswith("fingerprints: 2026-10-01+older → ")


def test_a_run_by_night_that_fails_tells_why(house, capsys):
    (house.folder / "night.pcap").write_text("no capture at all, but a text that goes on for a while\n" * 9)
    code = run(house.words(house.folder / "night.pcap"))
    err = capsys.readouterr().err
    assert code == 1
    (message,) = house.heard
    assert message["title"] == "Town Hall: 1 problem"
    assert err.strip().removeprefix("camcensus: ") in message["message"]


def test_two_runs_never_overlap(house, capsys):
    from scanner.config import read_config
    from scanner.nightly.lock import only_one
    from scanner.nightly.night import places

    lock = places(read_config(house.folder / "camcensus.toml")).lock
    with only_one(lock, datetime(2026, 11, 27, tzinfo=UTC)):
        assert run(house.words(house.capture())) == 1
    assert "another run is going on" in capsys.readouterr().err
    assert house.heard == []
    assert not list(house.folder.glob("*.json"))


def test_cron_asks_every_hour_and_one_run_is_enough(house, capsys):
    words = [*house.words(house.capture()), "--if-due"]
    assert run(words) == 0
    assert "first run" in capsys.readouterr().out
    house.devices.clear()
    assert run([*house.words(house.capture()), "--if-due"]) == 0
    assert capsys.readouterr().out == ""


def test_a_dry_run_checks_everything_and_changes_nothing(house, capsys, monkeypatch):
    monkeypatch.setenv("CAMCENSUS_HOOK", "gossip://x")
    assert run(["run", "--config", str(house.folder / "camcensus.toml"), "--dry-run"]) == 1
    assert "no address that anybody can be told at" in capsys.readouterr().err
    assert not (house.folder / "data").exists()


def test_a_ledger_that_was_spoilt_is_one_sentence_and_told(house, capsys):
    house.night()
    (ledger,) = (house.folder / "data" / "camcensus" / "runs").glob("*.json")
    ledger.write_text("{gossip")
    house.heard.clear()
    assert run(house.words(house.capture())) == 1
    assert "move it away, at worst something is told twice" in capsys.readouterr().err
    assert len(house.heard) == 1
    assert ledger.read_text() == "{gossip"


def test_a_collector_hears_every_event_and_the_threshold_makes_the_code(house):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(5)
        port = collector.getsockname()[1]
        config = house.folder / "camcensus.toml"
        told = f'[[syslog]]\naddress = "udp://127.0.0.1:{port}"\n'
        config.write_text(f'fail_on = "listed"\n{CONFIG}{told}')
        _, code = house.night()
        assert code == 3  # a Hikvision camera is listed, night for night
        collector.recv(9000)
        house.add("dahua")
        _, code = house.night()
        line = collector.recv(9000).decode()
    assert code == 3
    assert line.startswith("<109>1 ")
    assert (
        "|appeared|New|5|msg=Dahua IPC-HDW5421S camera at 192.0.2.30 (house): listed (us-ndaa-889);" in line
    )
    assert " src=192.0.2.30 deviceExternalId=" in line
    assert line.endswith(" cs1=Town Hall cs1Label=site")


def test_one_who_cannot_be_told_costs_nobody_else(house, monkeypatch):
    config = house.folder / "camcensus.toml"
    config.write_text(CONFIG + '[[notify]]\nurl = "json://127.0.0.1:1/hush"\n')
    code = run(house.words(house.capture()))
    out, _ = house.capsys.readouterr()
    assert code == 1
    assert json.loads(out)[0]["sentence"] == "not told: json://127.0.0.1…"
    assert len(house.heard) == 1


def test_a_report_that_cannot_be_written_is_told(house):
    (house.folder / f"{house.day}.json").mkdir()
    house.heard.clear()
    assert run(house.words(house.capture())) == 1
    assert "cannot be written: it is a folder" in house.heard[0]["message"]


def test_an_idle_waiver_is_told_once(house):
    """One that is over at once, one that excuses nothing when that is sure; neither night for night."""
    unused = WAIVER.format(expires="2027-06-30").replace("Hikvision", "Bosch").replace("FAC-12", "FAC-13")
    house.waive("2026-11-28")
    path = house.folder / "waivers.toml"
    path.write_text(path.read_text() + unused)
    told = [[text for kind, text in house.night()[0] if kind == "waiver"] for _ in range(6)]
    over = "Waiver FAC-12 of facilities (maker Hikvision, us-ndaa-889) expired on 2026-11-28: 1 device counts again"
    idle = "Waiver FAC-13 of facilities (maker Bosch, us-ndaa-889) excuses nothing here"
    assert told == [[], [], [over, idle], [], [], []]


def test_what_somebody_kept_by_hand_since_is_news_all_the_same(house):
    house.night()
    house.add("dahua")
    words = [
        "replay",
        str(house.capture()),
        "--store",
        str(house.folder / "data" / "camcensus" / "census.sqlite"),
    ]
    assert run([*words, "--site", "Town Hall", "--fail-on", "none"]) == 0
    house.capsys.readouterr()
    told, _ = house.night()
    assert told == [
        ("appeared", f"{DAHUA} at 192.0.2.30 (house): listed (us-ndaa-889); not listed (house-rule)")
    ]
    assert house.night() == ([], 0)
