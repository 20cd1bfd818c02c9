"""LLDPDUs built by hand after IEEE 802.1AB and TIA-1057; the inventory is of an ordinary IP camera."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.lldp import PROTOCOL, parse

FRAME = "02:00:00:00:00:09"


def tlv(kind, value):
    return (kind << 9 | len(value)).to_bytes(2, "big") + value


def med(subtype, value):
    return tlv(127, bytes.fromhex("0012bb") + bytes([subtype]) + value)


CHASSIS = tlv(1, b"\x04" + bytes.fromhex("accc8e3c0419"))
PORT = tlv(2, b"\x05eth0")
TTL = tlv(3, b"\x00\x78")
CAMERA = b"".join(
    [
        CHASSIS,
        PORT,
        TTL,
        tlv(4, b"Network port"),
        tlv(5, b"axis-accc8e3c0419"),
        tlv(6, "AXIS P1468-LE Bullet Camera å".encode()),
        tlv(7, bytes.fromhex("00840080")),
        tlv(8, b"\x05\x01" + ip_address("10.0.0.246").packed + b"\x02\x00\x00\x00\x02\x00"),
        tlv(127, bytes.fromhex("00120f01036c1100100000")),
        tlv(127, bytes.fromhex("0080c2010001")),
        med(1, bytes.fromhex("003303")),
        med(5, b"77D.4"),
        med(6, b"11.2"),
        med(7, b"11.11.73"),
        med(8, b"ACCC8E3C0419"),
        med(9, b"AXIS"),
        med(10, b"P1468-LE\x00"),
        med(11, b"0042"),
        tlv(0, b""),
    ]
)


def read(payload):
    return parse(
        Message(
            time=datetime(2026, 3, 1, tzinfo=UTC),
            protocol="lldp",
            source=Endpoint(),
            mac=FRAME,
            payload=payload,
        )
    )


def facts(seen, key):
    return [value for name, value in seen.facts if name == key]


def test_camera_with_inventory():
    (seen,) = read(CAMERA + bytes(20))
    assert seen.subject == Subject(host=ip_address("10.0.0.246"), mac="ac:cc:8e:3c:04:19")
    assert dict(seen.facts) == {
        "lldp.chassis_mac": "ac:cc:8e:3c:04:19",
        "lldp.chassis": "ac:cc:8e:3c:04:19",
        "lldp.port": "eth0",
        "lldp.port_description": "Network port",
        "lldp.system_name": "axis-accc8e3c0419",
        "lldp.system_description": "AXIS P1468-LE Bullet Camera å",
        "lldp.capabilities": "station-only",
        "lldp.management": "10.0.0.246",
        "lldp.med.class": "endpoint-3",
        "lldp.med.hardware": "77D.4",
        "lldp.med.firmware": "11.2",
        "lldp.med.software": "11.11.73",
        "lldp.med.serial": "ACCC8E3C0419",
        "lldp.med.manufacturer": "AXIS",
        "lldp.med.model": "P1468-LE",
        "lldp.med.asset": "0042",
    }


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"\x05\x01" + ip_address("192.168.0.16").packed, "192.168.0.16"),
        (b"\x07vjti-pc3", "vjti-pc3"),
        (b"\x05\x06" + b"\x01\x02", "060102"),
    ],
)
def test_chassis_that_is_no_mac_leaves_the_frames(body, text):
    (seen,) = read(tlv(1, body) + PORT + TTL)
    assert facts(seen, "lldp.chassis") == [text]
    assert seen.subject.mac == FRAME


def test_management_over_ipv6_and_several():
    six = tlv(8, b"\x11\x02" + ip_address("fd00::7").packed + b"\x02" + bytes(5))
    unusable = tlv(8, b"\x05\x01" + bytes(4) + b"\x02" + bytes(5))
    (seen,) = read(CHASSIS + PORT + TTL + unusable + six)
    assert facts(seen, "lldp.management") == ["fd00::7"]
    assert seen.subject.host == ip_address("fd00::7")


def test_cut_frame_gives_what_is_whole():
    (seen,) = read(CAMERA[: CAMERA.index(b"AXIS P1468")])
    assert facts(seen, "lldp.system_name") == ["axis-accc8e3c0419"]
    assert facts(seen, "lldp.system_description") == []


@pytest.mark.parametrize("payload", [b"", b"\x02", PORT + CHASSIS, tlv(1, b"\x04")])
def test_what_is_no_lldpdu_gives_nothing(payload):
    assert read(payload) == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(CAMERA)), st.integers(0, len(CAMERA)))
def test_no_bytes_raise_or_give_undeclared_facts(noise, start, stop):
    for payload in (noise, CHASSIS + noise, CAMERA[:start] + noise + CAMERA[stop:]):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
