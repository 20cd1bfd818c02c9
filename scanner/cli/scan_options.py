"""The options that only a scan has."""

from pathlib import Path
from typing import Annotated

import typer

Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="TARGET...",
        help='Networks, ranges, addresses or names, as nmap takes them; "-" reads them from stdin.',
        show_default=False,
    ),
]
TargetFile = Annotated[
    Path | None,
    typer.Option("-iL", "--targets-file", metavar="FILE", help="Targets in a file.", show_default=False),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude",
        metavar="TARGET",
        help="Never asked, whatever else is said. Repeatable.",
        show_default=False,
    ),
]
ExcludeFile = Annotated[
    Path | None,
    typer.Option("--excludefile", metavar="FILE", help="Exclusions in a file.", show_default=False),
]
ScopeFile = Annotated[
    Path | None,
    typer.Option("--scope", metavar="FILE", help="The authorised networks, a TOML file.", show_default=False),
]
Profile = Annotated[
    str, typer.Option("--profile", metavar="NAME", help="How much is asked: quick, standard or deep.")
]
Timing = Annotated[str, typer.Option("--timing", metavar="NAME", help="How fast: polite, normal or fast.")]
MaxRate = Annotated[
    float | None,
    typer.Option("--max-rate", metavar="NUMBER", help="Packets a second, at most.", show_default=False),
]
HostTimeout = Annotated[
    str, typer.Option("--host-timeout", metavar="TIME", help="Time for one host: 500ms, 30s, 5m.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the plan and send nothing.")]
Record = Annotated[
    Path | None,
    typer.Option("--record", metavar="DIR", help="Keep a masked folder of each device.", show_default=False),
]
PcapOut = Annotated[
    Path | None,
    typer.Option("--pcap-out", metavar="FILE", help="Keep what was received as pcap.", show_default=False),
]
CredentialsFile = Annotated[
    Path | None,
    typer.Option(
        "--credentials", metavar="FILE", help="Your devices' credentials, a TOML file.", show_default=False
    ),
]
