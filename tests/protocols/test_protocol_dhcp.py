"""DHCP messages built by hand after RFC 2131 and 2132; option values are those of real devices."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.dhcp import PROTOCOL, parse

CAMERA = "ac:cc:8e:3c:04:19"
ROUTER = "18:59:33:f4:49:1f"
DISCOVER, OFFER, REQUEST, ACK, INFORM = (bytes([53, 1, kind]) for kind in (1, 2, 3, 5, 8))


def option(code, value):
    return bytes([code, len(value)]) + value


def bootp(
    *options, op=1, ciaddr="0.0.0.0", yiaddr="0.0.0.0", giaddr="0.0.0.0", mac=CAMERA, sname=b"", file=b""
):
    addresses = b"".join(ip_address(a).packed for a in (ciaddr, yiaddr, "0.0.0.0", giaddr))
    head = bytes([op, 1, 6, 0]) + bytes(8) + addresses + bytes.fromhex(mac.replace(":", "")).ljust(16, b"\0")
    cookie = bytes.fromhex("63825363")
    return head + sname.ljust(64, b"\0") + file.ljust(128, b"\0") + cookie + b"".join(options) + b"\xff"


def read(payload, source="0.0.0.0", mac=CAMERA):
    endpoint = Endpoint(host=ip_address(source), port=68)
    return parse(
        Message(
            time=datetime(2026, 3, 1, tzinfo=UTC), protocol="dhcp", source=endpoint, mac=mac, payload=payload
        )
    )


def facts(seen, key):
    return [value for name, value in seen.facts if name == key]


def test_discover_of_a_camera():
    (seen,) = read(
        bootp(
            DISCOVER,
            option(61, b"\x01" + bytes.fromhex("accc8e3c0419")),
            option(55, bytes([1, 3, 6, 12, 15, 28, 42])),
            option(60, b"AXIS,Bullet Camera,P1468-LE,11.11.73"),
            option(12, b"axis-accc8e3c0419"),
            option(161, b"https://example.com/camera.json"),
        )
    )
    assert seen.subject == Subject(host=None, mac=CAMERA)
    assert dict(seen.facts) == {
        "dhcp.message_type": "discover",
        "dhcp.options": "53,61,55,60,12,161",
        "dhcp.hostname": "axis-accc8e3c0419",
        "dhcp.vendor_class": "AXIS,Bullet Camera,P1468-LE,11.11.73",
        "dhcp.mud": "https://example.com/camera.json",
        "dhcp.parameters": "1,3,6,12,15,28,42",
        "dhcp.client_id": CAMERA,
    }


def test_requested_address_is_not_yet_the_clients():
    (seen,) = read(bootp(REQUEST, option(50, ip_address("192.168.1.9").packed)))
    assert seen.subject.host is None
    assert facts(seen, "dhcp.requested_ip") == ["192.168.1.9"]


def test_renewing_client_has_its_address():
    (seen,) = read(bootp(REQUEST, ciaddr="192.168.1.9"), source="192.168.1.9")
    assert seen.subject == Subject(host=ip_address("192.168.1.9"), mac=CAMERA)


def test_relayed_client_is_not_the_relay():
    (seen,) = read(bootp(DISCOVER, giaddr="192.168.7.1"), source="192.168.7.1", mac=ROUTER)
    assert seen.subject == Subject(host=None, mac=CAMERA)


def test_acknowledgement_binds_the_address_to_the_client():
    server = option(54, ip_address("192.168.1.1").packed)
    client, sender = read(
        bootp(ACK, server, option(12, b"cam"), option(60, b"PXEClient"), op=2, yiaddr="192.168.1.9"),
        source="192.168.1.1",
        mac=ROUTER,
    )
    assert client.subject == Subject(host=ip_address("192.168.1.9"), mac=CAMERA)
    assert client.facts == (
        ("dhcp.message_type", "ack"),
        ("dhcp.address", "192.168.1.9"),
        ("dhcp.hostname", "cam"),
    )
    assert sender.subject == Subject(host=ip_address("192.168.1.1"), mac=ROUTER)
    assert sender.facts == (("dhcp.server", "true"),)


def test_offer_binds_nothing():
    client, _server = read(bootp(OFFER, op=2, yiaddr="192.168.1.9"), source="192.168.1.1", mac=ROUTER)
    assert client.subject == Subject(host=None, mac=CAMERA)


def test_acknowledged_inform_keeps_the_clients_own_address():
    client, _server = read(bootp(ACK, op=2, ciaddr="192.168.1.9"), source="192.168.1.1", mac=ROUTER)
    assert client.subject.host == ip_address("192.168.1.9")


def test_relayed_reply_names_no_server():
    answers = read(
        bootp(ACK, op=2, yiaddr="192.168.7.9", giaddr="192.168.7.1"), source="192.168.7.1", mac=ROUTER
    )
    assert [seen.subject.mac for seen in answers] == [CAMERA]


def test_overloaded_fields_and_split_options():
    (seen,) = read(
        bootp(
            DISCOVER,
            option(52, b"\x03"),
            option(60, b"AXIS,Network Camera,"),
            file=option(60, b"M1065-LW,") + option(12, b"in-file") + b"\xff",
            sname=option(60, b"9.80.1") + b"\xff",
        )
    )
    assert facts(seen, "dhcp.vendor_class") == ["AXIS,Network Camera,M1065-LW,9.80.1"]
    assert facts(seen, "dhcp.hostname") == ["in-file"]


def test_fields_that_are_not_overloaded_are_not_options():
    (seen,) = read(bootp(DISCOVER, file=option(12, b"boot")))
    assert facts(seen, "dhcp.hostname") == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\x00\x00\x00MSEDGEWIN10", "MSEDGEWIN10"),
        (b"\x05\x00\x00\x03cam\x07example\x00", "cam.example"),
        (b"\x04\x00\x00\x03cam", "cam"),
        (b"\x01\x00", None),
    ],
)
def test_full_name_in_both_encodings(value, text):
    (seen,) = read(bootp(DISCOVER, option(81, value)))
    assert facts(seen, "dhcp.fqdn") == ([text] if text else [])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"\x00camera-7", "camera-7"),
        (bytes.fromhex("ffbf3f83a000020000ab11"), "ffbf3f83a000020000ab11"),
        (b"\x01\x02", "0102"),
    ],
)
def test_client_identifiers(value, text):
    (seen,) = read(bootp(DISCOVER, option(61, value)))
    assert facts(seen, "dhcp.client_id") == [text]


def test_hardware_address_from_the_client_identifier_where_the_field_is_empty():
    raw = bootp(DISCOVER, option(61, b"\x01" + bytes.fromhex("accc8e3c0419")), mac="00:00:00:00:00:00")
    (seen,) = read(raw, mac=None)
    assert seen.subject.mac == CAMERA


def test_vendor_class_with_enterprise_and_device_identity():
    inventory = option(1, b"ACCC8E") + option(2, b"SN0001") + option(3, b"Gateway")
    (seen,) = read(
        bootp(
            INFORM,
            option(124, (368).to_bytes(4, "big") + b"\x05\x04axis"),
            option(125, (3561).to_bytes(4, "big") + bytes([len(inventory)]) + inventory),
            option(77, b"\x03abc"),
        )
    )
    assert facts(seen, "dhcp.enterprise") == ["368"]
    assert facts(seen, "dhcp.vendor_class") == ["axis"]
    assert facts(seen, "dhcp.device_serial") == ["SN0001"]
    assert facts(seen, "dhcp.user_class") == ["abc"]


@pytest.mark.parametrize("payload", [b"", bootp(DISCOVER)[:236], b"\x03" + bootp(DISCOVER)[1:], bytes(300)])
def test_what_is_no_dhcp_gives_nothing(payload):
    assert read(payload) == ()


def test_cut_message_gives_what_is_whole():
    (seen,) = read(bootp(DISCOVER, option(12, b"cam"), option(60, b"AXIS,Network"))[:-5])
    assert facts(seen, "dhcp.hostname") == ["cam"]
    assert facts(seen, "dhcp.vendor_class") == []


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([1, 2]), st.integers(0, 400))
def test_no_bytes_raise_or_give_undeclared_facts(noise, operation, cut):
    for payload in (noise, bootp(noise, op=operation), bootp(option(52, b"\x03"), file=noise[:128])[:cut]):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
