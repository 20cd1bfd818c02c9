"""Proves the fingerprint files: `python -m scanner.fingerprints.lint [FILE...]` prints every fault and exits 1.

Beyond what loading checks: each example, as the fact that a protocol would make of it, is matched alone and
through the whole of the knowledge, and reads what it says; no negative example matches; no two vendors claim
one text, as makers or as brands, with equal strength; every name is in the vendor table; what speaks of MAC
registrants fits one of the registry; nothing is dated in the future; no entry is dead.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from scanner.errors import KnowledgeError
from scanner.fingerprints.fingerprint import Example, Fingerprint, Hit
from scanner.fingerprints.loader import DATA, data_files, read_bytes, read_text, undeclared
from scanner.fingerprints.matcher import BODY_KEYS, MAX_BODY, MAX_TEXT, Knowledge, fits, holds, read
from scanner.fingerprints.values import value_of
from scanner.model import Attribute
from scanner.protocols import clean
from scanner.vendors import Vendors, vendors
from scanner.vendors.registry import known_registrants

REGISTRANT = "link.registrant"
_NAMES = (Attribute.BRAND, Attribute.MAKER)


def read_all(roots: Sequence[Path]) -> tuple[list[Fingerprint], list[KnowledgeError]]:
    """Return the sound fingerprints of some folders or files, and the faults of the others."""
    fingerprints: list[Fingerprint] = []
    faults: list[KnowledgeError] = []
    for root in roots:
        for stem, path in data_files(root):
            found, wrong = read_text(read_bytes(path), stem=stem, name=f"{stem}.toml")
            fingerprints += map(_as_facts, found)
            faults += wrong
    return fingerprints, faults


def _as_facts(fingerprint: Fingerprint) -> Fingerprint:
    """Return a fingerprint with its examples as facts would hold them: stripped, control characters gone."""
    examples = tuple(replace(example, text=clean(example.text)) for example in fingerprint.examples)
    return replace(fingerprint, examples=examples, negatives=tuple(map(clean, fingerprint.negatives)))


def check(
    fingerprints: Sequence[Fingerprint], table: Vendors, today: date, registrants: Iterable[str] = ()
) -> Iterator[KnowledgeError]:
    """Yield every fault of sound fingerprints; `today` bounds their dates, `registrants` own MAC blocks."""
    for fingerprint in fingerprints:
        yield from undeclared(fingerprint)
        problems = [*_entry_problems(fingerprint, table, today), *_example_problems(fingerprint, table)]
        yield from (KnowledgeError(fingerprint.file, fingerprint.id, problem) for problem in problems)
    knowledge = Knowledge(tuple(fingerprints), "lint")
    yield from _repeats(fingerprints)
    yield from _conflicts(knowledge, table)
    yield from _unregistered(knowledge, registrants)


def _entry_problems(fingerprint: Fingerprint, table: Vendors, today: date) -> Iterator[str]:
    if fingerprint.date > today:
        yield f"date: {fingerprint.date} is in the future"
    if fingerprint.vendor is not None:
        yield from _name_problems("vendor", fingerprint.vendor, table)
    for attribute, value in fingerprint.claims:
        if attribute in _NAMES:
            yield from _name_problems(f"claims.{attribute}", value, table)
        elif value_of(attribute, value, table) != value:
            yield f"claims.{attribute}: {value!r} would be dropped or changed"


def _name_problems(key: str, name: str, table: Vendors) -> Iterator[str]:
    known = table.canonical(name)
    if known is None and table.all:
        yield f"{key}: the vendor table has no {name!r}"
    elif known not in {None, name}:
        yield f"{key}: {name!r} is written {known!r} in the vendor table"


def _example_problems(fingerprint: Fingerprint, table: Vendors) -> Iterator[str]:
    bound = MAX_BODY if fingerprint.match in BODY_KEYS else MAX_TEXT
    for example in fingerprint.examples:
        if len(example.text) > bound:
            yield f"examples: {example.text[:40]!r}… is longer than the {bound} characters that are matched"
        elif not fits(fingerprint, example.text):
            yield f"examples: {example.text!r} does not match"
        elif not all(holds(condition, example.facts) for condition in fingerprint.when):
            yield f"examples: {example.text!r} does not meet `when`: give the other fact in `with`"
        else:
            yield from _reading_problems(fingerprint, example, table)
    yield from (f"not: {text!r} matches" for text in fingerprint.negatives if fits(fingerprint, text))


def _reading_problems(fingerprint: Fingerprint, example: Example, table: Vendors) -> Iterator[str]:
    """Compare what the groups read with what the example says, both as written and as evidence has it."""
    found, said = dict(read(fingerprint, example.text)), dict(example.claims)
    constants = dict(fingerprint.claims)
    for attribute, value in said.items():
        got = found.get(attribute, constants.get(attribute))
        if got is None:
            yield f"examples: {example.text!r} does not give {attribute}"
        elif value not in {got, value_of(attribute, got, table)}:
            yield f"examples: {example.text!r} gives {attribute} = {got!r}, not {value!r}"
    for attribute in found.keys() - said.keys():
        yield f"examples: {example.text!r} also gives {attribute} = {found[attribute]!r}: say so"


def _repeats(fingerprints: Iterable[Fingerprint]) -> Iterator[KnowledgeError]:
    """Yield a fault for each entry whose id another one has, or whose test, if both speak of the same thing.

    Two entries may share a test to claim one attribute strongly and another weakly.
    """
    ids: Counter[str] = Counter()
    tests: dict[object, str] = {}
    for fingerprint in fingerprints:
        ids[fingerprint.id] += 1
        if ids[fingerprint.id] == 2:
            yield KnowledgeError(fingerprint.file, fingerprint.id, "id: is there twice")
        others = [tests.setdefault(test, fingerprint.id) for test in _tests(fingerprint)]
        other = next((name for name in others if name != fingerprint.id), None)
        if other:
            yield KnowledgeError(fingerprint.file, fingerprint.id, f"pattern: is the same as that of {other}")


def _tests(fingerprint: Fingerprint) -> Iterator[object]:
    """Yield what makes an entry, once for each attribute that it speaks of."""
    test = (fingerprint.match, fingerprint.pattern, fingerprint.equals, fingerprint.when, fingerprint.vendor)
    attributes = [attribute.value for attribute, _ in fingerprint.claims]
    yield from ((test, attribute) for attribute in attributes or [""])


def _conflicts(knowledge: Knowledge, table: Vendors) -> Iterator[KnowledgeError]:
    """Match every example with everything: find dead entries, and texts that two vendors claim alike."""
    told: set[frozenset[str]] = set()
    for fingerprint in knowledge.fingerprints:
        alive = False
        for example in fingerprint.examples:
            hits = knowledge.match(fingerprint.match, example.text, example.facts)
            alive = alive or any(hit.fingerprint is fingerprint for hit in hits)
            yield from _rivals(fingerprint, example, hits, table, told)
        if not alive and any(fits(fingerprint, example.text) for example in fingerprint.examples):
            yield KnowledgeError(
                fingerprint.file, fingerprint.id, "is dead: no example is left to it, or it claims nothing"
            )


def _unregistered(knowledge: Knowledge, registrants: Iterable[str]) -> Iterator[KnowledgeError]:
    """Yield a fault for each entry on registrants of MAC blocks that fits no name of the registry."""
    names = [clean(name) for name in registrants]
    alive = {hit.fingerprint.id for name in names for hit in knowledge.match(REGISTRANT, name)}
    for fingerprint in knowledge.fingerprints if names else ():
        if fingerprint.match == REGISTRANT and fingerprint.id not in alive:
            problem = "pattern: fits no registrant of the registry"
            yield KnowledgeError(fingerprint.file, fingerprint.id, problem)


def _rivals(
    fingerprint: Fingerprint,
    example: Example,
    hits: Sequence[Hit],
    table: Vendors,
    told: set[frozenset[str]],
) -> Iterator[KnowledgeError]:
    """Yield a fault for each other entry that names somebody else, as maker or as brand, with equal strength."""
    mine = next((dict(hit.claims) for hit in hits if hit.fingerprint is fingerprint), {})
    for hit in hits:
        other, theirs = hit.fingerprint, dict(hit.claims)
        pair = frozenset({fingerprint.id, other.id})
        if fingerprint.worth != other.worth or pair in told or fingerprint.shared or other.shared:
            continue
        for name in _NAMES:
            if _differ(mine.get(name), theirs.get(name), table):
                told.add(pair)
                problem = (
                    f"examples: {example.text!r} is as much {theirs[name]}'s ({other.id}) as {mine[name]}'s"
                )
                yield KnowledgeError(fingerprint.file, fingerprint.id, problem)
                break


def _differ(mine: str | None, theirs: str | None, table: Vendors) -> bool:
    """Tell whether two names are those of two vendors; what no vendor is called is a device's own word."""
    if not mine or not theirs or mine == theirs:
        return False
    return not table.all or None not in {table.canonical(mine), table.canonical(theirs)}


