"""`camcensus store …`: what is in the store, and taking care of it."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options, saving, screen
from scanner.cli.exits import Exit

store = typer.Typer(help="What is in the store, and taking care of it.")

Days = Annotated[
    int, typer.Option("--older-than", metavar="DAYS", min=1, help="Runs that ended so many days ago.")
]


@store.command()
def info(
    url: saving.Where = None,
    site: saving.Site = None,
    config: saving.Configured = None,
    json: options.Json = False,
) -> None:
    """List the runs, the newest first, with what they found; runs that never ended among them."""
    from scanner.reports.columns import aligned

    url, site = saving.configured(config, url, site)
    with saving.existing(url) as kept:
        runs, sizes, where = kept.runs(site, unfinished=True), kept.sizes(), kept.shown
    if json:
        rows = [{**{name: getattr(run, name) for name in run.__slots__}} for run in runs]
        for row in rows:
            row.update(
                begun=row["begun"].isoformat(), finished=row["finished"] and row["finished"].isoformat()
            )
        screen.write_json({"store": where, "rows": sizes, "runs": rows})
        return
    screen.talk(
        f"{where}: {sizes['runs']} runs, {sizes['devices']} devices, {sizes['states']} states of them"
    )
    heads = ("site", "run", "begun", "mode", "devices", "state", "id")
    screen.write(
        aligned(
            heads,
            [
                (
                    run.site,
                    "" if run.number is None else str(run.number),
                    f"{run.begun:%Y-%m-%d %H:%M}",
                    run.mode,
                    str(run.devices),
                    "never ended" if run.number is None else "" if run.complete else "incomplete",
                    run.id[:8],
                )
                for run in runs
            ],
        )
    )


@store.command()
def prune(
    older_than: Days,
    url: saving.Where = None,
    site: saving.Site = None,
    config: saving.Configured = None,
) -> None:
    """Forget old runs, but the newest of each site, and what only they need."""
    url, site = saving.configured(config, url, site)
    with saving.existing(url) as kept:
        gone = kept.prune(timedelta(days=older_than), site)
        never = kept.forget_unfinished(timedelta(days=older_than))
    screen.talk(f"{gone} runs forgotten, and {never} that never ended.")


@store.command(name="export")
def export_runs(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: one file, to be taken elsewhere.")],
    url: saving.Where = None,
    site: saving.Site = None,
    config: saving.Configured = None,
) -> None:
    """Write finished runs, with their messages where they were kept, to a file that import reads."""
    from scanner.store.exchange import write_runs

    url, site = saving.configured(config, url, site)
    with saving.existing(url) as kept:
        count = write_runs(kept, file, site)
    screen.talk(f"{count} runs in {file}.")


@store.command(name="import")
def import_runs(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="What export wrote.")],
    url: saving.Where = None,
    site: Annotated[
        str | None,
        typer.Option("--site", metavar="NAME", help="The site of runs that name none.", show_default=False),
    ] = None,
    config: saving.Configured = None,
) -> None:
    """Read what export wrote elsewhere; a run that is here already is not read twice."""
    from scanner.store import open_store
    from scanner.store.exchange import read_runs

    url, site = saving.configured(config, url, site)
    with open_store(None if url == saving.DEFAULT else url) as kept:
        for file in files:
            new, known = read_runs(kept, file, site)
            screen.talk(f"{file}: {new} runs read, {known} were here already.")


@store.command()
def verify(url: saving.Where = None, config: saving.Configured = None) -> None:
    """Read everything once and say what is damaged; exits with 1 if something is."""
    from scanner.store.verifying import faults

    url, _ = saving.configured(config, url, None)
    with saving.existing(url) as kept:
        found = faults(kept)
    for sentence in found:
        screen.write(f"{sentence}\n")
    if found:
        raise typer.Exit(Exit.FAILED)
    screen.talk("The store is sound.")
