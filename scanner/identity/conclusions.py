"""What the evidence for each attribute adds up to: late, with the rivals kept.

Per value the strongest evidence of each protocol counts once (three services repeating one string are one
witness) and independent protocols combine as 1 − Π(1 − wᵢ). A value must clear a threshold, and lead its
rival by a margin, else it is contested. One weak hint alone clears nothing, nor does other people's knowledge
(Recog's, nmap's) alone, however often it says the same.

Brand and maker are two answers. The label speaks for the maker only where the brand builds what it sells, and
only softly: a relabelled device keeps its plumbing, so plumbing that names another maker wins.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from scanner.fingerprints.fingerprint import FOREIGN
from scanner.model import (
    SURVEILLANCE_KINDS,
    About,
    Attribute,
    Conclusion,
    Evidence,
    Rival,
    Strength,
)
from scanner.vendors import Vendors
from scanner.vendors.vendor import Makes, RelationType

WEIGHTS: Mapping[Strength, float] = {Strength.STRONG: 0.9, Strength.MEDIUM: 0.6, Strength.WEAK: 0.25}
"""The chance that one piece of evidence of a strength is right; `make accuracy` compares it with recordings."""
THRESHOLD = 0.4
"""Confidence below which nothing is concluded: two independent weak hints just pass, one never does."""
MARGIN = 0.15
"""Lead over the best rival below which a conclusion is contested."""
MAX_RIVALS = 5

BRAND_RELATION = "relations/brand"
"""The name under which evidence appears that was derived from a brand by the table of relations."""
BUSINESS_RELATION = "relations/business"
"""Likewise for a kind derived from what the maker makes."""
LABEL_RELATION = "relations/own-label"
"""Likewise for a label that nobody showed: the maker's own."""

LINE = "line-"
"""How the ids of fingerprints begin that know who builds one line of a label which has several makers."""

