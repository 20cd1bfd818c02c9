"""Verdicts in plain words: the chain from label to entry, and the sentence that a person reads.

One function a phrase, so that every phrase can be read in one place. They state what was found and where it
is printed; they never say what the law makes of it.
"""

from collections.abc import Iterator, Sequence

from scanner.model import Conclusion
from scanner.policy.case import Case
from scanner.policy.kinship import Ground, Hint
from scanner.policy.policylist import Criterion
from scanner.policy.waivers import Waiver
from scanner.policy.witnesses import witnesses
from scanner.vendors import Relation, RelationType

MAX_WITNESSES = 4
"""Kinds of evidence that a reason names; `explain` shows all."""
MAX_HINTS = 3
"""Makers behind a label that a reason names."""

BY_CRITERION = "by criterion, not by name; for a human to decide"
NOT_SURVEILLANCE = "the list names companies, not kinds of product"

_OWNERSHIP_WORDS = {
    RelationType.BRAND_OF: "is a label of",
    RelationType.SUBSIDIARY: "belongs to",
    RelationType.OWNED_BY: "is owned by",
    RelationType.FORMER_SUBSIDIARY: "belonged to",
    RelationType.JOINT_VENTURE: "is a joint venture of",
}


def chain(case: Case, ground: Ground | None) -> tuple[str, ...]:
    """Return the steps from the label to the entry, each with its date and source where it rests on a relation."""
    return tuple(_chain(case, ground))


def _chain(case: Case, ground: Ground | None) -> Iterator[str]:
    if case.brand:
        yield f"brand: {case.brand.value} ({case.brand.confidence:.2f})"
    if case.maker:
        contested = ", contested" if case.maker.contested else ""
        yield f"maker: {case.maker.value} ({case.maker.confidence:.2f}{contested})"
    if ground is None:
        return
    yield from (f"parent: {link(relation)}" for relation in ground.path)
    criterion = case.policy.criterion
    if ground.entry:
        since = ground.entry.valid_from.isoformat()
        yield f"entry: {ground.entry.printed} ({case.policy.id}, since {since})"
    elif criterion:
        yield f"criterion: {criterion.said_of(ground.company)} ({case.policy.id})"


def reason(case: Case, ground: Ground | None, why: Sequence[str]) -> str:
    """Return the verdict's reason as one line: what makes it less than certain; label; maker; way to the entry.

    Clauses are parted by "; " and the first one is the shortest form of the whole: tables show only that.
    """
    parts = [*why, _label(case), _maker(case), *_way(ground), _naming(case, ground), _kind(case)]
    return "; ".join(part for part in parts if part)


def _label(case: Case) -> str:
    return f"label {case.label}" if case.label else ""


def _maker(case: Case) -> str:
    if case.maker is None:
        return "maker unknown"
    told = [item for item in case.maker.evidence if item.value == case.maker.value]
    shown = witnesses(told, MAX_WITNESSES)
    return f"made by {case.maker.value} ({case.maker.confidence:.2f}){': ' + shown if shown else ''}"


def _way(ground: Ground | None) -> list[str]:
    return [link(relation) for relation in ground.path] if ground else []


def link(relation: Relation) -> str:
    """Return a relation as a clause with its dates and source."""
    words = _OWNERSHIP_WORDS.get(relation.type, "is built by")
    return f"{relation.from_name} {words} {relation.to_name}{_dates(relation)} [{_source(relation)}]"


def _dates(relation: Relation) -> str:
    begin = f" from {relation.valid_from.isoformat()}" if relation.valid_from else ""
    end = f" until {relation.valid_to.isoformat()}" if relation.valid_to else ""
    return begin + end


def _source(relation: Relation) -> str:
    doubt = "" if relation.confirmed else "; not confirmed"
    read = f", {relation.source_date.isoformat()}" if relation.source_date else ""
    return f"{relation.source}{read}{doubt}"


