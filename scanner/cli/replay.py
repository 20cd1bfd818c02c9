"""`camcensus replay FILE...`: recorded traffic in, an inventory with verdicts out."""

import typer

from scanner.cli import options, saving, screen
from scanner.cli.exits import FailOn
from scanner.cli.knowledge import knowledge_of
from scanner.cli.outputs import outputs
from scanner.cli.progress import Waiting
from scanner.cli.reporting import basis, finish
from scanner.cli.sources import reading


def replay(
    files: options.Captures,
    json: options.Json = False,
    format_name: options.FormatName = None,
    output: options.Outputs = None,
    columns: options.Columns = None,
    wide: options.Wide = False,
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.LISTED,
    strict: options.Strict = False,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_of: options.AsOf = None,
    recog: options.Recog = None,
    nmap: options.Nmap = None,
    store: saving.Keep = None,
    site: saving.KeepSite = "",
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Read recorded traffic and report the devices in it.

    Prints what each list says of every surveillance device, the worst first. Sends nothing.
    """
    from scanner.capture import read_ahead

    on = screen.judging_day(as_of)
    with read_ahead(options.sources(files)) as sources:  # first: a large one is read while the rest is loaded
        from scanner.pipeline import replay as replayed
        from scanner.recorder import Recorder

        wanted = outputs(format_name, output, json=json, columns=columns, wide=wide)
        against = basis(list_ids, waivers, config)
        knowledge = knowledge_of(against, recog, nmap, quiet=quiet)
        keeping = saving.Saving(store, site, "replay")
        heard = Recorder()
        with Waiting(reading(files), quiet=quiet):
            report = replayed(
                sources,
                on=on,
                lists=against.lists,
                waivers=against.waivers,
                zones=against.zones,
                knowledge=knowledge,
                strict=debug,
                taking=heard.take if keeping else None,
            )
    report = keeping.finish(report, heard.messages)
    raise typer.Exit(finish(report, wanted, fail_on, strict=strict, quiet=quiet))
