"""How commands that make a report end: it is written in every form asked for, and its exit code returned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.cli import screen
from scanner.cli.exits import Exit, FailOn, exit_for
from scanner.cli.outputs import DEFAULT, Output, put
from scanner.cli.progress import Waiting
from scanner.zones import NOWHERE, Map

if TYPE_CHECKING:
    from scanner.model import Report
    from scanner.policy import PolicyList, Waiver


def finish(
    report: "Report",
    wanted: Sequence[Output],
    fail_on: FailOn,
    *,
    strict: bool,
    quiet: bool,
    withhold_below: int = 0,
) -> Exit:
    """Write a report in every form wanted, its tally on stderr if stdout has no table; returns the exit code.

    With `quiet` nothing is printed where the code is 0; files are written all the same. `withhold_below` is for what
    is published: smaller counts are withheld.
    """
    from scanner.reports import ranking

    code = exit_for(report, fail_on, strict=strict)
    silent = quiet and code is Exit.OK
    chosen = [item for item in wanted if item.path or not silent]
    write(report, chosen, silent=silent, withhold_below=withhold_below)
    if not silent and not any(item.path is None and item.form.name == DEFAULT for item in wanted):
        screen.talk(ranking.tally(item.verdict for item in ranking.rank(report)))
    return code


def write(report: "Report", wanted: Sequence[Output], *, silent: bool, withhold_below: int = 0) -> None:
    """Write a report in every form wanted. One that fails does not cost the others: the first fault is raised last."""
    faults: list[Exception] = []
    for item in wanted:
        try:
            _write(report, item, silent=silent, withhold_below=withhold_below)
        except Exception as error:  # noqa: BLE001 - raised below, when the others are written
            faults.append(error)
    if faults:
        raise faults[0]


def _write(report: "Report", item: Output, *, silent: bool, withhold_below: int) -> None:
    from scanner.reports import PLAIN

    view = replace(
        PLAIN if item.path else screen.view(),
        withhold_below=withhold_below,
        columns=item.columns,
        wide=item.wide,
    )
    with Waiting(f"Writing the {item.form.name} report", quiet=silent):
        made = item.form.render(report, view)
        data = made.encode() if isinstance(made, str) else made
        if item.path:
            put(item.path, data)
    if item.path:
        if not silent:
            screen.talk(f"Wrote {item.path} ({item.form.name}, {len(data):,} bytes).")
    elif item.form.name == DEFAULT and isinstance(made, str):
        screen.write(made)
    else:
        screen.write_data(data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What devices are held against: lists (none stands for those that are enabled), waivers, and the map of zones.

    `recog` and `nmap` are where others' knowledge lies, where a configuration names it.
    """

    lists: "tuple[str | PolicyList, ...]" = ()
    waivers: "tuple[Waiver, ...]" = ()
    zones: Map = NOWHERE
    recog: Path | None = None
    nmap: Path | None = None


def basis(list_ids: list[str] | None, waivers: Path | None, config: Path | None) -> Basis:
    """Return what the words and a configuration say together, all of it read and checked; words go before it.

    Raises what the judging would raise at its end: an unknown list must not cost a scan.
    """
    from scanner.config import read_config

    excused = check(list_ids, waivers)
    if config is None:
        return Basis(lists=tuple(list_ids or ()), waivers=excused)
    settings = read_config(config)
    recog, nmap = settings.foreign()
    return Basis(
        lists=tuple(list_ids) if list_ids else settings.policy_lists(),
        waivers=excused if waivers else settings.excused(),
        zones=settings.map,
        recog=recog,
        nmap=nmap,
    )


def check(list_ids: list[str] | None, waivers: Path | None) -> "tuple[Waiver, ...]":
    """Return the waivers of a file, after a look at what else could be wrong with the words of a long run.

    Raises what the judging would raise at its end: an unknown list must not cost a scan.
    """
    from scanner.policy import load_lists, load_waivers

    load_lists(tuple(list_ids or ()))
    return tuple(load_waivers(waivers)) if waivers else ()
