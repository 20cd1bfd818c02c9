"""Devices against lists → findings: an exact, dated look-up along brand → maker → parent → entry.

The strategy, in the order in which it is tried for one device and one list:

1. The concluded maker, or whoever owns it on that day, is on the list: `listed`, if the conclusion is firm.
   It is `possible` if the maker is contested, or known with little confidence, or only from a label that
   others build for, or if the ownership is doubtful; likewise if only a rival of a contested maker is listed.
2. The label belongs to a listed group although the maker is another or unknown: `possible`.
3. The maker is known and not on the list: `not-listed`; `possible` if a listed group owned it before.
4. The maker is unknown: `possible` if the label is known to be built by a listed maker, else `undetermined`.

A list by criterion has no names, so its matches are `possible`: a human decides. A list narrowed to some zones
says nothing of devices that stand in a zone of another sensitivity. Devices of other kinds get a
finding only where their maker is on the list, because lists name companies, not kinds of product; devices of
unknown kind only where maker or label point there. Pure: the day is passed in.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scanner.model import Attribute, Conclusion, Device, Finding, Verdict
from scanner.policy import wording
from scanner.policy.case import Case
from scanner.policy.kinship import Ground, Kinship
from scanner.policy.policylist import PolicyList
from scanner.policy.waivers import Waiver
from scanner.vendors import Vendors

FIRM = 0.75
"""Confidence from which a maker counts as established: more than one medium witness, or one strong one."""
SETTLED = 0.5
"""Confidence below which a maker counts as unknown."""

_WAIVABLE = frozenset({Verdict.LISTED, Verdict.POSSIBLE, Verdict.UNDETERMINED})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    verdict: Verdict
    ground: Ground | None = None
    why: tuple[str, ...] = ()


def judge(
    devices: Iterable[Device],
    lists: Sequence[PolicyList],
    vendors: Vendors,
    *,
    on: date,
    waivers: Sequence[Waiver] = (),
) -> tuple[Finding, ...]:
    """Return what each list says of each device on a day, in the order of the devices, then of the lists.

    Surveillance devices get a finding for every list, other things only where a company on the list made them.
    """
    kin = [Kinship(item, vendors, on) for item in lists]
    said: dict[tuple[object, ...], tuple[Finding | None, ...]] = {}
    found: list[Finding] = []
    for device in devices:
        sign = _sign(device)
        if sign not in said:
            bare = _bare(device)
            said[sign] = tuple(_find(bare, *pair, vendors) for pair in zip(lists, kin, strict=True))
        found += (
            _waived(_said_of(device, finding), device, waivers, on)
            for policy, finding in zip(lists, said[sign], strict=True)
            if finding is not None and policy.applies_at(device.place)
        )
    return tuple(found)


def _said_of(device: Device, finding: Finding) -> Finding:
    """Return a finding as one on a device; spelled out, because `replace` is slow and large networks have millions."""
    return Finding(
        device=device.id,
        list=finding.list,
        version=finding.version,
        verdict=finding.verdict,
        entry=finding.entry,
        clause=finding.clause,
        chain=finding.chain,
        reason=finding.reason,
    )


_LOOKED_AT = (Attribute.MAKER, Attribute.BRAND)
"""The conclusions that a verdict rests on."""


def _bare(device: Device) -> Device:
    """Return all of a device that verdicts look at: nothing else can make a difference between two of one sign."""
    held = {name: device.conclusions[name] for name in _LOOKED_AT if name in device.conclusions}
    return Device(id="", kind=device.kind, what=device.what, conclusions=held)


def _sign(device: Device) -> tuple[object, ...]:
    """Return what devices have in common of which all lists say the same: a thousand of one model are judged once."""
    return device.kind, device.what, *(_conclusion_sign(device.conclusions.get(name)) for name in _LOOKED_AT)


def _conclusion_sign(held: Conclusion | None) -> tuple[object, ...] | None:
    if held is None:
        return None
    shown = tuple(
        (item.about, item.strength, item.fact, item.fingerprint, item.value) for item in held.evidence
    )
    return held.value, held.confidence, held.contested, held.rivals, shown


def _find(device: Device, policy: PolicyList, kinship: Kinship, vendors: Vendors) -> Finding | None:
    case = Case(device=device, policy=policy)
    judgement = _judgement(case, kinship)
    if not _is_reported(judgement, case, vendors):
        return None
    entry = judgement.ground.entry if judgement.ground else None
    criterion = policy.criterion if judgement.ground and entry is None else None
    by_criterion = (wording.BY_CRITERION,) if criterion else ()
    return Finding(
        device=device.id,
        list=policy.id,
        version=policy.version.isoformat(),
        verdict=judgement.verdict,
        entry=entry.printed if entry else criterion.wording if criterion else None,
        clause=entry.clause if entry else (criterion.clause or None) if criterion else None,
        chain=wording.chain(case, judgement.ground),
        reason=wording.reason(case, judgement.ground, (*judgement.why, *by_criterion)),
    )


def _is_reported(judgement: _Judgement, case: Case, vendors: Vendors) -> bool:
    """Tell whether a verdict on a device of this kind is a finding at all."""
    device = case.device
    if device.is_surveillance:
        return True
    if judgement.verdict not in {Verdict.LISTED, Verdict.POSSIBLE} or judgement.ground is None:
        return False
    names = [conclusion.value for conclusion in (case.maker, case.brand) if conclusion]
    in_business = any(vendor.surveillance for name in names if (vendor := vendors.get(name)))
    if device.kind == "unknown":
        return in_business or judgement.verdict is Verdict.LISTED
    return case.policy.criterion is None and _is_of_maker(judgement.ground, case)


def _is_of_maker(ground: Ground, case: Case) -> bool:
    """Tell whether a match came by way of the concluded maker: labels that mix makers say it of cameras only."""
    if case.maker is None:
        return False
    start = ground.path[0].from_name if ground.path else ground.company
    return start in {case.maker.value, *(rival.value for rival in case.maker.rivals)}


def _judgement(case: Case, kinship: Kinship) -> _Judgement:
    found = _by_maker(case, kinship) or _by_rival(case, kinship) or _by_label(case, kinship)
    if found:
        return found
    if case.maker and not case.maker.contested and case.maker.confidence >= SETTLED:
        return _not_named(case, case.maker, kinship)
    return _by_hint(case, kinship) or _unknown(case)


def _by_maker(case: Case, kinship: Kinship) -> _Judgement | None:
    if case.maker is None or (ground := kinship.ground(case.maker.value)) is None:
        return None
    doubts = tuple(_doubts(case, case.maker, ground, kinship))
    verdict = Verdict.POSSIBLE if doubts or ground.entry is None else Verdict.LISTED
    return _Judgement(verdict=verdict, ground=ground, why=doubts)


def _doubts(case: Case, maker: Conclusion, ground: Ground, kinship: Kinship) -> Iterator[str]:
    """Yield every reason not to take a match for certain."""
    if maker.contested:
        yield wording.contested(maker)
    if maker.confidence < FIRM and not _label_names(case, maker):
        yield wording.low_confidence(maker)
    if _only_relabelled(case, maker, kinship):
        yield wording.only_label(case.label or "", maker.value)
    if not ground.sure:
        yield wording.doubtful(ground)


def _label_names(case: Case, maker: Conclusion) -> bool:
    """Tell whether the label itself, firmly read, is the maker's own name: then little plumbing is no doubt."""
    brand = case.brand
    return bool(brand and not brand.contested and brand.confidence >= FIRM and brand.value == maker.value)


