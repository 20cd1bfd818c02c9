"""JSON as devices send it: whole where it is whole, and what stands before the damage where it is not.

A capture cuts datagrams and firmware forgets quotes. The standard decoder reads what it can; where it gives up
a reader of our own walks the text once and keeps every member that was finished, in its place. Depth, size and
count are bounded, nothing raises.
"""

import json
import re
from contextlib import suppress

MAX_TEXT = 65_536
"""Characters that are read."""
MAX_DEPTH = 12
"""Levels of objects and lists that are entered when reading damaged text."""
MAX_MEMBERS = 2_000
"""Members that are kept of damaged text."""
_SPACE = re.compile(r"[ \t\r\n]*+")
_SCALAR = re.compile(r"-?[0-9]{1,20}+(?:\.[0-9]{1,20}+)?+|true|false|null")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_CONSTANTS: dict[str, object] = {"true": True, "false": False, "null": None}


class _DamagedError(ValueError):
    """The text cannot be read on from here."""


def read_json(text: str) -> object:
    """Return the value that a text holds, as far as it can be read; None where nothing can.

    >>> read_json('{"a": {"b": 1, "c": "x", "d": "y')
    {'a': {'b': 1, 'c': 'x'}}
    """
    text = text[:MAX_TEXT].strip(" \t\r\n\x00")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _Salvage(text).value()


def member(value: object, *path: str) -> object:
    """Return what stands under the path of keys, None where there is nothing.

    >>> member({"a": {"b": 1}}, "a", "b"), member([], "a")
    (1, None)
    """
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def scalar(value: object) -> str | None:
    """Return a JSON scalar as a fact's text ("true", "42", "text"); None for null, objects and lists."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else None


class _Salvage:
    """Walks damaged JSON text, and keeps the finished members of the objects that it entered."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._members = 0

    def value(self) -> object:
        """Return what could be read; an object or list that breaks off is given with what it had."""
        root: list[object] = []
        with suppress(ValueError):
            self._into(root, 0)
        return root[0] if root else None

    def _into(self, parent: list[object] | dict[str, object], depth: int, key: str = "") -> None:
        """Read one value and hang it into its parent: a container at once, a scalar when it is finished."""
        self._members += 1
        if depth > MAX_DEPTH or self._members > MAX_MEMBERS:
            raise _DamagedError
        opening = self._peek()
        if opening == "{":
            found: dict[str, object] = {}
            _hang(parent, key, found)
            self._object(found, depth)
        elif opening == "[":
            items: list[object] = []
            _hang(parent, key, items)
            self._list(items, depth)
        else:
            scalar_found = self._string() if opening == '"' else self._constant()
            if self._peek() not in {",", "}", "]", ""}:
                raise _DamagedError
            _hang(parent, key, scalar_found)

    def _object(self, found: dict[str, object], depth: int) -> None:
        self._take("{")
        while self._peek() != "}":
            key = self._string()
            self._take(":")
            self._into(found, depth + 1, key)
            if self._peek() == ",":
                self._take(",")
        self._take("}")

    def _list(self, items: list[object], depth: int) -> None:
        self._take("[")
        while self._peek() != "]":
            self._into(items, depth + 1)
            if self._peek() == ",":
                self._take(",")
        self._take("]")

    def _peek(self) -> str:
        space = _SPACE.match(self._text, self._at)
        self._at = space.end() if space else self._at
        return self._text[self._at : self._at + 1]

    def _take(self, character: str) -> None:
        if self._peek() != character:
            raise _DamagedError
        self._at += 1

    def _string(self) -> str:
        self._peek()
        matched = _STRING.match(self._text, self._at)
        if not matched:
            raise _DamagedError
        self._at = matched.end()
        return str(json.loads(matched[0], strict=False))

    def _constant(self) -> object:
        matched = _SCALAR.match(self._text, self._at)
        if not matched:
            raise _DamagedError
        self._at = matched.end()
        word = matched[0]
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        return float(word) if "." in word else int(word)


def _hang(parent: list[object] | dict[str, object], key: str, value: object) -> None:
    if isinstance(parent, dict):
        parent[key] = value
    else:
        parent.append(value)
