"""What is known from the nights before: each device as it was last seen, and what it was judged by.

A small file, read before a run and written whole after it: a run that is killed changes nothing but the note that it
was begun. Values stick: a device that one night does not say its firmware has not lost it.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import ClassVar

from scanner.errors import ScannerError
from scanner.model import Attribute, Device, Finding
from scanner.reports.phrases import plain

SCHEMA = 1
WATCHED = (
    Attribute.BRAND,
    Attribute.MAKER,
    Attribute.MODEL,
    Attribute.FIRMWARE,
    Attribute.SERIAL,
    Attribute.NAME,
)
"""Attributes whose change is told."""
_CLOSED: Mapping[str, str] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """One device as it was last seen; `missing` counts the complete nights since, `gone` that it was told gone."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    id: str
    kind: str
    addresses: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    verdicts: Mapping[str, str] = field(default_factory=dict)
    seen: date
    missing: int = 0
    gone: bool = False

    def value(self, attribute: Attribute) -> str:
        """Return what was last concluded of an attribute, "" where nothing ever was."""
        return self.values.get(attribute.value, "")

    @property
    def name(self) -> str:
        """What people call it: maker or label, model, kind."""
        maker, label = self.value(Attribute.MAKER), self.value(Attribute.BRAND)
        model = self.value(Attribute.MODEL)
        who = maker or label
        if model.casefold().startswith(who.casefold()) and who:
            shown = ""  # "AXIS M1065-LW" says who it is
        elif label and maker and label != maker:
            shown = f"{label} (made by {maker})"
        else:
            shown = who or "unknown make of"
        return plain(" ".join(filter(None, (shown, model, self.kind))), 200)

    @property
    def where(self) -> str:
        """Its first address, else its MAC, else its id."""
        return next(iter((*self.addresses, *self.macs)), self.id)

    @property
    def said(self) -> str:
        """What it is and where, as sentences begin."""
        return f"{self.name} at {self.where}" + (f" ({self.place})" if self.place else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """What the last finished run left; `begun` is when a run began that has not ended.

    `idle` counts for each waiver the nights that it has excused nothing (or is over), `stale` are lists whose age was
    told, `alone` the nights in a row in which none of the known devices answered.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    schema: int = SCHEMA
    devices: tuple[Known, ...] = ()
    lists: Mapping[str, str] = field(default_factory=dict)
    fingerprints: str = ""
    idle: Mapping[str, int] = field(default_factory=dict)
    stale: tuple[str, ...] = ()
    alone: int = 0
    nights: int = 0
    begun: str = ""


def known_from(device: Device, findings: Mapping[str, Finding], on: date, place: str) -> Known:
    """Return a device as the ledger keeps it; `findings` are those of the device by list."""
    told = {name: device.value(name) for name in WATCHED}
    return Known(
        id=device.id,
        kind=plain(device.what or device.kind),
        addresses=tuple(map(str, device.addresses)),
        macs=tuple(device.macs),
        values={name.value: plain(value) for name, value in told.items() if value},
        place=place,
        verdicts={name: finding.verdict.value for name, finding in findings.items()},
        seen=on,
    )


def read_ledger(path: Path) -> Ledger | None:
    """Return the ledger of a file, None where there is none; ScannerError says what is wrong with it."""
    from pydantic import TypeAdapter, ValidationError

    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ScannerError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        found = TypeAdapter(Ledger).validate_json(data)
    except ValidationError as error:
        faults = error.error_count()
        raise ScannerError(
            f"{path} is not what a run of this program left ({faults} faults): move it away to begin anew"
        ) from None
    if found.schema != SCHEMA:
        raise ScannerError(f"{path} was written by another version of this program (schema {found.schema})")
    return found


def write_ledger(path: Path, ledger: Ledger) -> None:
    """Write a ledger whole or not at all; raises ScannerError."""
    from pydantic import TypeAdapter

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
        with os.fdopen(descriptor, "wb") as file:
            file.write(TypeAdapter(Ledger).dump_json(ledger, indent=1))
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as error:
        raise ScannerError(f"{path} cannot be written: {error.strerror or error}") from error
