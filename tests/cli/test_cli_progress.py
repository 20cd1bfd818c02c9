"""Progress of what takes longer than a second: shown late, on stderr, cleared, never in a quiet run, never a thread."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time

import pytest
from conftest import ROOT
from reported import report

from scanner.cli import progress, run
from scanner.cli.progress import Counting, Waiting
from scanner.cli.sources import reading
from scanner.reports import render


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(progress, "FIRST_S", 0.05)
    monkeypatch.setattr(progress, "TICK_S", 0.05)
    monkeypatch.setattr(progress, "PLAIN_S", 0.05)


def wait(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.01)


def test_waiting_is_shown_on_a_terminal_and_cleared(soon):
    stream, before = Terminal(), threading.active_count()
    with Waiting("Reading x", quiet=False, stream=stream):
        assert threading.active_count() == before
        wait(0.3)
    told = stream.getvalue()
    assert "\rReading x … 0:00" in told
    assert told.endswith("\r")
    before = len(told)
    wait(0.2)
    assert len(stream.getvalue()) == before


def test_what_is_quick_or_quiet_says_nothing(soon):
    stream = Terminal()
    with Waiting("x", quiet=True, stream=stream), Counting("y", 10, quiet=True, stream=stream) as done:
        wait(0.2)
        done(5)
    with Waiting("x", quiet=False, stream=stream):
        pass
    assert stream.getvalue() == ""


def test_without_a_terminal_there_are_plain_lines(soon):
    stream = io.StringIO()
    with Waiting("Reading x", quiet=False, stream=stream):
        wait(0.2)
    assert stream.getvalue().startswith("Reading x … 0:00\n")
    assert "\r" not in stream.getvalue()


def test_counting_says_how_many_of_many(soon):
    stream = Terminal()
    with Counting("devices", 5000, quiet=False, stream=stream) as done:
        done(1)
        assert stream.getvalue() == ""
        wait(0.1)
        done(1200)
    assert "\r1,200 of 5,000 devices" in stream.getvalue()


def test_the_timer_gives_back_what_it_took(soon):
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(RuntimeError), Waiting("x", quiet=False, stream=Terminal()):
        raise RuntimeError
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_another_thread_just_works(soon):
    stream, done = Terminal(), []

    def work():
        with Waiting("x", quiet=False, stream=stream):
            wait(0.2)
        done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert done == [True]
    assert stream.getvalue() == ""


def test_sources_are_named_with_their_size(tmp_path):
    path = tmp_path / "a.pcap"
    path.write_bytes(b"x" * 3_000_000)
    assert reading([path]) == "Reading a.pcap (3 MB)"
    assert reading([tmp_path / "absent", tmp_path.__class__("-")]) == "Reading absent, stdin"


SLOW = """
import sys, time
from scanner import pipeline
from scanner.cli import run
from scanner.reports.from_json import read_report
def slow(*_, **__):
    until = time.monotonic() + 1.6
    while time.monotonic() < until: time.sleep(0.01)
    return read_report(open(sys.argv[1]).read(), "x")
pipeline.replay = slow
sys.exit(run(["replay", "x.pcap", "--fail-on", "none"]))
"""


def test_a_person_at_a_terminal_sees_it_and_gets_colours_and_a_pipe_does_not(tmp_path):
    path = tmp_path / "x.json"
    path.write_text(render(report(), "json"))
    environment = {**os.environ, "TERM": "xterm", "PYTHONPATH": str(ROOT)}
    environment.pop("NO_COLOR", None)
    main, other = pty.openpty()
    words = [sys.executable, "-c", SLOW, str(path)]
    with subprocess.Popen(words, stdout=other, stderr=other, env=environment, cwd=ROOT) as process:
        os.close(other)
        seen = b""
        try:
            while piece := os.read(main, 65536):
                seen += piece
        except OSError:
            pass
        assert process.wait() == 0
    os.close(main)
    assert "\rReading x.pcap … 0:01".encode() in seen
    assert b"\x1b[1;31mlisted" in seen
    done = subprocess.run(words, capture_output=True, env=environment, cwd=ROOT, check=True)
    assert done.stderr == b""
    assert b"\x1b" not in done.stdout


def test_columns_are_checked_before_anything_runs(capsys):
    assert run(["replay", "absent.pcap", "--columns", "adress"]) == 2
    assert "there is no column 'adress'; the columns are verdict, address, brand" in capsys.readouterr().err
    assert run(["scan", "192.0.2.1", "--columns", "maker;", "--dry-run"]) == 2


def test_columns_and_width_reach_the_table(tmp_path, capsys):
    path = tmp_path / "x.json"
    path.write_text(render(report(), "json"))
    assert run(["report", str(path), "--columns", "mac, us-ndaa-889"]) == 0
    assert capsys.readouterr().out.splitlines()[2].split() == ["44:19:b6:00:00:01", "listed"]
    assert run(["report", str(path), "--wide"]) == 0
    assert "maker_confidence" in capsys.readouterr().out
    assert run(["report", str(path), "-o", f"csv={tmp_path / 'x.csv'}", "--columns", "id"]) == 0
    assert (tmp_path / "x.csv").read_text().splitlines()[0] == "id"
    assert json.loads((path).read_text())["schema"]
