"""Targets are read as nmap reads them, and sets of addresses behave as sets, however large."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import UsageError
from scanner.targets import Addresses, parse_targets, read_target_file


@pytest.mark.parametrize(
    ("text", "shown", "count"),
    [
        ("192.0.2.7", "192.0.2.7", 1),
        ("192.0.2.0/30", "192.0.2.0/30", 4),
        ("192.0.2.9/24", "192.0.2.0/24", 256),
        ("192.0.2.10-12", "192.0.2.10-192.0.2.12", 3),
        ("192.0.2.1,3,5-6", "192.0.2.1, 192.0.2.3, 192.0.2.5-192.0.2.6", 4),
        ("10.0.0-1.1-2", "10.0.0.1-10.0.0.2, 10.0.1.1-10.0.1.2", 4),
        ("192.0.2.-3", "192.0.2.0/30", 4),
        ("192.0.2.*", "192.0.2.0/24", 256),
        ("10.0.0.250-10.0.1.5", "10.0.0.250-10.0.1.5", 12),
        ("fd00::/120", "fd00::/120", 256),
        ("fd00::1-fd00::3", "fd00::1-fd00::3", 3),
        ("::1", "::1", 1),
    ],
)
def test_what_a_text_stands_for(text, shown, count):
    found = parse_targets([text])
    assert (str(found), found.count) == (shown, count)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "192.0.2.256",
        "192.0.2",
        "1.2.3.4.5",
        "10.0.0.9-10.0.0.1",
        "fd00::2-10.0.0.1",
        "192.0.2.0/33",
        "5-1.0.0.0",
    ],
)
def test_what_is_no_target_is_a_sentence(text):
    with pytest.raises(UsageError):
        parse_targets([text])


def test_a_text_that_stands_for_too_many_ranges_is_refused():
    with pytest.raises(UsageError, match="name networks instead"):
        parse_targets(["1-254.1-254.1-254.7"])


def test_names_are_resolved_by_the_caller_only():
    with pytest.raises(UsageError, match="not an address"):
        parse_targets(["camera.example"])
    assert str(parse_targets(["cam"], lambda _: [ip_address("192.0.2.5")])) == "192.0.2.5"
    with pytest.raises(UsageError, match="has no address"):
        parse_targets(["cam"], lambda _: [])


def test_a_file_of_targets_has_comments():
    assert read_target_file("# all\n10.0.0.0/24 10.0.1.1 # two\n\n10.0.2.1") == [
        "10.0.0.0/24",
        "10.0.1.1",
        "10.0.2.1",
    ]


def test_a_large_network_is_two_numbers():
    found = parse_targets(["10.0.0.0/8", "fd00::/8"])
    assert len(found.ranges) == 2
    assert found.count == (1 << 24) + (1 << 120)
    assert next(iter(found)) == IPv4Address("10.0.0.0")
    assert IPv6Address("fd12::1") in found
    assert "10.0.0.1" not in found


NUMBERS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 40)), max_size=8)


def addresses(spans):
    return Addresses.of((4, first, first + size) for first, size in spans)


@settings(max_examples=200, deadline=None)
@given(NUMBERS, NUMBERS)
def test_sets_of_addresses_are_sets(one, other):
    a, b = addresses(one), addresses(other)
    numbers_a, numbers_b = {int(x) for x in a}, {int(x) for x in b}
    assert {int(x) for x in a.without(b)} == numbers_a - numbers_b
    assert {int(x) for x in a.within(b)} == numbers_a & numbers_b
    assert a.count == len(a) == len(numbers_a)
    assert all((IPv4Address(n) in a) == (n in numbers_a) for n in range(350))
    assert [int(x) for x in a] == sorted(numbers_a)


@settings(max_examples=200, deadline=None)
@given(NUMBERS)
def test_what_is_shown_is_what_is_read(spans):
    found = addresses(spans)
    assert parse_targets(str(found).split(", ") if found else ()) == found
