"""Hosts that are hard to reach are found all the same, and what could not be reached is said."""

import functools

import pytest
from lab_scenarios import inside

DEVICES6 = {"2001:db8:0:1::a": "Hikvision", "2001:db8:0:1::3d": "Axis", "2001:db8:0:1::4b": "Canon"}


@functools.cache
def mute(how):
    return inside("lab_reach:a_mute_host", how)


@pytest.mark.parametrize("how", ["raw", "plain"])
class TestAHostThatAnswersNothingButArp:
    def test_it_lives_and_the_others_do_too(self, how):
        assert mute(how)["alive"] == ["192.0.2.74", "192.0.2.99"]

    def test_its_mac_names_its_maker(self, how):
        assert mute(how)["macs"]["192.0.2.99"] == ["58:50:ed:20:20:77"]
        assert mute(how)["makers"]["192.0.2.99"] == "Hikvision"
        assert mute(how)["connections"] == 0


def test_with_privileges_the_link_is_swept_by_arp_and_only_the_living_are_knocked_at():
    swept = mute("raw")["swept"]
    assert (swept["arp"], swept["tcp"]) == (64, 2)
    assert mute("raw")["problems"] == []
    assert mute("plain")["swept"]["arp"] is None


@pytest.mark.parametrize("how", ["raw", "plain"])
def test_in_a_wide_ipv6_network_whoever_is_heard_is_asked(how):
    told = inside("lab_reach:over_ipv6", how)
    assert told["expected"] == 0
    assert {a: told["makers"].get(a) for a in DEVICES6} == DEVICES6
    assert set(DEVICES6) <= set(told["alive"])


def test_a_narrow_ipv6_network_is_solicited_one_by_one():
    told = inside("lab_reach:ipv6_one_by_one")
    assert "2001:db8:0:1::a" in told["alive"]
    assert "2001:db8:0:1::b" not in told["alive"]
    assert told["done"] == 256


def test_where_no_route_leads_nobody_was_asked():
    for told in inside("lab_reach:no_route").values():
        assert len(told["unsent"]) == 16
        assert all(host.startswith("198.51.100.") for host in told["unsent"])
        assert told["why"] == ["this machine has no route to it"]
        assert told["done"] == 8


@pytest.mark.parametrize("how", ["raw", "plain"])
def test_a_device_that_is_a_target_by_two_addresses_has_one_connection_at_a_time(how):
    told = inside("lab_reach:both_stacks", how)
    assert told["alive"] == 6
    assert set(told["together"].values()) == {1}
    assert min(told["connections"].values()) > 5


def test_beyond_a_router_what_was_lost_is_asked_again():
    assert {"wsdiscovery", "http"} <= set(inside("lab_reach:forgetful"))
