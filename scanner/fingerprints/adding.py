"""One new entry, completed and proved, into the file of its vendor: how the knowledge grows by one.

A draft is a table as it stands in the files, with or without what `--unknown` left open. It is completed with
what is given, written as TOML at the end of the vendor's file, and the whole is proved by the same rules as the
shipped files before anything is kept: a new entry that matches what another vendor's does, or whose example does
not match, is refused.
"""

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scanner.errors import KnowledgeError, UsageError
from scanner.fingerprints.fingerprint import Fingerprint
from scanner.fingerprints.gaps import LABEL_KEYS, MAX_STUB_TEXT, identifier, quoted, quoted_pattern
from scanner.fingerprints.lint import check, read_all
from scanner.fingerprints.loader import DATA, data_files, read_text
from scanner.fingerprints.rules import SCHEMA
from scanner.vendors import Vendors, vendors

_ORDER = (
    *("id", "match", "pattern", "equals", "when", "about", "strength", "claims", "examples", "not"),
    *("source", "date", "confirmed", "generic", "shared", "note"),
)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """What adding an entry would do: the file, its new text, and the entry as it stands there."""

    path: Path
    text: str
    entry: str
    identifier: str

    def write(self) -> None:
        """Write the file, whole or not at all; KnowledgeError if it cannot be written."""
        beside = self.path.with_name(f".{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(self.text, encoding="utf-8", newline="\n")
            os.replace(beside, self.path)  # noqa: PTH105 - the name says what it is: one step
        except OSError as error:
            raise KnowledgeError(str(self.path), "file", error.strerror or "cannot be written") from error


def drafts(path: Path, text: str) -> list[dict[str, Any]]:
    """Return the entries of what `--unknown` printed; KnowledgeError if that is no such file."""
    try:
        entries = tomllib.loads(text).get("fingerprint", [])
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(str(path), "file", f"is not TOML: {error}") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise KnowledgeError(str(path), "file", "holds no [[fingerprint]]: give it what --unknown printed")
    return entries


def chosen(entries: list[dict[str, Any]], wanted: str | None) -> dict[str, Any]:
    """Return the one draft that is meant; UsageError where that is not clear."""
    names = [str(entry.get("id", "?")) for entry in entries]
    if wanted is None and len(entries) == 1:
        return entries[0]
    if wanted is None:
        raise UsageError(
            f"the file holds {len(entries)} entries; say with --entry which: {', '.join(names[:8])}"
        )
    if wanted not in names:
        raise UsageError(f"there is no entry {wanted!r}; there are {', '.join(names[:8])}")
    return entries[names.index(wanted)]


def draft(key: str, text: str) -> dict[str, Any]:
    """Return an entry that the text of a fact equals, with what its key tells of it."""
    return {
        "id": identifier(key, text[:MAX_STUB_TEXT]),
        "match": key,
        "equals": [text],
        "about": "label" if key in LABEL_KEYS else "plumbing",
        "strength": "weak",
        "examples": [{"text": text}],
    }


def completed(
    entry: Mapping[str, Any], given: Mapping[str, Any], claims: Mapping[str, str], on: date
) -> dict[str, Any]:
    """Return a draft with what is given in place of what it had; empty claims go, and a claim that is named stays.

    Whoever completes an entry vouches for it: `confirmed = false` goes unless it is given.
    """
    known = {name: value for name, value in entry.items() if name != "confirmed"}
    known |= {name: value for name, value in given.items() if value is not None}
    if given.get("pattern") is not None:
        known.pop("equals", None)
    said = {name: value for name, value in dict(known.get("claims", {})).items() if value}
    known["claims"] = said | dict(claims)
    known["date"] = on
    return {name: known[name] for name in (*_ORDER, *(known.keys() - set(_ORDER))) if name in known}


def prepared(entry: Mapping[str, Any], vendor: str, folder: Path, today: date) -> Added:
    """Return what adding a complete entry to the vendor's file would do; KnowledgeError for what is wrong with it."""
    table = vendors()
    name = table.canonical(vendor)
    if name is None:
        raise UsageError(
            f"the vendor table has no {vendor!r}: add a [[vendor]] to scanner/vendors/data first"
        )
    path = _file_of(name, folder)
    before = (
        path.read_text(encoding="utf-8")
        if path.is_file()
        else f"schema = {SCHEMA}\nvendor = {quoted(name)}\n"
    )
    written = rendered(entry)
    after = f"{before.rstrip()}\n\n{written}"
    stem = path.relative_to(folder).with_suffix("").as_posix()
    label = str(entry.get("id", ""))
    for fault in _faults(after, stem, path, folder, f"{stem}/{label}", table, today):
        raise KnowledgeError(path.name, label, fault.problem)
    return Added(path=path, text=after, entry=written, identifier=f"{stem}/{label}")


def _file_of(vendor: str, folder: Path) -> Path:
    """Return the file of a vendor: the one that names it at its top, else a new one named after it."""
    for _, path in data_files(folder) if folder.is_dir() else ():
        head = re.search(
            r'^vendor = "(.+)"$', path.read_text(encoding="utf-8", errors="replace"), re.MULTILINE
        )
        if head and head[1] == vendor:
            return path
    return folder / f"{'-'.join(re.findall(r'[a-z0-9]+', vendor.casefold())) or 'vendor'}.toml"


def _faults(
    text: str, stem: str, path: Path, folder: Path, label: str, table: Vendors, today: date
) -> Iterator[KnowledgeError]:
    """Yield what is wrong with the new file by itself, then with the entry among all others on its key."""
    mine, faults = read_text(text.encode(), stem=stem, name=path.name)
    key = next((item.match for item in mine if item.id == label), None)
    yield from faults
    inside, _ = read_all([folder]) if folder.is_dir() else ([], [])
    shipped, _ = read_all([DATA]) if folder.resolve() != DATA else ([], [])
    beside: list[Fingerprint] = [item for item in inside if item.file != f"{stem}.toml"]
    rivals = [item for item in (*shipped, *beside) if item.match == key or item.match.endswith("*")]
    for fault in check([*rivals, *mine], table, today):
        if fault.entry == label or f"{label})" in fault.problem:
            yield fault


def rendered(entry: Mapping[str, Any]) -> str:
    """Return an entry as TOML in the layout of the data files."""
    return "".join(
        ["[[fingerprint]]\n", *(f"{name} = {_value(name, value)}\n" for name, value in entry.items())]
    )


def _value(name: str, value: Any) -> str:
    if name == "pattern" and isinstance(value, str):
        return quoted_pattern(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_value(key, held)}" for key, held in value.items()) + " }"
    if isinstance(value, Iterable):
        return "[" + ", ".join(_value("", held) for held in value) + "]"
    return str(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else quoted(name)
