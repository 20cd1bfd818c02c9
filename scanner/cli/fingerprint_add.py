"""`camcensus fingerprints add`: one unknown text becomes one entry of a vendor's file, proved before it is kept."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from scanner.cli import options, screen
from scanner.errors import ScannerError, UsageError

MAX_FILE = 4 << 20
"""Characters of a file of drafts."""


def _named(name: str, metavar: str, text: str) -> Any:
    return typer.Option(name, metavar=metavar, help=text, show_default=False)


Vendor = Annotated[str, _named("--vendor", "NAME", "Whose file it goes into, as the vendor table names it.")]
Claims = Annotated[
    list[str], _named("--claim", "ATTRIBUTE=VALUE", "What it says of a device: maker=Axis. Repeatable.")
]
Origin = Annotated[str, _named("--source", "TEXT", "Where the fact is from.")]
Key = Annotated[str | None, _named("--key", "KEY", "The fact that it reads: http.server.")]
Text = Annotated[str | None, _named("--text", "TEXT", "What the device said: the example.")]
Drafted = Annotated[
    Path | None, _named("--from", "FILE", 'What --unknown printed, instead of key and text; "-" is stdin.')
]
Entry = Annotated[str | None, _named("--entry", "ID", "Which entry of that file.")]
Pattern = Annotated[
    str | None, _named("--pattern", "RE2", "What the text must look like, with groups such as (?P<model>…).")
]
Worth = Annotated[str | None, _named("--strength", "NAME", "strong, medium or weak (the default).")]
Witness = Annotated[str | None, _named("--about", "NAME", "label or plumbing. [default: as the key tells]")]
Identifier = Annotated[str | None, _named("--id", "ID", "Its id. [default: made of key and text]")]
Note = Annotated[str | None, _named("--note", "TEXT", "What a reader should know.")]
To = Annotated[
    Path | None,
    _named("--to", "DIR", "A folder of fingerprint files. [default: your own, which every command reads]"),
]


def add(
    vendor: Vendor,
    claims: Claims,
    source: Origin,
    key: Key = None,
    text: Text = None,
    drafted: Drafted = None,
    entry: Entry = None,
    pattern: Pattern = None,
    strength: Worth = None,
    about: Witness = None,
    identifier: Identifier = None,
    note: Note = None,
    to: To = None,
    as_of: options.AsOf = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the entry and write nothing.")] = False,
) -> None:
    """Add one fingerprint to its vendor's file: completed, proved against all others, then written.

    The text becomes its example. Nothing is written if anything is wrong with it.
    """
    from scanner.fingerprints.adding import completed, prepared
    from scanner.fingerprints.loader import own_folder

    today = screen.judging_day(as_of)
    found = _draft(key, text, drafted, entry)
    given = {
        "id": identifier,
        "pattern": pattern,
        "strength": strength,
        "about": about,
        "note": note,
        "source": source,
    }
    whole = completed(found, given, dict(map(_claim, claims)), today)
    added = prepared(_with_groups(whole), vendor, to or own_folder(), today)
    screen.write(added.entry)
    if dry_run:
        screen.talk(f"{added.identifier} would go into {added.path}")
        return
    added.write()
    used = "" if to else ", and in use from now on"
    screen.talk(f"{added.identifier} is in {added.path}{used}")


def _claim(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f"--claim takes an attribute and a value: maker=Axis, not {text!r}")
    return name.strip(), value.strip()


def _draft(key: str | None, text: str | None, drafted: Path | None, entry: str | None) -> dict[str, Any]:
    from scanner.fingerprints.adding import chosen, draft, drafts
    from scanner.protocols import clean

    if drafted is not None and key is None and text is None:
        return chosen(drafts(drafted, _content(drafted)), entry)
    if key and text and drafted is None and entry is None:
        return draft(key, clean(text))
    raise UsageError(
        "say what the device said: with --key and --text, or with --from a file that --unknown printed"
    )


def _content(path: Path) -> str:
    try:
        if str(path) == "-":
            return sys.stdin.read(MAX_FILE)
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MAX_FILE)
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {error.strerror or error}") from error


def _with_groups(entry: dict[str, Any]) -> dict[str, Any]:
    """Return an entry whose example says what the groups of its pattern read from it."""
    from scanner.fingerprints.matcher import compile_pattern

    pattern, examples = entry.get("pattern"), entry.get("examples")
    if not isinstance(pattern, str) or not isinstance(examples, list) or not examples:
        return entry
    first = dict(examples[0]) if isinstance(examples[0], dict) else {}
    try:
        found = compile_pattern(pattern).search(str(first.get("text", "")))
    except ValueError as error:
        raise UsageError(f"--pattern: {error}") from error
    groups = {name: value for name, value in found.groupdict().items() if value} if found else {}
    return {**entry, "examples": [{**first, **groups}, *examples[1:]]}
