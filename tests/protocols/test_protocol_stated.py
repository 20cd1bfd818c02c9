"""What devices state of themselves: texts, addresses, dates, and whom a message is about."""

from ipaddress import IPv4Address

import pytest
from datagrams import SENDER, SENDER_MAC, datagram
from hypothesis import given
from hypothesis import strategies as st

from scanner.protocols._stated import (
    address_text,
    dotted_at,
    iso_date,
    number_at,
    port_at,
    stated_host,
    subject_of,
    text_at,
)


def test_fields_of_fixed_width_end_with_the_bytes():
    raw = b"\x12\x34abc\0def"
    assert (text_at(raw, 2, 8), text_at(raw, 2, 2), text_at(raw, 50, 4)) == ("abc", "ab", "")
    assert (number_at(raw, 0, 2), number_at(raw, 0, 2, little=True), number_at(raw, 8, 2)) == (
        0x1234,
        0x3412,
        None,
    )
    assert (port_at(b"\0\0", 0), port_at(b"\0\x50", 0), port_at(b"\x50", 0)) == (None, 80, None)
    assert (dotted_at(b"\x0a\0\0\x01", 0), dotted_at(bytes(4), 0), dotted_at(b"\x0a", 0)) == (
        "10.0.0.1",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("192.168.001.064", "192.168.1.64"),
        (" 10.0.0.1 ", "10.0.0.1"),
        ("fe80::1/64", "fe80::1"),
        ("127.0.0.1", None),
        ("224.0.0.1", None),
        ("255.255.255.255", None),
        ("0.0.0.0", None),
        ("::1", None),
        ("1.2.3.999", None),
        ("1.2.3", None),
        ("", None),
        (None, None),
    ],
)
def test_only_addresses_of_devices_are_hosts(text, host):
    found = stated_host(text)
    assert (found and str(found)) == host


@pytest.mark.parametrize(
    ("text", "said"), [("0.0.0.0", None), ("::", None), ("", None), ("fe80::1%eth0", "fe80::1"), ("x", "x")]
)
def test_addresses_that_say_none(text, said):
    assert address_text(text) == said


@pytest.mark.parametrize(
    ("digits", "date"),
    [
        ("190701", "2019-07-01"),
        ("20240229", "2024-02-29"),
        ("20230229", None),
        ("19990101", None),
        ("²01010", None),
        ("", None),
    ],
)
def test_dates(digits, date):
    assert iso_date(digits) == date


def test_the_sender_stands_in_for_what_is_not_stated():
    message = datagram("tvt", b"")
    there = subject_of(message, "44:19:b6:00:00:01", IPv4Address("198.51.100.8"))
    assert (str(there.host), there.mac) == ("198.51.100.8", "44:19:b6:00:00:01")
    here = subject_of(message, None)
    assert (here.host, here.mac) == (SENDER, SENDER_MAC)


@given(st.text(max_size=80), st.binary(max_size=40), st.integers(0, 60))
def test_anything(text, raw, offset):
    stated_host(text)
    iso_date(text)
    assert text_at(raw, offset, 16) is not None
