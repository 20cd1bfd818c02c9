"""Options that several commands share, so that they read and mean the same everywhere."""

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from scanner.cli.exits import FailOn

Captures = Annotated[
    list[Path],
    typer.Argument(
        metavar="FILE",
        help='Captures: pcap or pcapng, also gzip or zstd; "-" is stdin.',
        show_default=False,
    ),
]
Sources = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[SOURCE]",
        help='A JSON report of this program, or captures; "-" is stdin. [default: the store]',
        show_default=False,
    ),
]
From = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help='A capture or JSON report that the device is in; "-" is stdin. Repeatable. [default: the store]',
        show_default=False,
    ),
]
Lists = Annotated[
    list[str] | None,
    typer.Option(
        "--list",
        metavar="ID",
        help="A list to hold devices against, or the path of your own. Repeatable. [default: all]",
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        formats=["%Y-%m-%d"],
        help="The day whose lists and ownership hold. [default: today]",
    ),
]
FormatName = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="NAME",
        help="The form of the report on stdout; an unknown one names them all. [default: table]",
        show_default=False,
    ),
]
Outputs = Annotated[
    list[str] | None,
    typer.Option(
        "-o",
        "--output",
        metavar="[FORMAT=]FILE",
        help='Write the report to a file, in a format; "-" is stdout. Repeatable.',
        show_default=False,
    ),
]
Columns = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="A,B,C",
        help="The columns of table and CSV; an unknown one names them all.",
        show_default=False,
    ),
]
Wide = Annotated[
    bool, typer.Option("--wide", help="A table with every column, on lines as long as they need.")
]
FailThreshold = Annotated[
    FailOn, typer.Option("--fail-on", help="The mildest verdict that makes the exit code 3.")
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Exit with 4 if the result is incomplete or a device is undetermined."),
]
Waivers = Annotated[
    Path | None,
    typer.Option("--waivers", metavar="FILE", help="Your waivers, a TOML file.", show_default=False),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Your camcensus.toml: its zones, lists and waivers hold.",
        show_default=False,
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="The configuration, camcensus.toml. [default: here, yours, or the system's]",
        show_default=False,
    ),
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Print nothing if the exit code is 0.")]
Interfaces = Annotated[
    list[str] | None,
    typer.Option(
        "-e",
        "--interface",
        metavar="NAME",
        help="A network interface to use. Repeatable. [default: every one that is up and real]",
    ),
]
AuditLog = Annotated[
    Path | None,
    typer.Option(
        "--audit-log",
        metavar="FILE",
        help="The log to which every run is appended. [default: in your data folder]",
        show_default=False,
    ),
]
Recog = Annotated[
    Path | None,
    typer.Option(
        "--recog",
        metavar="DIR",
        help="Recog's content folder, as weak evidence beside our own.",
        show_default=False,
    ),
]
Nmap = Annotated[
    Path | None,
    typer.Option(
        "--nmap",
        metavar="FILE",
        help="nmap's nmap-service-probes, as weak evidence beside our own.",
        show_default=False,
    ),
]
WithholdBelow = Annotated[
    int,
    typer.Option(
        "--withhold-below",
        metavar="NUMBER",
        min=0,
        max=1000,
        help="In what is published, withhold smaller counts and those that would give them away.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show where an unexpected error came from.")]


def sources(paths: Sequence[Path]) -> list[Path | BinaryIO]:
    """Return what the capture reader takes: paths, and stdin for "-"."""
    return [sys.stdin.buffer if str(path) == "-" else path for path in paths]