def _only_relabelled(case: Case, maker: Conclusion, kinship: Kinship) -> bool:
    """Tell whether nothing speaks for the maker but a label of somebody who has devices built."""
    if not maker.evidence or case.maker_shows_itself or case.label is None:
        return False
    return kinship.builds_for(maker.value, case.label)


def _by_rival(case: Case, kinship: Kinship) -> _Judgement | None:
    if case.maker is None or not case.maker.contested:
        return None
    for rival in case.maker.rivals:
        if (ground := kinship.ground(rival.value)) is not None:
            return _Judgement(verdict=Verdict.POSSIBLE, ground=ground, why=(wording.contested(case.maker),))
    return None


def _by_label(case: Case, kinship: Kinship) -> _Judgement | None:
    if case.brand is None or (ground := kinship.ground(case.brand.value)) is None:
        return None
    if ground.entry is None and case.maker and case.maker.confidence >= SETTLED:
        return None  # a criterion speaks of the maker; who sells the device does not matter to it
    return _Judgement(verdict=Verdict.POSSIBLE, ground=ground, why=(wording.label_of_group(case, ground),))


def _not_named(case: Case, maker: Conclusion, kinship: Kinship) -> _Judgement:
    if case.policy.criterion and not kinship.criterion_known(maker.value):
        why = wording.property_unknown(maker.value, case.policy.criterion)
        return _Judgement(verdict=Verdict.UNDETERMINED, why=(why,))
    for hint in kinship.former(maker.value):
        return _Judgement(verdict=Verdict.POSSIBLE, ground=hint.ground, why=(wording.former(hint),))
    return _Judgement(verdict=Verdict.NOT_LISTED, why=(wording.not_named(case),))


def _by_hint(case: Case, kinship: Kinship) -> _Judgement | None:
    name = case.brand.value if case.brand else case.maker.value if case.maker else None
    if name is None:
        return None
    hints = kinship.hints(name)
    if hints:
        return _Judgement(verdict=Verdict.POSSIBLE, ground=hints[0].ground, why=(wording.relabelled(hints),))
    for hint in kinship.former(name):
        return _Judgement(verdict=Verdict.POSSIBLE, ground=hint.ground, why=(wording.former(hint),))
    return None


def _unknown(case: Case) -> _Judgement:
    return _Judgement(verdict=Verdict.UNDETERMINED, why=(wording.unknown_maker(case),))


def _waived(finding: Finding, device: Device, waivers: Sequence[Waiver], on: date) -> Finding:
    """Return a finding under the first live waiver that covers it; a past one is only mentioned."""
    if not waivers or finding.verdict not in _WAIVABLE:
        return finding
    covering = [waiver for waiver in waivers if waiver.covers(device, finding.list)]
    for waiver in covering:
        if waiver.live(on):
            reason = f"{finding.verdict}, waived ({waiver}): {finding.reason}"
            return replace(finding, verdict=Verdict.WAIVED, waiver=str(waiver), reason=reason)
    if covering:
        past = max(covering, key=lambda waiver: waiver.expires)
        return replace(finding, reason=f"{finding.reason}; {wording.expired(past)}")
    return finding
