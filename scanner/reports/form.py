"""What a report format is: a name, a title, and a function from a report to text."""

from collections.abc import Callable
from dataclasses import dataclass

from scanner.model import Report

PIPE_WIDTH = 140
"""Columns where nobody says how wide the screen is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Where a report will be read: columns of the screen, and whether it shows colours."""

    width: int = PIPE_WIDTH
    colour: bool = False


PLAIN = View()
"""A file or a pipe."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One format. `render` is pure and its text ends with a newline."""

    name: str
    title: str
    render: Callable[[Report, View], str]
