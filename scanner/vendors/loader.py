"""Data files → Vendors: reads vendors, relations and placeholders from TOML and names what is wrong.

Every file under data/ may hold `[[vendor]]`, `[[relation]]` and `[[placeholder]]` tables. An entry is checked
for shape, then for meaning; names must be unique up to case, punctuation and legal form over all files.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from scanner.errors import KnowledgeError
from scanner.model import SURVEILLANCE_KINDS
from scanner.tables import read_tables
from scanner.vendors.names import fold
from scanner.vendors.relations import Vendors, placeholder_key
from scanner.vendors.vendor import Confidence, Makes, Relation, RelationType, Vendor

DATA = Path(__file__).parent / "data"
TABLES = ("vendor", "relation", "placeholder")
"""Arrays of tables that a file may hold."""
OTHER_FILES = frozenset({"squatted.toml", "modules.toml"})
"""Data files that `mac` reads."""

_E = TypeVar("_E", bound=StrEnum)
TEXT_LISTS = frozenset({"aliases", "registrants", "texts"})
"""Keys whose arrays hold texts."""
Rules = dict[str, tuple[type, bool]]
"""Key → its type, and whether it must be there."""
_VENDOR: Rules = {
    "name": (str, True),
    "makes": (str, True),
    "surveillance": (bool, True),
    "source": (str, True),
    "date": (date, True),
    "aliases": (list, False),
    "country": (str, False),
    "kind": (str, False),
    "for_others": (bool, False),
    "state_owner": (str, False),
    "state_source": (str, False),
    "note": (str, False),
}
_RELATION: Rules = {
    "from": (str, True),
    "to": (str, True),
    "type": (str, True),
    "source": (str, True),
    "source_date": (date, False),
    "scope": (str, False),
    "mixed": (bool, False),
    "valid_from": (date, False),
    "valid_to": (date, False),
    "confidence": (str, False),
    "confirmed": (bool, False),
    "note": (str, False),
}
_PLACEHOLDER: Rules = {
    "texts": (list, True),
    "field": (str, True),
    "source": (str, True),
    "date": (date, True),
    "note": (str, False),
}
_PLACEHOLDER_FIELDS = ("manufacturer", "model")


@cache
def vendors() -> Vendors:
    """Return the shipped vendor table, read once; KnowledgeError if a file is broken."""
    return load_vendors(shipped_files(), proved=True)


def shipped_files() -> list[Path]:
    """Return the shipped files of vendors, relations and placeholders."""
    return sorted(path for path in DATA.glob("*.toml") if path.name not in OTHER_FILES)


def load_vendors(files: Iterable[Path], *, proved: bool = False) -> Vendors:
    """Return the table that some files make; KnowledgeError for the first fault. `proved`: lint has passed them."""
    tables: dict[str, list[tuple[str, dict[str, Any]]]] = {kind: [] for kind in TABLES}
    for path in files:
        data = read_toml(path, proved=proved)
        for kind in tables:
            tables[kind] += ((path.name, entry) for entry in data.get(kind, ()))
    known = list(_vendors(tables["vendor"]))
    names = {fold(name): vendor.name for vendor in known for name in (vendor.name, *vendor.aliases)}
    relations = [_relation(file, entry, names) for file, entry in tables["relation"]]
    fillers = [_placeholder(file, entry) for file, entry in tables["placeholder"]]
    manufacturers, models = (
        frozenset(key for field, keys in fillers if field == wanted for key in keys)
        for wanted in _PLACEHOLDER_FIELDS
    )
    return Vendors(known, relations, manufacturers, models)


def read_toml(path: Path, tables: Iterable[str] = TABLES, *, proved: bool = False) -> dict[str, Any]:
    """Return one data file that may hold some arrays of tables; KnowledgeError if it is not TOML of schema 1."""
    try:
        text = path.read_text(encoding="utf-8")
        data = read_tables(text) if proved else tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(path.name, "file", f"is not TOML: {error}") from error
    check_entry(path.name, "file", data, {"schema": (int, False), **dict.fromkeys(tables, (list, False))})
    if data.get("schema", 1) != 1:
        raise KnowledgeError(path.name, "file", "schema: must be 1")
    return data


def check_entry(file: str, label: str, entry: Any, rules: Rules) -> None:
    """Raise KnowledgeError for the first thing wrong with a table: unknown, missing, mistyped or empty keys."""
    for problem in _problems(entry, rules):
        raise KnowledgeError(file, label, problem)


def _problems(entry: Any, rules: Rules) -> Iterator[str]:
    if not isinstance(entry, Mapping):
        yield "must be a table"
        return
    yield from (f"{key}: is missing" for key, (_, needed) in rules.items() if needed and key not in entry)
    for key, value in entry.items():
        wanted: Any = rules.get(key, (None, False))[0]
        if wanted is None:
            yield f"{key}: is not a key of this table"
        elif not isinstance(value, wanted) or isinstance(value, bool) is not (wanted is bool):
            yield f"{key}: must be {wanted.__name__}, is {type(value).__name__}"
        elif isinstance(value, datetime):
            yield f"{key}: must be a date without a time"
        elif wanted is str and not value.strip():
            yield f"{key}: is empty"
        elif key in TEXT_LISTS and not all(isinstance(item, str) and item for item in value):
            yield f"{key}: must hold texts, none of them empty"


def _label(entry: Any, key: str, otherwise: str) -> str:
    return str(entry.get(key, otherwise)) if isinstance(entry, Mapping) else otherwise


def _choice(file: str, label: str, key: str, value: str, choices: type[_E]) -> _E:
    try:
        return choices(value)
    except ValueError:
        raise KnowledgeError(file, label, f"{key}: must be one of {', '.join(choices)}") from None


def _vendors(entries: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[Vendor]:
    owners: dict[str, str] = {}
    for position, (file, entry) in enumerate(entries, 1):
        label = _label(entry, "name", f"vendor {position}")
        check_entry(file, label, entry, _VENDOR)
        if owners.get(fold(label)) == label:
            raise KnowledgeError(file, label, "name: is there twice")
        for name in (label, *entry.get("aliases", ())):
            owner = owners.setdefault(fold(name), label)
            if owner != label:
                raise KnowledgeError(file, label, f"aliases: {name!r} already names {owner!r}")
            if not fold(name):
                raise KnowledgeError(file, label, f"aliases: {name!r} has no letter or digit")
        yield _vendor(file, label, entry)


def _vendor(file: str, label: str, entry: Mapping[str, Any]) -> Vendor:
    country, state = entry.get("country", ""), entry.get("state_owner", "")
    if country and not _is_country(country):
        raise KnowledgeError(file, label, "country: must be two capital letters (ISO 3166-1)")
    if state and not (state == "none" or _is_country(state)):
        raise KnowledgeError(file, label, "state_owner: must be two capital letters (ISO 3166-1) or none")
    if entry.get("kind", "camera") not in SURVEILLANCE_KINDS:
        raise KnowledgeError(file, label, f"kind: must be one of {', '.join(sorted(SURVEILLANCE_KINDS))}")
    if bool(state) != bool(entry.get("state_source")):
        raise KnowledgeError(file, label, "state_source: state_owner and its source go together")
    return Vendor(
        name=entry["name"],
        aliases=tuple(entry.get("aliases", ())),
        makes=_choice(file, label, "makes", entry["makes"], Makes),
        surveillance=entry["surveillance"],
        country=country,
        kind=entry.get("kind", ""),
        for_others=entry.get("for_others", False),
        state_owner=state,
        state_source=entry.get("state_source", ""),
        source=entry["source"],
        date=entry["date"],
        note=entry.get("note", ""),
    )


def _is_country(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isupper()


def _relation(file: str, entry: dict[str, Any], names: Mapping[str, str]) -> Relation:
    label = f"{_label(entry, 'from', '?')} → {_label(entry, 'to', '?')}"
    check_entry(file, label, entry, _RELATION)
    relation_type = _choice(file, label, "type", entry["type"], RelationType)
    if relation_type is RelationType.OWN:
        raise KnowledgeError(file, label, "type: 'own' is said by the vendor's makes")
    begin, end = entry.get("valid_from"), entry.get("valid_to")
    if begin and end and end < begin:
        raise KnowledgeError(file, label, "valid_to: is before valid_from")
    return Relation(
        from_name=names.get(fold(entry["from"]), entry["from"]),
        to_name=names.get(fold(entry["to"]), entry["to"]),
        type=relation_type,
        scope=entry.get("scope", ""),
        mixed=entry.get("mixed", False),
        valid_from=begin,
        valid_to=end,
        source=entry["source"],
        source_date=entry.get("source_date"),
        confidence=_choice(file, label, "confidence", entry.get("confidence", "high"), Confidence),
        confirmed=entry.get("confirmed", True),
    )


def _placeholder(file: str, entry: dict[str, Any]) -> tuple[str, frozenset[str]]:
    check_entry(file, "placeholder", entry, _PLACEHOLDER)
    if entry["field"] not in _PLACEHOLDER_FIELDS:
        raise KnowledgeError(file, "placeholder", f"field: must be one of {', '.join(_PLACEHOLDER_FIELDS)}")
    return entry["field"], frozenset(map(placeholder_key, entry["texts"]))
