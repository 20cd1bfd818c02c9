"""The rules of a fingerprint file: what may stand in its head and its entries, each fault as one sentence.

An entry is checked for shape (known keys, their types) and, if that is sound, for meaning; last, for what
costs most: patterns are compiled, examples looked through. Whether examples match is the affair of `lint`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from scanner.fingerprints.capabilities import CAPABILITIES
from scanner.fingerprints.fingerprint import KINDS
from scanner.fingerprints.matcher import compile_pattern
from scanner.model import About, Attribute, Strength

SCHEMA = 1
FIRST_YEAR = 2000
"""Entries dated earlier were pasted and not filled in."""

_HEADER = {"schema": int, "vendor": str, "fingerprint": list}
PROOF = frozenset({"examples", "not"})
"""Keys that prove an entry and are not needed to run it."""
REQUIRED: dict[str, type] = {
    "id": str,
    "match": str,
    "about": str,
    "strength": str,
    "examples": list,
    "source": str,
    "date": date,
}
OPTIONAL: dict[str, type | tuple[type, ...]] = {
    "pattern": str,
    "equals": list,
    "when": (dict, list),
    "claims": dict,
    "not": list,
    "confirmed": bool,
    "generic": bool,
    "shared": bool,
    "known": bool,
    "note": str,
}
"""Keys that an entry must have, and those that it may have, with their types."""
_KEYS = REQUIRED | OPTIONAL
_ATTRIBUTES = frozenset(attribute.value for attribute in Attribute)
_ABOUT = frozenset(about.value for about in About)
_STRENGTH = frozenset(strength.value for strength in Strength)
_GROUP = re.compile(r"\(\?P<(\w*)>")
_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")


def header_problems(data: Mapping[str, Any], stem: str) -> Iterator[str]:
    """Yield what is wrong with the head of a file; `stem` tells whether it is about any device."""
    yield from _type_problems(data, _HEADER)
    if data.get("schema") != SCHEMA:
        yield f"schema: must be {SCHEMA}"
    of_any = "/" in stem and stem.startswith("any/")
    if of_any and "vendor" in data:
        yield "vendor: a file under any/ has none"
    if not of_any and not str(data.get("vendor", "")).strip():
        yield "vendor: is missing"
    if not data.get("fingerprint"):
        yield "fingerprint: the file has no entry"


def _type_problems(raw: Mapping[str, Any], types: Mapping[str, Any]) -> Iterator[str]:
    for key, value in raw.items():
        wanted = types.get(key)
        if wanted is None:
            yield f"{key}: is not a key of this table"
        elif not isinstance(value, wanted) or isinstance(value, bool) is not (wanted is bool):
            yield f"{key}: must be {_words(wanted)}, is {type(value).__name__}"
        elif isinstance(value, datetime):
            yield f"{key}: must be a date without a time"


def _words(wanted: type | tuple[type, ...]) -> str:
    names = [wanted] if isinstance(wanted, type) else wanted
    return " or ".join(
        {"str": "text", "list": "an array", "dict": "a table"}.get(n.__name__, n.__name__) for n in names
    )


def entry_problems(entry: Any, seen: set[str], *, proved: bool) -> list[str]:
    """Return what is wrong with one entry; remember its id. `proved` entries are spared the costly rules."""
    if not isinstance(entry, dict):
        return ["must be a table"]
    shape = [f"{key}: is missing" for key in REQUIRED if key not in entry and not (proved and key in PROOF)]
    shape += _type_problems(entry, _KEYS)
    problems = shape or list(_meaning_problems(entry, seen))
    return problems if problems or proved else [*_pattern_problems(entry), *_example_problems(entry)]


def _meaning_problems(entry: dict[str, Any], seen: set[str]) -> Iterator[str]:
    if not _ID.fullmatch(entry["id"]):
        yield "id: must be lower-case letters, digits, dots and hyphens"
    if entry["id"] in seen:
        yield "id: is there twice"
    seen.add(entry["id"])
    if entry["about"] not in _ABOUT:
        yield f"about: must be one of {', '.join(About)}"
    if entry["strength"] not in _STRENGTH:
        yield f"strength: must be one of {', '.join(Strength)}"
    if not entry["source"].strip():
        yield "source: is empty"
    if entry.get("shared") and not entry.get("note", "").strip():
        yield "note: a shared entry says here who shares it"
    if entry["date"].year < FIRST_YEAR:
        yield "date: is not filled in"
    yield from _test_problems("", entry)
    for condition in tables_of(entry.get("when", [])):
        yield from _condition_problems(condition)
    yield from _claims_problems(entry)


def _test_problems(where: str, table: Mapping[str, Any]) -> Iterator[str]:
    """Check that a table has either a sound pattern or texts to equal."""
    if ("pattern" in table) == ("equals" in table):
        yield f"{where}pattern: give either pattern or equals"
    elif "equals" in table and not (table["equals"] and _all_text(table["equals"])):
        yield f"{where}equals: must be texts, none of them empty"


def _pattern_problems(entry: Mapping[str, Any]) -> Iterator[str]:
    """Check that RE2 takes the patterns and finds the same groups in them as we do."""
    for name, table in (
        ("", entry),
        *(("when.", condition) for condition in tables_of(entry.get("when", []))),
    ):
        if "pattern" not in table:
            continue
        try:
            groups = compile_pattern(table["pattern"]).groupindex
        except ValueError as error:
            yield f"{name}pattern: {error}"
            continue
        if set(groups) != set(_GROUP.findall(table["pattern"])):
            yield f"{name}pattern: write named groups as (?P<attribute>…) and nothing else that looks so"


def _condition_problems(condition: Any) -> Iterator[str]:
    if not isinstance(condition, dict) or not isinstance(condition.get("key"), str):
        yield "when: must be a table with key and pattern (or equals)"
        return
    yield from (
        f"when.{problem}"
        for problem in _type_problems(condition, {"key": str, "pattern": str, "equals": list})
    )
    yield from _test_problems("when.", condition)


def _claims_problems(entry: Mapping[str, Any]) -> Iterator[str]:
    claims, groups = entry.get("claims", {}), _GROUP.findall(entry.get("pattern", ""))
    if not claims and not groups:
        yield "claims: the entry claims nothing"
    for name in [*claims, *groups]:
        if name not in _ATTRIBUTES:
            yield f"claims: {name!r} is not an attribute ({', '.join(sorted(_ATTRIBUTES))})"
    for name in set(claims) & set(groups):
        yield f"claims: {name!r} is a constant and a group"
    if not _all_text(claims.values()):
        yield "claims: every value must be text, none empty"
    elif claims.get("kind", "camera") not in KINDS:
        yield f"claims: kind {claims['kind']!r} is not in the list of kinds"
    elif claims.get("capability", "ptz") not in CAPABILITIES:
        yield f"claims: capability {claims['capability']!r} is not one of {', '.join(sorted(CAPABILITIES))}"


def _example_problems(entry: Mapping[str, Any]) -> Iterator[str]:
    if not entry["examples"]:
        yield "examples: at least one is needed"
    for example in entry["examples"]:
        if not isinstance(example, dict) or not isinstance(example.get("text"), str):
            yield "examples: each must be a table with text"
            continue
        for name, value in example.items():
            if name == "with":
                yield from _with_problems(value)
            elif name != "text" and name not in _ATTRIBUTES:
                yield f"examples: {name!r} is not an attribute"
            elif not isinstance(value, str):
                yield f"examples: {name} must be text"
    if not _all_text(entry.get("not", ["-"])):
        yield "not: must be texts, none of them empty"


def _with_problems(facts: Any) -> Iterator[str]:
    if not isinstance(facts, dict) or not _all_text(facts.values()):
        yield "examples: with must be a table of fact keys and texts"


def _all_text(values: Iterable[Any]) -> bool:
    return all(isinstance(value, str) and value for value in values)


def tables_of(raw: Any) -> list[Any]:
    """Return the tables of a key that may hold one or an array of them."""
    return raw if isinstance(raw, list) else [raw]
