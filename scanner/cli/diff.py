"""`camcensus diff [A] [B]`: what changed from one run to a later one; exits as diff(1) does."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, saving, screen
from scanner.errors import ScannerError, UsageError

if TYPE_CHECKING:
    from scanner.store import RunInfo, Store

SAME, DIFFERENT, TROUBLE = 0, 1, 2
"""diff(1)'s exit codes, which people's scripts know."""
WITHOUT_CHANGES = "No changes.\n"


def diff(
    earlier: Annotated[
        str,
        typer.Argument(metavar="[A]", help='The earlier run: an id, or "-1" for the one before the latest.'),
    ] = "-1",
    later: Annotated[str, typer.Argument(metavar="[B]", help="The later run.")] = "latest",
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="WHEN", help="From the last run before a day (2026-11-20) or a time ago (7d)."
        ),
    ] = None,
    site: saving.Site = None,
    store: saving.Where = None,
    config: saving.Configured = None,
    json: options.Json = False,
) -> None:
    """Tell what changed: what appeared, went, came back, moved, changed, and whose verdict, and why.

    Exits with 0 if nothing did, 1 if something did, 2 if that cannot be told, as diff does.
    """
    store, site = saving.configured(config, store, site)
    try:
        with saving.existing(store) as kept:
            pairs = _pairs(kept, earlier, later, since, site)
            found = [(before, after, kept.diff(before.id, after.id)) for before, after in pairs]
    except UsageError:
        raise
    except ScannerError as error:
        screen.talk(f"camcensus: {error}")
        raise typer.Exit(TROUBLE) from error
    from scanner.store.changes import record, summary

    if json:
        screen.write_json(
            [
                {
                    "site": after.site,
                    "from": before.id,
                    "to": after.id,
                    "changes": [record(one) for one in changes],
                }
                for before, after, changes in found
            ]
        )
    else:
        for before, after, changes in found:
            screen.talk(f"From {saving.named(before)} to {saving.named(after)}:")
            screen.write(summary(changes) or WITHOUT_CHANGES)
    raise typer.Exit(DIFFERENT if any(changes for _, _, changes in found) else SAME)


def _pairs(
    store: "Store", earlier: str, later: str, since: str | None, site: str | None
) -> "list[tuple[RunInfo, RunInfo]]":
    """Return the runs to compare: of each site its own, where no site and no run is named."""
    if site is None and since is None and (earlier, later) != ("-1", "latest"):
        return [(store.find(earlier), store.find(later))]
    sites = [site] if site is not None else store.sites()
    if not sites:
        raise UsageError("the store holds no finished run yet")
    pairs = []
    for name in sites:
        after = store.find(later, name)
        before = (
            _before(store, name, moment(since))
            if since
            else _find(store, earlier, name, single=len(sites) == 1)
        )
        if before is not None:
            pairs.append((before, after))
    return pairs


def _find(store: "Store", name: str, site: str, *, single: bool) -> "RunInfo | None":
    try:
        return store.find(name, site)
    except UsageError:
        if single:
            raise
        return None  # a site that was scanned once has nothing to compare


def _before(store: "Store", site: str, when: datetime) -> "RunInfo | None":
    """Return the last run of a site before a time, or else its first."""
    runs = store.runs(site)
    return next((run for run in runs if run.finished and run.finished < when), runs[-1] if runs else None)


def moment(text: str) -> datetime:
    """Return a day as its beginning in UTC, or a time ago ("36h", "7d"); UsageError for anything else."""
    units = {"d": "days", "h": "hours", "m": "minutes", "w": "weeks"}
    if text[-1:] in units and text[:-1].isdecimal():
        return datetime.now(UTC) - timedelta(**{units[text[-1]]: int(text[:-1])})
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is neither a day, as 2026-11-20, nor a time ago, as 7d or 36h") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
