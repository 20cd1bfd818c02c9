"""What a night leaves for the next one beside the store: which idle waivers and old lists were told, and other counts.

A small file, written whole or not at all. Losing it costs repetitions, nothing else: devices and verdicts are the
store's.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from scanner.errors import ScannerError

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The notes of the last finished night.

    `run` is its id in the store; `lists` and `fingerprints` are the versions that it judged with. `idle` counts for
    each waiver the nights that it has excused nothing (or is over), `stale` are lists whose age was told, `replaced`
    devices (ids) of which it was told that another has their place; `alone` counts the nights in a row in which no
    known device answered.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    schema: int = SCHEMA
    run: str = ""
    lists: Mapping[str, str] = field(default_factory=dict)
    fingerprints: str = ""
    idle: Mapping[str, int] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    alone: int = 0


def read_notes(path: Path) -> Notes:
    """Return the notes of a file, empty ones where there is none; ScannerError says what is wrong with it."""
    from pydantic import TypeAdapter, ValidationError

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Notes()
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        found = TypeAdapter(Notes).validate_json(data)
    except ValidationError as error:
        faults = error.error_count()
        raise ScannerError(
            f"{path} is not what a run of this program left ({faults} faults): move it away, at worst something is "
            "told twice"
        ) from None
    if found.schema != SCHEMA:
        raise ScannerError(f"{path} was written by another version of this program (schema {found.schema})")
    return found


def write_notes(path: Path, notes: Notes) -> None:
    """Write notes whole or not at all; raises ScannerError."""
    from pydantic import TypeAdapter

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(TypeAdapter(Notes).dump_json(notes, indent=1))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise ScannerError(f"{path} cannot be written: {error.strerror or error}") from error
