"""`camcensus check`: what was kept, held against today's lists; with --rerun also against today's fingerprints."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, saving, screen
from scanner.cli.exits import FailOn
from scanner.cli.outputs import outputs
from scanner.cli.reporting import Basis, basis, finish
from scanner.errors import UsageError

if TYPE_CHECKING:
    from datetime import date

    from scanner.model import Report
    from scanner.store import RunInfo, Store


def check(
    rerun: Annotated[
        bool,
        typer.Option(
            "--rerun", help="Conclude anew from the messages that were kept, with today's fingerprints."
        ),
    ] = False,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the result as a run, so that diff tells what it changed.")
    ] = False,
    site: saving.Site = None,
    run: saving.Run = "latest",
    store: saving.Where = None,
    json: options.Json = False,
    format_name: options.FormatName = None,
    output: options.Outputs = None,
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.LISTED,
    strict: options.Strict = False,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_of: options.AsOf = None,
    quiet: options.Quiet = False,
) -> None:
    """Hold what was found against today's lists, without a packet."""
    wanted = outputs(format_name, output, json=json)
    against, on = basis(list_ids, waivers, config), screen.judging_day(as_of)
    store, site = saving.configured(config, store, site)
    with saving.existing(store) as kept:
        names = [site] if site is not None else kept.sites()
        if not names:
            raise UsageError("the store holds no finished run yet")
        judged = [
            (name, _judged(kept, kept.find(run, name), against, on, rerun=rerun, save=save)) for name in names
        ]
    report = judged[0][1] if len(judged) == 1 else saving.together(judged)
    raise typer.Exit(finish(report, wanted, fail_on, strict=strict, quiet=quiet))


def _judged(
    store: "Store", run: "RunInfo", against: Basis, on: "date", *, rerun: bool, save: bool
) -> "Report":
    from scanner.pipeline import hold_against, judge_again

    before = store.report(run.id)
    messages = tuple(store.messages(run.id)) if rerun else ()
    words = {
        "on": on,
        "lists": against.lists,
        "waivers": against.waivers,
        "zones": against.zones.at(run.site),
    }
    if rerun:
        if not messages and before.devices:
            raise UsageError(
                f"the messages of {saving.named(run)} were not kept: only the newest runs have theirs"
            )
        made = judge_again(before, messages, **words)  # type: ignore[arg-type]
    else:
        made = hold_against(before, **words)  # type: ignore[arg-type]
    made = replace(made, run={**made.run, "mode": "check"}, history=before.history)
    return store.save(made, messages, site=run.site)[1] if save else made