def main(arguments: Sequence[str]) -> int:
    """Check the shipped files and those named; print faults of the named ones (of all, if none is named)."""
    count, shown = proved([Path(argument) for argument in arguments])
    for line in lines(shown):
        sys.stdout.write(f"{line}\n")
    sys.stdout.write(f"{count} fingerprints, {len(shown)} faults\n")
    return 1 if shown else 0


def proved(named: Sequence[Path]) -> tuple[int, list[KnowledgeError]]:
    """Return how many fingerprints were looked at, and the faults of the files named (of all, if none is named).

    Whatever is named is held against the shipped files too. Raises KnowledgeError for a path that is not there.
    """
    outside = [path for path in named if not path.resolve().is_relative_to(DATA)]
    fingerprints, faults = read_all([DATA, *outside])
    table = _table(faults)
    faults += check(fingerprints, table, datetime.now(UTC).date(), known_registrants())
    wanted = {f"{stem}.toml" for root in named for stem in _stems(root)}
    return len(fingerprints), [fault for fault in faults if not wanted or fault.file in wanted]


def _stems(root: Path) -> list[str]:
    """Return how faults name the files under a path that was given."""
    if root.resolve().is_relative_to(DATA):
        inside = root.resolve().relative_to(DATA)
        return [stem for stem, path in data_files(DATA) if path.relative_to(DATA).is_relative_to(inside)]
    return [stem for stem, _ in data_files(root)]


def _table(faults: list[KnowledgeError]) -> Vendors:
    """Return the vendor table; if it is broken, note why and return an empty one, so that the rest is checked."""
    try:
        return vendors()
    except KnowledgeError as fault:
        faults.append(fault)
        return Vendors((), ())


def lines(faults: Iterable[KnowledgeError]) -> Iterator[str]:
    """Yield one line for each fault; a problem that many entries of a file share takes one line."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for fault in faults:
        grouped.setdefault((fault.file, fault.problem), []).append(fault.entry)
    for (file, problem), entries in grouped.items():
        more = f" (and {len(entries) - 1} more)" if len(entries) > 1 else ""
        yield f"{file}: {entries[0]}{more}: {problem}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
