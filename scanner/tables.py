"""TOML data files → tables, quickly: what is laid out plainly is read by two regular expressions.

The shipped data is half a megabyte of TOML and every command needs it, while the standard parser reads about
four megabytes a second. Its files have one plain layout: `[[table]]` lines, then `key = value` lines with
simple strings, dates, booleans, flat arrays and flat inline tables, longer values on indented lines. That
layout is read here in a fifth of the time; a value that is not plain goes to the standard parser alone, and a
file that is not goes there whole. The tests hold both readings of every shipped file against each other.
"""

import re
import tomllib
from collections.abc import Collection
from datetime import date
from typing import Any

_LINE = re.compile(
    r"(?P<key>[A-Za-z0-9_-]+)[ ]*=[ ]*(?P<value>.*(?:\n(?:[ \t]+\S.*|[\]}].*))*)\n"
    r"|\[\[(?P<table>[a-z_]+)\]\][ \t]*\n"
    r"|[ \t]*(?:#.*)?\n"
)
_SIMPLE = re.compile(
    r"(?:\"(?P<basic>[^\"\\]*)\"|'''(?P<literal>(?:(?!''').)*)'''|'(?P<raw>[^']*)'"
    r"|(?P<truth>true|false)|(?P<day>\d{4}-\d\d-\d\d)|(?P<number>0|[1-9]\d*))[ \t]*(?:#.*)?"
)
_FLAT_ARRAY = re.compile(r"\[\s*(?:\"[^\"\\\n]*\"\s*,\s*)*(?:\"[^\"\\\n]*\"\s*)?\]")
_FLAT_TABLE = re.compile(r"\{ (?:[A-Za-z_-]+ = \"[^\"\\\n]*\", )*[A-Za-z_-]+ = \"[^\"\\\n]*\" \}")
_STRING = re.compile(r"\"([^\"\\\n]*)\"")
_PAIR = re.compile(r"([A-Za-z_-]+) = \"([^\"\\\n]*)\"")
_STRING_FORMS = frozenset({"basic", "literal", "raw"})


def read_tables(text: str, without: Collection[str] = ()) -> dict[str, Any]:
    """Return a TOML document as `tomllib.loads` would, without the keys of the tables that nobody needs.

    Raises `tomllib.TOMLDecodeError`. Faults that only the standard parser sees (a key that is there twice) may
    pass: use it on files that are not proved by tests.
    """
    try:
        return _read_plain(text if text.endswith("\n") else f"{text}\n", without)
    except ValueError:  # as TOMLDecodeError is: something is laid out in another way
        return tomllib.loads(text)


def _read_plain(text: str, without: Collection[str]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    table, position = document, 0
    for found in _LINE.finditer(text):
        if found.start() != position:
            break
        position = found.end()
        key, value, name = found["key"], found["value"], found["table"]
        if name:
            table = {}
            document.setdefault(name, []).append(table)
        elif key and (key not in without or table is document):
            table[key] = _value(value)
    if position != len(text):
        raise ValueError(text[position : position + 40])
    return document


def _value(text: str) -> Any:
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        form = simple.lastgroup or ""
        return simple[form] if form in _STRING_FORMS else _scalar(form, simple[form])
    if _FLAT_TABLE.fullmatch(text):
        return dict(_PAIR.findall(text))
    if _FLAT_ARRAY.fullmatch(text):
        return _STRING.findall(text)
    return tomllib.loads(f"value = {text}\n")["value"]


def _scalar(form: str, text: str) -> bool | date | int:
    if form == "truth":
        return text == "true"
    return date.fromisoformat(text) if form == "day" else int(text)
