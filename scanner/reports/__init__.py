"""Views of a report: one format a file, and this one list of them. All pure: a report in, text out."""

from scanner.errors import UsageError
from scanner.model import Report
from scanner.reports import as_json, as_table
from scanner.reports.form import PLAIN, Format, View

FORMATS: tuple[Format, ...] = (as_table.FORMAT, as_json.FORMAT)
"""Every format, the default first."""

__all__ = ["FORMATS", "PLAIN", "Format", "View", "render"]


def render(report: Report, format_name: str, view: View = PLAIN) -> str:
    """Return a report in a format of FORMATS as text that ends with a newline; UsageError for another name."""
    for known in FORMATS:
        if known.name == format_name:
            return known.render(report, view)
    names = ", ".join(known.name for known in FORMATS)
    raise UsageError(f"there is no report format {format_name!r}; the formats are {names}")
