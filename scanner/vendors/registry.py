"""MAC address → the organisation that its block is registered to, from the IEEE's MA-L, MA-M and MA-S registries.

data/registry.tsv has one line an organisation: its name as the IEEE prints it, a tab, its prefixes in
hexadecimal (6, 7 or 9 digits for blocks of 24, 28 and 36 bits). It is read whole at the first look-up; the
longest prefix wins. `python -m scanner.vendors.registry --build oui.csv mam.csv oui36.csv --date 2026-08-26`
makes the file anew from the IEEE's own files. What a registrant says of a device is the fingerprints' affair.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from pathlib import Path

from scanner.errors import KnowledgeError
from scanner.protocols import parse_mac

FILE = Path(__file__).parent / "data" / "registry.tsv"
PREFIX_DIGITS = (9, 7, 6)
"""Hexadecimal digits of MA-S, MA-M and MA-L prefixes, longest first."""
UNNAMED = frozenset({"Private", "IEEE Registration Authority"})
"""Rows that name nobody: registrants who stay private, and blocks that are cut into smaller ones."""
CSV_COLUMNS = ("Assignment", "Organization Name")
"""Columns of the IEEE's files that are read."""
_DATED = "# published "

REGISTRY_DATE: date
"""The day on which the registry was published, from the head of the file (read at first use)."""


def __getattr__(name: str) -> date:
    if name == "REGISTRY_DATE":
        return _head_date(FILE)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _head_date(path: Path) -> date:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.startswith(_DATED):
                return date.fromisoformat(line.removeprefix(_DATED).strip())
            if not line.startswith("#"):
                break
    raise KnowledgeError(path.name, "head", f"has no line {_DATED!r} and a date")


def registrant(mac: str) -> str | None:
    """Return the organisation that a MAC address is registered to, as the IEEE prints its name.

    None for text that is no MAC address, for locally administered addresses, for unregistered blocks and for
    those whose registrant stays private.
    """
    address = parse_mac(mac)
    if address is None or is_local(address):
        return None
    digits = address.replace(":", "").upper()
    table = _table()
    for length in PREFIX_DIGITS:
        name = table.get(digits[:length])
        if name is not None:
            return None if name in UNNAMED else name
    return None


def known_registrants() -> frozenset[str]:
    """Return every organisation's name in the registry."""
    return frozenset(_table().values())


def is_local(mac: str) -> bool:
    """Tell whether an address (lower-case colon form) is locally administered: bit 1 of its first octet.

    Source: IEEE 802-2014, 8.2.2. Such addresses are made up by software: random, virtual, per network.
    """
    return bool(int(mac[:2], 16) & 2)


@cache
def _table() -> dict[str, str]:
    lines = FILE.read_text(encoding="utf-8").rstrip("\n").split("\n")
    parts = (line.partition("\t") for line in lines if not line.startswith("#"))
    return {prefix: name for name, _, prefixes in parts for prefix in prefixes.split(" ")}


def assignments(files: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield (prefix, organisation) from the IEEE's CSV files; KnowledgeError for a file that is not one."""
    import csv

    for path in files:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            if not set(CSV_COLUMNS) <= set(rows.fieldnames or ()):
                raise KnowledgeError(path.name, "head", f"has no columns {', '.join(CSV_COLUMNS)}")
            for position, row in enumerate(rows, 2):
                yield _assignment(path, position, *(row[column] or "" for column in CSV_COLUMNS))


def _assignment(path: Path, position: int, prefix: str, name: str) -> tuple[str, str]:
    digits = prefix.strip().upper()
    if len(digits) not in PREFIX_DIGITS or set(digits) - set("0123456789ABCDEF"):
        raise KnowledgeError(path.name, f"line {position}", f"Assignment: {prefix!r} is not a prefix")
    return digits, " ".join(name.split())


def render(pairs: Iterable[tuple[str, str]], published: date) -> str:
    """Return the text of registry.tsv for some assignments; of a prefix that is there twice the first counts."""
    owners: dict[str, str] = {}
    for prefix, name in pairs:
        owners.setdefault(prefix, name or "Private")
    prefixes: dict[str, list[str]] = {}
    for prefix, name in sorted(owners.items()):
        prefixes.setdefault(name, []).append(prefix)
    head = f"# IEEE MA-L, MA-M and MA-S assignments: organisation, tab, prefixes\n{_DATED}{published.isoformat()}\n"
    return head + "".join(f"{name}\t{' '.join(blocks)}\n" for name, blocks in sorted(prefixes.items()))


def main(arguments: Sequence[str]) -> int:
    """Build the file, or say whose a MAC address is."""
    import argparse

    parser = argparse.ArgumentParser(prog="python -m scanner.vendors.registry", description=__doc__)
    parser.add_argument("--build", nargs="+", type=Path, metavar="CSV", help="the IEEE's files")
    parser.add_argument("--date", type=date.fromisoformat, help="day on which they were published")
    parser.add_argument("--to", type=Path, default=FILE, help="file to write (default: the shipped one)")
    parser.add_argument("macs", nargs="*", metavar="MAC", help="addresses to look up")
    options = parser.parse_args(arguments)
    if options.build:
        if options.date is None:
            parser.error("--build needs --date")
        options.to.write_text(
            render(assignments(options.build), options.date), encoding="utf-8", newline="\n"
        )
    for mac in options.macs:
        sys.stdout.write(f"{mac}\t{registrant(mac) or '-'}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
