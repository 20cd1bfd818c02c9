"""From a company name to the entry that holds it: up the dated ownership relations, nearest entry first.

The walk goes from a maker or label to whoever owns it on the day of the verdict. Every step is documented or
not: a step that is hearsay, unconfirmed or only joint ownership makes the whole way doubtful, and a doubtful
way never lists a device by itself. A company that was sold belongs to its old owner until the day of the
sale. Who *builds* what is another kind of edge and never walked here: `hints` gives those, as mere hints.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from scanner.policy.policylist import MATCHED, Entry, PolicyList
from scanner.vendors import Relation, RelationType, Vendors

MAX_STEPS = 6
"""Ownership steps above a company that are walked; a longer way is a circle in the data."""

_OWNED = frozenset({RelationType.SUBSIDIARY, RelationType.OWNED_BY, RelationType.FORMER_SUBSIDIARY})
_UPWARD = _OWNED | {RelationType.BRAND_OF, RelationType.JOINT_VENTURE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why a company falls under a list: the way up from it, and the entry at its end (None for a criterion)."""

    company: str
    path: tuple[Relation, ...]
    entry: Entry | None
    sure: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """A relation of production, or of former ownership, whose other end falls under the list."""

    relation: Relation
    ground: Ground


class Kinship:
    """The look-ups of one list on one day."""

    def __init__(self, policy: PolicyList, vendors: Vendors, on: date) -> None:
        """Take the list, the vendor table and the day on which entries and relations must hold."""
        self._policy, self._vendors, self._on = policy, vendors, on
        self._grounds: dict[str, Ground | None] = {}

    def ground(self, name: str) -> Ground | None:
        """Return why a maker or label falls under the list, the surest and nearest reason; None if it does not."""
        company = self._vendors.canonical(name) or name
        if company not in self._grounds:
            found = [ground for ground in self._found(company) if ground]
            self._grounds[company] = min(found, key=lambda g: (not g.sure, len(g.path)), default=None)
        return self._grounds[company]

    def hints(self, name: str) -> tuple[Hint, ...]:
        """Return who is known to have built what carries a name, where that maker falls under the list.

        Whatever the date: what was made before a contract ended still hangs on walls. Documented ones first.
        """
        return self._hints(self._vendors.makers_of(name))

    def former(self, name: str) -> tuple[Hint, ...]:
        """Return the former owners of a company that fall under the list."""
        company = self._vendors.canonical(name) or name
        return self._hints(
            relation
            for relation in self._from.get(company, ())
            if relation.type is RelationType.FORMER_SUBSIDIARY and not self._holds(relation)
        )

    def builds_for(self, maker: str, label: str) -> bool:
        """Tell whether a maker is known to build for somebody else's label."""
        return any(
            relation.to_name == maker and relation.type is not RelationType.BRAND_OF
            for relation in self._vendors.makers_of(label)
        )

    def criterion_known(self, name: str) -> bool:
        """Tell whether the vendor table declares of a company what the criterion asks; true without a criterion."""
        criterion, vendor = self._policy.criterion, self._vendors.get(name)
        return criterion is None or (vendor is not None and criterion.known(vendor))

    def _hints(self, relations: Iterable[Relation]) -> tuple[Hint, ...]:
        found = [
            Hint(relation=relation, ground=ground)
            for relation in relations
            if (ground := self.ground(relation.to_name)) is not None
        ]
        return tuple(sorted(found, key=lambda hint: not hint.relation.documented))

    def _found(self, company: str) -> Iterator[Ground | None]:
        for name, path in self._ancestry(company):
            yield self._by_criterion(name, path) if self._policy.criterion else None
            for entry in self._entries.get(name, ()):
                if all(relation.type is RelationType.BRAND_OF for relation in path) or entry.includes:
                    sure = entry.documented and all(self._settles(relation) for relation in path)
                    yield Ground(company=name, path=path, entry=entry, sure=sure)

    def _by_criterion(self, name: str, path: tuple[Relation, ...]) -> Ground | None:
        criterion, vendor = self._policy.criterion, self._vendors.get(name)
        if criterion is None or vendor is None or not criterion.valid(self._on):
            return None
        if not criterion.met(vendor):
            return None
        return Ground(company=name, path=path, entry=None, sure=all(self._settles(r) for r in path))

    def _ancestry(self, company: str) -> Iterator[tuple[str, tuple[Relation, ...]]]:
        """Yield a company and everything above it with the way there, nearest first."""
        ways: list[tuple[str, tuple[Relation, ...]]] = [(company, ())]
        seen = set[str]()
        while ways:
            name, path = ways.pop(0)
            if name in seen:
                continue
            seen.add(name)
            yield name, path
            if len(path) < MAX_STEPS:
                above = sorted(self._above(name), key=lambda relation: not self._settles(relation))
                ways += [(relation.to_name, (*path, relation)) for relation in above]

    def _above(self, name: str) -> Iterator[Relation]:
        return (r for r in self._from.get(name, ()) if r.type in _UPWARD and self._holds(r))

    def _holds(self, relation: Relation) -> bool:
        """A former subsidiary was one until it was sold; without a day of sale it is past whenever one asks."""
        if relation.type is RelationType.FORMER_SUBSIDIARY and relation.valid_to is None:
            return False
        return relation.valid(self._on)

    @staticmethod
    def _settles(relation: Relation) -> bool:
        return relation.documented and not relation.mixed and relation.type is not RelationType.JOINT_VENTURE

    @cached_property
    def _from(self) -> Mapping[str, list[Relation]]:
        found: dict[str, list[Relation]] = {}
        for relation in self._vendors.relations:
            found.setdefault(relation.from_name, []).append(relation)
        return found

    @cached_property
    def _entries(self) -> Mapping[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self._policy.entries:
            if entry.group and entry.kind in MATCHED and entry.valid(self._on):
                found.setdefault(entry.group, []).append(entry)
        return found
