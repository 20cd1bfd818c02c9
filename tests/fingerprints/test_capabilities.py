"""What devices are able to do: one word for each, and who says so."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from scanner.fingerprints import load
from scanner.fingerprints.capabilities import CAPABILITIES, capability, origin, origins
from scanner.model import About, Attribute, Endpoint, Evidence, Message, Observation, Strength, Subject


def claim(value, key, fingerprint="any/onvif/x", strength=Strength.MEDIUM):
    message = Message(time=datetime(2026, 1, 1, tzinfo=UTC), protocol="http", source=Endpoint())
    fact = (key, "x")
    return Evidence(
        subject=Subject(),
        attribute=Attribute.CAPABILITY,
        value=value,
        strength=strength,
        about=About.PLUMBING,
        fingerprint=fingerprint,
        fact=fact,
        observation=Observation(subject=Subject(), message=message, facts=(fact,)),
    )


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("PTZ", "ptz"),
        ("audio", "audio-in"),
        ("Auto_Tracking", "auto-tracking"),
        ("LPR", "plate-recognition"),
        ("onvif profile s", "ONVIF Profile S"),
        ("makes coffee", None),
    ],
)
def test_each_has_one_word(written, word):
    assert capability(written) == word


def test_every_word_stands_for_itself():
    assert {capability(word) for word in CAPABILITIES} == CAPABILITIES


def test_fingerprints_use_no_other_words():
    used = {v for f in load().fingerprints for a, v in f.claims if a is Attribute.CAPABILITY}
    assert used
    assert used <= CAPABILITIES


def test_who_says_so():
    said = [
        claim("ptz", "onvif.ptz_nodes"),
        claim("ptz", "wsd.scope.hardware"),
        claim("thermal", "onvif.model", "any/documented/thermal-series"),
        claim("cloud", "http.body", strength=Strength.WEAK),
    ]
    assert [origin(item) for item in said[:3]] == ["device", "model name", "documentation"]
    assert origins(said) == {"ptz": ("device", "model name"), "thermal": ("documentation",)}
    assert origins([replace(said[0], attribute=Attribute.NAME)]) == {}
