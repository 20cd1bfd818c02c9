"""What the operator types, read as nmap reads it, into sorted ranges of addresses that are walked lazily.

`192.168.1.0/24`, `192.168.1.7`, `192.168.1.10-20`, `10.0.0-3.1-254`, `10.0.0.1-10.0.0.99`, `fd00::/120`,
`fd00::1`, a name (resolved by whoever calls). A file holds targets separated by blanks or lines, "#" begins a
comment. A /16 is two numbers here, not 65,536 objects.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from itertools import product

from scanner.errors import UsageError

MAX_RANGES = 65_536
"""Ranges that one text may stand for: `1-254.1-254.1-254.7` would be millions."""
MAX_WALKED = 1 << 16
"""Addresses of one IPv6 range that anybody would walk through: a /64 has 2^64."""

Range = tuple[int, int, int]
"""IP version, first and last address as numbers."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """A set of addresses as sorted, disjoint ranges; iterating gives them in order, IPv4 first."""

    ranges: tuple[Range, ...] = ()

    @classmethod
    def of(cls, ranges: Iterable[Range]) -> "Addresses":
        """Return the union of ranges."""
        merged: list[Range] = []
        for version, first, last in sorted(ranges):
            if merged and merged[-1][0] == version and first <= merged[-1][2] + 1:
                merged[-1] = (version, merged[-1][1], max(last, merged[-1][2]))
            else:
                merged.append((version, first, last))
        return cls(tuple(merged))

    def __len__(self) -> int:
        return sum(last - first + 1 for _, first, last in self.ranges)

    @property
    def count(self) -> int:
        """The number of addresses; unlike `len` it knows no limit."""
        return sum(last - first + 1 for _, first, last in self.ranges)

    @property
    def walkable(self) -> "Addresses":
        """The addresses without the IPv6 ranges that are too wide to be asked one by one."""
        return Addresses(tuple(r for r in self.ranges if r[0] == 4 or r[2] - r[1] < MAX_WALKED))

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __iter__(self) -> Iterator[IPv4Address | IPv6Address]:
        for version, first, last in self.ranges:
            kind = IPv4Address if version == 4 else IPv6Address
            for number in range(first, last + 1):
                yield kind(number)

    def __contains__(self, host: object) -> bool:
        if not isinstance(host, IPv4Address | IPv6Address):
            return False
        index = bisect_right(self.ranges, (host.version, int(host), 1 << 128)) - 1
        if index < 0:
            return False
        version, first, last = self.ranges[index]
        return version == host.version and first <= int(host) <= last

    def without(self, other: "Addresses") -> "Addresses":
        """Return the addresses of this set that are not in another."""
        left: list[Range] = []
        for version, first, last in self.ranges:
            start = first
            for taken, low, high in other.ranges:
                if taken != version or high < start or low > last:
                    continue
                if low > start:
                    left.append((version, start, low - 1))
                start = high + 1
            if start <= last:
                left.append((version, start, last))
        return Addresses(tuple(left))

    def within(self, other: "Addresses") -> "Addresses":
        """Return the addresses of this set that are also in another."""
        return self.without(self.without(other))

    def __str__(self) -> str:
        return ", ".join(_range_text(item) for item in self.ranges)


def _range_text(item: Range) -> str:
    version, first, last = item
    kind = IPv4Address if version == 4 else IPv6Address
    width = (32 if version == 4 else 128) - (last - first).bit_length()
    if first == last:
        return str(kind(first))
    if last - first + 1 == 1 << (last - first).bit_length() and first % (last - first + 1) == 0:
        return f"{kind(first)}/{width}"
    return f"{kind(first)}-{kind(last)}"


def parse_targets(
    texts: Iterable[str], resolve: Callable[[str], Iterable[IPv4Address | IPv6Address]] | None = None
) -> Addresses:
    """Return the addresses that texts stand for; raises UsageError naming the text that cannot be read.

    `resolve` turns a name into addresses; without it names are refused.
    """
    ranges: list[Range] = []
    for text in texts:
        ranges.extend(_parse(text.strip(), resolve))
    return Addresses.of(ranges)


def read_target_file(content: str) -> list[str]:
    r"""Return the targets of a file's text: separated by blanks or lines, "#" begins a comment.

    >>> read_target_file("10.0.0.0/24  # lobby\n10.0.1.7 10.0.1.8")
    ['10.0.0.0/24', '10.0.1.7', '10.0.1.8']
    """
    return [word for line in content.splitlines() for word in line.partition("#")[0].split()]


def _parse(text: str, resolve: Callable[[str], Iterable[IPv4Address | IPv6Address]] | None) -> list[Range]:
    if not text:
        raise UsageError("an empty target")
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        pass
    else:
        return [(network.version, int(network[0]), int(network[-1]))]
    if _looks_numeric(text):
        return _parse_span(text) if text.count(".") > 3 or ":" in text else _parse_octets(text)
    if resolve is None or "/" in text:
        raise UsageError(f"{text!r} is not an address, a range or a network")
    found: list[Range] = [(host.version, int(host), int(host)) for host in resolve(text)]
    if not found:
        raise UsageError(f"the name {text!r} has no address")
    return found


def _looks_numeric(text: str) -> bool:
    return ":" in text or all(c in "0123456789.-,/*" for c in text)


def _parse_span(text: str) -> list[Range]:
    low, dash, high = text.partition("-")
    try:
        first, last = ip_address(low.strip()), ip_address(high.strip())
    except ValueError:
        raise UsageError(f"{text!r} is not an address, a range or a network") from None
    if not dash or first.version != last.version or int(first) > int(last):
        raise UsageError(f"the range {text!r} runs backwards or mixes IPv4 and IPv6")
    return [(first.version, int(first), int(last))]


def _parse_octets(text: str) -> list[Range]:
    parts = text.split(".")
    if len(parts) != 4 or "/" in text:
        raise UsageError(f"{text!r} is not an address, a range or a network")
    choices = [_parse_octet(part, text) for part in parts]
    heads = [[value for low, high in spans for value in range(low, high + 1)] for spans in choices[:3]]
    total = len(choices[3])
    for head in heads:
        total *= len(head)
    if total > MAX_RANGES:
        raise UsageError(f"{text!r} stands for {total} ranges; name networks instead")
    return [
        (4, (a << 24) + (b << 16) + (c << 8) + low, (a << 24) + (b << 16) + (c << 8) + high)
        for a, b, c in product(*heads)
        for low, high in choices[3]
    ]


def _parse_octet(part: str, text: str) -> list[tuple[int, int]]:
    spans = []
    for piece in part.split(","):
        low, dash, high = ("0", "-", "255") if piece == "*" else piece.partition("-")
        first, last = low or "0", (high or "255") if dash else low
        if not (first.isdigit() and last.isdigit()) or not int(first) <= int(last) <= 255:
            raise UsageError(f"{piece!r} in {text!r} is not a number from 0 to 255 or a range of them")
        spans.append((int(first), int(last)))
    return spans
