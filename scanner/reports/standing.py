"""What stands behind the verdicts, in words: old lists, narrowed lists, and what became of the waivers."""

from collections.abc import Iterator, Mapping
from datetime import date

from scanner.model import Device, Report, WaiverState, WaiverUse
from scanner.policy import STALE_AFTER
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted


def place(device: Device) -> str:
    """Return where a device stands, in the words of the zones; "" where no zone holds it."""
    where = device.place
    if where is None or not where.zone:
        return ""
    floor = f"floor {where.floor}" if where.floor else ""
    return ", ".join(plain(part) for part in (where.zone, where.building, floor) if part)


def lines(report: Report) -> Iterator[str]:
    """Yield a line for each list that nobody has checked for long, each narrowed list, and each idle waiver."""
    yield from stale(report)
    for name, zones in _mapping(report, "lists_zones"):
        words = ", ".join(map(str, zones)) if isinstance(zones, list | tuple) else str(zones)
        yield f"List {name} is held against what stands in these zones, or in none: {plain(words)}"
    yield from map(waiver_line, idle(report))


def stale(report: Report) -> Iterator[str]:
    """Yield a sentence for each list whose last check is too long ago on the day of the verdicts."""
    for name, checked in _mapping(report, "lists_checked"):
        age = report.as_of - date.fromisoformat(str(checked))
        if age > STALE_AFTER:
            yield f"List {name} was last checked {counted(age.days, 'day')} ago: look for a newer one"


def idle(report: Report) -> tuple[WaiverUse, ...]:
    """Return the waivers that are findings of their own: expired, or excusing nothing."""
    return tuple(use for use in report.waivers if use.state in {WaiverState.EXPIRED, WaiverState.UNUSED})


def waiver_line(use: WaiverUse) -> str:
    """Return what is the matter with an idle waiver, as one sentence."""
    who = plain(f"Waiver {use.ticket} of {use.owner} ({use.selector}, {use.list})")
    if use.state is WaiverState.UNUSED:
        return f"{who} excuses nothing here"
    verb = "counts" if len(use.devices) == 1 else "count"
    again = f": {counted(len(use.devices), 'device')} {verb} again" if use.devices else ""
    return f"{who} expired on {use.expires.isoformat()}{again}"


def _mapping(report: Report, key: str) -> Iterator[tuple[str, object]]:
    found = report.data.get(key)
    if isinstance(found, Mapping):
        yield from sorted(found.items())
