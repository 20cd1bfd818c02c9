"""The top of the page: the answer in one sentence, and the numbers behind it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.model import Report
from scanner.reports.page.rows import Row
from scanner.reports.page.verdicts import MEANINGS, OTHER, Meaning
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many devices stand under one verdict."""

    meaning: Meaning
    count: int


def tallies(rows: Sequence[Row]) -> tuple[Tally, ...]:
    """Return the count of every verdict, zeros too: a reader looks for the zero."""
    counts = Counter(row.verdict for row in rows)
    return tuple(Tally(meaning=meaning, count=counts[meaning.key]) for meaning in MEANINGS)


def sentence(report: Report, rows: Sequence[Row]) -> str:
    """Return the answer in one sentence, or two where the run is incomplete."""
    judged = [row for row in rows if row.verdict != OTHER.key]
    unsure = "" if report.coverage.complete else " The run is incomplete: there may be more."
    if not judged:
        return f"No surveillance device was found.{unsure}"
    alike = all(row.device.is_surveillance for row in judged)
    found = counted(len(judged), "surveillance device" if alike else "device")
    if not _lists(report):
        return f"{_sized(found)} found; they were held against no list.{unsure}"
    clauses = "; ".join(_clauses(Counter(row.verdict for row in judged)))
    return f"{_sized(found)} found: {clauses}.{unsure}"


def _sized(found: str) -> str:
    return f"{found} {'was' if found.startswith('1 ') else 'were'}"


def _clauses(counts: Counter[str]) -> list[str]:
    listed, possible, unknown, waived, free = (counts[meaning.key] for meaning in MEANINGS)
    said = [f"the maker of {listed:,} is named on a list" if listed else "no maker is named on a list"]
    if possible:
        said.append(
            f"for {possible:,} it is possible" if listed else f"for {possible:,} it is possible all the same"
        )
    if unknown:
        said.append(f"the maker of {unknown:,} is unknown")
    if waived:
        said.append(f"{waived:,} {'is' if waived == 1 else 'are'} covered by a waiver")
    if free:
        said.append(f"{free:,} {'is' if free == 1 else 'are'} on none")
    return said


def _lists(report: Report) -> bool:
    return bool(report.data.get("lists")) or bool(report.findings)


def beside(report: Report, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return what else stood on the network, a clause each; nothing where there was nothing."""
    others = [row for row in rows if row.verdict == OTHER.key]
    unknown = sum(1 for row in others if row.device.kind == "unknown")
    silent = len(report.coverage.unidentified)
    unseen = len(report.coverage.not_seen)
    return tuple(
        text
        for number, text in (
            (
                len(others) - unknown,
                f"{counted(len(others) - unknown, 'other device')}, such as printers and phones",
            ),
            (unknown, f"{counted(unknown, 'device')} of unknown kind"),
            (silent, f"{counted(silent, 'address')} that said too little to be identified"),
            (unseen, f"{counted(unseen, 'recorder')} whose cameras could not be seen"),
        )
        if number > 0
    )


def site(report: Report) -> str:
    """Return the name of the site, where the scope or the zones tell one, else ""."""
    scope = report.run.get("scope")
    named = scope.get("site") if isinstance(scope, dict) else ""
    if named:
        return plain(str(named), 80)
    sites = {device.place.site for device in report.devices if device.place and device.place.site}
    return plain(sites.pop(), 80) if len(sites) == 1 else ""
