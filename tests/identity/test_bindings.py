"""A MAC binds an address only where it speaks for itself."""

from ipaddress import ip_address

import pytest
from evidence_maker import at

from scanner.identity import Sightings
from scanner.identity.bindings import usable

CAMERA, ROUTER, OTHER = "44:19:b6:00:00:01", "00:00:0c:00:00:01", "44:19:b6:00:00:02"


def judge(*sightings):
    collected = Sightings()
    for index, (mac, host, stated) in enumerate(sightings):
        collected.add(at(index), mac, ip_address(host) if host else None, stated=stated)
    return collected.judge()


def hosts(bindings, mac):
    return [str(host) for host in bindings.hosts_of.get(mac, ())]


def test_a_frame_binds_the_one_private_address_it_carries():
    assert hosts(judge((CAMERA, "192.168.1.10", False)), CAMERA) == ["192.168.1.10"]


def test_a_router_binds_nothing_that_it_forwards():
    bindings = judge((ROUTER, "192.168.2.10", False), (ROUTER, "192.168.3.10", False))
    assert hosts(bindings, ROUTER) == []
    assert ROUTER in bindings.forwarders


def test_a_router_keeps_the_address_that_it_claims():
    bindings = judge(
        (ROUTER, "192.168.1.1", True), (ROUTER, "203.0.113.9", False), (ROUTER, "8.8.8.8", False)
    )
    assert hosts(bindings, ROUTER) == ["192.168.1.1"]


def test_public_addresses_need_a_claim():
    assert hosts(judge((ROUTER, "8.8.8.8", False)), ROUTER) == []
    assert hosts(judge((CAMERA, "8.8.8.8", True)), CAMERA) == ["8.8.8.8"]


def test_a_new_lease_stays_one_device():
    bindings = judge((CAMERA, "192.168.1.10", True), (CAMERA, "192.168.1.20", True))
    assert hosts(bindings, CAMERA) == ["192.168.1.10", "192.168.1.20"]


def test_ipv6_and_link_local_addresses_come_along():
    bindings = judge(
        (CAMERA, "192.168.1.10", False),
        (CAMERA, "fe80::1", False),
        (CAMERA, "2001:db8::5", False),
        (CAMERA, "169.254.3.4", False),
    )
    assert hosts(bindings, CAMERA) == ["169.254.3.4", "192.168.1.10", "2001:db8::5", "fe80::1"]


def test_an_address_made_from_the_mac_binds_though_the_mac_forwards():
    bindings = judge(
        (CAMERA, "192.168.2.10", False),
        (CAMERA, "192.168.3.10", False),
        (CAMERA, "fe80::4619:b6ff:fe00:1", False),
    )
    assert hosts(bindings, CAMERA) == ["fe80::4619:b6ff:fe00:1"]


def test_an_address_that_changed_hands_belongs_to_who_had_it_then():
    bindings = judge(
        (CAMERA, "192.168.1.10", True), (None, "192.168.1.1", False), (OTHER, "192.168.1.10", True)
    )
    host = ip_address("192.168.1.10")
    assert bindings.mac_for(host, None, at(1)) == CAMERA
    assert bindings.mac_for(host, None, at(3)) == OTHER
    assert bindings.mac_for(host, OTHER, at(0)) == OTHER


def test_a_frame_of_a_router_does_not_lend_its_mac():
    bindings = judge((ROUTER, "192.168.2.10", False), (ROUTER, "192.168.3.10", False))
    assert bindings.mac_for(ip_address("192.168.2.10"), ROUTER, at(0)) is None


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "224.0.0.251", "ff02::fb", "127.0.0.1", "::1", "255.255.255.255"]
)
def test_addresses_that_are_nobodys(host):
    assert not usable(ip_address(host))
    assert judge((CAMERA, host, True)).hosts == frozenset()
