"""One line a device, for programs and spreadsheets: comma, UTF-8, a header, no cell that a spreadsheet computes."""

from scanner.model import Report
from scanner.reports.form import Format, View
from scanner.reports.rows import cells, columns, csv_text, list_ids, rows


def _render(report: Report, view: View) -> str:
    header, lists = columns(report, view.columns), list_ids(report)
    made = (cells(row, lists) for row in rows(report))
    return csv_text(header, ([line.get(name, "") for name in header] for line in made))


FORMAT = Format(
    name="csv", title="one line a device, the worst first, no cell a formula", suffix=".csv", render=_render
)
