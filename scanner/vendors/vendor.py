"""A company or label as a record, and the dated relations between two of them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Makes(StrEnum):
    """Whose devices carry the name: its own, always somebody else's, several makers', or none."""

    OWN = "own"
    RELABEL = "relabel"
    MIXED = "mixed"
    NONE = "none"


class RelationType(StrEnum):
    """What one name is to another. Ownership and production are different edges.

    `own` is never in a file: it is how `Vendors.maker_of` says that a brand makes its devices itself.
    """

    OWN = "own"
    BRAND_OF = "brand_of"
    RELABEL_OF = "relabel_of"
    OEM_CUSTOMER = "oem_customer"
    SUBSIDIARY = "subsidiary"
    OWNED_BY = "owned_by"
    FORMER_SUBSIDIARY = "former_subsidiary"
    JOINT_VENTURE = "joint_venture"


PRODUCTION = frozenset({RelationType.BRAND_OF, RelationType.RELABEL_OF, RelationType.OEM_CUSTOMER})
"""Relations that say who builds what carries a name."""
DECIDING = PRODUCTION - {RelationType.OEM_CUSTOMER}
"""Those that may say it for every device: of an OEM customer nobody knows which of its devices are meant."""
OWNERSHIP = frozenset({RelationType.SUBSIDIARY, RelationType.OWNED_BY})
"""Relations that say who controls a company now; a former subsidiary is not one."""


class Confidence(StrEnum):
    """How well a relation is documented; low is hearsay and never concludes."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """One name under which devices are sold or made; `country` is that of its head office, ISO 3166-1 alpha-2 or empty.

    `kind` is what nearly all of its surveillance devices are, where that is not cameras: intercom, recorder, vms …
    `for_others` holds for a maker most of whose devices carry somebody else's label.
    `state_owner` is the country whose state owns it, "none" where none does, empty where nobody said; with its source.
    """

    name: str
    aliases: tuple[str, ...] = ()
    makes: Makes
    surveillance: bool
    country: str = ""
    kind: str = ""
    for_others: bool = False
    state_owner: str = ""
    state_source: str = ""
    source: str
    date: date
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A dated fact: `from_name` is a brand, relabel, subsidiary … of `to_name`.

    `scope` says in words which devices it covers, `mixed` that it covers only part of what carries the name.
    `valid_from` and `valid_to` are inclusive; None is open.
    """

    from_name: str
    to_name: str
    type: RelationType
    scope: str = ""
    mixed: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    source: str
    source_date: date | None = None
    confidence: Confidence = Confidence.HIGH
    confirmed: bool = True

    def valid(self, on: date) -> bool:
        """Tell whether the relation holds on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on <= self.valid_to
        )

    @property
    def documented(self) -> bool:
        """Tell whether the relation may carry a conclusion: confirmed, and better than hearsay."""
        return self.confirmed and self.confidence is not Confidence.LOW
