"""Views of a report: one format a file, and this one list of them. All pure: a report in, text or bytes out."""

from scanner.errors import UsageError
from scanner.model import Report
from scanner.reports import (
    as_csv,
    as_cyclonedx,
    as_disclosure,
    as_docx,
    as_glpi,
    as_html,
    as_json,
    as_jsonl,
    as_junit,
    as_markdown,
    as_nmap,
    as_ocsf,
    as_pdf,
    as_prometheus,
    as_sarif,
    as_servicenow,
    as_snipeit,
    as_table,
    as_xlsx,
)
from scanner.reports.form import PLAIN, Format, View

FORMATS: tuple[Format, ...] = (
    as_table.FORMAT,
    as_json.FORMAT,
    as_jsonl.FORMAT,
    as_csv.FORMAT,
    as_xlsx.FORMAT,
    as_markdown.FORMAT,
    as_html.FORMAT,
    as_disclosure.FORMAT,
    as_docx.FORMAT,
    as_pdf.FORMAT,
    as_cyclonedx.FORMAT,
    as_ocsf.FORMAT,
    as_sarif.FORMAT,
    as_junit.FORMAT,
    as_prometheus.FORMAT,
    as_nmap.FORMAT,
    as_snipeit.FORMAT,
    as_glpi.FORMAT,
    as_servicenow.FORMAT,
)
"""Every format, the default first."""

__all__ = ["FORMATS", "PLAIN", "Format", "View", "named", "render", "suffixed"]


def named(name: str) -> Format:
    """Return the format of a name; UsageError where there is none."""
    for known in FORMATS:
        if known.name == name:
            return known
    names = ", ".join(known.name for known in FORMATS)
    raise UsageError(f"there is no report format {name!r}; the formats are {names}")


def suffixed(file_name: str) -> Format | None:
    """Return the format that the end of a file's name tells, None where it tells none.

    >>> suffixed("town-hall.json").name
    'json'
    """
    fitting = [known for known in FORMATS if file_name.endswith(known.suffix)]
    return max(fitting, key=lambda known: len(known.suffix), default=None)


def render(report: Report, format_name: str, view: View = PLAIN) -> str | bytes:
    """Return a report in a format of FORMATS: text that ends with a newline, or bytes; UsageError for another name."""
    return named(format_name).render(report, view)
