"""What is known about each maker, as one Markdown page: names, relations, lists, protocols, fingerprints, models.

A view of the data files: every relation and every fingerprint with its source and date, nothing added. Makers are
those whom a fingerprint or a relation names, and everybody who makes surveillance devices.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

from scanner.errors import UsageError
from scanner.fingerprints import Fingerprint
from scanner.model import About, Attribute, Strength
from scanner.policy import PolicyList
from scanner.reports.phrases import plain
from scanner.vendors import Makes, Relation, RelationType, Vendor, Vendors
from scanner.vendors.vendor import PRODUCTION

HEADING = "\n## "
"""How a maker's part begins."""
MAX_MODELS = 12
"""Models of a maker that are shown as examples of how they are read."""

_MAKES: Mapping[Makes, str] = {
    Makes.OWN: "makes what it sells",
    Makes.RELABEL: "sells what others make",
    Makes.MIXED: "a label that more than one maker's devices carry: the name alone never decides",
    Makes.NONE: "makes no devices",
}
_FORWARD: Mapping[RelationType, str] = {
    RelationType.BRAND_OF: "is a brand of",
    RelationType.RELABEL_OF: "is a label on devices of",
    RelationType.OEM_CUSTOMER: "buys devices of",
    RelationType.SUBSIDIARY: "is a subsidiary of",
    RelationType.OWNED_BY: "is owned by",
    RelationType.FORMER_SUBSIDIARY: "was a subsidiary of",
    RelationType.JOINT_VENTURE: "is a joint venture of",
}
_PASSIVE: Mapping[RelationType, str] = {
    RelationType.BRAND_OF: "are brands of",
    RelationType.RELABEL_OF: "are labels on devices of",
    RelationType.OEM_CUSTOMER: "buy devices of",
}
"""The same of several labels at once: those on the same devices, by the same source."""
_ABOUT: Mapping[About, str] = {
    About.PLUMBING: "What shows its devices whatever the label says",
    About.LABEL: "What shows its label",
}
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|"})
_STRENGTHS = (Strength.STRONG, Strength.MEDIUM, Strength.WEAK)


def render(
    fingerprints: Iterable[Fingerprint],
    table: Vendors,
    lists: Sequence[PolicyList],
    on: date,
    wanted: Sequence[str] = (),
) -> str:
    """Return the page, of the makers wanted or of all; UsageError for a name that the vendor table does not know."""
    by_name = _by_name(fingerprints)
    shown = _wanted(wanted, table) or [v for v in table.all if _is_told(v, by_name, table)]
    head = (
        f"# What is known of {len(shown)} makers and labels\n\nFrom the data files, as of {on.isoformat()}.\n"
    )
    head += _contents(shown)
    parts = (_part(v, by_name.get(v.name, []), table, lists) for v in sorted(shown, key=_sorting))
    return head + "".join(parts)


def _contents(shown: Iterable[Vendor]) -> str:
    """Return links to every maker; a page of one needs none."""
    names = sorted((vendor.name for vendor in shown), key=str.casefold)
    links = (f"[{_text(name)}](#{_anchor(name)})" for name in names)
    return f"\n{' · '.join(links)}\n" if len(names) > 1 else ""


def _anchor(name: str) -> str:
    """Return what a heading is linked by where Markdown is shown as pages."""
    return re.sub(r"[^\w -]", "", name).lower().replace(" ", "-")


def _sorting(vendor: Vendor) -> str:
    return vendor.name.casefold()


def _by_name(fingerprints: Iterable[Fingerprint]) -> dict[str, list[Fingerprint]]:
    found: dict[str, list[Fingerprint]] = {}
    for item in fingerprints:
        names = [value for attribute, value in item.claims if attribute in {Attribute.MAKER, Attribute.BRAND}]
        for name in dict.fromkeys([*names, *([item.vendor] if item.vendor else [])]):
            found.setdefault(name, []).append(item)
    return found


def _wanted(names: Sequence[str], table: Vendors) -> list[Vendor]:
    found = []
    for name in names:
        vendor = table.get(name)
        if vendor is None:
            raise UsageError(f"the vendor table has no {name!r}")
        found.append(vendor)
    return found


def _is_told(vendor: Vendor, by_name: Mapping[str, object], table: Vendors) -> bool:
    related = any(vendor.name in {r.from_name, r.to_name} for r in table.relations)
    return vendor.surveillance or vendor.name in by_name or related


def _part(vendor: Vendor, known: list[Fingerprint], table: Vendors, lists: Sequence[PolicyList]) -> str:
    return "\n".join(
        [
            f"{HEADING}{_text(vendor.name)}\n",
            *_facts(vendor, known),
            *_relations(vendor.name, table),
            *_titled("Lists that name it", _listed(vendor.name, lists)),
            *_titled("How its models are read", _models(known)),
            *(
                line
                for about, title in _ABOUT.items()
                for line in _titled(
                    title, [_fingerprint(i) for i in sorted(known, key=_order) if i.about is about]
                )
            ),
            "",
        ]
    )


