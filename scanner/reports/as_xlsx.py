"""A workbook for people who sort and filter: devices, findings, coverage, lists; verdicts in words and in colour.

Written row by row, so that thousands of devices need little memory. Every cell of text is stored as text and marked
so (the mark also stands when somebody edits the cell): nothing that a device said is ever computed. openpyxl puts the
time of writing into the file; it is replaced by the report's own time, so that one report gives the same bytes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from scanner.model import Attribute, Report, Verdict
from scanner.reports.as_table import NOT_ADVICE
from scanner.reports.form import Format, View
from scanner.reports.phrases import moment, plain
from scanner.reports.ranking import ORDER, rank, tally
from scanner.reports.reach import lines as reach_lines
from scanner.reports.rows import (
    MAX_CELL,
    cells,
    columns,
    list_ids,
    list_versions,
    moment_of,
    rows,
    said,
    where,
)

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

COLOURS = {
    Verdict.LISTED: ("F8D0CE", "7A0C06"),
    Verdict.POSSIBLE: ("FCE8B2", "5C4300"),
    Verdict.UNDETERMINED: ("EAD9F2", "4A1A63"),
    Verdict.WAIVED: ("D3EAF2", "0B4A5C"),
    Verdict.NOT_LISTED: ("D6EDD5", "124F14"),
}
"""Fill and ink of each verdict; every pair has a contrast above 7 to 1."""
WIDTHS = {
    "why": 60,
    "reason": 80,
    "chain": 60,
    "what": 24,
    "said": 100,
    "notes": 40,
    "addresses": 30,
    "mac": 19,
    "model": 24,
}
WIDTH = 16
"""Columns of a column whose name is not in WIDTHS."""
COUNTED = tuple(verdict.value for verdict in ORDER)
NUMBERS = frozenset({"maker_confidence", *COUNTED})
"""Columns whose cells are numbers."""
FINDINGS = (
    "verdict",
    "list",
    "version",
    "address",
    "maker",
    "model",
    "entry",
    "clause",
    "reason",
    "chain",
    "waiver",
    "device",
)


def _render(report: Report, _view: View) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "camcensus"
    book.properties.title = "Surveillance devices"
    lists = list_ids(report)
    _sheet(book, "Devices", columns(report), _devices(report), coloured=("verdict", *lists))
    _sheet(book, "Findings", FINDINGS, _findings(report), coloured=("verdict",))
    _sheet(book, "Coverage", ("what", "said"), _coverage(report))
    _sheet(book, "Lists", ("list", "version", *COUNTED), _lists(report))
    out = BytesIO()
    book.save(out)
    return _timeless(out.getvalue(), moment_of(report))


def _sheet(
    book: "Workbook",
    title: str,
    header: Sequence[str],
    lines: Iterable[Sequence[str]],
    coloured: Sequence[str] = (),
) -> None:
    """Add a sheet with a frozen bold header, a filter over everything, and verdicts in colour."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    for number, name in enumerate(header, 1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(name, WIDTH)
    bold = Font(bold=True)
    head = [_cell(sheet, name) for name in header]
    for cell in head:
        cell.font, cell.alignment = bold, Alignment(wrap_text=True, vertical="top")
    sheet.append(head)
    count = 1
    for line in lines:
        sheet.append([_cell(sheet, text, name) for name, text in zip(header, line, strict=True)])
        count += 1
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(header))}{count}"
    if "why" in header:  # on paper the columns up to the reason, large enough to read
        sheet.print_area = f"A1:{get_column_letter(header.index('why') + 1)}{count}"
    letters = [get_column_letter(n) for n, name in enumerate(header, 1) if name in coloured]
    _colour(sheet, [f"{letter}2:{letter}{count}" for letter in letters] if count > 1 else [])


def _cell(sheet: Any, text: str, name: str = "") -> Any:
    from openpyxl.cell import WriteOnlyCell

    if name in NUMBERS and text:
        cell = WriteOnlyCell(sheet, value=float(text))
        cell.number_format = "0.00" if name not in COUNTED else "0"
        return cell
    cell = WriteOnlyCell(sheet, value="")
    cell.value = plain(text, MAX_CELL) or None
    if cell.value is not None:
        cell.data_type = "s"
        cell.quotePrefix = True
    return cell


