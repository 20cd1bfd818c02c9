"""Observations become evidence: with strength, source fact, subject, and nothing else."""

from datetime import UTC, date, datetime
from ipaddress import ip_address

from scanner.fingerprints import Fingerprint, Knowledge, identify, load
from scanner.model import About, Attribute, Endpoint, Message, Observation, Strength, Subject

MESSAGE = Message(
    time=datetime(2026, 11, 23, tzinfo=UTC), protocol="http", source=Endpoint(host=ip_address("192.0.2.7"))
)


def observation(*facts, mac=None):
    return Observation(subject=Subject(host=ip_address("192.0.2.7"), mac=mac), message=MESSAGE, facts=facts)


def known(**rest):
    fields = {
        "id": "acme/server",
        "vendor": "Acme",
        "match": "http.server",
        "pattern": r"^Acme (?P<model>\w+)$",
        "about": About.PLUMBING,
        "strength": Strength.STRONG,
        "claims": ((Attribute.MAKER, "Acme"),),
        "source": "test",
        "date": date(2026, 11, 23),
        "file": "acme.toml",
    }
    return Knowledge((Fingerprint(**(fields | rest)),), "test")


def test_each_claim_is_one_evidence():
    seen = observation(("http.status", "200"), ("http.server", "Acme X1"))
    maker, model = identify([seen], known())
    assert (maker.attribute, maker.value, maker.strength) == (Attribute.MAKER, "Acme", Strength.STRONG)
    assert (model.attribute, model.value) == (Attribute.MODEL, "X1")
    assert maker.fact == model.fact == ("http.server", "Acme X1")
    assert maker.subject == seen.subject
    assert maker.observation is seen
    assert maker.fingerprint == "acme/server"
    assert maker.about is About.PLUMBING


def test_what_nobody_confirmed_is_weak():
    evidence = list(identify([observation(("http.server", "Acme X1"))], known(confirmed=False)))
    assert {item.strength for item in evidence} == {Strength.WEAK}


def test_the_same_observations_give_the_same_evidence():
    seen = [observation(("http.server", f"Acme X{n % 3}")) for n in range(9)]
    assert list(identify(seen, known())) == list(identify(iter(seen), known()))


def test_the_shipped_knowledge_reads_the_mac_of_a_sighting():
    seen = observation(("link.mac", "44:19:b6:00:00:01"), mac="44:19:b6:00:00:01")
    found = {(item.attribute, item.value) for item in identify([seen], load())}
    assert (Attribute.MAC, "44:19:b6:00:00:01") in found
