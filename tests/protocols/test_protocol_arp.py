"""ARP packets built by hand after RFC 826 and RFC 5227; damaged ones must never raise."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Message, Subject
from scanner.protocols.arp import PROTOCOL, parse

CAMERA = "c0:56:e3:f9:55:68"


def packet(sender_ip, target_ip, operation=1, sender=CAMERA, target="00:00:00:00:00:00", head="000108000604"):
    addresses = [sender, sender_ip, target, target_ip]
    raw = [bytes.fromhex(a.replace(":", "")) if ":" in a else ip_address(a).packed for a in addresses]
    return bytes.fromhex(head.zfill(12)) + operation.to_bytes(2, "big") + b"".join(raw)


def read(payload, mac="00:11:22:33:44:55"):
    from scanner.model import Endpoint

    message = Message(
        time=datetime(2026, 3, 1, tzinfo=UTC), protocol="arp", source=Endpoint(), mac=mac, payload=payload
    )
    return parse(message)


@pytest.mark.parametrize(("operation", "word"), [(1, "request"), (2, "reply")])
def test_sender_of_the_packet_counts_not_of_the_frame(operation, word):
    (seen,) = read(packet("10.10.1.65", "10.10.1.1", operation))
    assert seen.subject == Subject(host=ip_address("10.10.1.65"), mac=CAMERA)
    assert seen.facts == (("arp.mac", CAMERA), ("arp.ip", "10.10.1.65"), ("arp.operation", word))


def test_announcement_is_gratuitous():
    (seen,) = read(packet("10.10.1.65", "10.10.1.65"))
    assert ("arp.gratuitous", "true") in seen.facts


def test_probe_gives_the_mac_alone():
    (seen,) = read(packet("0.0.0.0", "10.10.1.65"))
    assert seen.subject == Subject(host=None, mac=CAMERA)
    assert not [key for key, _ in seen.facts if key in ("arp.ip", "arp.gratuitous")]


@pytest.mark.parametrize("sender", ["ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "01:00:5e:00:00:01"])
def test_senders_that_are_no_device_say_nothing(sender):
    assert read(packet("10.10.1.65", "10.10.1.1", sender=sender)) == ()


@pytest.mark.parametrize("address", ["239.255.255.250", "127.0.0.1", "255.255.255.255", "0.1.2.3"])
def test_addresses_that_are_no_device_are_dropped(address):
    (seen,) = read(packet(address, "10.10.1.1"))
    assert seen.subject.host is None


@pytest.mark.parametrize("head", ["000186dd0610", "000108000810", "000608000510"])
def test_other_address_families_are_not_read(head):
    assert read(packet("10.10.1.65", "10.10.1.1", head=head)) == ()


def test_rarp_is_not_read():
    assert read(packet("10.10.1.65", "10.10.1.1", operation=3)) == ()


def test_cut_packet_is_not_read():
    assert read(packet("10.10.1.65", "10.10.1.1")[:27]) == ()


def test_padding_of_the_frame_is_ignored():
    assert len(read(packet("10.10.1.65", "10.10.1.1") + bytes(18))) == 1


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=64)
    | st.binary(max_size=40).map(lambda tail: packet("10.0.0.1", "10.0.0.2")[:8] + tail)
)
def test_no_bytes_raise_or_give_undeclared_facts(payload):
    for seen in read(payload):
        assert all(PROTOCOL.declares(key) for key, _ in seen.facts)
