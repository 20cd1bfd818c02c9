"""The typer application: every command of `camcensus`, in the order in which people need them."""

from typing import Annotated

import typer

from scanner import __version__
from scanner.cli import (
    centre,
    check,
    demo,
    devices,
    diff,
    doctor,
    explain,
    fingerprints,
    imports,
    listen,
    lists,
    netbox,
    nightly,
    reconcile,
    replay,
    report,
    scan,
    schedule,
    sensor,
    store,
    waive,
)

app = typer.Typer(
    name="camcensus",
    help="A census of the surveillance devices on a network: what is there, who made it, which list names its maker.",
    epilog="Nothing is ever logged into, changed or attacked. Output is no legal advice.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"camcensus {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    pass


app.command(name="scan")(scan.scan)
app.command(name="replay")(replay.replay)
app.command(name="listen")(listen.listen)
app.command(name="import")(imports.import_results)
app.command(name="report")(report.report)
app.command(name="netbox")(netbox.netbox)
app.command(name="explain")(explain.explain)
app.command(name="devices")(devices.devices)
app.command(name="check")(check.check)
app.command(name="diff")(diff.diff)
app.add_typer(store.store, name="store")
app.command(name="reconcile")(reconcile.reconcile)
app.command(name="lists")(lists.lists)
app.command(name="waive")(waive.waive)
app.add_typer(fingerprints.app, name="fingerprints")
app.command(name="run")(nightly.run)
app.command(name="schedule")(schedule.schedule)
app.add_typer(centre.centre, name="centre")
app.command(name="sensor")(sensor.sensor)
app.command(name="demo")(demo.demo)
app.command(name="doctor")(doctor.doctor)
