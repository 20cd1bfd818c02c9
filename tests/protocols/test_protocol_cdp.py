"""CDP frames built by hand in the layout that Cisco describes."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.cdp import PROTOCOL, parse

FRAME = "00:1e:7a:00:00:01"


def tlv(kind, value):
    return kind.to_bytes(2, "big") + (4 + len(value)).to_bytes(2, "big") + value


def address(host):
    packed = ip_address(host).packed
    protocol = b"\x01\x01\xcc" if len(packed) == 4 else b"\x02\x08" + bytes.fromhex("aaaa0300000086dd")
    return protocol + len(packed).to_bytes(2, "big") + packed


HEAD = bytes.fromhex("02b40000")
CAMERA = HEAD + b"".join(
    [
        tlv(1, b"CIVS-IPC-6000P-SN1"),
        tlv(2, b"\x00\x00\x00\x02" + address("fe80::1") + address("10.1.2.3")),
        tlv(3, b"eth0"),
        tlv(4, b"\x00\x00\x02\x10"),
        tlv(5, b"Video Surveillance, Version 2.9.1\nCopyright"),
        tlv(6, b"CIVS-IPC-6000P"),
        tlv(0x0B, b"\x01"),
    ]
)


def read(payload):
    return parse(
        Message(
            time=datetime(2026, 3, 1, tzinfo=UTC),
            protocol="cdp",
            source=Endpoint(),
            mac=FRAME,
            payload=payload,
        )
    )


def facts(seen, key):
    return [value for name, value in seen.facts if name == key]


def test_everything_that_is_said():
    (seen,) = read(CAMERA)
    assert seen.subject == Subject(host=ip_address("fe80::1"), mac=FRAME)
    assert seen.facts == (
        ("cdp.device_id", "CIVS-IPC-6000P-SN1"),
        ("cdp.port", "eth0"),
        ("cdp.capabilities", "host"),
        ("cdp.capabilities", "video-phone-camera"),
        ("cdp.version", "Video Surveillance, Version 2.9.1 Copyright"),
        ("cdp.platform", "CIVS-IPC-6000P"),
        ("cdp.address", "fe80::1"),
        ("cdp.address", "10.1.2.3"),
    )


def test_unusable_addresses_are_dropped():
    (seen,) = read(HEAD + tlv(6, b"x") + tlv(0x16, b"\x00\x00\x00\x01" + address("0.0.0.0")))
    assert facts(seen, "cdp.address") == []
    assert seen.subject.host is None


def test_count_that_promises_more_than_there_is():
    (seen,) = read(HEAD + tlv(6, b"x") + tlv(2, b"\xff\xff\xff\xff" + address("10.1.2.3")))
    assert facts(seen, "cdp.address") == ["10.1.2.3"]


def test_cut_frame_gives_what_is_whole():
    (seen,) = read(CAMERA[: CAMERA.index(b"Copyright")])
    assert facts(seen, "cdp.port") == ["eth0"]
    assert facts(seen, "cdp.version") == []


@pytest.mark.parametrize(
    "payload", [b"", b"\x02\xb4\x00", b"\x09" + CAMERA[1:], HEAD, HEAD + b"\x00\x01\x00\x00"]
)
def test_what_is_no_cdp_gives_nothing(payload):
    assert read(payload) == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(4, len(CAMERA)), st.integers(4, len(CAMERA)))
def test_no_bytes_raise_or_give_undeclared_facts(noise, start, stop):
    for payload in (noise, HEAD + noise, CAMERA[:start] + noise + CAMERA[stop:]):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
