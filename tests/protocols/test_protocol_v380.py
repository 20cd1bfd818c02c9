"""V380: places of fields that clients read; searches told from answers; nothing of what has no known place."""

from datagrams import SENDER, SENDER_MAC, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.v380 import PROTOCOL, QUESTION, parse, recognise


def answer(mac: str = "48022A010203", ip: str = "198.51.100.8", number: str = "12345678") -> bytes:
    """An answer with the fields in the places where prsyahmi/v380 reads them; the others are left empty."""
    fields = [""] * 17
    fields[0], fields[2], fields[3], fields[4], fields[5] = (
        "NVDEVRESULT",
        mac,
        ip,
        "255.255.255.0",
        "198.51.100.1",
    )
    fields[12] = number
    return "^".join(fields).encode()


ANSWER = answer()


def test_an_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "48:02:2a:01:02:03",
        "ip": "198.51.100.8",
        "mask": "255.255.255.0",
        "gateway": "198.51.100.1",
        "id": "12345678",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == ("198.51.100.8", "48:02:2a:01:02:03")
    assert subject(PROTOCOL, answer("none", "0.0.0.0")) == (str(SENDER), SENDER_MAC)


def test_the_search_only_says_that_somebody_asks():
    assert QUESTION == b"NVDEVSEARCH^100"
    assert asks(PROTOCOL, QUESTION)


def test_a_text_without_the_places_is_no_answer():
    assert not recognise(b"NVDEVRESULT^1^48022A010203^198.51.100.8")
    assert parse(datagram("v380", b"NVDEVRESULT^1")) == ()
    assert "id" not in said(PROTOCOL, answer(number="x"))


@given(damaged(ANSWER, QUESTION))
@settings(max_examples=300)
def test_any_bytes_hold(payload):
    holds_for_any_bytes(PROTOCOL, payload)