def _facts(vendor: Vendor, known: list[Fingerprint]) -> Iterator[str]:
    said = _MAKES[vendor.makes]
    office = f" Head office: {vendor.country}." if vendor.country else ""
    yield (f"{said[0].upper()}{said[1:]}.{office} Source: {_text(vendor.source)}, {vendor.date.isoformat()}.")
    if vendor.note:
        yield f"\n{_text(vendor.note)}"
    if vendor.aliases:
        yield f"\nAlso written: {', '.join(map(_text, vendor.aliases))}."
    if known:
        protocols = Counter(item.match.partition(".")[0] for item in known)
        strengths = Counter(item.worth for item in known)
        heard = ", ".join(f"{name} {count}" for name, count in sorted(protocols.items()))
        worth = ", ".join(f"{strengths[s]} {s}" for s in _STRENGTHS if strengths[s])
        yield f"\n{len(known)} fingerprints ({worth}); by protocol: {heard}."


def _titled(title: str, lines: Sequence[str]) -> list[str]:
    return [f"\n### {title}\n", *(f"- {line}" for line in lines)] if lines else []


def _relations(name: str, table: Vendors) -> Iterator[str]:
    """Yield who makes what carries a name, for whom it makes devices, and who owns whom: three questions."""
    mine = [relation for relation in table.relations if name in {relation.from_name, relation.to_name}]
    made = [r for r in mine if r.type in PRODUCTION]
    yield from _titled("Who makes what carries the name", [_relation(r) for r in made if r.from_name == name])
    yield from _titled("For whom it makes devices", _customers([r for r in made if r.to_name == name]))
    yield from _titled(
        "Who owns it, and whom it owns", [_relation(r) for r in mine if r.type not in PRODUCTION]
    )


def _customers(relations: Iterable[Relation]) -> list[str]:
    """Return a line for each set of labels of which the same is known from the same source."""
    alike: dict[Relation, list[str]] = {}
    for relation in relations:
        alike.setdefault(replace(relation, from_name=""), []).append(relation.from_name)
    return [
        _relation(
            replace(relation, from_name=", ".join(sorted(names, key=str.casefold))), several=len(names) > 1
        )
        for relation, names in alike.items()
    ]


def _relation(relation: Relation, *, several: bool = False) -> str:
    since = f" since {relation.valid_from.isoformat()}" if relation.valid_from else ""
    until = f" until {relation.valid_to.isoformat()}" if relation.valid_to else ""
    doubts = [
        *([f"for {relation.scope}"] if relation.scope else []),
        *(["not for all that carries the name"] if relation.mixed else []),
        f"confidence {relation.confidence.value}" if relation.confirmed else "not confirmed",
    ]
    dated = f", {relation.source_date.isoformat()}" if relation.source_date else ""
    verb = _PASSIVE[relation.type] if several else _FORWARD[relation.type]
    words = f"{_text(relation.from_name)} {verb} {_text(relation.to_name)}{since}{until}"
    return f"{words}; {_text('; '.join(doubts))} ({_text(relation.source)}{dated})"


def _listed(name: str, lists: Sequence[PolicyList]) -> list[str]:
    return [
        f"{item.id} of {item.version.isoformat()}: “{_text(entry.printed)}”, since {entry.valid_from.isoformat()}"
        + (f", until {entry.valid_to.isoformat()}" if entry.valid_to else "")
        for item in lists
        for entry in item.entries
        if entry.group == name
    ]


def _models(known: Iterable[Fingerprint]) -> list[str]:
    """Return how model names are read: the pattern, and what it reads from its examples."""
    lines = dict[str, None]()
    for item in known:
        if item.pattern and "(?P<model>" in item.pattern:
            models = [v for e in item.examples for a, v in e.claims if a is Attribute.MODEL]
            read = ", ".join(dict.fromkeys(map(_text, models)))
            lines[f"{_code(item.match)} {_code(item.pattern)}: {read or 'no example'}"] = None
    return list(lines)[:MAX_MODELS]


def _order(item: Fingerprint) -> tuple[int, str, str]:
    return (_STRENGTHS.index(item.worth), item.match, item.id)


def _fingerprint(item: Fingerprint) -> str:
    test = _code(item.pattern) if item.pattern is not None else " or ".join(map(_code, item.equals[:3]))
    says = (
        ", ".join(f"{attribute.value} {_text(value)}" for attribute, value in item.claims)
        or "what its groups read"
    )
    note = f"; {_text(item.note)}" if item.note else ""
    doubt = "" if item.confirmed else ", not confirmed"
    origin = f"{_text(item.source)}, {item.date.isoformat()}"
    return f"{item.worth.value}, {item.about.value}: {_code(item.match)} {test} says {says}{note} ({origin}{doubt})"


def _text(text: str) -> str:
    return plain(text).translate(_SPECIAL)


def _code(text: str) -> str:
    """Return text as Markdown code, whatever backticks are in it."""
    held = plain(text)
    ticks = "`" * (
        max((len(run) for run in held.replace("`", " ` ").split() if set(run) == {"`"}), default=0) + 1
    )
    return f"{ticks}{held}{ticks}" if len(ticks) == 1 else f"{ticks} {held} {ticks}"
