"""What stands behind the verdicts, in words: old lists, narrowed lists, and what became of the waivers."""

from collections.abc import Iterator, Mapping
from datetime import date

from scanner.model import Device, Place, Report, Verdict, WaiverState, WaiverUse
from scanner.policy import STALE_AFTER
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted, tally, worst_of_each


def place(device: Device, *, with_site: bool = False) -> str:
    """Return where a device stands, in the words of the zones; "" where no zone holds it and no site is asked for."""
    where = device.place
    if where is None:
        return ""
    site = where.site if with_site else ""
    floor = f"floor {where.floor}" if where.floor else ""
    zoned = (where.zone, where.building, floor) if where.zone else ()
    return ", ".join(plain(part) for part in (site, *zoned) if part)


def several_sites(report: Report) -> bool:
    """Tell whether the devices of a report stand at more than one site."""
    return len({device.place.site for device in report.devices if device.place}) > 1


def by_place(report: Report) -> Iterator[str]:
    """Yield a line for each site and building of several sites: the devices there, by verdict."""
    if not several_sites(report):
        return
    verdicts = worst_of_each(report.findings)
    held: dict[tuple[str, str], list[Verdict]] = {}
    for device in report.devices:
        if device.id in verdicts:
            where = device.place or Place()
            held.setdefault((where.site, where.building), []).append(verdicts[device.id])
    for (site, building), found in sorted(held.items()):
        yield f"{', '.join(plain(part) for part in (site or 'No site', building) if part)}: {tally(found)}"


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
