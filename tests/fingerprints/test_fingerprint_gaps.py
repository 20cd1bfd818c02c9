"""What nobody explains is listed once, and its stub becomes a sound entry when a person fills it in."""

import tomllib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.fingerprints import Fingerprint, Knowledge, stub, unmatched
from scanner.fingerprints.loader import read_text
from scanner.fingerprints.matcher import fits
from scanner.model import About, Attribute, Endpoint, Message, Observation, Strength, Subject
from scanner.protocols import clean

MESSAGE = Message(time=datetime(2026, 11, 23, tzinfo=UTC), protocol="http", source=Endpoint())


def seen(*facts):
    return Observation(subject=Subject(), message=MESSAGE, facts=facts)


def entry(match, pattern, claims=()):
    return Fingerprint(
        id=f"any/test/{match}",
        vendor=None,
        match=match,
        pattern=pattern,
        about=About.LABEL,
        strength=Strength.WEAK,
        claims=claims,
        source="test",
        date=date(2026, 11, 23),
        file="test.toml",
    )


def test_identifying_facts_that_nothing_explains_are_listed_once():
    known = Knowledge((entry("http.server", "^Known", ((Attribute.KIND, "camera"),)),), "test")
    facts = [
        ("http.server", "Known/1"),
        ("http.server", "Odd/1"),
        ("http.status", "200"),
        ("http.realm", "odd"),
    ]
    assert list(unmatched([seen(*facts), seen(*facts)], known)) == [
        ("http.server", "Odd/1"),
        ("http.realm", "odd"),
    ]


def test_a_name_that_the_vendor_table_does_not_know_explains_nothing():
    known = Knowledge((entry("onvif.manufacturer", "^(?P<brand>.+)$"),), "test")
    fact = ("onvif.manufacturer", "Qqzx Nobody 7")
    assert list(unmatched([seen(fact)], known)) == [fact]


@pytest.mark.parametrize("key", ["http.server", "onvif.manufacturer"])
def test_a_stub_is_refused_until_filled_in(key):
    text = stub((key, "Odd/1.0 (x)"))
    (entry,) = tomllib.loads(text)["fingerprint"]
    assert entry["match"] == key
    _, faults = read_text(f'schema = 1\nvendor = "Acme"\n{text}'.encode(), stem="acme", name="acme.toml")
    told = " ".join(fault.problem for fault in faults)
    assert "source: is empty" in told
    assert "date: is not filled in" in told
    assert "claims: every value must be text, none empty" in told


FILLED = {"claims": 'claims = { maker = "Acme" }', "source": 'source = "x"', "date": "date = 2026-11-23"}


def filled(text):
    lines = text.splitlines()
    return "\n".join(FILLED.get(line.partition(" = ")[0], line) for line in lines)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.text(min_size=1, max_size=400),
        st.text(alphabet="'\"\\.[]{}()*+?^$| \x7f", min_size=1, max_size=30),
    )
)
def test_a_filled_stub_matches_its_fact(raw):
    text = clean(raw)
    if not text:
        return
    document = f'schema = 1\nvendor = "Acme"\n{filled(stub(("http.server", text)))}'
    fingerprints, faults = read_text(document.encode(), stem="acme", name="acme.toml")
    assert not faults
    assert fits(fingerprints[0], text)