def _colour(sheet: Any, ranges: Iterable[str]) -> None:
    """Colour the cells that hold a verdict, by rule: the colour follows when somebody edits or sorts."""
    from openpyxl.formatting.rule import CellIsRule
    from openpyxl.styles import Font, PatternFill

    for cells_ in ranges:
        for verdict, (fill, ink) in COLOURS.items():
            rule = CellIsRule(  # type: ignore[no-untyped-call]
                operator="equal",
                formula=[f'"{verdict.value}"'],
                fill=PatternFill("solid", bgColor=fill),
                font=Font(color=ink),
            )
            sheet.conditional_formatting.add(cells_, rule)


def _devices(report: Report) -> Iterator[list[str]]:
    header, lists = columns(report), list_ids(report)
    for row in rows(report):
        told = cells(row, lists)
        yield [told[name] for name in header]


def _findings(report: Report) -> Iterator[list[str]]:
    for item in rank(report):
        for finding in sorted(item.findings, key=lambda found: (ORDER.index(found.verdict), found.list)):
            yield [
                finding.verdict.value,
                finding.list,
                finding.version,
                where(item.device),
                said(item.device, Attribute.MAKER),
                said(item.device, Attribute.MODEL),
                finding.entry or "",
                finding.clause or "",
                finding.reason,
                " > ".join(finding.chain),
                finding.waiver or "",
                finding.device,
            ]


def _lists(report: Report) -> Iterator[list[str]]:
    for name, version in list_versions(report).items():
        counts = Counter(finding.verdict for finding in report.findings if plain(finding.list) == name)
        yield [name, version, *(str(counts[verdict]) for verdict in ORDER)]


def _coverage(report: Report) -> Iterator[tuple[str, str]]:
    """Give what was looked at and what was not, a pair a line."""
    coverage = report.coverage
    yield "answer", tally(item.verdict for item in rank(report))
    yield "judged as of", report.as_of.isoformat()
    yield (
        "program",
        f"camcensus {report.tool.get('version', '')}, fingerprints {report.data.get('fingerprints', '')}",
    )
    yield from (("source", name) for name in coverage.sources)
    yield (
        "complete",
        "yes" if coverage.complete else "no: what was damaged or not reached may hold more devices",
    )
    yield "packets", str(coverage.packets)
    yield from ((f"messages of {name}", str(count)) for name, count in sorted(coverage.messages.items()))
    if coverage.first and coverage.last:
        yield "first message", moment(coverage.first)
        yield "last message", moment(coverage.last)
    yield from (("not seen", text) for text in coverage.not_seen)
    yield from (("not read", text) for text in coverage.failures)
    yield from (("scan", line) for line in (reach_lines(coverage.reach) if coverage.reach else ()))
    yield from (
        ("alive, not identified", "; ".join((name, *coverage.said.get(name, ()))))
        for name in coverage.unidentified
    )
    yield "please note", NOT_ADVICE


_FIRST = datetime(1980, 1, 1, tzinfo=UTC)
"""No entry of a zip archive can be older."""


def _timeless(book: bytes, when: datetime) -> bytes:
    """Return a workbook with the times of its writing replaced by one given."""
    out = BytesIO()
    with ZipFile(BytesIO(book)) as before, ZipFile(out, "w", ZIP_DEFLATED) as after:
        for item in before.infolist():
            content = before.read(item)
            if item.filename == "docProps/core.xml":
                content = re.sub(
                    rb">\d{4}-\d\d-\d\dT[\d:.]+Z<", f">{when:%Y-%m-%dT%H:%M:%SZ}<".encode(), content
                )
            entry = ZipInfo(item.filename, date_time=max(when, _FIRST).timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            after.writestr(entry, content)
    return out.getvalue()


FORMAT = Format(
    name="xlsx",
    title="a workbook: devices, findings, coverage, lists; filters, verdicts in colour, no cell a formula",
    suffix=".xlsx",
    render=_render,
    binary=True,
)
