"""NiceVision: the fixed layout of an answer; searches told from answers."""

from datagrams import SENDER, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.nice import PROTOCOL, question, recognise

# UniversalScanner NiceVision.selftest, without the zeros that follow.
ANSWER = bytes.fromhex(
    "4e49434500010001004800112233 4455f0000e00ff0000007ffffffe001100010000000000720000".replace(" ", "")
    + "00" * 30
    + "ff0001005669727475616c000000000000000000"
)


def test_an_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.14.0",
        "mask": "255.0.0.0",
        "gateway": "127.255.255.254",
        "firmware": "1.0.0.114",
        "name": "Virtual",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")
    elsewhere = ANSWER[:16] + bytes((198, 51, 100, 8)) + ANSWER[20:]
    assert subject(PROTOCOL, elsewhere) == ("198.51.100.8", "00:11:22:33:44:55")


def test_a_cut_answer_gives_what_is_there():
    assert said(PROTOCOL, ANSWER[:0x14]).keys() == {"answer", "mac", "ip"}


def test_a_search_is_somebody_asking():
    assert question(1, 0x1234) == bytes.fromhex("4e49434500010108000000001234")
    assert asks(PROTOCOL, question(1, 50_000))


def test_what_is_not_nice():
    assert not any(map(recognise, (b"", b"NICE", b"NICE" + bytes(20), b"nice" + ANSWER[4:])))


@given(payload=damaged(ANSWER))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