CONCLUDED = (
    Attribute.KIND,
    Attribute.BRAND,
    Attribute.MAKER,
    Attribute.MODEL,
    Attribute.FIRMWARE,
    Attribute.SERIAL,
    Attribute.NAME,
    Attribute.LOCATION,
)
_REFINABLE = frozenset({Attribute.MODEL, Attribute.FIRMWARE})
_LINK = frozenset({"link", "arp", "ndp"})
"""Protocols that tell of a MAC and nothing else."""
_BARE_NAME = "any/said/brand"
"""Part of the ids of fingerprints that read a name out of plain words: people call many things by such names."""
_LABEL_FIELDS = frozenset(
    {"onvif.manufacturer", "dhip.brand", "dhip.manufacturer", "tvt.brand", "wsd.scope.manufacturer"}
)
_SPECIFIC = ("intercom", "vms", "encoder", "recorder")
_SPOKEN = ("any/onvif/", "any/onvif_able/", "any/wsdiscovery/", "any/rtsp/")
"""Beginnings of the ids of fingerprints that call a camera what speaks a protocol of cameras, whatever it is."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    value: str
    confidence: float
    best: float
    evidence: tuple[Evidence, ...]


def conclude_attributes(evidence: list[Evidence], vendors: Vendors, on: date) -> dict[Attribute, Conclusion]:
    """Return a conclusion for each attribute on which the evidence of one device suffices."""
    maker = _maker(evidence, vendors, on)
    found: dict[Attribute, Conclusion | None] = {
        attribute: _conclude(attribute, _of(evidence, attribute))
        for attribute in CONCLUDED
        if attribute not in {Attribute.KIND, Attribute.MAKER, Attribute.BRAND}
    }
    found[Attribute.MAKER] = maker
    found[Attribute.BRAND] = _brand(evidence, vendors, on)
    found[Attribute.KIND] = _kind(evidence, maker or found[Attribute.BRAND], vendors)
    if not _of(evidence, Attribute.BRAND) and found[Attribute.MODEL] is None:
        found[Attribute.BRAND] = None if _is_neutral(evidence, vendors) else _own_label(maker, vendors)
    return {attribute: held for attribute in CONCLUDED if (held := found[attribute]) is not None}


def leading_maker(evidence: list[Evidence], vendors: Vendors, on: date) -> str | None:
    """Return the maker that the evidence of some subjects points to, contested or not."""
    maker = _maker(evidence, vendors, on)
    return maker.value if maker else None


def _of(evidence: Iterable[Evidence], attribute: Attribute) -> list[Evidence]:
    return [item for item in evidence if item.attribute is attribute]


def _maker(evidence: list[Evidence], vendors: Vendors, on: date) -> Conclusion | None:
    plain = _of(evidence, Attribute.MAKER)
    firm = [i for i in plain if i.about is About.PLUMBING and i.strength is not Strength.WEAK]
    inside = {item.value for item in firm if item.observation.message.protocol not in _LINK}
    named = {item.value for item in firm}
    return _conclude(
        Attribute.MAKER,
        [
            replace(item, strength=Strength.WEAK) if _is_outdone(item, named, inside, vendors) else item
            for item in plain + _makers_by_brand(evidence, vendors, on)
        ],
    )


def _is_outdone(item: Evidence, named: set[str], inside: set[str], vendors: Vendors) -> bool:
    """Tell whether plumbing names another maker, of whom a label, a line or the owner of a MAC block says nothing.

    Who is known to buy from a maker gives what he bought MACs of his own: `inside`, what a device itself says firmly,
    outdoes them.
    """
    if item.about is About.LABEL and named and item.value not in named:
        return True
    return item.value not in inside and any(r.to_name in inside for r in vendors.makers_of(item.value))


def _makers_by_brand(evidence: list[Evidence], vendors: Vendors, on: date) -> list[Evidence]:
    derived = []
    for item in _of(evidence, Attribute.BRAND):
        relation = vendors.maker_of(item.value, on)
        if relation is not None:
            strength = Strength.WEAK if item.strength is Strength.WEAK else Strength.MEDIUM
            derived.append(
                replace(
                    item,
                    attribute=Attribute.MAKER,
                    value=relation.to_name,
                    strength=strength,
                    about=About.LABEL,
                    fingerprint=f"{BRAND_RELATION}: {item.fingerprint}",
                )
            )
    return derived


def _brand(evidence: list[Evidence], vendors: Vendors, on: date) -> Conclusion | None:
    """Let a company's line be the label where a device says both: one of "TP-Link" that is a "Tapo C200" is a Tapo.

    A model loses the label before it, so the line would be lost if the company's name were the brand.
    """
    weighed = _weigh(Attribute.BRAND, _of(evidence, Attribute.BRAND))
    by_name = {w.value: w for w in weighed}
    for line in weighed:
        relation = vendors.maker_of(line.value, on)
        company = (
            by_name.get(relation.to_name) if relation and relation.type is RelationType.BRAND_OF else None
        )
        if company and line.best > WEIGHTS[Strength.WEAK] and weighed[0] in (line, company):
            rest = [w for w in weighed if w not in (line, company)]
            return _choose([replace(line, confidence=max(line.confidence, company.confidence)), *rest])
    return _choose(weighed)


def _kind(evidence: list[Evidence], name: Conclusion | None, vendors: Vendors) -> Conclusion | None:
    weighed = _weigh(Attribute.KIND, _of(evidence, Attribute.KIND))
    weighed = [w for w in weighed if w.value not in SURVEILLANCE_KINDS or w.best > WEIGHTS[Strength.WEAK]]
    if weighed:
        chosen = _choose(_specific_first(weighed))
        return _kind_by_trade(chosen, name, vendors) or chosen
    hints = [item for item in _of(evidence, Attribute.KIND) if item.value in SURVEILLANCE_KINDS]
    return _kind_by_business(name, hints, vendors)


def _specific_first(weighed: list[_Weighed]) -> list[_Weighed]:
    """Let a recorder that also transmits video be a recorder: cameras are what everything of ONVIF says it is.

    What names itself anything else, a door controller or a loudspeaker, is that, unless more than its protocols
    says that it is a camera.
    """
    leader = weighed[0]
    if leader.value == "camera":
        spoken = all(item.fingerprint.startswith(_SPOKEN) for item in leader.evidence)
        for other in weighed[1:]:
            specific = other.value in _SPECIFIC or (spoken and other.value not in SURVEILLANCE_KINDS)
            if specific and other.best >= max(WEIGHTS[Strength.MEDIUM], leader.best):
                rest = [w for w in weighed if w not in (other, leader)]
                return [
                    _Weighed(
                        other.value, max(other.confidence, leader.confidence), other.best, other.evidence
                    ),
                    *rest,
                ]
    return weighed


def _kind_by_trade(kind: Conclusion | None, name: Conclusion | None, vendors: Vendors) -> Conclusion | None:
    """Let whoever makes door stations alone make no camera where nothing but a common protocol says camera.

    Door stations speak ONVIF and RTSP as cameras do; a model of their maker's that is none says so itself.
    """
    if kind is None or kind.value != "camera" or name is None or name.contested:
        return None
    vendor = vendors.get(name.value)
    common = all(
        item.fingerprint.startswith("any/")
        and item.about is About.PLUMBING
        and item.strength is not Strength.STRONG
        for item in kind.evidence
    )
    if vendor is None or vendor.kind != "intercom" or vendor.makes is not Makes.OWN or not common:
        return None
    return _inferred(Attribute.KIND, vendor.kind, kind.evidence[0], BUSINESS_RELATION)


def _kind_by_business(name: Conclusion | None, hints: list[Evidence], vendors: Vendors) -> Conclusion | None:
    """Infer a kind from what the maker makes, or who sells it: "camera" is the likeliest where the table has no other.

    It takes a service that only such firmware gives, or one that hints at video (`hints`); a MAC alone infers
    nothing. The low confidence says that it was inferred.
    """
    if name is None or name.contested:
        return None
    vendor = vendors.get(name.value)
    told = [
        item
        for item in name.evidence
        if item.strength is not Strength.WEAK
        and item.observation.message.protocol not in _LINK
        and _BARE_NAME not in item.fingerprint
    ] + hints
    if vendor is None or not vendor.surveillance or not told:
        return None
    kind = vendor.kind or "camera"
    return _inferred(Attribute.KIND, kind, told[0], BUSINESS_RELATION)


def _is_neutral(evidence: list[Evidence], vendors: Vendors) -> bool:
    """Tell whether a device fills the field for its label with a word that stands for nobody ("General", "NONE")."""
    return any(
        key in _LABEL_FIELDS and vendors.is_placeholder(value)
        for item in evidence
        for key, value in item.observation.facts
    )


def _own_label(maker: Conclusion | None, vendors: Vendors) -> Conclusion | None:
    """Infer the label of a device on which none was seen: the maker's, if the MAC block is that maker's as well.

    Who orders another's devices under a label of his own tells it somewhere, or has them built with neutral names;
    most that say nothing carry their maker's, unless he builds `for_others`. One that tells a model tells it in its
    seller's grammar: if that spoke for nobody, the label is not the maker's. The low confidence says that it was
    inferred.
    """
    if maker is None or maker.contested:
        return None
    vendor = vendors.get(maker.value)
    blocks = [item for item in maker.evidence if any(key == "link.mac" for key, _ in item.observation.facts)]
    others = [item for item in maker.evidence if item.about is About.PLUMBING and item not in blocks]
    firm = [item for item in others if item.strength is not Strength.WEAK]
    if vendor is None or vendor.makes is not Makes.OWN or vendor.for_others or not blocks or not firm:
        return None
    return _inferred(Attribute.BRAND, maker.value, blocks[0], LABEL_RELATION)


def _inferred(attribute: Attribute, value: str, item: Evidence, relation: str) -> Conclusion:
    """Return the least that can be concluded, resting on one item of evidence for something else."""
    derived = replace(
        item,
        attribute=attribute,
        value=value,
        strength=Strength.WEAK,
        fingerprint=f"{relation}: {item.fingerprint}",
    )
    return Conclusion(value=value, confidence=THRESHOLD, evidence=(derived,))


def _conclude(attribute: Attribute, evidence: list[Evidence]) -> Conclusion | None:
    return _choose(_weigh(attribute, evidence))


def _weigh(attribute: Attribute, evidence: list[Evidence]) -> list[_Weighed]:
    """Return the values with their confidence, best first; ties fall to the smaller text, so order is stable."""
    by_value: dict[str, list[Evidence]] = {}
    for item in evidence:
        by_value.setdefault(item.value.casefold(), []).append(item)
    if attribute in _REFINABLE:
        by_value = _merge_shorter(by_value)
    weighed = [_weigh_value(items) for items in by_value.values()]
    return sorted(weighed, key=lambda w: (-w.confidence, w.value))


def _merge_shorter(by_value: dict[str, list[Evidence]]) -> dict[str, list[Evidence]]:
    """Count a shorter text as support for the one longer text that begins with it, or ends with it.

    "DS-2CD2042" beside "DS-2CD2042WD-I" is the same model told twice, not a rival; likewise "M1065-LW" beside
    "AXIS M1065-LW".
    """
    merged = dict(by_value)
    for short in sorted(by_value, key=len):
        longer = [
            v
            for v in merged
            if len(v) > len(short) >= 3
            and (v.startswith(short) or v.endswith(" " + short))
            and not all(map(_is_foreign, by_value[v]))
        ]
        if len(longer) == 1:
            merged[longer[0]] = merged[longer[0]] + merged.pop(short)
    return merged


def _weigh_value(items: list[Evidence]) -> _Weighed:
    best: dict[str, float] = {}
    for item in items:
        witness = _witness(item)
        best[witness] = max(best.get(witness, 0.0), WEIGHTS[item.strength])
    doubt = 1.0
    for witness in sorted(best):
        doubt *= 1.0 - best[witness]
    if all(map(_is_foreign, items)):
        doubt = 1.0 - WEIGHTS[Strength.WEAK]
    return _Weighed(_spelling(items), round(1.0 - doubt, 4), max(best.values()), _distinct(items))


def _distinct(items: list[Evidence]) -> tuple[Evidence, ...]:
    """Return the evidence in order of weight, each claim of each fingerprint once: a device repeats itself."""
    first: dict[tuple[object, ...], Evidence] = {}
    for item in sorted(items, key=_weight_order):
        first.setdefault((item.fingerprint, item.fact), item)
    return tuple(first.values())


def _witness(item: Evidence) -> str:
    """Return whose word an item is: a protocol's; all that rests on a label's relation or line is one word."""
    if item.fingerprint.startswith(BRAND_RELATION) and not _is_foreign(item):
        return BRAND_RELATION
    if item.attribute is Attribute.MAKER and item.fingerprint.partition("/")[2].startswith(LINE):
        return LINE
    return item.fact[0].split(".", 1)[0]


def _is_foreign(item: Evidence) -> bool:
    """Tell whether an item, or the brand that it was derived from, rests on other people's knowledge."""
    return item.fingerprint.removeprefix(f"{BRAND_RELATION}: ").startswith(FOREIGN)


def _spelling(items: list[Evidence]) -> str:
    """Return the fullest spelling, and among those of one length the first by strength and text."""
    return min(items, key=lambda item: (-len(item.value), -WEIGHTS[item.strength], item.value)).value


def _weight_order(item: Evidence) -> tuple[object, ...]:
    when, who = item.observation.message.time, str(item.subject.host)
    return (-WEIGHTS[item.strength], item.fingerprint, item.fact, when, who, item.subject.mac or "")


def _choose(weighed: list[_Weighed]) -> Conclusion | None:
    if not weighed or weighed[0].confidence < THRESHOLD:
        return None
    winner, *others = weighed
    rivals = tuple(Rival(value=w.value, confidence=w.confidence) for w in others[:MAX_RIVALS])
    contested = bool(others) and winner.confidence - others[0].confidence < MARGIN
    return Conclusion(
        value=winner.value,
        confidence=winner.confidence,
        contested=contested,
        rivals=rivals,
        evidence=winner.evidence,
    )
