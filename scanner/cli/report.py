"""`camcensus report SOURCE...`: what was found before in other forms: captures replayed, or a JSON report read back."""

import typer

from scanner.cli import options, saving
from scanner.cli.exits import FailOn
from scanner.cli.outputs import outputs
from scanner.cli.reporting import basis, finish
from scanner.cli.sources import reported


def report(
    sources: options.Sources = None,
    store: saving.Where = None,
    site: saving.Site = None,
    run: saving.Run = "latest",
    json: options.Json = False,
    format_name: options.FormatName = None,
    output: options.Outputs = None,
    columns: options.Columns = None,
    wide: options.Wide = False,
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.NONE,
    strict: options.Strict = False,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_of: options.AsOf = None,
    withhold_below: options.WithholdBelow = 0,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Write what was found before in another form, or in several.

    A stored run and a JSON report are shown as they were judged then; captures are judged now. Sends nothing.
    """
    wanted = outputs(format_name, output, json=json, columns=columns, wide=wide)
    against = basis(list_ids, waivers, config)
    anew = bool(list_ids or waivers or config or as_of)
    found = reported(
        sources, against, as_of, store=store, site=site, run=run, judged_anew=anew, quiet=quiet, debug=debug
    )
    raise typer.Exit(
        finish(found, wanted, fail_on, strict=strict, quiet=quiet, withhold_below=withhold_below)
    )