def _naming(case: Case, ground: Ground | None) -> str:
    if ground is None:
        return ""
    entry, criterion = ground.entry, case.policy.criterion
    if entry is None:
        return f"{criterion.said_of(ground.company)}: the criterion of {case.policy.id}" if criterion else ""
    scope = f", for {', '.join(entry.scope)}" if entry.scope else ""
    purpose = ", limited to certain purposes" if entry.purpose_limited else ""
    since = entry.valid_from.isoformat()
    return f'{entry.group} is named in {case.policy.id} since {since} as "{entry.printed}"{scope}{purpose}'


def _kind(case: Case) -> str:
    device = case.device
    if device.is_surveillance:
        return ""
    if device.kind == "unknown":
        return "what kind of device it is, is not known"
    return f"a {device.what or 'device of another kind'}, not a surveillance device: {NOT_SURVEILLANCE}"


def contested(maker: Conclusion) -> str:
    """Say between whom the maker is contested."""
    rivals = ", ".join(f"{rival.value} ({rival.confidence:.2f})" for rival in maker.rivals)
    return f"contested: {maker.value} ({maker.confidence:.2f}) or {rivals or 'another'}"


def low_confidence(maker: Conclusion) -> str:
    """Say that the maker is known, but not firmly."""
    return f"the evidence for {maker.value} is thin ({maker.confidence:.2f})"


def only_label(label: str, maker: str) -> str:
    """Say that a documented relabel is all there is."""
    return f"{maker} is documented to build for {label}, but nothing that this device said shows its maker"


def doubtful(ground: Ground) -> str:
    """Say which step of the way to the entry is not certain."""
    if ground.entry and not ground.entry.documented:
        return "the entry itself is not confirmed"
    return "that ownership is not confirmed, or only in part"


def label_of_group(case: Case, ground: Ground) -> str:
    """Say that the label belongs to a listed company, whoever built the device."""
    builder = f"was built by {case.maker.value}" if case.maker else "shows no maker"
    return f"the label is {ground.company}'s or its group's, and the device {builder}"


def former(hint: Hint) -> str:
    """Say that a listed company owned the maker or label before; it may still build for it."""
    relation = hint.relation
    until = f" until {relation.valid_to.isoformat()}" if relation.valid_to else " in the past"
    return (
        f"{relation.from_name} belonged to {relation.to_name}{until}; a sold company may go on selling the old "
        f"maker's devices [{_source(relation)}]"
    )


def relabelled(hints: Sequence[Hint]) -> str:
    """Say which listed makers are known to have built for a label."""
    makers = " and ".join(dict.fromkeys(hint.relation.to_name for hint in hints[:MAX_HINTS]))
    details = "; ".join(_building(hint.relation) for hint in hints[:MAX_HINTS])
    return (
        f"{hints[0].relation.from_name} has sold devices of {makers}; {details}; "
        "check the label, the invoice, or ask the supplier"
    )


def _building(relation: Relation) -> str:
    scope = f" ({relation.scope})" if relation.scope else ""
    weak = "" if relation.documented else ", weakly documented"
    return f"{relation.to_name} built for it{_dates(relation)}{scope}{weak} [{_source(relation)}]"


def property_unknown(maker: str, criterion: Criterion) -> str:
    """Say that a criterion cannot be applied."""
    if criterion.state_owner:
        return f"whether a state owns {maker} is not known here"
    return f"where {maker} has its head office is not known here"


def not_named(case: Case) -> str:
    """Say that nothing matched, on which list in which version."""
    if case.policy.criterion:
        return f"outside the criterion of {case.policy.id}, version {case.policy.version.isoformat()}"
    return f"no match in {case.policy.id}, version {case.policy.version.isoformat()}"


def unknown_maker(case: Case) -> str:
    """Say why nothing can be said."""
    if case.maker is None:
        return "nothing that it said shows its maker; a surveillance device, so this is not a pass"
    if case.maker.contested:
        return f"{contested(case.maker)}; this is not a pass"
    return f"{low_confidence(case.maker)}; this is not a pass"


def expired(waiver: Waiver) -> str:
    """Say that a waiver is over."""
    return f"the waiver {waiver.ticket} of {waiver.owner} expired on {waiver.expires.isoformat()}"
