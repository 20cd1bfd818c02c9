"""One device stays one, two stay two, and keys that lie are dropped."""

from datetime import date
from ipaddress import ip_address

import pytest
from evidence_maker import at, evidence
from hypothesis import given
from hypothesis import strategies as st

from scanner.identity import Sightings, conclude
from scanner.identity.grouping import is_serial
from scanner.vendors import vendors

ONE, TWO = "44:19:b6:00:00:01", "44:19:b6:00:00:02"
ON = date(2026, 11, 24)


def devices(items, sightings=()):
    collected = Sightings()
    for item in items:
        time = item.observation.message.time
        collected.add(time, item.subject.mac, item.subject.host)
    for seconds, mac, host in sightings:
        collected.add(at(seconds), mac, ip_address(host) if host else None, stated=True)
    return conclude(items, collected.judge(), vendors(), ON)


def test_ipv4_and_ipv6_of_one_mac_are_one_device():
    found = devices(
        [
            evidence("model", "X1000", host="192.168.1.10", mac=ONE),
            evidence("model", "X1000", host="fe80::1", mac=ONE),
        ]
    )
    assert [[str(a) for a in d.addresses] for d in found] == [["192.168.1.10", "fe80::1"]]


def test_two_of_one_model_stay_two():
    found = devices(
        [
            evidence("model", "X1000", host="192.168.1.10", mac=ONE),
            evidence("model", "X1000", host="192.168.1.11", mac=TWO),
        ]
    )
    assert len(found) == 2


def test_a_uuid_joins_addresses_beyond_the_router():
    uuid = "c01f69a8-bfe7-4e3c-86d2-15cd8d1cba37"
    found = devices([evidence("uuid", uuid, host="10.0.0.5"), evidence("uuid", uuid, host="2001:db8::5")])
    assert len(found) == 1


def test_a_uuid_shared_by_different_macs_at_once_is_dropped_and_said():
    uuid = "c01f69a8-bfe7-4e3c-86d2-15cd8d1cba37"
    found = devices(
        [
            evidence("uuid", uuid, host="10.0.0.5", mac=ONE, seconds=5),
            evidence("uuid", uuid, host="10.0.0.6", mac=TWO),
        ],
        [(0, ONE, "10.0.0.5"), (9, TWO, "10.0.0.6"), (10, ONE, "10.0.0.5")],
    )
    assert len(found) == 2
    assert all("shared by devices with different MACs" in " ".join(d.notes) for d in found)


def test_wired_and_wireless_one_after_the_other_are_one_device():
    serial = "ACCC8E3C0419"
    items = [
        evidence("maker", "Axis", host="10.0.0.5", mac=ONE),
        evidence("serial", serial, host="10.0.0.5", mac=ONE),
        evidence("maker", "Axis", host="10.0.0.9", mac=TWO, seconds=3600),
        evidence("serial", serial, host="10.0.0.9", mac=TWO, seconds=3600),
    ]
    found = devices(items)
    assert [d.macs for d in found] == [(ONE, TWO)]


def test_two_that_were_asked_one_after_the_other_do_not_become_one_by_a_shared_uuid():
    uuid = "2419d68a-2dd2-21b2-a205-ec71db000001"
    found = devices(
        [
            evidence("uuid", uuid, host="10.0.0.5", mac=ONE),
            evidence("uuid", uuid, host="10.0.0.6", mac=TWO, seconds=30),
        ]
    )
    assert len(found) == 2


def test_one_serial_of_two_makers_is_two_devices():
    items = [
        evidence("maker", "Axis", host="10.0.0.5"),
        evidence("serial", "AB12CD34", host="10.0.0.5"),
        evidence("maker", "Dahua", host="10.0.0.9"),
        evidence("serial", "AB12CD34", host="10.0.0.9"),
    ]
    assert len(devices(items)) == 2


def test_a_stated_mac_joins_a_routed_address_with_the_link():
    items = [
        evidence("mac", ONE, host="10.9.0.5", strength="strong", key="sadp.mac"),
        evidence("model", "X1000", host="169.254.1.1", mac=ONE),
    ]
    assert [d.macs for d in devices(items)] == [(ONE,)]


def test_a_weak_mac_is_shown_but_joins_nothing():
    items = [
        evidence("mac", ONE, host="10.9.0.5", strength="weak", key="wsd.uuid_mac"),
        evidence("model", "X1000", host="192.168.1.1", mac=ONE),
    ]
    found = devices(items)
    assert len(found) == 2
    assert all(d.macs == (ONE,) for d in found)


def test_channels_are_devices_of_their_own_with_a_parent():
    items = [
        evidence("kind", "recorder", host="10.0.0.5", mac=ONE),
        evidence("kind", "camera", host="10.0.0.5", mac=ONE, channel="3"),
    ]
    found = devices(items)
    assert sorted(d.kind for d in found) == ["camera", "recorder"]
    camera, recorder = sorted(found, key=lambda d: d.kind)
    assert camera.parent == recorder.id


def test_strangers_beyond_the_local_network_are_no_devices():
    assert devices([evidence("model", "nginx", host="8.8.8.8")]) == ()
    assert len(devices([evidence("kind", "camera", host="8.8.8.8")])) == 1


@pytest.mark.parametrize(
    ("serial", "good"),
    [
        ("DS-2CD2042WD-I20160101CCWR501088621", True),
        ("0123456789", False),
        ("000000000", False),
        ("12", False),
        ("123456", False),
        ("4K049EBPAG1D7E7", True),
        ("ABCDEFGH", False),
        ("1111222211", False),
    ],
)
def test_placeholders_are_no_serials(serial, good):
    assert is_serial(serial) is good


@given(st.permutations(range(6)), st.data())
def test_the_order_of_evidence_does_not_matter(order, data):
    del data
    items = [
        evidence("uuid", "c01f69a8-bfe7-4e3c-86d2-15cd8d1cba37", host="10.0.0.5"),
        evidence("uuid", "c01f69a8-bfe7-4e3c-86d2-15cd8d1cba37", host="2001:db8::5"),
        evidence("model", "X1000", host="10.0.0.5", seconds=3),
        evidence("mac", ONE, host="10.0.0.5", strength="strong"),
        evidence("model", "X1000WD", host="10.0.0.7", mac=TWO),
        evidence("maker", "Axis", host="10.0.0.7", mac=TWO, seconds=4),
    ]
    assert devices([items[i] for i in order]) == devices(items)


def test_a_mac_that_a_whole_product_line_states_joins_nobody():
    stated = "00:11:22:33:44:55"
    found = devices(
        [
            evidence("mac", stated, host="192.168.1.10", mac=ONE, strength="strong"),
            evidence("mac", stated, host="192.168.1.11", mac=TWO, strength="strong"),
        ]
    )
    assert len([d for d in found if d.addresses]) == 2
