"""One list as a record: what it is, whom it binds, and its dated entries. The words are those of lists/*.toml.

`loading` makes the records, `judging` holds devices against them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal

from scanner.vendors import Confidence

_CLOSED: Mapping[str, str] = {"extra": "forbid"}
"""What the reader of files is told of each record: a key that is not a field is an error."""


class EntryKind(StrEnum):
    """How an entry finds its companies: by name, as part of a named group, or by a property of the device."""

    NAMED = "named"
    SUBSIDIARY = "subsidiary"
    CRITERION = "criterion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a statement was read: title, address, and the day of the text or of the reading."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    title: str
    address: str = ""
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A property that stands in place of names: the country of the maker's head office (ISO 3166-1 alpha-2).

    `decision` says who decides whether it is met in law: never this program.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    head_office_country: str
    wording: str
    decision: Literal["human"] = "human"
    clause: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def valid(self, on: date) -> bool:
        """Tell whether the criterion stood on a day; both ends are inclusive."""
        return (self.valid_from or on) <= on <= (self.valid_to or on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a list: the name exactly as printed, and `group`, the vendor table's name for it.

    A `criterion` entry has no group: it is shown, and cannot be decided from the network. `purpose_limited`
    says that the entry counts for certain purposes only; `scope` which equipment it speaks of.
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
    are the questions that decide whether the list binds somebody, which only its reader can answer.
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
    depends_on: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    criterion: Criterion | None = None
    entries: tuple[Entry, ...] = ()
