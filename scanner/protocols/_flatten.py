"""Small JSON and XML bodies to dotted pairs: {"a": {"b": [1, 2]}} to ("a.b", "1"), ("a.b", "2").

Strategy: walk without recursion in document order, leave list indices out (so that a pattern need not know
them), keep the case of names, drop fields that may hold secrets, and stop at fixed depth, count and length.
"""

from collections.abc import Iterator

from scanner.protocols._json import read_json, scalar
from scanner.protocols._secrets import is_secret
from scanner.protocols._xml import Element

MAX_JSON = 64 * 1024
"""Characters of a JSON text that are read; a longer one is not an answer about the device."""
MAX_PAIRS = 128
"""Pairs of one body that are kept."""
MAX_VISITED = 4096
"""Values of one body that are looked at."""
MAX_LEVELS = 8
"""Levels of names that are kept; deeper values are dropped."""
MAX_KEY = 48
"""Characters of one name that are kept."""

Pair = tuple[str, str]


def flatten_json(text: str) -> tuple[Pair, ...]:
    """Return the values of a JSON object or array as dotted pairs; () for anything else.

    Damaged and cut documents give what could be read of them.
    """
    text = text.strip(" \t\r\n\0")
    if text[:1] not in ("{", "[") or len(text) > MAX_JSON:
        return ()
    return tuple(_json_pairs(read_json(text)))


def _json_pairs(document: object) -> Iterator[Pair]:
    stack: list[tuple[str, int, object]] = [("", 0, document)]
    pairs = visited = 0
    while stack and pairs < MAX_PAIRS and visited < MAX_VISITED:
        path, level, value = stack.pop()
        visited += 1
        if isinstance(value, dict):
            stack.extend(reversed(list(_members(path, level, value))))
        elif isinstance(value, list):
            stack.extend((path, level, item) for item in reversed(value[:MAX_VISITED]))
        elif path and (said := scalar(value)):
            pairs += 1
            yield path, said


def _members(path: str, level: int, members: dict[str, object]) -> Iterator[tuple[str, int, object]]:
    """Yield what an object holds, with the path of each."""
    for name, value in members.items():
        if level < MAX_LEVELS and not is_secret(name) and _name(name):
            yield f"{path}.{_name(name)}".lstrip("."), level + 1, value


def flatten_xml(root: Element) -> tuple[Pair, ...]:
    """Return the texts of a document as pairs of dotted local names, root included: ("DeviceInfo.model", "…")."""
    return tuple(_xml_pairs(root))


def _xml_pairs(root: Element) -> Iterator[Pair]:
    stack = [(_name(root.name), 1, root)]
    pairs = visited = 0
    while stack and pairs < MAX_PAIRS and visited < MAX_VISITED:
        path, level, element = stack.pop()
        visited += 1
        if element.text:
            pairs += 1
            yield path, element.text
        stack.extend(
            (f"{path}.{_name(child.name)}", level + 1, child)
            for child in reversed(element.children)
            if level < MAX_LEVELS and not is_secret(child.name) and _name(child.name)
        )


def _name(name: str) -> str:
    """Return a name as part of a fact's key: letters, digits, "-", "_" and ":" only, bounded."""
    return "".join(c for c in name[:MAX_KEY] if c.isalnum() or c in "-_:")
