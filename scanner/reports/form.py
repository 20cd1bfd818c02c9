"""What a report format is: a name, a title, and a function from a report to text or bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec

from scanner.model import Report

PIPE_WIDTH = 140
"""Columns where nobody says how wide the screen is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where a report will be read: columns of the screen, and whether it shows colours.

    In what is published, counts from 1 to below `withhold_below` are withheld; 0 shows all. `columns` are those that
    tables and CSV show, none meaning their own choice; a `wide` table shows all, on lines as long as they need.
    """

    width: int = PIPE_WIDTH
    colour: bool = False
    withhold_below: int = 0
    columns: tuple[str, ...] = ()
    wide: bool = False


PLAIN = View()
"""A file or a pipe."""


def nothing() -> str:
    """Say that a format lacks nothing here."""
    return ""


def library(module: str, extra: str) -> Callable[[], str]:
    """Return what says that an importable module is missing, and which extra of ours brings it; loads nothing."""

    def lacks() -> str:
        if find_spec(module) is not None:
            return ""
        return f"it needs {module}, which is not installed: pip install 'camcensus[{extra}]'"

    return lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. `render` is pure; its text is lines that end with a newline, and with `binary` it gives bytes.

    `title` says what it is for; `suffix` is how the names of its files end, with the dot. `lacks` says in words what is
    missing on this machine to write it, "" where nothing is: it is asked before a long run, and must be quick.
    Whatever is heavy is imported inside `render`.
    """

    name: str
    title: str
    suffix: str
    render: Callable[[Report, View], str | bytes]
    binary: bool = False
    lacks: Callable[[], str] = nothing
