"""Adds a waiver to the file of waivers; what stands there, comments and all, stays as it is.

An entry of an array of tables may always stand at the end of a TOML file, so the new one is appended. The whole is
read back before it replaces the old file: what would not be read tomorrow is not written today.
"""

import json
import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from scanner.errors import KnowledgeError, ScannerError, UsageError
from scanner.policy.loading import SCHEMA, read_tables
from scanner.policy.waivers import Waiver, checked_waivers

KEYS = ("device", "maker", "brand", "model", "network", "list", "owner", "reason", "ticket", "expires")
"""The keys of an entry in the order in which they are written."""
_BEGINNING = f"# Waivers of camcensus: who answers for what until when.\nschema = {SCHEMA}\n"


def waive(path: Path, waiver: Waiver) -> None:
    """Add a waiver to a file, which is made if there is none.

    Raises KnowledgeError for a broken file, UsageError for a waiver that is there already, ScannerError where the
    file cannot be written.
    """
    old = _read(path)
    for known in _known(path):
        if known == waiver:
            raise UsageError(f"{path.name}: this waiver is there already ({known.selector}, {known.list})")
    new = f"{old.rstrip()}\n\n{entry(waiver)}"
    _check(path, new)
    _write(path, new)


def entry(waiver: Waiver) -> str:
    """Return a waiver as an entry of the file."""
    return "[[waiver]]\n" + "".join(f"{key} = {text}\n" for key, text in _pairs(waiver))


def _pairs(waiver: Waiver) -> Iterator[tuple[str, str]]:
    for key in KEYS:
        value = getattr(waiver, key)
        if value is not None:
            yield key, value.isoformat() if key == "expires" else _quoted(str(value))


def _quoted(text: str) -> str:
    """Return a TOML basic string: JSON's, with the one control character that JSON lets through escaped too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return _BEGINNING
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(path.name, "file", f"cannot be read: {error}") from error


def _known(path: Path) -> tuple[Waiver, ...]:
    return checked_waivers(read_tables(path), path.name) if path.exists() else ()


def _check(path: Path, text: str) -> None:
    try:
        data: Mapping[str, object] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem = f"nothing can be appended here ({error}); add the waiver by hand"
        raise KnowledgeError(path.name, "file", problem) from error
    checked_waivers({key: value for key, value in data.items() if key != "schema"}, path.name)


def _write(path: Path, text: str) -> None:
    try:
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(mode)
        Path(name).replace(path)
    except OSError as error:
        raise ScannerError(f"{path} cannot be written: {error.strerror or error}") from error
