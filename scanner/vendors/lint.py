"""Proves the vendor files: `python -m scanner.vendors.lint` prints every fault and exits 1.

Beyond what loading checks: both ends of a relation are vendors; what `makes` says agrees with the production
relations; nothing is dated in the future; nobody owns himself; the lists about MAC blocks spell registrants
as the registry does.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime

from scanner.errors import KnowledgeError
from scanner.vendors.loader import DATA, load_vendors, shipped_files
from scanner.vendors.mac import load_modules, load_squatted
from scanner.vendors.registry import known_registrants, registrant
from scanner.vendors.relations import MAX_PARENTS, Vendors
from scanner.vendors.vendor import DECIDING, Makes, Relation, Vendor


def check(table: Vendors, today: date) -> Iterator[str]:
    """Yield what is wrong with a vendor table, as sentences; `today` bounds its dates."""
    for vendor in table.all:
        yield from (f"{vendor.name}: {problem}" for problem in _vendor_problems(vendor, table, today))
    for relation in table.relations:
        label = f"{relation.from_name} → {relation.to_name} ({relation.type})"
        yield from (f"{label}: {problem}" for problem in _relation_problems(relation, table, today))


def _vendor_problems(vendor: Vendor, table: Vendors, today: date) -> Iterator[str]:
    if vendor.date > today:
        yield f"date: {vendor.date} is in the future"
    if table.is_placeholder(vendor.name):
        yield "name: is a placeholder"
    made_by = {
        r.to_name for r in table.makers_of(vendor.name) if r.type in DECIDING and r.documented and not r.mixed
    }
    if vendor.makes is Makes.OWN and made_by:
        yield f"makes: 'own', but documented as made by {', '.join(sorted(made_by))}"
    if len(table.parents_of(vendor.name, today)) >= MAX_PARENTS:
        yield "owners: the chain has no end"


def _relation_problems(relation: Relation, table: Vendors, today: date) -> Iterator[str]:
    for key, name in (("from", relation.from_name), ("to", relation.to_name)):
        if table.get(name) is None:
            yield f"{key}: the vendor table has no {name!r}"
    if relation.from_name == relation.to_name:
        yield "to: is the same as from"
    if relation.source_date and relation.source_date > today:
        yield f"source_date: {relation.source_date} is in the future"


def check_registrants() -> Iterator[str]:
    """Yield what the lists of modules and squatted blocks spell otherwise than the registry."""
    known = known_registrants()
    for name in sorted(load_modules(DATA / "modules.toml") - known):
        yield f"modules.toml: the registry has no {name!r}"
    for prefix, squat in load_squatted(DATA / "squatted.toml").items():
        if registrant(f"{prefix}000001") != squat.registrant:
            yield f"squatted.toml: {prefix} is not registered to {squat.registrant!r}"


def main() -> int:
    """Check the shipped files; return 1 if anything is wrong."""
    try:
        table = load_vendors(shipped_files())
        problems = [*check(table, datetime.now(UTC).date()), *check_registrants()]
    except KnowledgeError as fault:
        problems, table = [str(fault)], Vendors((), ())
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(f"{len(table.all)} vendors, {len(table.relations)} relations, {len(problems)} faults\n")
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
