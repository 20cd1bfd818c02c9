"""`camcensus schedule`: the timer or cron line of the run by night, printed, or written with --install."""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, screen
from scanner.errors import ScannerError

if TYPE_CHECKING:
    from scanner.nightly.schedule import Job

Cron = Annotated[bool, typer.Option("--cron", help="A line for cron instead of a systemd timer.")]
Install = Annotated[bool, typer.Option("--install", help="Write it where it belongs instead of printing it.")]


def schedule(config: options.ConfigFile = None, cron: Cron = False, install: Install = False) -> None:
    """Print what makes the system run `camcensus run` when the configuration says; with --install, write it.

    As root it is the system's timer, else your own. A night on which the machine was off is caught up with.
    """
    from scanner.config import find_config, read_config
    from scanner.nightly.schedule import Job

    settings = read_config(find_config(config))
    when = settings.schedule
    job = Job(program=_program(), config=settings.path, at=when.at, every=when.every)
    if cron:
        _cron(job, install=install)
    else:
        _timer(job, install=install)


def _program() -> tuple[str, ...]:
    """Return the words that start this program again."""
    started = Path(sys.argv[0])
    if started.name == "camcensus" and started.is_file():
        return (str(started.resolve()),)
    return (sys.executable, "-m", "scanner")


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _timer(job: "Job", *, install: bool) -> None:
    from scanner.nightly.schedule import SYSTEM_UNITS, USER_UNITS, enabling, units, write

    system = _is_root()
    folder = SYSTEM_UNITS if system else Path.home() / USER_UNITS
    made = {folder / name: text for name, text in units(job, system=system).items()}
    if not install:
        screen.write("\n".join(f"# {path}\n{text}" for path, text in made.items()))
        screen.talk(
            f"To write these files: --install; then to switch the timer on: {enabling(system=system)}"
        )
        return
    write(made)
    for path in made:
        screen.talk(f"Wrote {path}.")
    screen.talk(f"To switch it on: {enabling(system=system)}")


def _cron(job: "Job", *, install: bool) -> None:
    from scanner.nightly.schedule import CRON_FOLDER, UNIT, cron_line, write

    if not install:
        screen.write(cron_line(job))
        screen.talk("For your own crontab: crontab -e. The line asks every hour; the run is due once.")
        return
    if not _is_root():
        raise ScannerError(
            f"only root can write to {CRON_FOLDER}; put the line into your own table with crontab -e"
        )
    place = CRON_FOLDER / UNIT
    write(
        {
            place: f"# Census of surveillance devices: asks every hour whether it is due.\n{cron_line(job, 'root')}"
        }
    )
    screen.talk(f"Wrote {place}.")
