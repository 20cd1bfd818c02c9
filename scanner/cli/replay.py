"""`camcensus replay FILE...`: recorded traffic in, an inventory with verdicts out."""

import typer

from scanner.cli import options, screen
from scanner.cli.exits import FailOn
from scanner.cli.reporting import finish, form_of


def replay(
    files: options.Captures,
    json: options.Json = False,
    format_name: options.FormatName = "table",
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.LISTED,
    strict: options.Strict = False,
    waivers: options.Waivers = None,
    as_of: options.AsOf = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Read recorded traffic and report the devices in it.

    Prints what each list says of every surveillance device, the worst first. Sends nothing.
    """
    from scanner.pipeline import replay as replayed
    from scanner.policy import load_waivers

    on = screen.judging_day(as_of)
    excused = load_waivers(waivers) if waivers else ()
    report = replayed(options.sources(files), on=on, lists=list_ids or (), waivers=excused, strict=debug)
    raise typer.Exit(finish(report, form_of(format_name, json=json), fail_on, strict=strict, quiet=quiet))
