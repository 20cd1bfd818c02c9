"""What a device states of itself in a discovery answer: fixed-width texts, addresses, dates, and its subject.

Vendor discovery exists to find devices whose address is wrong, so an answer may come from another subnet and
through somebody else's frame. The MAC and address that it states are therefore believed, as long as a device
could have them; else the sender is the subject. Nothing here raises on any bytes, nothing reads beyond them.
"""

from contextlib import suppress
from datetime import date
from ipaddress import IPv4Address

from scanner.model import IPAddress, Message, Subject
from scanner.protocols._address import text_host
from scanner.protocols._text import decode

MAX_ADDRESS = 64
"""Characters of a text that is tried as an address."""
ADDRESS_FIELDS = frozenset({"ip", "ip6", "mask", "gateway", "dns"})
"""Endings of fact keys whose values go through `address_text` where they are stated as text."""


def text_at(payload: bytes, offset: int, size: int) -> str:
    r"""Return the NUL-padded text in `size` bytes from `offset`; what is cut off is missing.

    >>> text_at(b"..IPC\x00junk", 2, 8)
    'IPC'
    """
    return decode(payload[offset : offset + size].split(b"\x00", 1)[0])


def number_at(payload: bytes, offset: int, size: int, *, little: bool = False) -> int | None:
    """Return the unsigned number in `size` bytes from `offset`, big-endian unless `little`; None if cut off."""
    raw = payload[offset : offset + size]
    return int.from_bytes(raw, "little" if little else "big") if len(raw) == size else None


def port_at(payload: bytes, offset: int, *, little: bool = False) -> int | None:
    """Return the port in two bytes from `offset`; None where it is cut off or 0, which means "none"."""
    return number_at(payload, offset, 2, little=little) or None


def dotted_at(payload: bytes, offset: int) -> str | None:
    """Return the IPv4 address or mask in network byte order at `offset` as text; None if cut off or 0.0.0.0.

    >>> dotted_at(bytes([10, 0, 0, 1]), 0), dotted_at(bytes(4), 0)
    ('10.0.0.1', None)
    """
    raw = payload[offset : offset + 4]
    return str(IPv4Address(raw)) if len(raw) == 4 and any(raw) else None


def stated_host(text: str | None) -> IPAddress | None:
    """Return the address that a text states, if a device can have it: octets may be padded, a prefix follow.

    >>> stated_host("192.168.001.064"), stated_host("fe80::1/64"), stated_host("0.0.0.0"), stated_host("none")
    (IPv4Address('192.168.1.64'), IPv6Address('fe80::1'), None, None)
    """
    bare = (text or "")[:MAX_ADDRESS].strip().split("/")[0]
    octets = bare.split(".")
    if len(octets) == 4 and all(octet.isascii() and octet.isdigit() for octet in octets):
        bare = ".".join(str(int(octet)) for octet in octets)
    return text_host(bare)


def address_text(text: str | None) -> str | None:
    """Return an address or mask that a device states as text, bare; None where it says "none" (0.0.0.0, ::).

    >>> address_text("fe80::1/64"), address_text("0.0.0.0"), address_text("::")
    ('fe80::1', None, None)
    """
    bare = (text or "")[:MAX_ADDRESS].strip().partition("/")[0].partition("%")[0]
    return bare if bare.strip("0.:") else None


def subject_of(message: Message, mac: str | None, host: IPAddress | None = None) -> Subject:
    """Return who a message speaks of: the MAC and the host that it states, else those that it came from.

    `host` is an address that a device can have (`packed_host`, `stated_host`), or None.
    """
    return Subject(host=host or message.source.host, mac=mac or message.mac)


def iso_date(digits: str) -> str | None:
    """Return YYMMDD or YYYYMMDD as an ISO 8601 date of this century, None for anything else.

    >>> iso_date("190701"), iso_date("20231103"), iso_date("20231399")
    ('2019-07-01', '2023-11-03', None)
    """
    digits = f"20{digits}" if len(digits) == 6 else digits
    if len(digits) != 8 or not digits.isascii() or not digits.isdigit() or not digits.startswith("20"):
        return None
    with suppress(ValueError):
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).isoformat()
    return None
