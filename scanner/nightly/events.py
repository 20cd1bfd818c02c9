"""What a night has to tell: one event a change, in the words that people and collectors read.

An event is about a device, about what the program knows (lists, fingerprints), about waivers, or about the run
itself. Whatever is not an event is not told: a night without events is silent.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scanner.nightly.siem import Signal
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted

MAX_TOLD = 200
"""Events that one message tells; the rest are counted, and stand in the report."""
MAX_SENTENCE = 500


class Kind(StrEnum):
    """What an event is about, in the order in which it is told."""

    FAILED = "failed"
    VERDICT = "verdict"
    APPEARED = "appeared"
    REPLACED = "replaced"
    GONE = "gone"
    BACK = "back"
    MOVED = "moved"
    CHANGED = "changed"
    WAIVER = "waiver"
    KNOWLEDGE = "knowledge"


_TITLES = {
    Kind.FAILED: "The run",
    Kind.VERDICT: "Verdicts",
    Kind.APPEARED: "New",
    Kind.REPLACED: "Replaced",
    Kind.GONE: "Gone",
    Kind.BACK: "Back",
    Kind.MOVED: "Moved",
    Kind.CHANGED: "Changed",
    Kind.WAIVER: "Waivers",
    Kind.KNOWLEDGE: "What is known",
}
_COUNTED = {
    Kind.FAILED: "problem",
    Kind.VERDICT: "verdict",
    Kind.APPEARED: "new",
    Kind.REPLACED: "replaced",
    Kind.GONE: "gone",
    Kind.BACK: "back",
    Kind.MOVED: "moved",
    Kind.CHANGED: "changed",
    Kind.WAIVER: "waiver",
    Kind.KNOWLEDGE: "data update",
}
_NOUNS = frozenset({Kind.FAILED, Kind.VERDICT, Kind.WAIVER, Kind.KNOWLEDGE})
_SEVERITY = {
    Kind.FAILED: 8,
    Kind.VERDICT: 7,
    Kind.APPEARED: 5,
    Kind.REPLACED: 5,
    Kind.GONE: 4,
    Kind.BACK: 3,
    Kind.MOVED: 3,
    Kind.CHANGED: 3,
    Kind.WAIVER: 5,
    Kind.KNOWLEDGE: 2,
}
"""How bad an event is to a collector, from 0 to 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened: its sentence, and the device (its id and address) that it is about."""

    kind: Kind
    sentence: str
    device: str = ""
    address: str = ""
    list: str = ""
    before: str = ""
    after: str = ""


def ordered(events: Iterable[Event]) -> tuple[Event, ...]:
    """Return events in the order in which they are told: by kind, then by address and sentence; each once."""
    order = list(Kind)
    unique = dict.fromkeys(events)
    return tuple(sorted(unique, key=lambda event: (order.index(event.kind), event.address, event.sentence)))


def title(site: str, events: Sequence[Event]) -> str:
    """Return one line for a subject: where, and how many of what.

    >>> title("Town Hall", [Event(kind=Kind.APPEARED, sentence="x"), Event(kind=Kind.VERDICT, sentence="y")])
    'Town Hall: 1 verdict, 1 new'
    """
    counts = Counter(event.kind for event in events)
    return f"{plain(site) or 'camcensus'}: {', '.join(_counted(kind, counts[kind]) for kind in Kind if counts[kind])}"


def _counted(kind: Kind, number: int) -> str:
    word = _COUNTED[kind]
    return (
        counted(number, word)
        if kind in {Kind.FAILED, Kind.VERDICT, Kind.WAIVER, Kind.KNOWLEDGE}
        else f"{number} {word}"
    )


def body(events: Sequence[Event]) -> str:
    """Return the events in words, a paragraph a kind; nothing else, and above all not the inventory."""
    shown = events[:MAX_TOLD]
    parts = [
        "\n".join([_TITLES[kind], *(f"  {plain(e.sentence, MAX_SENTENCE)}" for e in shown if e.kind is kind)])
        for kind in Kind
        if any(event.kind is kind for event in shown)
    ]
    if len(events) > len(shown):
        parts.append(f"and {len(events) - len(shown):,} more: they are in the report")
    return "\n\n".join(parts) + "\n"


def record(event: Event) -> dict[str, str]:
    """Return an event as plain values for JSON."""
    return {
        "kind": event.kind.value,
        "sentence": plain(event.sentence, MAX_SENTENCE),
        "device": event.device,
        "address": event.address,
        "list": event.list,
        "before": plain(event.before),
        "after": plain(event.after),
    }


def signal(event: Event, site: str) -> Signal:
    """Return an event as a collector wants it: CEF's own keys, and custom strings with their labels."""
    customs = [
        ("site", plain(site)),
        ("list", event.list),
        ("before", plain(event.before)),
        ("after", plain(event.after)),
    ]
    numbered = [(n, name, said) for n, (name, said) in enumerate(customs, 1) if said]
    return Signal(
        kind=event.kind.value,
        title=_TITLES[event.kind],
        severity=_SEVERITY[event.kind],
        fields=(
            ("msg", plain(event.sentence, MAX_SENTENCE)),
            ("src" if "." in event.address else "c6a2", event.address),
            ("deviceExternalId", event.device),
            *((f"cs{n}", said) for n, _, said in numbered),
            *((f"cs{n}Label", name) for n, name, _ in numbered),
        ),
    )
