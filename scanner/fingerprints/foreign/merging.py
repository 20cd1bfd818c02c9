"""Others' entries → fingerprints of our form, added to ours: weak, about the label, and told apart by their ids."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from scanner.errors import KnowledgeError
from scanner.fingerprints.fingerprint import ANSWER, Claim, Fingerprint
from scanner.fingerprints.foreign import nmap, recog
from scanner.fingerprints.foreign.patterns import to_re2
from scanner.fingerprints.foreign.words import kind_of, vendor_in
from scanner.fingerprints.loader import load
from scanner.fingerprints.matcher import Knowledge, compile_pattern
from scanner.model import About, Attribute, Strength
from scanner.vendors import Vendors, vendors

_ATTRIBUTES = {"hw.product": Attribute.MODEL, "hw.model": Attribute.MODEL, "hw.version": Attribute.FIRMWARE}
"""Recog's parameters that name the device itself. Serials and MACs are not taken: they would join devices."""


@dataclass(slots=True, kw_only=True)
class Tally:
    """How many entries of one file or folder were read, and how many could not be used, and why."""

    name: str
    read: int = 0
    used: int = 0
    unheard: int = 0
    silent: int = 0
    unreadable: int = 0

    def sentence(self) -> str:
        """Return the tally as one line for people."""
        return (
            f"{self.name}: {self.used:,} of {self.read:,} entries in use; "
            f"{self.unheard:,} are about what is not heard here, {self.silent:,} name no device, "
            f"{self.unreadable:,} have patterns that RE2 cannot read"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """What was read of others' knowledge, a tally for each source, and a version of each for the report."""

    fingerprints: tuple[Fingerprint, ...] = ()
    tallies: tuple[Tally, ...] = ()
    versions: tuple[str, ...] = ()


def load_with(recog_folder: Path | None = None, nmap_file: Path | None = None) -> tuple[Knowledge, Foreign]:
    """Return the shipped knowledge with others' added to it, and what was read of theirs.

    Raises KnowledgeError with the file, the line and what is wrong.
    """
    ours, theirs = load(), read_foreign(recog_folder, nmap_file)
    if not theirs.tallies:
        return ours, theirs
    version = "+".join((ours.version, *theirs.versions))
    knowledge = Knowledge(ours.fingerprints + theirs.fingerprints, version)
    knowledge.prepare()
    return knowledge, theirs


def read_foreign(recog_folder: Path | None = None, nmap_file: Path | None = None) -> Foreign:
    """Read a Recog content folder, nmap's service probes, or both; KnowledgeError for what is broken."""
    table = vendors()
    found: list[Fingerprint] = []
    tallies, versions = [], []
    if recog_folder is not None:
        tally = Tally(name="Recog")
        found += _from_recog(list(recog.read_folder(recog_folder)), tally, table, _day(recog_folder))
        tallies.append(tally)
        versions.append(f"recog.{_digest(found)}")
    if nmap_file is not None:
        tally, start = Tally(name="nmap"), len(found)
        found += _from_nmap(list(nmap.read_file(nmap_file)), tally, table, _day(nmap_file))
        tallies.append(tally)
        versions.append(f"nmap.{_digest(found[start:])}")
    return Foreign(fingerprints=tuple(found), tallies=tuple(tallies), versions=tuple(versions))


def _day(path: Path) -> date:
    """Return the day on which a file was written: others' entries have none of their own."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    except OSError as error:
        raise KnowledgeError(str(path), "file", error.strerror or "cannot be read") from error


def _digest(fingerprints: Iterable[Fingerprint]) -> str:
    digest = hashlib.sha256()
    for item in fingerprints:
        digest.update(f"{item.match}\n{item.pattern}\n{item.claims}\n".encode())
    return digest.hexdigest()[:8]


def _from_recog(
    entries: Iterable[recog.Entry], tally: Tally, table: Vendors, day: date
) -> Iterator[Fingerprint]:
    for entry in entries:
        tally.read += 1
        claims, groups = _recog_claims(entry, table)
        key = entry.key
        if key is None:
            tally.unheard += 1
        elif not claims:
            tally.silent += 1
        else:
            pattern = _readable(_led(key, to_re2(entry.pattern, entry.flags, groups)), tally)
            if pattern is not None:
                yield _fingerprint(
                    f"recog/{Path(entry.file).stem}/{entry.line}",
                    key,
                    pattern,
                    claims,
                    "Recog",
                    entry.file,
                    day,
                )


def _led(key: str, pattern: str) -> str:
    """Return a pattern with what stands in our fact before Recog's text, where the pattern begins there."""
    flags, caret, rest = pattern.partition("^")
    lead = recog.LEADS.get(key)
    return f"{flags}{lead}{rest}" if lead and caret and flags in {"", "(?i)", "(?is)", "(?s)"} else pattern


def _recog_claims(entry: recog.Entry, table: Vendors) -> tuple[tuple[Claim, ...], dict[int, str]]:
    """Return what an entry says of a device: constants, and groups by number. Of software alone it says nothing."""
    said = entry.said
    holder = next((part for part in ("hw", "os", "service") if f"{part}.device" in said), None)
    device = said.get(f"{holder}.device")
    vendor = said.get("hw.vendor") or (said.get(f"{holder}.vendor") if holder else _camera_maker(said, table))
    vendor = None if vendor and "{" in vendor else vendor  # stands for another parameter
    if not vendor and not kind_of(device):
        return (), {}
    claims: list[Claim] = [(Attribute.BRAND, vendor)] if vendor else []
    kind = kind_of(device)
    if kind:
        claims.append((Attribute.KIND, kind))
    named = dict.fromkeys(_ATTRIBUTES[name] for name in said if name in _ATTRIBUTES)
    claims += [(attribute, _first(said, attribute)) for attribute in named]
    groups: dict[int, str] = {}
    for number, name in sorted(entry.groups.items()):
        attribute = _ATTRIBUTES.get(name)
        if attribute and attribute not in named and attribute.value not in groups.values():
            groups[number] = attribute.value
    return tuple(claims), groups


def _first(said: Mapping[str, str], attribute: Attribute) -> str:
    return next(value for name, value in said.items() if _ATTRIBUTES.get(name) is attribute)


def _camera_maker(said: Mapping[str, str], table: Vendors) -> str | None:
    """Return the vendor of the software, where that is somebody who makes surveillance devices."""
    for part in ("os", "service"):
        known = table.get(said.get(f"{part}.vendor", ""))
        if known is not None and known.surveillance:
            return known.name
    return None


def _from_nmap(
    entries: Iterable[nmap.Entry], tally: Tally, table: Vendors, day: date
) -> Iterator[Fingerprint]:
    for entry in sorted(entries, key=lambda item: item.soft):
        tally.read += 1
        protocol = entry.protocol
        if protocol is None:
            tally.unheard += 1
            continue
        claims = nmap_claims(entry, table)
        tally.silent += not claims
        pattern = _readable(to_re2(entry.pattern, entry.flags), tally, count=bool(claims))
        if pattern is not None:
            name = f"nmap/{entry.service}/{entry.line}"
            yield _fingerprint(name, f"{protocol}.{ANSWER}", pattern, claims, "nmap", entry.file, day)


def nmap_claims(entry: nmap.Entry, table: Vendors) -> tuple[Claim, ...]:
    """Return what a match line says of a device: whose label it has, and its kind."""
    kind = kind_of(entry.words.get("d"))
    known = table.canonical(entry.hardware) if entry.hardware else None
    known = known or vendor_in(entry.words.get("p", ""), table) or vendor_in(entry.words.get("i", ""), table)
    vendor = table.get(known) if known else None
    if vendor is None or not (entry.words.get("d") or entry.hardware or vendor.surveillance):
        return ((Attribute.KIND, kind),) if kind else ()
    return ((Attribute.BRAND, vendor.name), *(((Attribute.KIND, kind),) if kind else ()))


def _readable(pattern: str, tally: Tally, *, count: bool = True) -> str | None:
    try:
        compile_pattern.__wrapped__(pattern)
    except ValueError:
        tally.unreadable += 1
        return None
    tally.used += count
    return pattern


def _fingerprint(
    name: str, key: str, pattern: str, claims: tuple[Claim, ...], whose: str, file: str, day: date
) -> Fingerprint:
    return Fingerprint(
        id=name,
        vendor=None,
        match=key,
        about=About.LABEL,
        strength=Strength.WEAK,
        pattern=pattern,
        claims=claims,
        source=f"{whose}: {file}",
        date=day,
        confirmed=False,
        file=file,
    )
