"""The disclosure report as one HTML file without any script: counts, method and limits, ready to publish or print."""

from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.model import Report
from scanner.reports.form import Format, View

if TYPE_CHECKING:
    from jinja2 import Environment


def _render(report: Report, view: View) -> str:
    from markupsafe import Markup

    from scanner.reports.disclosure.content import WITHHELD, disclosure
    from scanner.reports.page.writing import content_policy

    style = _asset("disclosure.css")
    made = disclosure(report, view.withhold_below)
    return (
        _environment()
        .get_template("disclosure.html")
        .render(
            document=made,
            withheld=WITHHELD,
            style=Markup(style),  # noqa: S704 - our own file
            policy=content_policy(style, ""),
        )
        + "\n"
    )


def _asset(name: str) -> str:
    from importlib import resources

    return resources.files("scanner.reports.disclosure").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("scanner.reports", "disclosure"), autoescape=True, undefined=StrictUndefined
    )


FORMAT = Format(
    name="disclosure",
    title="for publication: counts by building, maker and list, without anything that would help an attacker",
    suffix=".disclosure.html",
    render=_render,
)
