"""A tap is a capture that does not end by itself: frames on loopback become messages, and it stops when told."""

import socket
import threading
import time

import pytest

from scanner.capture import open_capture
from scanner.errors import ScannerError
from scanner.probes import tap as taps
from scanner.probes.tap import Tap, grant, may_overhear

privileged = pytest.mark.skipif(not may_overhear(), reason="packet sockets need CAP_NET_RAW")
SADP = b"<?xml version='1.0'?><ProbeMatch><DeviceSN>DS-1</DeviceSN><MAC>44-19-b6-00-00-01</MAC></ProbeMatch>"


def say(payload=SADP, times=1, pause_s=0.05):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.9", 37020))
        for _ in range(times):
            time.sleep(pause_s)
            sender.sendto(payload, ("127.0.0.1", 9))


@privileged
def test_frames_become_messages_while_it_runs():
    tap = Tap(["lo"], seconds=0.6, everything=True)
    speaker = threading.Thread(target=say)
    speaker.start()
    found = [m for m in open_capture(tap) if m.protocol == "sadp"]
    speaker.join()
    tap.close()
    assert {m.payload for m in found} == {SADP}
    assert {str(m.source.host) for m in found} == {"127.0.0.9"}


@privileged
def test_it_ends_when_its_time_is_over_and_when_told():
    started = time.monotonic()
    with Tap(["lo"], seconds=0.3, everything=True) as tap:
        assert list(open_capture(tap)) == []
    assert 0.25 < time.monotonic() - started < 2
    endless = Tap(["lo"], everything=True)
    threading.Timer(0.2, endless.stop).start()
    list(open_capture(endless))
    endless.close()
    assert time.monotonic() - started < 4


@privileged
def test_beside_a_scan_what_is_for_us_is_left_to_those_who_asked():
    tap = Tap(["lo"], seconds=0.5, everything=False)
    speaker = threading.Thread(target=say)
    speaker.start()
    assert [m for m in open_capture(tap) if m.protocol == "sadp"] == []
    speaker.join()
    tap.close()


@privileged
def test_an_interface_that_is_not_there_is_a_sentence():
    with pytest.raises(ScannerError, match="gone0 cannot be listened on"):
        Tap(["gone0"], everything=True)


def test_without_the_privilege_the_sentence_says_how_to_get_it(monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(taps.socket, "socket", refuse)
    assert not may_overhear()
    with pytest.raises(ScannerError, match=r"CAP_NET_RAW: sudo setcap cap_net_raw\+ep"):
        Tap(["lo"], everything=True)


def test_elsewhere_than_on_linux_it_says_so(monkeypatch):
    monkeypatch.setattr(taps.sys, "platform", "darwin")
    with pytest.raises(ScannerError, match="only Linux has"):
        Tap(["lo"], everything=True)
    monkeypatch.delattr(taps.socket, "AF_PACKET")
    assert not may_overhear()
    assert "setcap" in grant()
