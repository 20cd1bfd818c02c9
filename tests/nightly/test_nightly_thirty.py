"""Thirty nights of one house, each through the whole command: what is told is exactly what happened, nothing else.

Every night is a capture of what the devices of the house say, run through `camcensus run`. A webhook on loopback hears
what people would read; stdout must say the same, and on a night on which nothing happened neither says anything. The
same nights as scans of a lab are tests/bench/bench_nights.py.
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
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import ROOT
from thirty_nights import CONFIG, DAHUA, WAIVER, House, called, thirty

import scanner.pipeline as pipeline
from scanner.capture.writer import PcapWriter, frames_of
from scanner.cli import run
from scanner.fingerprints import Knowledge, identify, load

QUIET = [2, 4, 7, 8, 9, 11, 15, 17, 19, 21, 23]


def capture(house: House, *, cut: int = 0, empty: bool = False) -> Path:
    """What the devices of a house say, as a capture."""
    path = house.folder / "night.pcap"
    number = 0
    with path.open("wb") as file, PcapWriter(file) as writer:
        for recording in [] if empty else house.devices.values():
            for message in recording.messages():
                number += 1
                for frame in frames_of(message, ident=number):
                    writer.add(message.time, frame)
    if cut:
        path.write_bytes(path.read_bytes()[:-cut])
    return path


def replayed(house: House, **wire: int) -> tuple[int, str, str]:
    return called(house.words("--from", str(capture(house, **wire))))


def killed(house: House) -> None:
    """Be a night that is killed while it reads."""
    pipe = house.folder / "endless.pcap"
    os.mkfifo(pipe)
    words = [sys.executable, "-m", "scanner", *house.words("--from", str(pipe))]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        with pipe.open("wb") as file:  # opens when the run has begun to read
            PcapWriter(file)
            file.flush()
            os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    pipe.unlink()
    house.day += timedelta(days=1)


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


def listening(heard):
    """How a night is carried out here: also what the webhook hears is looked at."""

    def _speak(house, **wire):
        heard.clear()
        code, out, err = replayed(house, **wire)
        sentences = [event["sentence"] for event in json.loads(out)] if out else []
        lines = [text.strip() for told in heard for text in told["message"].splitlines() if text[:2] == "  "]
        assert lines == sentences
        assert [told["title"].partition(":")[0] for told in heard] == ["Town Hall"] * bool(sentences)
        return code, out, err

    return _speak


@pytest.fixture
def heard():
    return []


@pytest.fixture
def house(tmp_path, monkeypatch, heard):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    with hook(heard) as address:
        monkeypatch.setenv("CAMCENSUS_HOOK", address)
        yield House(tmp_path, listening(heard))


def older(knowledge: Knowledge) -> Knowledge:
    """The knowledge under the version that it had before it knew Sony."""
    return Knowledge(knowledge.fingerprints, "2026-10-01+older")


def without_sony(observations, knowledge):
    """What was concluded before anybody knew Sony: a label is read in many ways, none of them gave that name."""
    return (item for item in identify(observations, knowledge) if item.value != "Sony")


@pytest.mark.slow
def test_thirty_nights_tell_exactly_what_happened(house):
    told = thirty(house, killed, halves=True)
    assert len(told) == 30
    assert [number for number, events in enumerate(told, 1) if not events] == QUIET


def test_fingerprints_that_learn_tell_what_they_learnt(house, monkeypatch):
    monkeypatch.setattr(pipeline, "load", lambda: older(load()))
    monkeypatch.setattr(pipeline, "identify", without_sony)
    house.night()
    monkeypatch.setattr(pipeline, "load", load)
    monkeypatch.setattr(pipeline, "identify", identify)
    told, _ = house.night()
    kinds = [kind for kind, _ in told]
    assert kinds == ["verdict", "verdict", "changed", "changed", "knowledge"]
    assert [text.partition(": ")[2] for _, text in told[2:4]] == [
        "brand unknown → Sony",
        "maker unknown → Sony",
    ]
    assert all("undetermined → not listed, because the fingerprints changed" in text for _, text in told[:2])
    assert told[-1][1].startswith("fingerprints: 2026-10-01+older → ")


def test_a_run_by_night_that_fails_tells_why(house, capsys, heard):
    (house.folder / "night.pcap").write_text("no capture at all, but a text that goes on for a while\n" * 9)
    code = run(house.words("--from", str(house.folder / "night.pcap")))
    err = capsys.readouterr().err
    assert code == 1
    (message,) = heard
    assert message["title"] == "Town Hall: 1 problem"
    assert err.strip().removeprefix("camcensus: ") in message["message"]


def test_two_runs_never_overlap(house, capsys, heard):
    from scanner.config import read_config
    from scanner.nightly.lock import only_one
    from scanner.nightly.night import places

    lock = places(read_config(house.folder / "camcensus.toml")).lock
    with only_one(lock, datetime(2026, 11, 27, tzinfo=UTC)):
        assert run(house.words("--from", str(capture(house)))) == 1
    assert "another run is going on" in capsys.readouterr().err
    assert heard == []
    assert not list(house.folder.glob("*.json"))


def test_cron_asks_every_hour_and_one_run_is_enough(house, capsys):
    words = [*house.words("--from", str(capture(house))), "--if-due"]
    assert run(words) == 0
    assert "first run" in capsys.readouterr().out
    house.devices.clear()
    assert run([*house.words("--from", str(capture(house))), "--if-due"]) == 0
    assert capsys.readouterr().out == ""


def test_a_dry_run_checks_everything_and_changes_nothing(house, capsys, monkeypatch):
    monkeypatch.setenv("CAMCENSUS_HOOK", "gossip://x")
    assert run(["run", "--config", str(house.folder / "camcensus.toml"), "--dry-run"]) == 1
    assert "no address that anybody can be told at" in capsys.readouterr().err
    assert not (house.folder / "data").exists()


def test_a_ledger_that_was_spoilt_is_one_sentence_and_told(house, capsys, heard):
    house.night()
    (ledger,) = (house.folder / "data" / "camcensus" / "runs").glob("*.json")
    ledger.write_text("{gossip")
    heard.clear()
    assert run(house.words("--from", str(capture(house)))) == 1
    assert "move it away, at worst something is told twice" in capsys.readouterr().err
    assert len(heard) == 1
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


def test_one_who_cannot_be_told_costs_nobody_else(house, capsys, heard):
    config = house.folder / "camcensus.toml"
    config.write_text(CONFIG + '[[notify]]\nurl = "json://127.0.0.1:1/hush"\n')
    code = run(house.words("--from", str(capture(house))))
    out, _ = capsys.readouterr()
    assert code == 1
    assert json.loads(out)[0]["sentence"] == "not told: json://127.0.0.1…"
    assert len(heard) == 1


def test_a_report_that_cannot_be_written_is_told(house, heard):
    (house.folder / f"{house.day}.json").mkdir()
    heard.clear()
    assert run(house.words("--from", str(capture(house)))) == 1
    assert "cannot be written: it is a folder" in heard[0]["message"]


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


def test_what_somebody_kept_by_hand_since_is_news_all_the_same(house, capsys):
    house.night()
    house.add("dahua")
    words = [
        "replay",
        str(capture(house)),
        "--store",
        str(house.folder / "data" / "camcensus" / "census.sqlite"),
    ]
    assert run([*words, "--site", "Town Hall", "--fail-on", "none"]) == 0
    capsys.readouterr()
    told, _ = house.night()
    assert told == [
        ("appeared", f"{DAHUA} at 192.0.2.30 (house): listed (us-ndaa-889); not listed (house-rule)")
    ]
    assert house.night() == ([], 0)


def test_half_a_first_night_is_nothing_to_compare_with(house):
    (first, *_), code = house.night(cut=40)
    assert (first[0], code) == ("failed", 1)
    told = [text for _, text in house.night()[0]]
    assert told == ["first run: 4 surveillance devices found; later runs tell what changes"]
    assert house.night() == ([], 0)
