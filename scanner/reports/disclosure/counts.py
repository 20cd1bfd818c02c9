"""What a disclosure counts: surveillance devices by kind, maker, building, list and capability; nothing else is read.

A maker is counted by the name that our own table gives it, never by what a device says: a name that the table
does not know is "another maker". A contested maker, or one known with little confidence, is "not established".
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.fingerprints.capabilities import capability
from scanner.model import Attribute, Device, Report, Verdict
from scanner.policy.judging import SETTLED
from scanner.reports.phrases import plain
from scanner.reports.ranking import ORDER
from scanner.vendors import vendors

MAX_MAKERS = 20
"""Makers that are named; smaller ones count as other makers."""
UNKNOWN = "Not established"
OTHERS = "Other makers"
NOWHERE = "Building not known"

FOLLOWS, TURNS = "auto-tracking", "ptz"
"""The capabilities that people ask about: following movement by itself, and being turned and zoomed from afar."""

KINDS = {
    "camera": "Cameras",
    "recorder": "Recorders",
    "encoder": "Video encoders",
    "intercom": "Intercoms with a camera",
    "vms": "Video servers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """All numbers of a disclosure. `places` counts by building and maker, `said` by list and verdict.

    `makers_said` is the same by list, verdict and maker, needed to see what could be worked out from two tables.
    """

    total: int
    kinds: Mapping[str, int]
    makers: Mapping[str, int]
    places: Mapping[tuple[str, str], int]
    said: Mapping[str, Mapping[Verdict, int]]
    makers_said: Mapping[tuple[str, Verdict, str], int]
    follows: int
    turns: int
    placed: bool


def counts(report: Report) -> Counts:
    """Return the numbers of a report."""
    found = [device for device in report.devices if device.is_surveillance]
    makers = _makers(found)
    places = Counter((_building(device), makers[device.id]) for device in found)
    said = Counter((f.list, f.verdict, makers[f.device]) for f in report.findings if f.device in makers)
    return Counts(
        total=len(found),
        kinds=Counter(KINDS[device.kind] for device in found),
        makers=Counter(makers[device.id] for device in found),
        places=places,
        said=_by_list(report, said),
        makers_said=said,
        follows=_able(found, FOLLOWS),
        turns=_able(found, TURNS),
        placed=any(building != NOWHERE for building, _ in places),
    )


def _makers(found: Iterable[Device]) -> dict[str, str]:
    named = {device.id: maker(device) for device in found}
    often = Counter(name for name in named.values() if name not in {UNKNOWN, OTHERS})
    kept = {name for name, _ in sorted(often.items(), key=lambda item: (-item[1], item[0]))[:MAX_MAKERS]}
    return {key: name if name in kept | {UNKNOWN} else OTHERS for key, name in named.items()}


def maker(device: Device) -> str:
    """Return the maker's name as our own table has it, or what stands in its place."""
    concluded = device.conclusions.get(Attribute.MAKER)
    if concluded is None or concluded.contested or concluded.confidence < SETTLED:
        return UNKNOWN
    return vendors().canonical(concluded.value) or OTHERS


def _building(device: Device) -> str:
    where = device.place
    if where is None:
        return NOWHERE
    return plain(where.building, 120) or plain(where.site, 120) or NOWHERE


def _by_list(
    report: Report, said: Mapping[tuple[str, Verdict, str], int]
) -> Mapping[str, Mapping[Verdict, int]]:
    lists = report.data.get("lists")
    names = {*(map(str, lists) if isinstance(lists, Mapping) else ()), *(name for name, _, _ in said)}
    return {
        name: {
            verdict: sum(n for (of, what, _), n in said.items() if (of, what) == (name, verdict))
            for verdict in ORDER
        }
        for name in sorted(names)
    }


def _able(found: Iterable[Device], word: str) -> int:
    return sum(1 for device in found if word in {capability(text) for text in device.capabilities})
