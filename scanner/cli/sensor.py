"""`camcensus sensor`: scans its site when the centre asks, and goes on when it is cut off."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options, screen
from scanner.cli import scan_options as only
from scanner.cli.centre import VARIABLE, Url
from scanner.errors import ScannerError, UsageError


def sensor(
    site: Annotated[str, typer.Option(metavar="SITE", help="The site that is scanned.", show_default=False)],
    scope: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="The authorised networks. The centre can ask for less, never for more.",
            show_default=False,
        ),
    ],
    settings: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What centre add-sensor wrote: the centre's address.", show_default=False
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where results are kept until the centre has them.", show_default=False
        ),
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is to be done now, and end.")] = False,
    profile: only.Profile = "standard",
    timing: only.Timing = "polite",
    max_rate: only.MaxRate = None,
    interface: options.Interfaces = None,
    audit_log: options.AuditLog = None,
    url: Url = None,
    quiet: options.Quiet = False,
) -> None:
    """Scan a site for a centre, within the scope file that lies here."""
    from scanner.fleet.database import url_of
    from scanner.fleet.sensor import REST_S, Sensor, default_name
    from scanner.fleet.sites import Scanner
    from scanner.fleet.spool import Spool, default_folder

    scanner = Scanner(
        site=site, scope=scope, profile=profile, timing=timing, max_rate=max_rate,
        interfaces=tuple(interface or ()), audit_log=audit_log,
    )  # fmt: skip
    scanner.allowed()
    say = (lambda _sentence: None) if quiet else _say
    here = Sensor(
        default_name(),
        site,
        url_of(url or _settings(settings), VARIABLE),
        Spool(folder or default_folder(site)),
        scanner,
        say,
    )
    while True:
        reached = here.look()
        if once:
            raise typer.Exit(0 if reached else 1)
        time.sleep(REST_S)


def _settings(path: Path | None) -> str | None:
    """Return the centre's URL that a settings file holds; None without a file."""
    if path is None:
        return None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {error.strerror or error}") from error
    found = [line.partition("=")[2].strip() for line in lines if line.startswith(f"{VARIABLE}=")]
    if not found:
        raise UsageError(f"{path} has no line that begins with {VARIABLE}=")
    return found[-1]


def _say(sentence: str) -> None:
    screen.talk(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {sentence}")
