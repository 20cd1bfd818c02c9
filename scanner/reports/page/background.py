"""What stands behind the answer: what was looked at and what was not, the lists with their versions, the waivers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.errors import ScannerError
from scanner.model import Coverage, Report, Verdict, WaiverState, WaiverUse
from scanner.policy.policylist import PolicyList
from scanner.reports import reach, standing
from scanner.reports.page.rows import Row
from scanner.reports.page.verdicts import MEANINGS
from scanner.reports.phrases import moment, plain, span
from scanner.reports.ranking import counted

_STATES = {
    WaiverState.HOLDS: "holds",
    WaiverState.EXPIRED: "expired: the devices count again",
    WaiverState.UNUSED: "excuses nothing here",
    WaiverState.NOT_ASKED: "its list was not asked",
}

MAX_TOLD = 500
"""Lines of one kind that the page tells; the JSON report has all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One kind of thing that was not seen: a heading, and a line each."""

    heading: str
    lines: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One list that the devices were held against: what the report says of it, and `about` where it is shipped.

    `stale` is the version of the shipped data where the report was made with another one.
    """

    id: str
    version: str
    counts: tuple[tuple[str, int], ...]
    about: PolicyList | None
    stale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """One waiver, live or over: whom it covers, who answers for it and why, and the rows of its devices."""

    rows: tuple[Row, ...]
    list: str
    words: str
    state: str


def looked_at(coverage: Coverage) -> tuple[tuple[str, str], ...]:
    """Return what was read or asked, as pairs of a label and a text."""
    when = ""
    if coverage.first and coverage.last:
        when = f"{moment(coverage.first)}, for {span(coverage.first, coverage.last)}"
    by_protocol = ", ".join(
        f"{name} {number:,}"
        for name, number in sorted(coverage.messages.items(), key=lambda m: (-m[1], m[0]))
    )
    pairs = (
        ("Sources", ", ".join(plain(name) for name in coverage.sources)),
        ("When", when),
        ("Packets", f"{coverage.packets:,}" if coverage.packets else ""),
        ("Messages", f"{sum(coverage.messages.values()):,} ({by_protocol})" if coverage.messages else ""),
    )
    return tuple((label, plain(text, 2000)) for label, text in pairs if text)


def reached(coverage: Coverage) -> tuple[str, ...]:
    """Return how far a live scan reached, a line each; nothing for a recording."""
    return tuple(reach.lines(coverage.reach)) if coverage.reach else ()


def unseen(coverage: Coverage) -> tuple[Told, ...]:
    """Return what could not be seen, by kind; nothing where nothing is known to be missing."""
    silent = [_silent(name, coverage.said.get(name, ())) for name in coverage.unidentified]
    kinds = (
        ("Alive, but not identified", silent),
        ("Recorders whose contents were not seen", coverage.not_seen),
        ("Could not be read", coverage.failures),
    )
    return tuple(_told(heading, lines) for heading, lines in kinds if lines)


def _silent(name: str, said: Sequence[str]) -> str:
    return plain(f"{name}: said {'; '.join(said)}" if said else f"{name}: said nothing")


def _told(heading: str, lines: Sequence[str]) -> Told:
    shown = tuple(plain(line, 400) for line in lines[:MAX_TOLD])
    return Told(heading=heading, lines=shown, more=max(0, len(lines) - MAX_TOLD))


def held_against(report: Report) -> tuple[Held, ...]:
    """Return the lists of a report with what each says of how many devices."""
    versions = report.data.get("lists")
    named = versions if isinstance(versions, Mapping) else {}
    return tuple(_held(report, str(name), str(version)) for name, version in sorted(named.items()))


def _held(report: Report, name: str, version: str) -> Held:
    said = [finding.verdict for finding in report.findings if finding.list == name]
    counts = tuple((m.word, sum(1 for verdict in said if verdict == m.key)) for m in MEANINGS)
    about = _shipped(name)
    stale = about.version.isoformat() if about and about.version.isoformat() != version else ""
    return Held(id=plain(name, 200), version=version, counts=counts, about=about, stale=stale)


def _shipped(name: str) -> PolicyList | None:
    from scanner.policy.loading import find_list, known_ids

    if name not in known_ids():
        return None
    try:
        return find_list(name)
    except ScannerError:
        return None


def waivers(report: Report, rows: Iterable[Row]) -> tuple[Waived, ...]:
    """Return the waivers of a report, and the waived findings of a report that does not tell its waivers."""
    by_device = {row.device.id: row for row in rows}
    if report.waivers:
        return tuple(_used(use, by_device) for use in report.waivers)
    found = [
        Waived(
            rows=(by_device[f.device],), list=plain(f.list), words=plain(f.waiver or "", 600), state="holds"
        )
        for f in report.findings
        if f.device in by_device and f.verdict is Verdict.WAIVED
    ]
    return tuple(sorted(found, key=lambda waived: (waived.rows[0].number, waived.list)))


def _used(use: WaiverUse, by_device: Mapping[str, Row]) -> Waived:
    who = f"{use.ticket}, {use.owner}, until {use.expires.isoformat()}: {use.reason}"
    return Waived(
        rows=tuple(by_device[name] for name in use.devices if name in by_device),
        list=plain(use.list),
        words=plain(f"{use.selector}; {who}", 600),
        state=_STATES[use.state],
    )


def made(report: Report) -> Iterator[tuple[str, str]]:
    """Yield by what the report was made, as pairs of a label and a text."""
    yield "Verdicts as of", report.as_of.isoformat()
    mode = plain(str(report.run.get("mode", "")), 80)
    if mode:
        yield "Made by", mode
    scope = report.run.get("scope")
    if isinstance(scope, Mapping):
        authorised = plain(str(scope.get("authorised_by") or ""), 200)
        reference = plain(str(scope.get("reference") or ""), 200)
        if authorised:
            yield "Authorised by", f"{authorised}, {reference}" if reference else authorised
    yield "Program", " ".join(plain(str(value), 80) for _, value in sorted(report.tool.items()))
    yield "Fingerprints", plain(str(report.data.get("fingerprints", "unknown")), 80)
    if report.data.get("registry"):
        yield "Register of MAC addresses", plain(str(report.data["registry"]), 80)


def warnings(report: Report) -> tuple[str, ...]:
    """Return what weakens the lists: stale ones, and those held against some places only."""
    idle = {standing.waiver_line(use) for use in standing.idle(report)}
    return tuple(line for line in standing.lines(report) if line not in idle)


def complete(report: Report) -> str:
    """Return a sentence on whether everything that was meant to be looked at was."""
    if report.coverage.complete:
        return "Everything that was meant to be read or asked was."
    silent = counted(len(report.coverage.failures), "fault")
    return f"Incomplete ({silent}): what was damaged or not reached may hold more devices."
