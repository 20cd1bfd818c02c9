"""Data files → fingerprints: reads TOML, checks every entry by hand-written rules, names what is wrong.

Strategy: the rules (see `rules`) are plain code, because importing a validation library costs more than
reading all entries does. Only a sound entry becomes a record. `read_text` collects faults, `load` raises the
first. Shipped files are proved by `lint` in the tests, so a start reads them quickly and without their
examples; files of the user are checked in full each time.
"""

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from scanner.errors import KnowledgeError
from scanner.fingerprints.fingerprint import Claim, Condition, Example, Fingerprint
from scanner.fingerprints.groups import SAID
from scanner.fingerprints.matcher import Knowledge
from scanner.fingerprints.rules import PROOF, entry_problems, header_problems, tables_of
from scanner.folders import data_folder
from scanner.model import About, Attribute, Strength
from scanner.protocols import declared
from scanner.tables import read_tables

DATA = Path(__file__).parent / "data"
MAX_FILE = 4 * 1024 * 1024
"""Bytes of one data file."""

_declared = cache(declared)


def load(extra: Sequence[Path] = ()) -> Knowledge:
    """Return all shipped fingerprints, the user's own, and those of the given folders (or files), ready to match.

    Raises KnowledgeError for the first fault. Without extra folders the result is made once and kept.
    """
    own = _own_files()
    if not extra:
        return _with_own(own) if own else _shipped()
    knowledge = _knowledge(
        data_files(DATA), [*_own_pairs(own), *(pair for root in extra for pair in data_files(root))]
    )
    knowledge.prepare()
    return knowledge


def own_folder() -> Path:
    """Return the user's own folder of fingerprint files; it need not be there yet."""
    return data_folder() / "fingerprints"


def _own_files() -> tuple[tuple[Path, int], ...]:
    """Return the user's own files with the times at which they were written: a change is read again."""
    folder = own_folder()
    return tuple((path, path.stat().st_mtime_ns) for _, path in data_files(folder)) if folder.is_dir() else ()


def _own_pairs(files: Sequence[tuple[Path, int]]) -> list[tuple[str, Path]]:
    """Return own files with stems that no shipped file has: a later release may know the same vendors."""
    return [(f"own/{path.stem}", path) for path, _ in files]


@cache
def _with_own(files: tuple[tuple[Path, int], ...]) -> Knowledge:
    knowledge = _knowledge(data_files(DATA), _own_pairs(files))
    knowledge.prepare()
    return knowledge


@cache
def _shipped() -> Knowledge:
    return _knowledge(data_files(DATA))


def data_files(root: Path) -> list[tuple[str, Path]]:
    """Return the data files under a folder, or one file, each with the stem that begins its ids."""
    if root.is_file():
        return [(root.stem, root)]
    if not root.is_dir():
        raise KnowledgeError(str(root), "folder", "does not exist")
    names = ((path.relative_to(root).with_suffix("").as_posix(), path) for path in root.rglob("*.toml"))
    return sorted(names)


def _knowledge(shipped: Sequence[tuple[str, Path]], extra: Sequence[tuple[str, Path]] = ()) -> Knowledge:
    digest = hashlib.sha256()
    known: dict[str, Fingerprint] = {}
    for position, (stem, path) in enumerate((*shipped, *extra)):
        raw = read_bytes(path)
        digest.update(f"{stem}\n".encode() + raw.replace(b"\r\n", b"\n"))
        proved = position < len(shipped)
        name = f"{stem}.toml" if proved else str(path)
        fingerprints, faults = read_text(raw, stem=stem, name=name, proved=proved)
        for fault in (*faults, *(fault for fingerprint in fingerprints for fault in undeclared(fingerprint))):
            raise fault
        for fingerprint in fingerprints:
            if fingerprint.id in known:
                raise KnowledgeError(fingerprint.file, fingerprint.id, "id: is there twice")
            known[fingerprint.id] = fingerprint
    newest = max((fingerprint.date for fingerprint in known.values()), default=None)
    version = f"{newest or 'none'}+{digest.hexdigest()[:12]}"
    return Knowledge(tuple(known.values()), version)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of one data file; KnowledgeError if it cannot be read or is beyond MAX_FILE."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise KnowledgeError(path.name, "file", error.strerror or "cannot be read") from error
    if len(raw) > MAX_FILE:
        raise KnowledgeError(path.name, "file", f"is larger than {MAX_FILE} bytes")
    return raw


def read_text(
    raw: bytes, *, stem: str, name: str, proved: bool = False
) -> tuple[list[Fingerprint], list[KnowledgeError]]:
    """Return the sound fingerprints of one file's bytes and the faults of the others.

    `stem` begins the ids ("hikvision", "any/http"), `name` is what faults call the file. With `proved` the
    examples are left unread and patterns unchecked: that is for files that lint has passed.
    """
    try:
        data = read_tables(raw.decode(), PROOF) if proved else tomllib.loads(raw.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return [], [KnowledgeError(name, "file", f"is not TOML: {error}")]
    faults = [KnowledgeError(name, "file", problem) for problem in header_problems(data, stem)]
    fingerprints = []
    seen: set[str] = set()
    for position, entry in enumerate(data.get("fingerprint", ()) if not faults else (), 1):
        label = str(entry.get("id", f"entry {position}")) if isinstance(entry, dict) else f"entry {position}"
        problems = [
            KnowledgeError(name, label, problem) for problem in entry_problems(entry, seen, proved=proved)
        ]
        faults += problems
        if not problems:
            fingerprints.append(_fingerprint(entry, stem, data.get("vendor"), name))
    return fingerprints, faults


def undeclared(fingerprint: Fingerprint) -> Iterator[KnowledgeError]:
    """Yield a fault for each fact key of an entry that no protocol gives: it could never match."""
    keys = [("match", fingerprint.match), *(("when", condition.key) for condition in fingerprint.when)]
    keys += (("examples.with", key) for example in fingerprint.examples for key, _ in example.facts)
    for name, key in keys:
        if key != SAID and not _declared(key):
            yield KnowledgeError(
                fingerprint.file, fingerprint.id, f"{name}: no protocol gives the fact {key!r}"
            )


def _fingerprint(entry: Mapping[str, Any], stem: str, vendor: str | None, file: str) -> Fingerprint:
    return Fingerprint(
        id=f"{stem}/{entry['id']}",
        vendor=vendor,
        match=entry["match"],
        about=About(entry["about"]),
        strength=Strength(entry["strength"]),
        pattern=entry.get("pattern"),
        equals=tuple(entry.get("equals", ())),
        when=tuple(_condition(table) for table in tables_of(entry.get("when", []))),
        claims=_claims(entry.get("claims", {})),
        examples=tuple(_example(example) for example in entry.get("examples", ())),
        negatives=tuple(entry.get("not", ())),
        source=entry["source"],
        date=entry["date"],
        confirmed=entry.get("confirmed", True),
        generic=entry.get("generic", False),
        shared=entry.get("shared", False),
        known=entry.get("known", False),
        note=entry.get("note", ""),
        file=file,
    )


def _condition(table: Mapping[str, Any]) -> Condition:
    return Condition(key=table["key"], pattern=table.get("pattern"), equals=tuple(table.get("equals", ())))


def _claims(table: Mapping[str, str]) -> tuple[Claim, ...]:
    return tuple((Attribute(name), value) for name, value in table.items())


def _example(table: Mapping[str, Any]) -> Example:
    claims = {name: value for name, value in table.items() if name not in {"text", "with"}}
    return Example(text=table["text"], claims=_claims(claims), facts=tuple(table.get("with", {}).items()))
