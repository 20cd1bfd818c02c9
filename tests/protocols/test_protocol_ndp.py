"""Neighbour discovery messages built by hand after RFC 4861."""

from datetime import UTC, datetime
from ipaddress import ip_address

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.ndp import PROTOCOL, parse

CAMERA = "ac:cc:8e:3c:04:19"
LOCAL = "fe80::aecc:8eff:fe3c:419"
GLOBAL = "fd00:1::aecc:8eff:fe3c:419"


def link_layer(kind, mac=CAMERA):
    return bytes([kind, 1]) + bytes.fromhex(mac.replace(":", ""))


def message_of(payload, source=LOCAL, mac=CAMERA):
    return Message(
        time=datetime(2026, 3, 1, tzinfo=UTC),
        protocol="ndp",
        source=Endpoint(host=ip_address(source)),
        mac=mac,
        payload=payload,
    )


def read(kind, body, options=b"", **kwargs):
    return parse(message_of(bytes([kind, 0, 0, 0]) + body + options, **kwargs))


def facts(seen, key):
    return [value for name, value in seen.facts if name == key]


def test_advertisement_speaks_of_its_target():
    (seen,) = read(
        136, bytes([0x60, 0, 0, 0]) + ip_address(GLOBAL).packed, link_layer(2), mac="02:00:00:00:00:01"
    )
    assert seen.subject == Subject(host=ip_address(GLOBAL), mac=CAMERA)
    assert facts(seen, "ndp.router") == []


def test_proxied_advertisement_without_option_takes_no_mac_from_the_frame():
    (seen,) = read(136, bytes(4) + ip_address(GLOBAL).packed)
    assert seen.subject == Subject(host=ip_address(GLOBAL), mac=None)


def test_own_advertisement_without_option_takes_the_frames_mac():
    (seen,) = read(136, bytes(4) + ip_address(LOCAL).packed)
    assert seen.subject.mac == CAMERA


def test_advertising_router_is_one():
    (seen,) = read(136, bytes([0xE0, 0, 0, 0]) + ip_address(LOCAL).packed, link_layer(2))
    assert facts(seen, "ndp.router") == ["true"]


def test_solicitation_speaks_of_its_sender_not_of_its_target():
    (seen,) = read(135, bytes(4) + ip_address("fe80::1").packed, link_layer(1))
    assert seen.subject == Subject(host=ip_address(LOCAL), mac=CAMERA)
    assert facts(seen, "ndp.ip") == [LOCAL]


def test_duplicate_address_detection_gives_the_mac_alone():
    (seen,) = read(135, bytes(4) + ip_address(LOCAL).packed, source="::")
    assert seen.subject == Subject(host=None, mac=CAMERA)
    assert facts(seen, "ndp.tentative") == [LOCAL]
    assert facts(seen, "ndp.ip") == []


def test_router_advertisement():
    prefix = bytes([3, 4, 64, 0xC0]) + bytes(12) + ip_address("fd00:1::").packed
    (seen,) = read(134, bytes(12), link_layer(1) + prefix)
    assert facts(seen, "ndp.router") == ["true"]
    assert facts(seen, "ndp.prefix") == ["fd00:1::/64"]
    assert seen.subject.mac == CAMERA


def test_router_solicitation():
    (seen,) = read(133, bytes(4), link_layer(1))
    assert facts(seen, "ndp.type") == ["router-solicitation"]
    assert facts(seen, "ndp.router") == []


def test_multicast_listeners_and_echoes_are_left_alone():
    assert read(143, bytes(20)) == ()
    assert read(128, bytes(20)) == ()


def test_option_of_length_zero_ends_the_list():
    (seen,) = read(133, bytes(4), bytes([9, 0]) + link_layer(1, "02:11:22:33:44:55"))
    assert seen.subject.mac == CAMERA


def test_cut_option_is_not_read():
    (seen,) = read(136, bytes(4) + ip_address(LOCAL).packed, link_layer(2, "02:11:22:33:44:55")[:7])
    assert seen.subject.mac == CAMERA


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([133, 134, 135, 136, 137]), st.binary(max_size=200))
def test_no_bytes_raise_or_give_undeclared_facts(kind, body):
    for seen in read(kind, body):
        assert all(PROTOCOL.declares(key) for key, _ in seen.facts)
    parse(message_of(body))
