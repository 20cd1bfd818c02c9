"""Addresses that can and cannot be a device's."""

from ipaddress import ip_address

import pytest

from scanner.protocols._address import packed_host, text_host


@pytest.mark.parametrize("text", ["10.0.0.1", "169.254.1.1", "8.8.8.8", "fe80::1", "fd00::1", "2001:db8::1"])
def test_addresses_of_devices(text):
    assert text_host(text) == packed_host(ip_address(text).packed) == ip_address(text)


@pytest.mark.parametrize(
    "text",
    ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "ff02::1"],
)
def test_addresses_of_nobody(text):
    assert text_host(text) is None
    assert packed_host(ip_address(text).packed) is None


@pytest.mark.parametrize("text", [" [fe80::1%25eth0] ", "fe80::1%eth0", "[fe80::1]"])
def test_brackets_and_zones(text):
    assert text_host(text) == ip_address("fe80::1")


@pytest.mark.parametrize("text", ["", "camera.local", "1.2.3", "1.2.3.4.5", "[", "9" * 1000])
def test_what_is_no_address(text):
    assert text_host(text) is None


@pytest.mark.parametrize("length", [0, 3, 5, 15, 17])
def test_wrong_lengths(length):
    assert packed_host(b"\x0a" * length) is None
