"""DNS messages built by hand after RFC 1035."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message
from scanner.protocols.dns import MAX_QUESTIONS, PROTOCOL, parse


def name(text):
    return b"".join(bytes([len(label)]) + label for label in text.encode().split(b".")) + b"\0"


def query(*names, flags=0x0100, count=None):
    counts = [len(names) if count is None else count, 0, 0, 0]
    head = b"\x12\x34" + flags.to_bytes(2, "big") + b"".join(n.to_bytes(2, "big") for n in counts)
    return head + b"".join(name(text) + b"\x00\x01\x00\x01" for text in names)


def read(payload):
    source = Endpoint(host=ip_address("192.168.1.64"), port=40001)
    return parse(
        Message(time=datetime(2026, 3, 1, tzinfo=UTC), protocol="dns", source=source, payload=payload)
    )


def test_questions_of_a_query_in_lower_case():
    (seen,) = read(query("Litedev.EU.hik-connect.com", "time.windows.com"))
    assert seen.facts == (("dns.query", "litedev.eu.hik-connect.com"), ("dns.query", "time.windows.com"))
    assert str(seen.subject.host) == "192.168.1.64"


@pytest.mark.parametrize("flags", [0x8180, 0x2800, 0x1000])
def test_answers_updates_and_status_say_nothing(flags):
    assert read(query("example.com", flags=flags)) == ()


def test_question_that_is_cut_is_not_half_a_name():
    assert read(query("one.example", "two.example")[:-6])[0].facts == (("dns.query", "one.example"),)


def test_number_of_questions_is_bounded():
    (seen,) = read(query(*(f"n{number}.example" for number in range(100))))
    assert len(seen.facts) == MAX_QUESTIONS


def test_count_without_questions():
    assert read(query(count=9)) == ()


def test_question_for_the_root_says_nothing():
    assert read(query("")[:12] + b"\0\0\2\0\1") == ()


def test_compressed_name_in_a_question_is_refused():
    assert read(query()[:4] + b"\0\1" + bytes(6) + b"\xc0\x0c\0\1\0\1") == ()


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise_or_give_undeclared_facts(noise):
    for payload in (noise, query("a.example", count=300) + noise):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
