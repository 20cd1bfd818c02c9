"""The address space as maps: one small map for every /24 that holds a device, 32 addresses a row.

A device stands where its first IPv4 address of that network is. Devices without an IPv4 address have no place on a map;
they are counted. Networks with most judged devices are drawn, and are seen first; those beyond MAX_MAPS are lines of
text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address

from scanner.model import Device, Report
from scanner.reports.page.rows import Row
from scanner.reports.page.verdicts import MEANINGS, OTHER
from scanner.reports.ranking import counted

MAX_FIRST = 12
"""Maps that are seen at once; the others open on demand."""
MAX_MAPS = 60
"""Maps in all."""
MAX_LINES = 400
"""Networks that are told as text."""
ACROSS = 32
"""Addresses in a row of a map."""
STEP = 10
"""Units of the drawing from one address to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One address of a map that something stands at: `row` is None for a host that was not identified."""

    x: int
    y: int
    key: str
    label: str
    row: Row | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """One network and what stands in it, in the order of addresses."""

    network: str
    spots: tuple[Spot, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """All maps, the networks that are text only, and how many devices have no place on a map.

    `maps` are seen at once, `further` on demand.
    """

    maps: tuple[Map, ...]
    further: tuple[Map, ...]
    lines: tuple[str, ...]
    unmapped: int
    more: int


def atlas(report: Report, rows: Sequence[Row]) -> Atlas:
    """Return the maps of a report."""
    nets: dict[IPv4Network, dict[int, Row | None]] = {}
    mapped: set[str] = set()
    for text in report.coverage.unidentified:
        _put(nets, text, None)
    for row in reversed(rows):
        for address in _placed(row.device):
            mapped.add(row.device.id)
            _put(nets, str(address), row)
    ordered = sorted(nets.items(), key=lambda item: (-_weight(item[1].values()), item[0]))
    first, further, told = (
        sorted(part, key=lambda item: item[0])
        for part in (ordered[:MAX_FIRST], ordered[MAX_FIRST:MAX_MAPS], ordered[MAX_MAPS:])
    )
    return Atlas(
        maps=tuple(_map(net, spots) for net, spots in first),
        further=tuple(_map(net, spots) for net, spots in further),
        lines=tuple(f"{net}: {_words(spots)}" for net, spots in told[:MAX_LINES]),
        unmapped=len(rows) - len(mapped),
        more=max(0, len(told) - MAX_LINES),
    )


def _placed(device: Device) -> Iterable[object]:
    """Return one IPv4 address of each network that a device has addresses in."""
    return {
        int(address) >> 8: address for address in reversed(device.addresses) if address.version == 4
    }.values()


def _put(nets: dict[IPv4Network, dict[int, Row | None]], text: str, row: Row | None) -> None:
    try:
        address = ip_address(text)
    except ValueError:
        return
    if address.version == 4:
        net = IPv4Network((int(address) & ~0xFF, 24))
        nets.setdefault(net, {})[int(address) & 0xFF] = row


def _weight(rows: Iterable[Row | None]) -> int:
    return sum(1 for row in rows if row is not None and row.verdict != OTHER.key)


def _map(net: IPv4Network, held: Mapping[int, Row | None]) -> Map:
    spots = tuple(_spot(net, last, held[last]) for last in sorted(held))
    return Map(network=str(net), spots=spots, words=_words(held))


def _spot(net: IPv4Network, last: int, row: Row | None) -> Spot:
    x, y = last % ACROSS * STEP, last // ACROSS * STEP
    address = str(net[last])
    if row is None:
        return Spot(x=x, y=y, key="silent", label=f"{address}: not identified", row=None)
    word = next((m.word for m in MEANINGS if m.key == row.verdict), row.kind)
    return Spot(x=x, y=y, key=row.verdict, label=f"{address}: {row.title}, {word}", row=row)


def _words(held: Mapping[int, Row | None]) -> str:
    rows = [row for row in held.values() if row is not None]
    counts = [(m.word, sum(1 for row in rows if row.verdict == m.key)) for m in MEANINGS]
    parts = [f"{count} {word}" for word, count in counts if count]
    others, silent = sum(1 for row in rows if row.verdict == OTHER.key), len(held) - len(rows)
    parts += [f"{others} other"] if others else []
    parts += [f"{silent} not identified"] if silent else []
    return f"{counted(len(held), 'address')}: {', '.join(parts)}"
