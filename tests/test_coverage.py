"""What was not looked at is said: unidentified hosts with what they said, gaps with their reasons."""

from collections import Counter
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from handmade import device

from scanner.coverage import EXCLUDED, MAX_SAID, OURSELVES, Telling, coverage_of
from scanner.model import Endpoint, LinkUse, Message, Observation, Reach, Refusal, Subject, Unasked
from scanner.pipeline import Reading
from scanner.reports import reach as told

HOST = ip_address("192.0.2.7")


def observed(*facts, host=HOST, mac=None):
    message = Message(time=datetime(2026, 1, 1, tzinfo=UTC), protocol="http", source=Endpoint(host=host))
    return Observation(subject=Subject(host=host, mac=mac), message=message, facts=facts)


def reach(**more):
    given = {
        "asked": "192.0.2.0/24",
        "planned": 256,
        "asked_count": 256,
        "alive": (HOST, ip_address("192.0.2.8")),
        "identified": 1,
        "packets": 1000,
        "rate": 200.0,
        "seconds": 10.0,
    }
    return Reach(**{**given, **more})


def test_only_what_is_telling_is_kept_and_little_of_it():
    telling = Telling()
    telling.add(observed(("http.body", "x" * 500), ("http.server", "Webs"), ("http.title", "y" * 500)))
    for number in range(10):
        telling.add(observed(("http.server", f"S{number}")))
    (said,) = telling.of([str(HOST)]).values()
    assert said[:2] == ("http.server: Webs", "http.title: " + "y" * 80)
    assert len(said) == MAX_SAID
    assert telling.of(["192.0.2.99"]) == {}


def test_alive_without_a_word_is_unidentified():
    known = device("Axis", host=str(HOST))
    coverage = coverage_of(Reading(), (known,), ["x"], 5, (), reach())
    assert coverage.unidentified == ("192.0.2.8",)
    assert coverage.complete


@pytest.mark.parametrize(
    ("why", "complete"), [(EXCLUDED, True), (OURSELVES, True), ("it went silent and was left alone", False)]
)
def test_a_gap_that_nobody_wanted_is_incomplete(why, complete):
    gaps = (Unasked(addresses="192.0.2.3", why=why),)
    assert coverage_of(Reading(), (), ["x"], 5, (), reach(not_asked=gaps)).complete is complete


def test_a_scan_that_could_not_do_something_is_incomplete():
    assert coverage_of(Reading(), (), ["x"], 5, (), reach()).complete
    assert not coverage_of(Reading(), (), ["x"], 5, (), reach(problems=("UDP port 37020 is taken",))).complete


def test_damages_and_failures_are_sentences():
    reading = Reading()
    reading.messages, reading.unreadable = Counter(rtsp=3), Counter(rtsp=2)
    reading.failed["http"] = "ValueError on a message"
    coverage = coverage_of(reading, (), ["x"], 5, ("cut",))
    assert coverage.failures == ("cut", "rtsp: 2 unreadable messages", "http: ValueError on a message")
    assert not coverage.complete
    assert coverage.reach is None


def test_the_lines_of_a_scan():
    lines = "\n".join(
        told.lines(
            reach(
                asked_count=100,
                links=(LinkUse(name="eth0"), LinkUse(name="lo", skipped="loopback")),
                not_asked=(Unasked(addresses="192.0.2.3", why=EXCLUDED),),
                problems=("UDP port 37020 is taken",),
                outcomes={"http": {"answered": 5, "timeout": 2}},
                forbidden=(Refusal(host="203.0.113.9", port=80, reason="XAddr"),),
                heard=tuple(f"10.0.0.{n}" for n in range(12)),
            )
        )
    )
    assert "Asked 192.0.2.0/24: 100 of 256 addresses; 2 alive, 1 identified" in lines
    assert "Interfaces: eth0; not used: lo (loopback)" in lines
    assert "100 a second of 200 allowed; 2 questions to the living went unanswered" in lines
    assert "Not asked: 192.0.2.3: excluded" in lines
    assert "Could not be done: UDP port 37020 is taken" in lines
    assert "203.0.113.9:80 (XAddr)" in lines
    assert "10.0.0.7 and 4 more" in lines


def test_what_a_stranger_said_cannot_steer_the_terminal():
    coverage = coverage_of(Reading(), (), [], 0, (), reach(alive=(HOST,)))
    hostile = {str(HOST): ("http.title: \x1b[31mred\u202e",)}
    from dataclasses import replace

    (line,) = told.unidentified(replace(coverage, said=hostile))
    assert line == "Alive, not identified: 192.0.2.7 (http.title: [31mred)"


def test_the_record_is_plain_and_whole():
    import json

    record = told.record(reach(forbidden=(Refusal(host="203.0.113.9", port=80, reason="r"),)))
    assert json.loads(json.dumps(record)) == record
    assert record["alive"] == ["192.0.2.7", "192.0.2.8"]
    assert record["pace"] == {"packets": 1000, "rate": 200.0, "seconds": 10.0}
