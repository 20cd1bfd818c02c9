"""Addresses that devices state about themselves → `ipaddress` objects, where they can be a device's address.

A device that has none yet says 0.0.0.0, a sloppy one says 127.0.0.1 or a group: such words name nobody.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address

from scanner.model import IPAddress

MAX_ADDRESS_TEXT = 64
"""Characters of an address as text that are looked at: an IPv6 address with a zone fits."""


def can_be_device(address: IPAddress) -> bool:
    """Tell whether one device can own the address: not "this host", loopback, group, reserved or broadcast.

    Source: RFC 6890 (special-purpose addresses).
    """
    if isinstance(address, IPv4Address):
        return 0 < address.packed[0] < 224 and not address.is_loopback
    return not (address.is_unspecified or address.is_loopback or address.is_multicast)


def packed_host(raw: bytes) -> IPAddress | None:
    """Return 4 or 16 bytes in network order as a device's address, or None where they cannot be one."""
    if len(raw) == 4:
        address: IPAddress = IPv4Address(raw)
    elif len(raw) == 16:
        address = IPv6Address(raw)
    else:
        return None
    return address if can_be_device(address) else None


def text_host(text: str) -> IPAddress | None:
    """Return an address written as text, with or without brackets and zone, as a device's address, or None.

    >>> text_host("[fe80::1%25eth0]"), text_host("0.0.0.0")
    (IPv6Address('fe80::1'), None)
    """
    bare = text[:MAX_ADDRESS_TEXT].strip().strip("[]").partition("%")[0]
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return address if can_be_device(address) else None
