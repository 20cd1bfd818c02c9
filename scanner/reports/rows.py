"""A report as rows of plain texts: what spreadsheets, asset registers, tickets and event streams have in common.

Every text has passed `plain`. A spreadsheet does more with text than show it: a cell that begins like a formula is
computed, also when it came from a CSV file. `inert` takes that away; formats that can say "this is text" need not.
"""

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from io import StringIO

from scanner.model import Attribute, Device, Finding, Report, Verdict
from scanner.reports.phrases import plain
from scanner.reports.ranking import Ranked, place, rank

COMPUTED = "=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20"
"""Characters at the start of a cell that a spreadsheet may compute, or hand on (OWASP, "CSV Injection")."""
MAX_CELL = 4096
"""Characters of the longest cell, a reason; Excel's own limit is 32,767."""

LEAD = ("verdict", "address", "brand", "maker", "model", "kind")
DETAIL = (
    "maker_confidence",
    "contested",
    "name",
    "location",
    "firmware",
    "serial",
    "mac",
    "addresses",
    "site",
    "building",
    "floor",
    "zone",
    "capabilities",
    "channels",
    "recorder",
    "notes",
    "id",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A device with its findings; `verdict` is the worst of them, None where no list speaks of the device."""

    device: Device
    verdict: Verdict | None
    findings: tuple[Finding, ...]

    @property
    def ranked(self) -> Ranked | None:
        """Return the row as the ranking has it, None where there is no finding."""
        if self.verdict is None:
            return None
        return Ranked(device=self.device, verdict=self.verdict, findings=self.findings)


def rows(report: Report) -> tuple[Row, ...]:
    """Return every device of a report: those with findings, the worst first, then the rest by address."""
    ranked = rank(report)
    judged = {item.device.id for item in ranked}
    rest = sorted((device for device in report.devices if device.id not in judged), key=place)
    return (
        *(Row(device=item.device, verdict=item.verdict, findings=item.findings) for item in ranked),
        *(Row(device=device, verdict=None, findings=()) for device in rest),
    )


def list_ids(report: Report) -> tuple[str, ...]:
    """Return the ids of the lists that were held against the devices, sorted."""
    lists = report.data.get("lists")
    named = set(map(str, lists)) if isinstance(lists, Mapping) else set()
    return tuple(sorted(map(plain, named | {finding.list for finding in report.findings})))


def list_versions(report: Report) -> Mapping[str, str]:
    """Return the version of each list by its id."""
    lists = report.data.get("lists")
    known = {finding.list: finding.version for finding in report.findings}
    known |= (
        {str(name): str(version) for name, version in lists.items()} if isinstance(lists, Mapping) else {}
    )
    return {plain(name): plain(known[name]) for name in sorted(known)}


LISTS = "lists"
"""In a choice of columns: the verdict of each list, a column a list."""
COLUMNS = (*LEAD, LISTS, "why", *DETAIL)
"""What can be chosen; the id of a list is a column too."""


def columns(report: Report, chosen: Sequence[str] = COLUMNS) -> tuple[str, ...]:
    """Return the names of the columns of `cells`: those chosen, a column for each list where LISTS stands."""
    lists = list_ids(report)
    return tuple(name for word in chosen or COLUMNS for name in (lists if word == LISTS else (word,)))


def cells(row: Row, lists: Sequence[str]) -> dict[str, str]:
    """Return a device as texts by column."""
    device, where = row.device, row.device.place
    maker = device.conclusions.get(Attribute.MAKER)
    by_list = {plain(finding.list): finding.verdict.value for finding in row.findings}
    return {
        "verdict": row.verdict.value if row.verdict else "",
        "address": address(device),
        "brand": said(device, Attribute.BRAND),
        "maker": said(device, Attribute.MAKER),
        "model": said(device, Attribute.MODEL),
        "kind": plain(device.what) or plain(device.kind),
        **{name: by_list.get(name, "") for name in lists},
        "why": why(row, len(lists)),
        "maker_confidence": f"{maker.confidence:.2f}" if maker else "",
        "contested": "yes" if maker and maker.contested else "",
        "name": said(device, Attribute.NAME),
        "location": said(device, Attribute.LOCATION),
        "firmware": said(device, Attribute.FIRMWARE),
        "serial": said(device, Attribute.SERIAL),
        "mac": " ".join(device.macs),
        "addresses": " ".join(map(str, device.addresses)),
        "site": plain(where.site) if where else "",
        "building": plain(where.building) if where else "",
        "floor": plain(where.floor) if where else "",
        "zone": plain(where.zone) if where else "",
        "capabilities": joined(device.capabilities),
        "channels": joined(device.channels),
        "recorder": plain(device.parent or ""),
        "notes": joined(device.notes),
        "id": plain(device.id),
    }


def why(row: Row, lists: int) -> str:
    """Return why a device has its verdict, as the table says it; "" where no list speaks of it."""
    from scanner.reports.as_table import why as clause

    return clause(row.ranked, lists) if row.ranked else ""


def said(device: Device, attribute: Attribute, limit: int = 256) -> str:
    """Return a concluded value as one harmless line, "" where there is none."""
    return plain(device.value(attribute) or "", limit)


def joined(texts: Iterable[str]) -> str:
    """Return texts of a device in one cell."""
    return plain("; ".join(plain(text, 256) for text in texts), MAX_CELL)


def address(device: Device) -> str:
    """Return the address that a person would look for, "" where only the link layer was seen."""
    return str(device.addresses[0]) if device.addresses else ""


def label(device: Device) -> str:
    """Return what a person would call a device: brand or maker, model, kind; never empty.

    >>> label(Device(id="a", kind="camera"))
    'camera'
    """
    who = said(device, Attribute.BRAND, 80) or said(device, Attribute.MAKER, 80)
    words = (who, said(device, Attribute.MODEL, 80), plain(device.what or device.kind, 80))
    return " ".join(word for word in words if word)


def where(device: Device) -> str:
    """Return an address, else a MAC, else the id of a device."""
    return address(device) or (device.macs[0] if device.macs else plain(device.id))


def site_of(device: Device, report: Report) -> str:
    """Return the site that a device stands at: its zone's, else the one that the scope of the run names."""
    if device.place and device.place.site:
        return plain(device.place.site)
    scope = report.run.get("scope")
    return plain(str(scope.get("site") or "")) if isinstance(scope, Mapping) else ""


def moment_of(report: Report) -> datetime:
    """Return when a report's devices were seen last: the end of the run, else of the traffic, else its day."""
    ended = report.run.get("ended")
    if isinstance(ended, str):
        try:
            return datetime.fromisoformat(ended).astimezone(UTC)
        except ValueError:
            pass
    return report.coverage.last or datetime.combine(report.as_of, time(), UTC)


def inert(text: str) -> str:
    """Return a cell that no spreadsheet computes: an apostrophe before what begins like a formula.

    >>> inert("=1+1"), inert("-5"), inert("Axis")
    ("'=1+1", "'-5", 'Axis')
    """
    return f"'{text}" if text.startswith(tuple(COMPUTED)) else text


def csv_text(header: Sequence[str], lines: Iterable[Iterable[str]], delimiter: str = ",") -> str:
    """Return lines as CSV (RFC 4180, but with line feeds), every cell inert."""
    out = StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow([inert(plain(name)) for name in header])
    writer.writerows([inert(cell) for cell in line] for line in lines)
    return out.getvalue()


def kept_devices(report: Report) -> tuple[Row, ...]:
    """Return the rows that an asset register wants: surveillance devices, the worst verdict first."""
    return tuple(row for row in rows(report) if row.device.is_surveillance)


def standing(row: Row, report: Report, separator: str) -> str:
    """Return where a device stands, from the site to the zone, in the operator's words; else what it says itself."""
    place_ = row.device.place
    parts = [site_of(row.device, report)]
    if place_:
        parts += [plain(place_.building), plain(place_.floor), plain(place_.zone)]
    return separator.join(part for part in parts if part) or said(row.device, Attribute.LOCATION)


def remark(row: Row) -> str:
    """Return what an asset register should say of a device: label, maker, verdicts; for people, one line."""
    device = row.device
    maker, name = device.conclusions.get(Attribute.MAKER), said(device, Attribute.MAKER, 80)
    parts = [
        f"label {said(device, Attribute.BRAND) or 'unknown'}",
        f"maker {name} ({maker.confidence:.2f})" if maker and name else "maker unknown",
        *(f"{plain(f.list)} of {plain(f.version)}: {f.verdict.replace('-', ' ')}" for f in row.findings),
    ]
    return plain("; ".join(parts), MAX_CELL)
