"""A plan says beforehand what will be sent, from where, and why not from elsewhere."""

from datetime import date
from ipaddress import IPv4Interface, IPv6Interface, ip_address

import pytest

from scanner.errors import ScopeError, UsageError
from scanner.probes.interfaces import Interface, interfaces
from scanner.probes.plan import RATES, link_of, make_plan
from scanner.probes.ports import LIVENESS, PORTS
from scanner.scope import scope_of
from scanner.targets import Addresses, parse_targets

ETH = Interface(
    name="eth0",
    index=2,
    addresses=(IPv4Interface("192.0.2.250/24"), IPv6Interface("fe80::1/64")),
    mac="02:00:00:00:00:05",
)
LO = Interface(name="lo", index=1, addresses=(IPv4Interface("127.0.0.1/8"),), skipped="loopback")
WIFI = Interface(name="wlan0", index=3, addresses=(IPv4Interface("10.9.0.5/24"),))


def plan(*targets, found=(LO, ETH, WIFI), **options):
    given = parse_targets(targets)
    return make_plan(
        scope_of(given), found, targets=given, exclude=Addresses(), today=date(2026, 11, 24), **options
    )


def test_links_are_used_where_targets_are_and_the_others_say_why():
    made = plan("192.0.2.0/24", "198.51.100.0/28")
    assert [link.name for link in made.links] == ["eth0"]
    assert dict(made.unused) == {"lo": "loopback", "wlan0": "none of its addresses is in scope"}
    assert str(made.on_link) == "192.0.2.0/24"
    assert str(made.routed) == "198.51.100.0/28"
    assert ip_address("192.0.2.250") in made.own
    assert ip_address("127.0.0.1") not in made.own


def test_the_sentence_says_what_and_how_fast():
    said = plan("192.0.2.0/24", timing="normal").sentence()
    for word in ("192.0.2.0/24", "256 addresses", "1000 packets/s", "via eth0", "no credentials"):
        assert word in said


def test_the_record_is_the_plan():
    record = plan("192.0.2.0/30", max_rate=50.0, profile="quick").record()
    assert record["addresses"] == 4
    assert record["rate"] == 50.0
    assert record["ports"] == list(PORTS["quick"])
    assert record["skipped"]["lo"] == "loopback"


@pytest.mark.parametrize(("timing", "rate"), RATES.items())
def test_a_limit_only_slows(timing, rate):
    assert plan("192.0.2.1", timing=timing).rate == rate
    assert plan("192.0.2.1", timing=timing, max_rate=10).rate == 10
    assert plan("192.0.2.1", timing=timing, max_rate=1e9).rate == rate


def test_more_addresses_and_ports_are_more_packets():
    small, large = plan("198.51.100.0/28"), plan("198.51.100.0/24")
    assert large.packets - small.packets >= 240 * len(LIVENESS["standard"])
    assert plan("192.0.2.0/24", profile="deep").packets > plan("192.0.2.0/24", profile="quick").packets
    assert large.seconds > large.packets / large.rate


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"profile": "brutal"}, "unknown profile 'brutal'"),
        ({"timing": "insane"}, "unknown timing 'insane'"),
        ({"max_rate": 0}, "--max-rate"),
        ({"max_rate": -1}, "--max-rate"),
    ],
)
def test_words_that_do_not_fit(options, said):
    with pytest.raises(UsageError, match=said):
        plan("192.0.2.1", **options)


def test_a_machine_without_interfaces():
    with pytest.raises(ScopeError, match="no network interface"):
        plan("192.0.2.1", found=())


def test_the_link_of_an_address():
    assert link_of((ETH, WIFI), ip_address("10.9.0.77")) is WIFI
    assert link_of((ETH, WIFI), ip_address("10.8.0.77")) is None


def test_loopback_is_found_and_skipped_unless_it_is_wanted():
    here = {link.name: link for link in interfaces()}
    assert here["lo"].skipped == "loopback"
    chosen = {link.name: link for link in interfaces(["lo"])}
    assert chosen["lo"].skipped == ""
    assert all(link.skipped for name, link in chosen.items() if name != "lo")
