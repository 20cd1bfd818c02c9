"""Names → canonical vendors → makers → parents: the table that the vendor files make, and its look-ups."""

from collections.abc import Iterable
from datetime import date

from scanner.vendors.names import fold
from scanner.vendors.vendor import DECIDING, OWNERSHIP, PRODUCTION, Makes, Relation, RelationType, Vendor

MAX_PARENTS = 16
"""Steps of an ownership chain; a longer one is a circle in the data."""


class Vendors:
    """Every vendor, relation and placeholder; built once by the loader and never changed."""

    def __init__(
        self,
        vendors: Iterable[Vendor],
        relations: Iterable[Relation],
        placeholders: frozenset[str] = frozenset(),
        placeholder_models: frozenset[str] = frozenset(),
    ) -> None:
        """Take records whose names are unique, and placeholders as `placeholder_key` gives them."""
        self.all = tuple(vendors)
        self.relations = tuple(relations)
        self._placeholders = placeholders
        self._placeholder_models = placeholder_models
        self._by_key = {fold(name): vendor for vendor in self.all for name in (*vendor.aliases, vendor.name)}

    def get(self, name: str) -> Vendor | None:
        """Return the vendor that a spelling names, or None."""
        return self._by_key.get(fold(name))

    def canonical(self, name: str) -> str | None:
        """Return the canonical name for a spelling; None where no vendor is known by it."""
        vendor = self.get(name)
        return vendor.name if vendor else None

    def is_placeholder(self, text: str) -> bool:
        """Tell whether a manufacturer field holds a filler ("General", "ONVIF") instead of a name."""
        return placeholder_key(text) in self._placeholders

    def is_placeholder_model(self, text: str) -> bool:
        """Tell whether a model field holds a filler ("MODEL", "IPC-model") instead of a model."""
        return placeholder_key(text) in self._placeholder_models

    def makers_of(self, brand: str) -> tuple[Relation, ...]:
        """Return every production relation of a brand, whatever its date and confidence, as in the files."""
        name = self.canonical(brand) or brand
        return tuple(r for r in self.relations if r.type in PRODUCTION and r.from_name == name)

    def maker_of(self, brand: str, on: date) -> Relation | None:
        """Return the one maker behind a brand on a day; None where the name alone does not decide.

        A brand of its own make is its own maker. Otherwise exactly one maker must be documented for that day,
        by a relation that covers everything sold under the name.
        """
        vendor = self.get(brand)
        if vendor is None or vendor.makes in {Makes.MIXED, Makes.NONE}:
            return None
        if vendor.makes is Makes.OWN:
            return _own(vendor)
        known = [r for r in self.makers_of(brand) if r.documented and r.valid(on) and r.type in DECIDING]
        makers = {relation.to_name for relation in known}
        return known[0] if len(makers) == 1 and not any(relation.mixed for relation in known) else None

    def parents_of(self, maker: str, on: date) -> tuple[Relation, ...]:
        """Return the ownership relations above a maker on a day, nearest first; former owners never."""
        chain: list[Relation] = []
        names, seen = [self.canonical(maker) or maker], set[str]()
        while names and len(chain) < MAX_PARENTS:
            name = names.pop(0)
            seen.add(name)
            above = [r for r in self._owners(name, on) if r.to_name not in seen]
            chain += above
            names += [relation.to_name for relation in above]
        return tuple(chain)

    def _owners(self, name: str, on: date) -> list[Relation]:
        return [
            relation
            for relation in self.relations
            if relation.from_name == name
            and relation.type in OWNERSHIP
            and relation.documented
            and relation.valid(on)
        ]


def _own(vendor: Vendor) -> Relation:
    return Relation(
        from_name=vendor.name,
        to_name=vendor.name,
        type=RelationType.OWN,
        source=vendor.source,
        source_date=vendor.date,
    )


def placeholder_key(text: str) -> str:
    """Return the form in which placeholders are compared: case and outer or doubled blanks do not matter."""
    return " ".join(text.casefold().split())
