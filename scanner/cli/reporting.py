"""How commands that make a report end: it is printed in the form asked for, and its exit code returned."""

from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli import screen
from scanner.cli.exits import Exit, FailOn, exit_for
from scanner.model import Report

if TYPE_CHECKING:
    from scanner.policy import Waiver


def finish(report: Report, form: str, fail_on: FailOn, *, strict: bool, quiet: bool) -> Exit:
    """Print a report as data on stdout, its tally on stderr if stdout is for programs; returns the exit code.

    With `quiet` nothing is printed where the code is 0.
    """
    from scanner.reports import ranking, render

    code = exit_for(report, fail_on, strict=strict)
    if quiet and code is Exit.OK:
        return code
    text = render(report, form, screen.view())
    if form == "table":
        screen.write(text)
    else:
        screen.write_data(text)
        screen.talk(ranking.tally(item.verdict for item in ranking.rank(report)))
    return code


def check(form: str, list_ids: list[str] | None, waivers: Path | None) -> "tuple[Waiver, ...]":
    """Return the waivers of a file, after a look at what else could be wrong with the words of a long run.

    Raises what the report would raise at its end: an unknown format or list must not cost a scan.
    """
    from scanner.errors import UsageError
    from scanner.policy import load_lists, load_waivers
    from scanner.reports import FORMATS

    names = [known.name for known in FORMATS]
    if form not in names:
        raise UsageError(f"there is no report format {form!r}; the formats are {', '.join(names)}")
    load_lists(tuple(list_ids or ()))
    return tuple(load_waivers(waivers)) if waivers else ()


def form_of(name: str, *, json: bool) -> str:
    """Return the format that was asked for: --json is short for --format json."""
    return "json" if json else name
