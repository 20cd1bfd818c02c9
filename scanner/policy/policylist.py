"""One list as a record: what it is, whom it binds, and its dated entries. The words are those of lists/*.toml.

`loading` makes the records, `judging` holds devices against them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar, Literal

from scanner.model import Place
from scanner.vendors import Confidence, Vendor

STALE_AFTER = timedelta(days=90)
"""How long after its last check a list counts as stale: these lists have changed within a quarter."""

_CLOSED: Mapping[str, str] = {"extra": "forbid"}
"""What the reader of files is told of each record: a key that is not a field is an error."""


class EntryKind(StrEnum):
    """How an entry finds its companies: by name, as part of a named group, by a property of the device, or not.

    An `outside` entry names a company whose devices this program does not know: it is shown and never matched.
    """

    NAMED = "named"
    SUBSIDIARY = "subsidiary"
    CRITERION = "criterion"
    OUTSIDE = "outside"


MATCHED = frozenset({EntryKind.NAMED, EntryKind.SUBSIDIARY})
"""Kinds of entry that have a group in the vendor table and can list a device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a statement was read: title, address, and the day of the text or of the reading."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    title: str
    address: str = ""
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A property that stands in place of names, decided by facts that the vendor table declares with their source.

    `head_office_country` is the country of the head office, `state_owner` that of the state which owns the company
    (both ISO 3166-1 alpha-2); of a company every property that is given must hold. `decision` says who decides
    whether the criterion is met in law: never this program.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    head_office_country: str = ""
    state_owner: str = ""
    wording: str
    decision: Literal["human"] = "human"
    clause: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def valid(self, on: date) -> bool:
        """Tell whether the criterion stood on a day; both ends are inclusive."""
        return (self.valid_from or on) <= on <= (self.valid_to or on)

    def met(self, vendor: Vendor) -> bool:
        """Tell whether every property that is asked for is declared of a company."""
        return all(fact == wanted for wanted, fact in self._facts(vendor))

    def known(self, vendor: Vendor) -> bool:
        """Tell whether the vendor table declares what the criterion asks, or enough of it to say no."""
        facts = self._facts(vendor)
        return all(fact for _, fact in facts) or any(fact and fact != wanted for wanted, fact in facts)

    def _facts(self, vendor: Vendor) -> tuple[tuple[str, str], ...]:
        """Return what is wanted and what is declared, for each property that is asked for."""
        asked = ((self.head_office_country, vendor.country), (self.state_owner, vendor.state_owner))
        return tuple((wanted, fact) for wanted, fact in asked if wanted)

    def said_of(self, company: str) -> str:
        """Return in words what the criterion finds in a company that meets it."""
        parts = (
            [f"head office of {company} in {self.head_office_country}"] if self.head_office_country else []
        )
        parts += [f"the state of {self.state_owner} owns {company}"] if self.state_owner else []
        return " and ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list: the name exactly as printed, and `group`, the vendor table's name for it.

    A `criterion` entry has no group: it is shown, and cannot be decided from the network; nor has an `outside` one.
    `purpose_limited` says that the entry counts for certain purposes only; `scope` which equipment it speaks of.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    printed: str
    group: str | None = None
    kind: EntryKind = EntryKind.NAMED
    includes: tuple[Literal["subsidiaries", "affiliates"], ...] = ()
    scope: tuple[str, ...] = ()
    purpose_limited: bool = False
    valid_from: date
    valid_to: date | None = None
    clause: str
    source: str
    source_date: date
    confidence: Confidence = Confidence.HIGH
    confirmed: bool = True
    note: str = ""

    def valid(self, on: date) -> bool:
        """Tell whether the entry stood on a day; both ends are inclusive."""
        return self.valid_from <= on <= (self.valid_to or on)

    @property
    def documented(self) -> bool:
        """Tell whether the entry may carry a verdict by itself: somebody saw it, in more than one weak place."""
        return self.confirmed and self.confidence is not Confidence.LOW


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyList:
    """One list in one version. `version` is the day whose state the data holds, `checked` that of the last look.

    `installed_devices_covered` is "yes", "no" or "partly", with `installed_note` as its reason; `depends_on`
    are the questions that decide whether the list binds somebody, which only its reader can answer. An `enabled`
    list is held against devices where nobody chooses lists. Of an unconfirmed one nobody saw the text: it is never
    enabled and never lists a device for certain. `zones` narrows a list to places of some sensitivities.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    id: str
    legal_name: str
    citation: str
    body: str
    jurisdiction: str
    governs: tuple[Literal["procurement", "use", "import", "marketing", "export", "investment"], ...]
    binds: tuple[str, ...]
    installed_devices_covered: Literal["yes", "no", "partly"]
    installed_note: str = ""
    version: date
    checked: date
    address: str
    sources: tuple[Source, ...]
    enabled: bool = True
    confirmed: bool = True
    zones: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    criterion: Criterion | None = None
    entries: tuple[Entry, ...] = ()

    def applies_at(self, place: Place | None) -> bool:
        """Tell whether the list is held against what stands at a place.

        Only a declared sensitivity that the list does not ask for takes a device out: where nobody said how sensitive
        a place is, the list is held against it.
        """
        if not self.zones or place is None or not place.sensitivity:
            return True
        return place.sensitivity in self.zones

    def stale(self, on: date) -> bool:
        """Tell whether nobody has looked for a newer version for too long."""
        return on - self.checked > STALE_AFTER
