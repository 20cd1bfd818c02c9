"""What the commands write to: stdout for data, stderr for talk, and what the terminal can show."""

import os
import shutil
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanner.reports import View


def view() -> "View":
    """Return the width of the screen, and whether it shows colours: only a terminal does, and never with NO_COLOR."""
    from scanner.reports import View

    terminal = sys.stdout.isatty()
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return View(width=_width(terminal=terminal), colour=colour)


def _width(*, terminal: bool) -> int:
    from scanner.reports.form import PIPE_WIDTH

    if not terminal and not os.environ.get("COLUMNS", "").isdecimal():
        return PIPE_WIDTH
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns


def write(text: str) -> None:
    """Write text for people to stdout, in whatever its encoding can hold."""
    encoding = sys.stdout.encoding or "utf-8"
    _put(text.encode(encoding, "backslashreplace"))


def write_data(made: str | bytes) -> None:
    """Write data for programs to stdout, text in UTF-8 whatever the locale says."""
    _put(made.encode() if isinstance(made, str) else made)


def write_json(value: object) -> None:
    """Write a value to stdout as JSON."""
    from scanner.reports.as_json import dumps

    write_data(dumps(value))


def _put(data: bytes) -> None:
    """Write bytes to stdout. A reader who has left is no fault: the exit code still says what was found."""
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def talk(sentence: str) -> None:
    """Say something to the person at the terminal."""
    print(sentence, file=sys.stderr)


def judging_day(as_of: datetime | None) -> date:
    """Return the day on which lists and relations are looked at: the one given, else today in UTC.

    The only clock of a replay: everything behind it is told the day.
    """
    return as_of.date() if as_of else datetime.now(UTC).date()
