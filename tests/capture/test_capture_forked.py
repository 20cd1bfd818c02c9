"""A capture read by a second process says the same as one read here, and leaves no process behind."""

import os
import signal
import time

import pytest
from conftest import ROOT

from scanner.capture import Capture, ReadBeside, beside, open_capture, read_ahead
from scanner.errors import CaptureError

NEEDLE = ROOT / "fixtures" / "captures" / "needle.pcap"
BUILDING = ROOT / "fixtures" / "captures" / "building.pcapng"
forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork reads in one process")


def is_gone(child):
    """Tell that a process is no child of ours any more: it has ended, and was waited for."""
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)
    return True


@forking
@pytest.mark.parametrize("path", [NEEDLE, BUILDING], ids=lambda path: path.stem)
def test_both_ways_say_the_same(path):
    here = open_capture(path)
    there = ReadBeside(open_capture(path))
    child = there._child
    assert list(there) == list(here)
    assert there.stats == here.stats
    assert there.stats.packets
    assert is_gone(child)


@forking
def test_damages_come_along(tmp_path):
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(NEEDLE.read_bytes()[:-7])
    there = ReadBeside(open_capture(cut))
    messages = list(there)
    assert messages
    assert there.stats.damages == _damages(cut)


def _damages(path):
    here = open_capture(path)
    list(here)
    assert here.stats.damages
    return here.stats.damages


@forking
def test_a_reader_that_is_killed_is_told_as_a_damage(monkeypatch):
    monkeypatch.setattr(Capture, "__iter__", lambda _self: os.kill(os.getpid(), signal.SIGKILL))
    there = ReadBeside(open_capture(NEEDLE))
    assert list(there) == []
    assert there.stats.damages == ("its reader was stopped: what followed was not read",)


@forking
def test_a_fault_of_the_file_is_raised_here(monkeypatch):
    def broken(_self):
        raise CaptureError("x: broken")
        yield

    monkeypatch.setattr(Capture, "__iter__", broken)
    there = ReadBeside(open_capture(NEEDLE))
    child = there._child
    with pytest.raises(CaptureError, match="x: broken"):
        list(there)
    assert is_gone(child)


@forking
def test_who_stops_half_way_leaves_no_process():
    there = ReadBeside(open_capture(BUILDING))
    child = there._child
    assert next(iter(there))
    there.close()
    assert is_gone(child)


def chosen(source):
    reader = beside(open_capture(source), source)
    reader.close()
    return type(reader)


def test_small_files_and_streams_are_read_here():
    assert chosen(NEEDLE) is Capture
    with NEEDLE.open("rb") as stream:
        assert chosen(stream) is Capture


@forking
def test_a_large_file_is_read_beside(monkeypatch):
    monkeypatch.setattr("scanner.capture.forked.LARGE", 1000)
    monkeypatch.setattr("threading.active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})
    assert chosen(NEEDLE) is ReadBeside
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0})
    assert chosen(NEEDLE) is Capture


@pytest.fixture
def everything_is_large(monkeypatch):
    monkeypatch.setattr("scanner.capture.forked.LARGE", 1000)
    monkeypatch.setattr("threading.active_count", lambda: 1)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1})


@forking
def test_reading_ahead_gives_the_same_and_leaves_no_process(everything_is_large):
    with read_ahead([NEEDLE, BUILDING]) as found:
        children = [reader._child for reader in found]
        assert list(found[1]) == list(open_capture(BUILDING))
    assert all(map(is_gone, children))


@forking
def test_what_cannot_be_read_ahead_is_given_back(everything_is_large, tmp_path):
    absent, text = tmp_path / "absent.pcap", tmp_path / "text.pcap"
    text.write_text("no capture\n" * 1000)
    with NEEDLE.open("rb") as stream, read_ahead([absent, stream]) as found:
        assert found == [absent, stream]
    with pytest.raises(CaptureError), read_ahead([NEEDLE, text]):
        pass
    with pytest.raises(ChildProcessError):
        os.wait()


@forking
def test_more_than_a_pipe_holds_waits_until_somebody_takes_it(everything_is_large, monkeypatch):
    monkeypatch.setattr("scanner.capture.forked.BATCH", 1)
    for ahead in (0, 1 << 20):
        monkeypatch.setattr("scanner.capture.forked.AHEAD", ahead)
        with read_ahead([BUILDING]) as (reader,):
            time.sleep(0.3)
            assert list(reader) == list(open_capture(BUILDING))
