"""The report as one HTML file for whoever did not run the program: opens offline, prints, sorts, and proves itself."""

from scanner.model import Report
from scanner.reports.form import Format, View


def _render(report: Report, _view: View) -> str:
    from scanner.reports.page.writing import page

    return page(report) + "\n"


FORMAT = Format(
    name="html",
    title="one self-contained page: the answer, charts, maps, a table to sort and search, the evidence",
    suffix=".html",
    render=_render,
)
