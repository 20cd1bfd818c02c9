"""lists/*.toml → PolicyList: read, check every key, and refuse a company that the vendor table does not know.

People write these files, so pydantic checks them against the records of `policylist`; its first complaint
becomes one sentence that names file, entry and key. A file of the user's own is loaded by its path. Of a list
that was shipped and that the user also installed (closed networks get list files by hand) the newer version
counts.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from scanner.errors import KnowledgeError, UsageError
from scanner.folders import data_folder
from scanner.policy.policylist import MATCHED, Entry, PolicyList
from scanner.vendors import vendors

if TYPE_CHECKING:
    from pydantic import TypeAdapter

LISTS = Path(__file__).parent / "lists"
SCHEMA = 1
MAX_FILE = 4 * 1024 * 1024
"""Bytes of a data file that are read; the largest list known has a few hundred entries."""

ALL = "all"
APART = "exposure"
"""The list of what devices expose, which `scanner.exposure` holds them against."""
"""The word that stands for every confirmed list."""
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

_FIELDS = {"from": "valid_from", "to": "valid_to", "entry": "entries"}
"""Keys of the files that are no names in Python, or read better in the singular."""
_KEYS = {"valid_from": "from", "valid_to": "to", "entries": "entry"}

_T = TypeVar("_T")


def list_ids() -> tuple[str, ...]:
    """Return the ids of the shipped lists, sorted."""
    return tuple(sorted(path.stem for path in LISTS.glob("*.toml")))


def installed_lists() -> Path:
    """Return the folder in which the user's newer versions of lists are kept; it need not be there."""
    return data_folder() / "lists"


def known_ids() -> tuple[str, ...]:
    """Return the ids of all lists that are shipped or installed, sorted."""
    return tuple(sorted({*list_ids(), *(path.stem for path in installed_lists().glob("*.toml"))}))


def load_lists(chosen: Sequence[str | PolicyList] = ()) -> tuple[PolicyList, ...]:
    """Return lists by id or by the path of a TOML file; without any, those that are enabled.

    "all" stands for every confirmed one; a list that was read before stays as it is; "exposure" is passed over, it
    is no list of makers. Sorted by id, each once.
    Raises UsageError for an unknown id and KnowledgeError for a broken file.
    """
    if not chosen:
        return tuple(item for item in map(find_list, known_ids()) if item.enabled)
    found = {item.id: item for name in chosen for item in _named(name)}
    return tuple(found[name] for name in sorted(found))


def _named(name: str | PolicyList) -> Iterator[PolicyList]:
    if isinstance(name, PolicyList):
        yield name
    elif name == APART:
        return
    elif name == ALL:
        yield from (item for item in map(find_list, known_ids()) if item.confirmed)
    else:
        yield find_list(name)


def find_list(name: str) -> PolicyList:
    """Return one list by id (of two versions the newer) or path; raises UsageError where there is none."""
    paths = [path for path in (LISTS / f"{name}.toml", installed_lists() / f"{name}.toml") if path.is_file()]
    if name in known_ids():
        return max(map(read_list, paths), key=lambda item: (item.version, item.checked))
    if name.endswith(".toml"):
        return read_list(Path(name))
    raise UsageError(
        f"there is no list {name!r}; the lists are {', '.join(known_ids())}, or the path of a .toml file"
    )


def read_list(path: Path) -> PolicyList:
    """Return the list that a file holds; KnowledgeError names file, entry and key of the first fault.

    A file that is as it was is not read again: every report asks for the lists more than once.
    """
    try:
        stamp = path.stat()
    except OSError:
        return _read_list(path, 0, 0)
    return _read_list(path, stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=64)
def _read_list(path: Path, _changed: int, _size: int) -> PolicyList:
    data = read_tables(path)
    item = validated(PolicyList, data, path.name, "list")
    for problem in _problems(item):
        raise KnowledgeError(path.name, "list", problem)
    if path.parent in {LISTS, installed_lists()} and item.id != path.stem:
        raise KnowledgeError(path.name, "list", f"id: must be {path.stem!r}, as the file is called")
    return replace(item, entries=tuple(_known(path.name, entry) for entry in item.entries))


def _problems(item: PolicyList) -> Iterator[str]:
    """Yield what is wrong with a list whose keys are all of the right form."""
    if not _ID.fullmatch(item.id):
        yield "id: must be made of lower-case letters, digits and hyphens"
    if item.id == ALL:
        yield f"id: {ALL!r} stands for every list"
    if not item.entries and item.criterion is None:
        yield "entry: there is neither an entry nor a criterion"
    if item.criterion and not (item.criterion.head_office_country or item.criterion.state_owner):
        yield "criterion: head_office_country or state_owner must be given"
    if item.enabled and not item.confirmed:
        yield "enabled: a list that nobody confirmed must be disabled"


def _known(file: str, entry: Entry) -> Entry:
    """Return an entry whose group is the vendor table's canonical name: a name nobody knows would never match."""
    if entry.kind not in MATCHED:
        return entry
    if not entry.group:
        raise KnowledgeError(file, entry.printed, "group: is missing")
    canonical = vendors().canonical(entry.group)
    if canonical is None:
        raise KnowledgeError(file, entry.printed, f"group: {entry.group!r} is not in the vendor table")
    return replace(entry, group=canonical)


def read_tables(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file of schema 1, keys renamed to fields; KnowledgeError if it is not one."""
    try:
        with path.open("rb") as file:
            data = tomllib.loads(file.read(MAX_FILE).decode("utf-8-sig"))
    except FileNotFoundError:
        raise KnowledgeError(path.name, "file", "there is no such file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(path.name, "file", f"cannot be read as TOML: {error}") from error
    if data.pop("schema", None) != SCHEMA:
        raise KnowledgeError(path.name, "file", f"schema: must be {SCHEMA}")
    renamed: dict[str, Any] = _renamed(data)
    return renamed


def _renamed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {_FIELDS.get(key, key): _renamed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item) for item in value]
    return value


_ADAPTERS: "dict[Any, TypeAdapter[Any]]" = {}
"""pydantic's readers of records; making one costs more than reading a list with it."""


def _adapter(record: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    if record not in _ADAPTERS:
        _ADAPTERS[record] = TypeAdapter(record)
    return _ADAPTERS[record]


def validated(record: type[_T], data: Any, file: str, label: str) -> _T:
    """Return `data` as a record; KnowledgeError names file, entry and key of the first fault."""
    from pydantic import ValidationError

    try:
        found: _T = _adapter(record).validate_python(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        entry, key = _place(data, first["loc"], label)
        raise KnowledgeError(file, entry, f"{key}: {_said(first['msg'], first['type'])}") from None
    return found


def _place(data: Any, location: Iterable[str | int], label: str) -> tuple[str, str]:
    """Return the entry and the key that a fault lies in: the last table of an array on the way, and the rest."""
    entry, keys = label, list[str]()
    for step in location:
        if isinstance(step, int) and isinstance(data, list | tuple) and step < len(data):
            data = data[step]
            if isinstance(data, Mapping):
                entry, keys = _name(data, f"{' '.join(keys) or label} {step + 1}"), []
            continue
        if "[" in str(step):
            continue  # a form that a value might have had, in the words of the checker
        keys.append(_KEYS.get(str(step), str(step)))
        data = data.get(step) if isinstance(data, Mapping) else None
    return entry, ".".join(keys) or "table"


def _name(table: Mapping[str, Any], position: str) -> str:
    return next((str(table[key]) for key in ("printed", "id", "title") if key in table), position)


def _said(message: str, kind: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        return "is not a key of this table"
    return message[:1].lower() + message[1:]
