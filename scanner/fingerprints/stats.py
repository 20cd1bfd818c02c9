"""Fingerprints → counts: how much is known, of whom, over which protocols, how well and how old."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date

from scanner.fingerprints.fingerprint import Fingerprint
from scanner.model import SURVEILLANCE_KINDS, Attribute

ANYBODY = "any device, of itself"
"""Under whom entries are counted that read a device's own word for who made it."""
AGES_DAYS = ((31, "up to a month"), (183, "up to half a year"), (366, "up to a year"))
"""Ages by which entries are counted, in days; what is older comes last."""
OLDER = "more than a year"

Counts = Mapping[str, int]


def owner(item: Fingerprint) -> str:
    """Return under whom an entry is counted: whoever's word it is, else whom it names, else its file's vendor."""
    whose = item.id.partition("/")[0]
    if whose in {"recog", "nmap"}:
        return {"recog": "Recog", "nmap": "nmap"}[whose]
    claims = dict(item.claims)
    return claims.get(Attribute.MAKER) or claims.get(Attribute.BRAND) or item.vendor or ANYBODY


def statistics(fingerprints: Iterable[Fingerprint], today: date) -> Mapping[str, Counts]:
    """Return counts by name of what is counted; each in falling order, names of one count in order.

    "other kinds" are the kinds of device that are not surveillance: false friends, named as what they are.
    """
    known = tuple(fingerprints)
    claims = [dict(item.claims) for item in known]
    kinds = Counter(kind for said in claims if (kind := said.get(Attribute.KIND)))
    counted = {
        "makers": Counter(name for said in claims if (name := said.get(Attribute.MAKER))),
        "brands": Counter(name for said in claims if (name := said.get(Attribute.BRAND))),
        "by maker": Counter(map(owner, known)),
        "by protocol": Counter(item.match.partition(".")[0] for item in known),
        "by strength": Counter(item.worth.value for item in known),
        "by witness": Counter(item.about.value for item in known),
        "by confirmation": Counter("confirmed" if item.confirmed else "not confirmed" for item in known),
        "surveillance kinds": _only(kinds, surveillance=True),
        "other kinds": _only(kinds, surveillance=False),
        "by age": Counter(_age((today - item.date).days) for item in known),
    }
    return {name: dict(sorted(counts.items(), key=_falling)) for name, counts in counted.items()}


def _only(kinds: "Counter[str]", *, surveillance: bool) -> "Counter[str]":
    return Counter({kind: n for kind, n in kinds.items() if (kind in SURVEILLANCE_KINDS) is surveillance})


def _age(days: int) -> str:
    return next((name for limit, name in AGES_DAYS if days <= limit), OLDER)


def _falling(item: tuple[str, int]) -> tuple[int, str]:
    return (-item[1], item[0].casefold())
