"""Durations as people type them, read as nmap reads them: `500ms`, `30s`, `5m`, `2h`; a bare number is seconds."""

import math
import re

from scanner.errors import UsageError

_UNITS = {"ms": 0.001, "s": 1.0, "": 1.0, "m": 60.0, "h": 3600.0}
_SHAPE = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|)", re.IGNORECASE)


def seconds(text: str, option: str) -> float:
    """Return a duration in seconds; raises UsageError naming the option.

    >>> seconds("500ms", "--host-timeout"), seconds("5m", "--for"), seconds("30", "--for")
    (0.5, 300.0, 30.0)
    """
    found = _SHAPE.fullmatch(text.strip())
    value = float(found[1]) * _UNITS[found[2].lower()] if found else 0.0
    if not 0 < value < math.inf:
        raise UsageError(f"{option} takes a time such as 500ms, 30s, 5m or 2h, not {text!r}")
    return value
