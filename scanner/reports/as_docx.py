"""The disclosure report for a word processor, where whoever answers a request adds their own words."""

import io
import zipfile
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from scanner.model import Report
from scanner.reports.disclosure.content import (
    WITHHELD,
    Block,
    Disclosure,
    Heading,
    Paragraph,
    Points,
    Table,
    disclosure,
)
from scanner.reports.form import Format, View, library

if TYPE_CHECKING:
    from docx.document import Document

ZIP_TIME = (1980, 1, 1, 0, 0, 0)
"""The time of every part of the file: the same report gives the same bytes."""


def _render(report: Report, view: View) -> bytes:
    made = disclosure(report, view.withhold_below)
    document = _document(made, report)
    for block in made.blocks:
        _write(document, block)
    return _bytes(document)


def _document(made: Disclosure, report: Report) -> "Document":
    import docx
    from docx.shared import Mm, Pt

    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.subject = made.title, made.subtitle
    properties.author = properties.last_modified_by = properties.comments = ""
    properties.language = "en-GB"
    properties.created = properties.modified = datetime.combine(report.as_of, time())
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    for name, size in (("Normal", 11), ("Title", 22), ("Heading 1", 14)):
        style: Any = document.styles[name]
        style.font.name, style.font.size = "Arial", Pt(size)
    _ink(document)
    document.add_heading(made.title, level=0)
    document.add_paragraph(made.subtitle)
    return document


def _ink(document: "Document") -> None:
    """Make headings and captions black: the template's are blue and of another typeface."""
    from docx.oxml.ns import qn
    from docx.shared import RGBColor

    for name in ("Title", "Heading 1", "Caption"):
        style: Any = document.styles[name]
        style.font.color.rgb = RGBColor(0x1B, 0x21, 0x27)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)


def _write(document: "Document", block: Block) -> None:
    match block:
        case Heading(text=text):
            document.add_heading(text, level=1)
        case Paragraph(text=text):
            document.add_paragraph(text)
        case Points(items=items):
            for item in items:
                document.add_paragraph(item, style="List Bullet")
        case Table():
            _table(document, block)


def _table(document: "Document", block: Table) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    document.add_paragraph(block.caption, style="Caption").paragraph_format.keep_with_next = True
    table: Any = document.add_table(rows=1, cols=len(block.header), style="Light Shading")
    look = table._tbl.tblPr.find(qn("w:tblLook"))  # noqa: SLF001 - python-docx has no call for it
    look.attrib.clear()
    look.set(qn("w:val"), "0620")  # first row and no bands (ECMA-376 part 1, 17.4.56)
    repeated = OxmlElement("w:tblHeader")
    repeated.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 - likewise
    _fill(table.rows[0].cells, block.header, block)
    _widths(table, block)
    for position, row in enumerate(block.rows):
        cells = table.add_row().cells
        _fill(cells, row, block)
        if position >= len(block.rows) - block.totals:
            for cell in cells:
                cell.paragraphs[0].runs[0].bold = True
    document.add_paragraph()


def _widths(table: Any, block: Table) -> None:
    """Give the numbers what they need and the first columns the rest of the text's 160 mm."""
    from docx.shared import Mm

    named = _named(block)
    numbers = 26
    names = (160 - numbers * (len(block.header) - named)) // named
    for position, column in enumerate(table.columns):
        column.width = Mm(names if position < named else numbers)


def _named(block: Table) -> int:
    """Return how many columns hold names: two where a building has makers."""
    return 2 if len(block.header) == 3 else 1


def _fill(cells: Any, texts: tuple[str, ...], block: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    for position, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        paragraph = cell.paragraphs[0]
        run = paragraph.add_run(text)
        run.italic = text == WITHHELD
        if position >= _named(block):
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _bytes(document: "Document") -> bytes:
    """Return the document with the same time on each part, whenever it is made."""
    first, last = io.BytesIO(), io.BytesIO()
    document.save(first)
    with (
        zipfile.ZipFile(first) as read,
        zipfile.ZipFile(last, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for item in read.infolist():
            written.writestr(zipfile.ZipInfo(item.filename, ZIP_TIME), read.read(item), zipfile.ZIP_DEFLATED)
    return last.getvalue()


FORMAT = Format(
    name="docx",
    title="the disclosure for a word processor",
    suffix=".docx",
    render=_render,
    binary=True,
    lacks=library("docx", "documents"),
)
