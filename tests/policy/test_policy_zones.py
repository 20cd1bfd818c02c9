"""Where devices stand, and lists that are held against some places only: the truth table and its properties."""

from datetime import date
from ipaddress import ip_address, ip_network
from itertools import product

import pytest
from handmade import device
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Place, Verdict
from scanner.policy import judge, load_lists
from scanner.vendors import vendors
from scanner.zones import NOWHERE, Map, Zone, twice

ON = date(2026, 11, 23)
(UK,) = load_lists(["uk-wms-2022"])


def zone(name, *networks, **more):
    return Zone(name=name, networks=tuple(map(ip_network, networks)), **more)


SITE = Map(
    site="Town Hall",
    zones=(
        zone("all", "10.0.0.0/8", sensitivity="normal"),
        zone("cabinet", "10.1.2.0/28", "2001:db8::/64", building="Main", floor="2", sensitivity="sensitive"),
        zone("annex", "10.1.0.0/16", site="Annex", building="Annex"),
    ),
)
PLACES = [
    (("10.9.9.9",), "all", "Town Hall", "normal"),
    (("10.1.2.3",), "cabinet", "Town Hall", "sensitive"),
    (("10.1.2.200",), "annex", "Annex", ""),  # a smaller zone takes nothing from a larger one
    (("10.9.9.9", "10.1.2.3"), "cabinet", "Town Hall", "sensitive"),  # the smallest of all its addresses
    (("2001:db8::7",), "cabinet", "Town Hall", "sensitive"),
    (("192.0.2.1",), "", "Town Hall", ""),
    ((), "", "Town Hall", ""),
]


@pytest.mark.parametrize(("addresses", "name", "site", "sensitivity"), PLACES)
def test_the_smallest_zone_that_holds_an_address_decides(addresses, name, site, sensitivity):
    place = SITE.place_of([ip_address(address) for address in addresses])
    assert (place.zone, place.site, place.sensitivity) == (name, site, sensitivity)


def test_without_zones_nobody_stands_anywhere():
    assert NOWHERE.place_of([ip_address("10.0.0.1")]) is None
    assert NOWHERE.placed([device("Axis")]) == (device("Axis"),)


def test_a_device_is_placed_and_nothing_else_of_it_changes():
    (placed,) = SITE.placed([device("Axis", host="10.1.2.3")])
    assert placed.place == Place(
        site="Town Hall", zone="cabinet", building="Main", floor="2", sensitivity="sensitive"
    )
    assert placed.id == device("Axis").id


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), max_size=8)
)
def test_no_zone_that_holds_the_address_is_smaller_than_the_chosen_one(number, cuts):
    address = ip_address(number)
    zones = tuple(
        zone(f"z{n}", ip_network((start, size), strict=False)) for n, (start, size) in enumerate(cuts)
    )
    place = Map(zones=zones).place_of([address])
    holding = [z for z in zones if address in z.networks[0]]
    assert (place is not None) == bool(holding)
    if place:
        chosen = next(z for z in zones if z.name == place.zone)
        assert chosen in holding
        assert chosen.networks[0].prefixlen == max(z.networks[0].prefixlen for z in holding)


def test_a_network_or_a_name_that_is_there_twice_is_said():
    assert twice(SITE.zones) == ""
    assert twice([zone("a", "10.0.0.0/8"), zone("b", "10.0.0.0/8")]) == "networks: 10.0.0.0/8 is also in 'a'"
    assert twice([zone("a", "10.0.0.0/8"), zone("a", "11.0.0.0/8")]) == "name: 'a' is there twice"


def test_sites_may_use_the_same_networks_and_names():
    hall, school = (
        zone("all", "192.168.1.0/24", site=site, building=f"{site} house") for site in ("hall", "school")
    )
    rest = zone("rest", "10.0.0.0/8", building="shed")
    assert twice([hall, school, rest]) == ""
    assert twice([hall, hall]) == "name: 'all' is there twice"
    every = Map(zones=(hall, school, rest))
    address = [ip_address("192.168.1.7")]
    assert every.at("hall").place_of(address) == Place(
        site="hall", zone="all", building="hall house", floor="", sensitivity=""
    )
    assert every.at("school").place_of(address).building == "school house"
    assert every.at("library").place_of(address) == Place(site="library")
    assert every.at("library").place_of([ip_address("10.0.0.1")]).building == "shed"
    assert SITE.at(SITE.site) is SITE


@pytest.mark.parametrize(
    ("zones", "sensitivity"),
    list(product([(), ("sensitive",), ("sensitive", "high")], [None, "", "normal", "sensitive"])),
)
def test_a_list_is_left_out_only_where_another_sensitivity_is_declared(zones, sensitivity):
    from dataclasses import replace

    place = None if sensitivity is None else Place(zone="z", sensitivity=sensitivity)
    camera = replace(device("Hikvision", "Hikvision"), place=place)
    held = judge([camera], [replace(UK, zones=zones)], vendors(), on=ON)
    assert bool(held) is (not zones or sensitivity != "normal")
    assert {finding.verdict for finding in held} <= {Verdict.POSSIBLE}
