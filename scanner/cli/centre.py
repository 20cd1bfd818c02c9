"""`camcensus centre …`: many sites from one desk. `camcensus sensor` is the other end."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, screen
from scanner.cli.reporting import basis
from scanner.errors import ScannerError, UsageError

if TYPE_CHECKING:
    from scanner.fleet.centre import Centre

VARIABLE = "CAMCENSUS_CENTRE"

centre = typer.Typer(help="Many sites from one desk: sensors, their jobs, and the state of the fleet.")

Url = Annotated[
    str | None,
    typer.Option(
        "--centre",
        metavar="URL",
        help=f"The centre's PostgreSQL database. [default: the variable {VARIABLE}]",
        show_default=False,
    ),
]
Site = Annotated[str, typer.Argument(metavar="SITE", help="The site's name.", show_default=False)]
Sensor = Annotated[str, typer.Argument(metavar="SENSOR", help="The sensor's name.", show_default=False)]


def _centre(url: str | None) -> "Centre":
    from scanner.fleet.centre import Centre
    from scanner.fleet.database import url_of

    return Centre(url_of(url, VARIABLE))


@centre.command()
def init(url: Url = None) -> None:
    """Make a database a centre, or bring an older centre up to date.

    Needs its owner, who may also create roles.
    """
    from scanner.fleet.database import install
    from scanner.store import open_store

    where = _centre(url).url
    open_store(where).close()
    install(where)
    screen.talk("This database is a centre now. Next: camcensus centre add-site, then add-sensor.")


@centre.command(name="add-site")
def add_site(
    site: Site,
    schedule: Annotated[
        str | None,
        typer.Option(
            metavar="CRON", help="When to scan: five fields as cron has them, in UTC. [default: when asked]"
        ),
    ] = None,
    shards: Annotated[int, typer.Option(help="Jobs that a scan of the site is split into.")] = 1,
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="TARGET", help="Less than the sensors' scope files allow. Repeatable."),
    ] = None,
    url: Url = None,
) -> None:
    """Add a site, or change when and how it is scanned."""
    _centre(url).add_site(site, schedule=schedule, shards=shards, targets=target or ())
    screen.talk(f"Site {site}: {f'scanned at {schedule} UTC' if schedule else 'scanned when asked'}.")


@centre.command(name="add-sensor")
def add_sensor(
    sensor: Sensor,
    site: Annotated[str, typer.Option(metavar="SITE", help="The site that it scans.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="FILE", help="Where its settings go: they hold its password."),
    ],
    url: Url = None,
) -> None:
    """Add a sensor; its settings, with a password told once, go into a file to take there."""
    import os

    if output.exists():
        raise UsageError(f"{output} is there already: a password is not written over another")
    try:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            address = _centre(url).add_sensor(sensor, site)
            file.write(f"{VARIABLE}={address}\n")
    except OSError as error:
        raise ScannerError(f"{output} cannot be written: {error.strerror}") from error
    except ScannerError:
        output.unlink(missing_ok=True)
        raise
    screen.talk(
        f"Sensor {sensor} of {site}. Take {output} there, write a scope file, and start: "
        f"camcensus sensor --site {site} --scope scope.toml --settings {output.name}"
    )


@centre.command()
def revoke(sensor: Sensor, url: Url = None) -> None:
    """Shut a stolen sensor out for good, at once."""
    _centre(url).revoke(sensor)
    screen.talk(f"Sensor {sensor} is shut out: its role cannot log in, its sessions have ended.")


@centre.command()
def ask(site: Site, url: Url = None) -> None:
    """Ask a site for a scan now."""
    now = datetime.now(UTC).replace(microsecond=0)
    _centre(url).ask(site, now)
    screen.talk(f"Asked for: {site}, round of {now:%Y-%m-%d %H:%M:%S} UTC.")


@centre.command(name="serve-jobs")
def serve_jobs(
    once: Annotated[bool, typer.Option("--once", help="Do what is to be done now, and end.")] = False,
    list_ids: options.Lists = None,
    waivers: options.Waivers = None,
    config: options.Config = None,
    url: Url = None,
) -> None:
    """Open rounds that fall due, free the jobs of dead sensors, take what arrives into the store.

    Runs until interrupted; several may run. Lists, waivers and zones are the centre's; a zone with a site is that
    site's alone.
    """
    import asyncio

    from scanner.fleet.ingest import Ingestion
    from scanner.fleet.jobs import application, free_jobs_of_the_dead, serve

    here, against = _centre(url), basis(list_ids, waivers, config)
    ingestion = Ingestion(here, against.lists, against.waivers, against.zones)
    app = application(here, ingestion.take_in, screen.talk)
    if not once:
        asyncio.run(serve(app))
        return

    async def all_now() -> None:
        async with app.open_async():
            await free_jobs_of_the_dead(app, screen.talk)
        here.ask_due(datetime.now(UTC))
        here.overdue()
        await serve(app, wait=False)

    asyncio.run(all_now())


@centre.command()
def status(
    json: options.Json = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print gauges for Prometheus' textfile collector.")
    ] = False,
    url: Url = None,
) -> None:
    """Show every sensor: when it was last heard, its last complete run, its clock, what worries."""
    from scanner.fleet import status as states
    from scanner.fleet.centre import records

    found, now = _centre(url).status(), datetime.now(UTC)
    if json:
        screen.write_json(records(found))
    elif prometheus:
        screen.write_data(states.metrics(found, now))
    else:
        screen.write(states.table(found, now))
