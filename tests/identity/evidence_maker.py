"""Short ways to write down evidence and sightings, for tests of who is who."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from scanner.model import About, Attribute, Endpoint, Evidence, Message, Observation, Strength, Subject

START = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def evidence(
    attribute,
    value,
    *,
    host=None,
    mac=None,
    strength="medium",
    about="plumbing",
    key="http.server",
    protocol="http",
    seconds=0.0,
    channel=None,
):
    subject = Subject(host=ip_address(host) if host else None, mac=mac, channel=channel)
    message = Message(
        time=at(seconds), protocol=protocol, source=Endpoint(host=subject.host), mac=mac, payload=b"x"
    )
    fact = (key, value)
    return Evidence(
        subject=subject,
        attribute=Attribute(attribute),
        value=value,
        strength=Strength(strength),
        about=About(about),
        fingerprint="test/one",
        fact=fact,
        observation=Observation(subject=subject, message=message, facts=(fact,)),
    )
