"""The page as a PDF file, through WeasyPrint: for whoever attaches, signs or prints it.

There is no script, so the evidence of the worst devices stands in place. It is tagged (PDF/UA), so that a screen reader
can read it. Nothing is fetched: the page needs nothing, and the fetcher refuses whatever asks.
"""

from typing import Any

from scanner.errors import ScannerError
from scanner.model import Report
from scanner.reports.form import Format, View, library


def _render(report: Report, _view: View) -> bytes:
    from weasyprint import HTML

    from scanner.reports.page.writing import page

    made: bytes = HTML(string=page(report, static=True), url_fetcher=_refuse).write_pdf(
        pdf_variant="pdf/ua-1"
    )
    return made


def _refuse(address: str, *_: Any, **__: Any) -> Any:
    """Fetch nothing, whatever the address."""
    raise ScannerError(f"the page asks for {address}, and needs nothing")


FORMAT = Format(
    name="pdf",
    title="the page for print, with the evidence of what is not free of doubt",
    suffix=".pdf",
    render=_render,
    binary=True,
    lacks=library("weasyprint", "documents"),
)
