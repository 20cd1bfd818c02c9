"""`camcensus reconcile REGISTER`: what was found against what is declared in an asset register."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, saving, screen
from scanner.cli.inventory import known_now
from scanner.cli.reporting import Basis
from scanner.cli.sources import report_of
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.model import Device
    from scanner.reconcile import Field

Source = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="FILE",
        help="A JSON report of this program, or a capture. Repeatable. [default: the store]",
        show_default=False,
    ),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        "--column",
        metavar="FIELD=NAME",
        help="Which column holds what, by its name or number: address=IP. Repeatable. [default: guessed, and shown]",
    ),
]
Sheet = Annotated[
    str,
    typer.Option(
        "--sheet", metavar="NAME", help="A sheet of the workbook. [default: the first]", show_default=False
    ),
]
Site = Annotated[
    str | None,
    typer.Option(
        "--site", metavar="NAME", help="A site of the store that holds several.", show_default=False
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="FILE", help="Your camcensus.toml: its store and site hold.", show_default=False
    ),
]
Csv = Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")]


def reconcile(
    register: Annotated[
        Path, typer.Argument(metavar="REGISTER", help="The asset register: CSV or XLSX.", show_default=False)
    ],
    sources: Source = None,
    store: saving.Where = None,
    site: Site = None,
    config: Config = None,
    columns: Columns = None,
    sheet: Sheet = "",
    json: options.Json = False,
    csv: Csv = False,
    as_of: options.AsOf = None,
) -> None:
    """Compare what was found with an asset register.

    Prints what was found and is not registered, what is registered and was not found, registered brands that are not
    the maker's, and duplicates. Sends nothing.
    """
    from scanner.reconcile import guess, read_register
    from scanner.reconcile import reconcile as compared
    from scanner.reconcile.telling import csv as as_csv
    from scanner.reconcile.telling import mapping_lines, record, table, tally
    from scanner.vendors import vendors

    if json and csv:
        raise UsageError("--json and --csv cannot both be printed")
    table_read = read_register(register, sheet)
    mapping = guess(table_read, _wanted(columns or ()))
    devices, silent = _found(sources, store, site, config, as_of)
    for line in mapping_lines(table_read, mapping):
        screen.talk(line)
    cases = compared(devices, table_read, mapping, vendors(), silent)
    if json:
        screen.write_json(record(cases, table_read, mapping))
    elif csv:
        screen.write_data(as_csv(cases))
    else:
        screen.write(table(cases, screen.view().width))
    screen.talk(tally(cases))


def _found(
    sources: list[Path] | None,
    store: str | None,
    site: str | None,
    config: Path | None,
    as_of: datetime | None,
) -> "tuple[tuple[Device, ...], tuple[str, ...]]":
    """Return the devices to compare, and addresses at which somebody lives who did not say who it is."""
    if not sources:
        return known_now(*saving.configured(config, store, site)), ()
    if store or site:
        raise UsageError("--store and --site do not go with --from")
    report = report_of(sources, Basis(), as_of, judged_anew=False, quiet=True, debug=False)
    return report.devices, report.coverage.unidentified


def _wanted(words: "list[str] | tuple[()]") -> "dict[Field, str]":
    """Return the columns that are said to be known."""
    from scanner.reconcile import Field

    found: dict[Field, str] = {}
    for word in words:
        name, equals, column = word.partition("=")
        if not equals or name not in set(Field):
            raise UsageError(f"--column takes FIELD=NAME, the field one of {', '.join(Field)}; not {word!r}")
        found[Field(name)] = column
    return found
