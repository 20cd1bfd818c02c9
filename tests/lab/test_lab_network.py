"""The lab is a real network: packets, MACs and refusals are the kernel's; it needs an empty place and leaves one."""

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import ROOT
from lab_scenarios import inside

from scanner.errors import ScannerError
from scanner.lab import build, building_of, namespaces, run_inside
from scanner.lab.namespaces import refuse_a_real_network

CHILD = """
import sys
from scanner.lab import namespaces
def refused(*words): raise PermissionError(1, "no")
namespaces._call = refused
from scanner.lab.inside import be_inside
sys.exit(be_inside([sys.argv[1], "builtins:print", "called"]))
"""


@functools.cache
def said():
    return inside("asked_by_hand")


class TestOnTheWire:
    def test_a_page_as_it_was_recorded(self):
        assert said()["page"].startswith("HTTP/1.0 200 OK\r\n")
        assert "Server: App-webs/" in said()["page"]
        assert said()["page6"] == said()["page"]

    def test_an_unknown_page_in_the_device_s_style(self):
        assert said()["unknown"].startswith("HTTP/1.1 404")
        assert "Server: App-webs/" in said()["unknown"]

    def test_rtsp_repeats_the_sequence_number(self):
        assert "CSeq: 77\r\n" in said()["rtsp"]

    def test_a_greeting_unasked(self):
        assert said()["greeting"].startswith("220 AXIS Q7401")

    def test_a_certificate_with_the_recorded_subject(self):
        assert said()["certificate"].startswith("CN=axis-accc8e")

    def test_a_closed_port_refuses(self):
        assert said()["closed"]

    def test_each_device_has_its_own_mac(self):
        assert said()["macs"]["192.0.2.10"] == "58:50:ed:20:10:01"
        assert len(set(said()["macs"].values())) == len(said()["macs"]) == 3

    def test_connections_are_counted_on_the_cable(self):
        assert said()["account"] == 4  # three pages and RTSP; a refusal is no connection


def test_nothing_is_left_and_a_second_building_can_follow():
    assert inside("what_is_left")["interfaces"] == [["lo"], ["lo", "eth0"], ["lo"], ["lo", "eth0"], ["lo"]]


def test_nothing_is_left_of_a_test_that_fails():
    assert inside("a_failing_block") == ["lo"]


def test_nothing_is_left_of_a_process_that_is_killed():
    processes = inside("killed", ends=-signal.SIGKILL)
    assert processes
    until = time.monotonic() + 10
    while any(is_running(pid) for pid in processes) and time.monotonic() < until:
        time.sleep(0.05)
    assert not [pid for pid in processes if is_running(pid)]


def is_running(pid: int) -> bool:
    try:
        return "multiprocessing" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def test_a_building_is_not_built_beside_another_network():
    assert "empty network namespace only; here there is eth0" in inside("a_second_interface")


def test_an_address_is_given_once():
    assert inside("two_on_one_address") == "two stations of the lab want the address 192.0.2.74"


def test_the_machine_s_own_network_is_refused(monkeypatch):
    monkeypatch.setattr("socket.if_nameindex", lambda: [(1, "lo"), (2, "enp3s0")])
    with pytest.raises(ScannerError, match="enp3s0"):
        refuse_a_real_network()
    with pytest.raises(ScannerError, match="enp3s0"), build(building_of([])):
        pytest.fail("it was built")


def test_without_namespaces_one_sentence_says_so(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(ScannerError, match="Linux"):
        run_inside("lab_scenarios:demo")


def test_a_user_who_may_not_is_told(monkeypatch):
    def refused(*_words):
        raise PermissionError(1, "unshare: Operation not permitted")

    monkeypatch.setattr(namespaces, "_call", refused)
    with pytest.raises(ScannerError, match="allows no network namespace to this user"):
        namespaces.leave_the_machine()


def test_a_refusal_reaches_whoever_asked(capfd):
    """The child says why on its own descriptor; the function is not called."""
    reading, writing = os.pipe()
    code = subprocess.run(
        [sys.executable, "-c", CHILD, str(writing)], pass_fds=(writing,), check=False, cwd=ROOT
    ).returncode
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert "allows no network namespace" in pipe.read()
    assert code == 1
    assert capfd.readouterr().out == ""


def test_a_simulated_network_lives_where_it_was_told_to():
    told = inside("anyip")
    assert told["page"].startswith("HTTP/1.1 200 OK")
    assert told["refused"]
    assert all(told["silent"])
    assert told["alive"] == told["living"]
