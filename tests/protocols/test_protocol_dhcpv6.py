"""DHCPv6 messages built by hand after RFC 8415."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.dhcpv6 import PROTOCOL, parse

MAC = "ac:cc:8e:3c:04:19"
LOCAL = "fe80::aecc:8eff:fe3c:419"
SERVER = "fe80::1"
LL = bytes.fromhex("00030001accc8e3c0419")
LLT = bytes.fromhex("000100011ae7386baccc8e3c0419")


def option(code, value):
    return code.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value


def client(kind, *options):
    return bytes([kind]) + b"\x01\x02\x03" + b"".join(options)


def relay(inner, peer=LOCAL, *options):
    head = bytes([12, 0]) + ip_address("fd00::1").packed + ip_address(peer).packed
    return head + option(9, inner) + b"".join(options)


def read(payload, source=LOCAL, destination="ff02::1:2", mac=MAC):
    return parse(
        Message(
            time=datetime(2026, 3, 1, tzinfo=UTC),
            protocol="dhcpv6",
            source=Endpoint(host=ip_address(source), port=546),
            destination=Endpoint(host=ip_address(destination), port=547),
            mac=mac,
            payload=payload,
        )
    )


def facts(seen, key):
    return [value for name, value in seen.facts if name == key]


def test_solicit():
    (seen,) = read(
        client(
            1,
            option(1, LL),
            option(6, bytes([0, 23, 0, 24, 0, 39])),
            option(16, (311).to_bytes(4, "big") + b"\x00\x08MSFT 5.0"),
            option(39, b"\x00\x06camera\x05local\x00"),
            option(112, b"https://example.com/mud"),
        )
    )
    assert seen.subject == Subject(host=ip_address(LOCAL), mac=MAC)
    assert dict(seen.facts) == {
        "dhcpv6.message_type": "solicit",
        "dhcpv6.duid": LL.hex(),
        "dhcpv6.duid_mac": MAC,
        "dhcpv6.enterprise": "311",
        "dhcpv6.vendor_class": "MSFT 5.0",
        "dhcpv6.fqdn": "camera.local",
        "dhcpv6.mud": "https://example.com/mud",
        "dhcpv6.options": "23,24,39",
    }


@pytest.mark.parametrize(
    ("duid", "key", "value"),
    [
        (LLT, "dhcpv6.duid_mac", MAC),
        (bytes.fromhex("000200009a7d0102"), "dhcpv6.duid_enterprise", "39549"),
        (
            bytes.fromhex("0004") + bytes(range(16)),
            "dhcpv6.duid_uuid",
            "00010203-0405-0607-0809-0a0b0c0d0e0f",
        ),
    ],
)
def test_kinds_of_duid(duid, key, value):
    (seen,) = read(client(11, option(1, duid)))
    assert facts(seen, key) == [value]


def test_mac_of_the_duid_is_not_the_subjects():
    (seen,) = read(client(1, option(1, LLT)), mac="02:00:00:00:00:01")
    assert seen.subject.mac == "02:00:00:00:00:01"


def test_relayed_client_is_named_by_the_relay():
    raw = relay(client(1, option(1, LL)), LOCAL, option(79, b"\x00\x01" + bytes.fromhex("accc8e3c0419")))
    (seen,) = read(raw, source="fd00::1", mac="00:00:0c:00:00:01")
    assert seen.subject == Subject(host=ip_address(LOCAL), mac=MAC)


def test_relay_in_a_relay_and_without_the_kindness():
    (seen,) = read(
        relay(relay(client(1, option(1, LL))), "fd00::2"), source="fd00::3", mac="00:00:0c:00:00:01"
    )
    assert seen.subject == Subject(host=ip_address(LOCAL), mac=None)


def test_endless_relays_end():
    raw = client(1, option(1, LL))
    for _ in range(40):
        raw = relay(raw)
    assert read(raw) == ()


def test_reply_binds_the_address_and_shows_the_server():
    address = option(5, ip_address("fd00::64").packed + bytes(8))
    binding = option(3, bytes(12) + address)
    who, server = read(client(7, option(1, LL), binding), SERVER, LOCAL, "18:59:33:f4:49:1f")
    assert who.subject == Subject(host=ip_address("fd00::64"), mac=None)
    assert facts(who, "dhcpv6.address") == ["fd00::64"]
    assert facts(who, "dhcpv6.duid_mac") == [MAC]
    assert server.subject == Subject(host=ip_address(SERVER), mac="18:59:33:f4:49:1f")
    assert server.facts == (("dhcpv6.server", "true"),)


def test_advertisement_binds_nothing():
    binding = option(3, bytes(12) + option(5, ip_address("fd00::64").packed + bytes(8)))
    who, _server = read(client(2, option(1, LL), binding), SERVER, LOCAL)
    assert who.subject.host == ip_address(LOCAL)
    assert facts(who, "dhcpv6.address") == []


@pytest.mark.parametrize("payload", [b"", b"\x01", b"\x63\x00\x00\x00", relay(b""), relay(b"\x01")])
def test_what_is_no_dhcpv6_gives_nothing(payload):
    assert read(payload) == ()


def test_cut_message_gives_what_is_whole():
    (seen,) = read(client(1, option(1, LL), option(39, b"\x00\x03cam\x00"))[:-2])
    assert facts(seen, "dhcpv6.duid_mac") == [MAC]
    assert facts(seen, "dhcpv6.fqdn") == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 14))
def test_no_bytes_raise_or_give_undeclared_facts(noise, kind):
    for payload in (noise, client(kind, noise), relay(noise), client(7, option(3, noise))):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
