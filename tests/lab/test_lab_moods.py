"""Difficult devices: the scan ends in time, with everybody else's complete, and nothing leaves the scope."""

import functools
import struct
from ipaddress import ip_address
from pathlib import Path

import pytest
from lab_scenarios import PLAIN, inside

from scanner.lab import Mood
from scanner.lab.moods import lie, somewhere_else, zip_bomb

HOST_TIMEOUT_S, SLACK_S = 20.0, 15.0


@functools.cache
def difficult():
    return inside("difficult")


def test_the_scan_ends_in_time():
    assert difficult()["seconds"] < HOST_TIMEOUT_S + SLACK_S


@pytest.mark.parametrize("name", PLAIN)
def test_the_others_are_complete(name):
    sheet = difficult()["devices"][name]
    assert sheet["scanned"] == sheet["parsed"]
    assert sheet["whole"] or name.startswith("axis")  # its DHCP is said to nobody who listens


@pytest.mark.parametrize("mood", list(Mood))
def test_the_difficult_one_is_known_all_the_same(mood):
    sheet = difficult()["devices"][mood.value]
    assert [device["maker"] for device in sheet["scanned"]] == ["Hikvision"]
    assert sheet["together"] <= 1


def test_who_took_too_long_is_told_and_nobody_else():
    gaps = difficult()["gaps"]
    assert "--host-timeout" in gaps[Mood.SLOW_LORIS.value]
    assert not set(PLAIN) & set(gaps)


def forwarded(path: Path) -> list[str]:
    """The destinations of the IP packets in a capture that a router may forward: not those of its own link."""
    raw, at, found = path.read_bytes(), 24, []
    while at < len(raw):
        size = struct.unpack_from("<I", raw, at + 8)[0]
        frame, at = raw[at + 16 : at + 16 + size], at + 16 + size
        where = {b"\x08\x00": slice(30, 34), b"\x86\xdd": slice(38, 54)}.get(frame[12:14])
        if where:
            to = ip_address(frame[where])
            found += [] if to.is_multicast or to.is_link_local else [str(to)]
    return found


@pytest.mark.parametrize("how", ["raw", "plain"])
def test_nothing_leaves_the_scope(tmp_path, how):
    path = tmp_path / "outside.pcap"
    told = inside("liars", str(path), how)
    assert told["forbidden"] > 5
    assert max(told["together"].values()) == 1
    assert forwarded(path) == []
    assert forwarded(Path(f"{path}.control")) == ["203.0.113.66"]


def test_a_lie_is_as_long_as_the_truth():
    payload = b"<IP>192.0.2.10</IP>\xc0\x00\x02\x0a 192.0.2.100"
    told = lie(payload, ip_address("192.0.2.10"))
    assert told == b"<IP>198.18.0.1</IP>\xc6\x12\x00\x01 192.0.2.100"
    assert all(len(somewhere_else(a)) == len(a) for a in ("192.0.2.10", "192.0.2.100", "198.51.100.7"))


def test_the_bomb_is_small():
    assert len(zip_bomb()) < 1 << 20
