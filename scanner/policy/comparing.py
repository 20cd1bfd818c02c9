"""Two versions of a list, side by side: which entries came, went or changed, and which words about the list did."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from scanner.policy.policylist import Entry, PolicyList

_ENTRY_KEYS = ("printed", "group", "kind", "valid_from")
"""What an entry is recognised by: one company may have several entries, each with its own beginning."""
_SPOKEN = {"valid_from": "from", "valid_to": "to"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: `what` is an entry's printed name or "list", `how` is came, went or changed."""

    what: str
    how: str
    key: str = ""
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        """Return the difference as one line."""
        if self.how != "changed":
            sign = "+" if self.how == "came" else "-"
            return f"{sign} {self.what}: {self.after or self.before}"
        return f"~ {self.what}: {self.key}: {self.before or 'nothing'} → {self.after or 'nothing'}"


def compare(before: PolicyList, after: PolicyList) -> tuple[Change, ...]:
    """Return what is different in `after`: the list's own keys first, then its entries in the order of the files."""
    return (*_fields("list", _about(before), _about(after)), *_entries(before, after))


def _about(item: PolicyList) -> Mapping[str, Any]:
    found = asdict(item)
    del found["entries"]
    return found


def _entries(before: PolicyList, after: PolicyList) -> Iterator[Change]:
    old = {_identity(entry): entry for entry in before.entries}
    new = {_identity(entry): entry for entry in after.entries}
    for key, entry in old.items():
        if key not in new:
            yield Change(what=entry.printed, how="went", before=_said(entry))
    for key, entry in new.items():
        if key not in old:
            yield Change(what=entry.printed, how="came", after=_said(entry))
        else:
            yield from _fields(entry.printed, asdict(old[key]), asdict(entry))


def _identity(entry: Entry) -> tuple[object, ...]:
    return tuple(getattr(entry, key) for key in _ENTRY_KEYS)


def _said(entry: Entry) -> str:
    return f"{entry.kind}, from {entry.valid_from.isoformat()}, {entry.clause}"


def _fields(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for key, value in after.items():
        if before[key] != value:
            yield Change(
                what=what,
                how="changed",
                key=_SPOKEN.get(key, key),
                before=_plain(before[key]),
                after=_plain(value),
            )


def _plain(value: Any) -> str:
    if isinstance(value, tuple | list):
        return "; ".join(map(_plain, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_plain(held)}" for key, held in value.items() if held not in (None, "", ()))
    return "" if value is None else str(value)
