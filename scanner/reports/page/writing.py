"""The page put together: the parts, one template, one style, one script, and a policy that allows only these two.

The content security policy names style and script by their digest and forbids everything else, so that even markup that
slipped through would neither run nor load. Widths of bars are rules of the one style, because a style attribute is
forbidden too.
"""

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from scanner.model import Report, Verdict
from scanner.reports.as_table import NOT_ADVICE
from scanner.reports.page import able, answer, background, bars, details, maps
from scanner.reports.page.answer import Tally
from scanner.reports.page.rows import Row, rows
from scanner.reports.page.verdicts import ALL, OTHER
from scanner.reports.ranking import counted

if TYPE_CHECKING:
    from jinja2 import Environment

MAX_CHOICES = 400
"""Makers, kinds or buildings that can be chosen from; the search finds the rest."""
MAX_PRINTED = 2000
"""Lines of the table in a page for print."""
MAX_STATIC = 100
"""Devices whose evidence stands in a page without script (for print): the worst first."""


PRINT_INK = {
    "listed": "#a3232b",
    "possible": "#8a5300",
    "undetermined": "#63449c",
    "waived": "#1b6b73",
    "not-listed": "#3d6650",
    "other": "#5f6871",
    "silent": "#5f6871",
}
"""The colours of marks in drawings for print; those of page.css in its light form."""
PRINT_GROUND = "#f4f4f1"


@dataclass(slots=True)
class Widths:
    """The widths that bars need, each a class with its rule."""

    rules: dict[str, str] = field(default_factory=dict)

    def name(self, percent: float) -> str:
        """Return the class for a width in per cent."""
        name = f"w{round(percent * 1000)}"
        self.rules.setdefault(name, f".{name}{{width:{percent:.3f}%}}")
        return name

    def style(self) -> str:
        """Return the rules of all widths that were asked for."""
        return "".join(self.rules.values())


def page(report: Report, *, static: bool = False) -> str:
    """Return the report as one HTML file; `static` is for print: no script, and the evidence of the worst in place."""
    found = rows(report)
    widths = Widths()
    charts = {
        "makers": bars.by_maker(found),
        "buildings": bars.by_building(found),
        "history": bars.over_time(report, found),
    }
    for chart in charts.values():
        for piece in (piece for bar in chart for piece in bar.pieces):
            widths.name(piece.size)
    style, script = f"{asset('page.css')}{widths.style()}", "" if static else asset("page.js")
    return (
        _environment()
        .get_template("page.html")
        .render(
            **_context(report, found),
            **charts,
            **(_static(report, found) if static else _data(report, found)),
            width=widths.name,
            style=_trusted(style),
            script=_trusted(script),
            policy=content_policy(style, script),
        )
    )


def _context(report: Report, found: Sequence[Row]) -> dict[str, Any]:
    atlas = maps.atlas(report, found)
    others = sum(1 for row in found if row.verdict == OTHER.key)
    tallies = answer.tallies(found)
    site = answer.site(report)
    return {
        "report": report,
        "rows": found,
        "heading": f"Surveillance devices, {site}" if site else "Surveillance devices on this network",
        "advice": NOT_ADVICE,
        "sentence": answer.sentence(report, found),
        "beside": answer.beside(report, found),
        "tallies": tallies,
        "judged": len(found) - others,
        "states": [t for t in (*tallies, Tally(meaning=OTHER, count=others)) if t.count],
        "meanings": ALL,
        "words": {meaning.key: meaning.word for meaning in ALL},
        "placed": any(row.spot for row in found),
        "choices": _choices(found),
        "atlas": atlas,
        "abilities": able.abilities(found),
        "exposures": able.exposures(report, found),
        "unmapped": f"{counted(atlas.unmapped, 'device')} without an IPv4 address: in the table only.",
        "complete": background.complete(report),
        "looked_at": background.looked_at(report.coverage),
        "reached": background.reached(report.coverage),
        "unseen": background.unseen(report.coverage),
        "lists": background.held_against(report),
        "warnings": background.warnings(report),
        "waivers": background.waivers(report, found),
        "made": tuple(background.made(report)),
        "day": day,
    }


def _choices(found: Sequence[Row]) -> dict[str, list[str]]:
    return {
        "makers": _several(row.maker for row in found),
        "kinds": _several(row.kind for row in found),
        "buildings": _several(row.building for row in found),
    }


def _several(texts: Any) -> list[str]:
    return sorted({text for text in texts if text}, key=str.casefold)[:MAX_CHOICES]


def _data(report: Report, found: Sequence[Row]) -> dict[str, Any]:
    return {
        "static": False,
        "printed": len(found),
        "paint": lambda *_: "",
        "details": _trusted(details.document(report, found)),
    }


def _static(report: Report, found: Sequence[Row]) -> dict[str, Any]:
    """Return what a page without script has in place: the evidence of what is not free, up to MAX_STATIC."""
    free = {OTHER.key, Verdict.NOT_LISTED.value}
    worth = [row for row in found if row.verdict not in free]
    about, shown = details.by_device(report.findings), details.by_device(report.exposures)
    told = {
        row.number: details.record(row.device, about.get(row.device.id, ()), shown.get(row.device.id, ()))
        for row in worth[:MAX_STATIC]
    }
    rest = len(worth) - len(told)
    untold = (
        f"The evidence of {counted(rest, 'more device')} is in the HTML and the JSON report." if rest else ""
    )
    return {
        "static": True,
        "printed": min(len(found), MAX_PRINTED),
        "paint": _paint,
        "told": told,
        "untold": untold,
    }


def _paint(key: str, hollow: bool) -> Any:
    """Return the colours of a mark as attributes: a writer of PDF does not carry the page's style into a drawing."""
    ink = PRINT_INK[key]
    return _trusted(f' fill="{PRINT_GROUND if hollow else ink}" stroke="{ink}" stroke-width="1.2"')


def day(value: date) -> str:
    """Return a day as people write it.

    >>> day(date(2026, 11, 7))
    '7 November 2026'
    """
    return f"{value.day} {value:%B %Y}"


def content_policy(style: str, script: str) -> str:
    """Return the content security policy that allows this style, this script, and nothing else."""
    scripts = f"script-src {_digest(script)}" if script else "script-src 'none'"
    return (
        f"default-src 'none'; {scripts}; style-src {_digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def asset(name: str) -> str:
    """Return one of our own files as text."""
    return resources.files("scanner.reports.page").joinpath(name).read_text(encoding="utf-8")


def _trusted(text: str) -> Any:
    """Return text of our own making as markup: style, script, and JSON without a single `<`."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - see above: never a device's text as such


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("scanner.reports", "page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=False,
        lstrip_blocks=False,
    )
