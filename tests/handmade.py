"""Handmade devices for tests: what comes after identity is given them, or is concluded from answers typed by hand."""

from datetime import UTC, date, datetime
from ipaddress import ip_address

from scanner.fingerprints import load
from scanner.model import (
    About,
    Attribute,
    Conclusion,
    Device,
    Endpoint,
    Evidence,
    Message,
    Observation,
    Rival,
    Strength,
    Subject,
)
from scanner.pipeline import Reading, devices_of

TIME = datetime(2026, 11, 20, 8, 30, 15, tzinfo=UTC)


def evidence(
    attribute=Attribute.MAKER,
    value="Hikvision",
    *,
    about=About.PLUMBING,
    strength=Strength.STRONG,
    fact=("sadp.answer", "true"),
    fingerprint="hikvision/sadp-answer",
    host="192.0.2.64",
    payload=b"<ProbeMatch/>",
):
    message = Message(
        time=TIME,
        protocol=fact[0].split(".")[0],
        source=Endpoint(host=ip_address(host), port=37020),
        mac="44:19:b6:00:00:01",
        payload=payload,
    )
    subject = Subject(host=message.source.host, mac=message.mac)
    observation = Observation(subject=subject, message=message, facts=(fact,))
    return Evidence(
        subject=subject,
        attribute=attribute,
        value=value,
        strength=strength,
        about=about,
        fingerprint=fingerprint,
        fact=fact,
        observation=observation,
    )


def concluded(value, confidence=0.99, *, contested=False, rivals=(), items=()):
    return Conclusion(
        value=value,
        confidence=confidence,
        contested=contested,
        rivals=tuple(Rival(value=name, confidence=c) for name, c in rivals),
        evidence=tuple(items),
    )


def device(
    maker=None,
    brand=None,
    *,
    kind="camera",
    what="",
    identifier="aa00000001",
    host="192.0.2.64",
    mac="44:19:b6:00:00:01",
    confidence=0.99,
    brand_confidence=0.9,
    contested=False,
    rivals=(),
    shown=True,
    **more,
):
    """`shown` says whether plumbing speaks for the maker, or only the label."""
    conclusions = {}
    if brand:
        told = evidence(
            Attribute.BRAND,
            brand,
            about=About.LABEL,
            fact=("wsd.scope.name", brand),
            fingerprint="any/wsd/name",
        )
        conclusions[Attribute.BRAND] = concluded(brand, brand_confidence, items=[told])
    if maker:
        item = (
            evidence(value=maker)
            if shown
            else evidence(
                value=maker,
                about=About.LABEL,
                strength=Strength.MEDIUM,
                fact=("wsd.scope.name", brand or maker),
            )
        )
        conclusions[Attribute.MAKER] = concluded(
            maker, confidence, contested=contested, rivals=rivals, items=[item]
        )
    conclusions |= {
        Attribute(name): concluded(value) for name, value in more.items() if isinstance(value, str)
    }
    return Device(
        id=identifier,
        kind=kind,
        what=what,
        addresses=(ip_address(host),) if host else (),
        macs=(mac,) if mac else (),
        conclusions=conclusions,
        evidence=tuple(item for c in conclusions.values() for item in c.evidence),
    )


def heard(*answers: tuple[str, bytes] | tuple[str, bytes, bytes], mac: str | None = None) -> list[Device]:
    """Return what is concluded from answers of one host: protocol, bytes, and what had been asked if that matters."""
    messages = [
        Message(
            time=TIME,
            protocol=protocol,
            source=Endpoint(host=ip_address("192.0.2.77"), port=80),
            mac=mac,
            request=asked[0] if asked else b"",
            payload=payload,
        )
        for protocol, payload, *asked in answers
    ]
    return list(devices_of(messages, load(), Reading(strict=True), date(2026, 11, 27)))
