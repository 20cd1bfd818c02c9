"""MAC address → how far its registrant can be believed: a name, a radio module's maker, a squatted block, none.

A block names who bought it, not who built the device. Two small data files tell where that matters:
modules.toml lists makers of radio modules and chips, squatted.toml blocks that others are known to use.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from scanner.errors import KnowledgeError
from scanner.protocols import parse_mac
from scanner.vendors.loader import DATA, check_entry, read_toml
from scanner.vendors.registry import is_local, registrant

__all__ = [
    "MacKind",
    "MacNote",
    "Squat",
    "describe_mac",
    "is_local",
    "is_module_maker",
    "module_makers",
    "squatted",
]

_MODULE = {
    "registrants": (list, True),
    "source": (str, True),
    "date": (date, True),
    "confirmed": (bool, False),
    "note": (str, False),
}
_SQUATTED = {
    "prefix": (str, True),
    "registrant": (str, True),
    "seen_on": (str, True),
    "source": (str, True),
    "date": (date, True),
    "note": (str, False),
}


class MacKind(StrEnum):
    """What is known of an address's block."""

    REGISTERED = "registered"
    LOCAL = "local"
    SQUATTED = "squatted"
    MODULE = "module"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class MacNote:
    """An address's registrant, where there is one, and how far to believe it; `seen_on` for squatted blocks."""

    registrant: str | None
    kind: MacKind
    seen_on: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Squat:
    """A block that devices of another maker are known to use: six hexadecimal digits, lower case."""

    prefix: str
    registrant: str
    seen_on: str
    source: str
    date: date


def describe_mac(mac: str) -> MacNote:
    """Return what the block of a MAC address tells, and how far to believe it."""
    address = parse_mac(mac)
    if address is None:
        return MacNote(registrant=None, kind=MacKind.UNKNOWN)
    if is_local(address):
        return MacNote(registrant=None, kind=MacKind.LOCAL)
    name, squat = registrant(address), squatted(address)
    if squat is not None:
        return MacNote(registrant=name, kind=MacKind.SQUATTED, seen_on=squat.seen_on)
    if name is None:
        return MacNote(registrant=None, kind=MacKind.UNKNOWN)
    return MacNote(registrant=name, kind=MacKind.MODULE if is_module_maker(name) else MacKind.REGISTERED)


def squatted(mac: str) -> Squat | None:
    """Return the note on the block of a MAC address that others than its registrant use, or None."""
    address = parse_mac(mac)
    return None if address is None else _squats().get(address.replace(":", "")[:6])


def is_module_maker(name: str) -> bool:
    """Tell whether a registrant makes radio modules or chips that other makers build in."""
    return name in module_makers()


@cache
def module_makers() -> frozenset[str]:
    """Return the registrants that make radio modules, spelled as in the registry."""
    return load_modules(DATA / "modules.toml")


@cache
def _squats() -> dict[str, Squat]:
    return load_squatted(DATA / "squatted.toml")


def load_modules(path: Path) -> frozenset[str]:
    """Return the names that a file of `[[module]]` tables lists; KnowledgeError if it is broken."""
    names: set[str] = set()
    for position, entry in enumerate(read_toml(path, ("module",))["module"], 1):
        check_entry(path.name, f"module {position}", entry, _MODULE)
        names.update(entry["registrants"])
    return frozenset(names)


def load_squatted(path: Path) -> dict[str, Squat]:
    """Return the blocks that a file of `[[squatted]]` tables lists; KnowledgeError if it is broken."""
    blocks: dict[str, Squat] = {}
    for entry in read_toml(path, ("squatted",))["squatted"]:
        squat = _squat(path.name, entry)
        if squat.prefix in blocks:
            raise KnowledgeError(path.name, squat.prefix, "prefix: is there twice")
        blocks[squat.prefix] = squat
    return blocks


def _squat(file: str, entry: Mapping[str, Any]) -> Squat:
    label = str(entry.get("prefix", "squatted"))
    check_entry(file, label, entry, _SQUATTED)
    if parse_mac(f"{label}000001") is None or ":" in label:
        raise KnowledgeError(file, label, "prefix: must be six hexadecimal digits")
    return Squat(
        prefix=label.lower(),
        registrant=entry["registrant"],
        seen_on=entry["seen_on"],
        source=entry["source"],
        date=entry["date"],
    )
