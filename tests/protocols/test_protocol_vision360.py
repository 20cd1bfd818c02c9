"""360 Vision: pairs of an answer, quoted or not; the bare word told from answers."""

from datagrams import SENDER, SENDER_MAC, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.vision360 import PROTOCOL, QUESTION, recognise

# UniversalScanner 360Vision.selftest.
ANSWER = b"DISCOVER TYPE=IPDOME KEY='00:11:22:33:44:55' ID=1234567890\r\n"


def test_an_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "type": "IPDOME",
        "serial": "1234567890",
    }
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")


def test_other_quotes():
    assert said(PROTOCOL, b"DISCOVER TYPE=\"IP DOME\" ID=''")["type"] == "IP DOME"
    assert subject(PROTOCOL, b"DISCOVER TYPE=IPDOME KEY=nonsense")[1] == SENDER_MAC


def test_a_cut_answer_gives_what_is_there():
    assert said(PROTOCOL, ANSWER[:22]).keys() == {"answer", "type"}


def test_the_bare_word_is_somebody_asking():
    assert QUESTION == b"DISCOVER\n"
    assert asks(PROTOCOL, QUESTION)


def test_what_is_not_360_vision():
    assert not any(map(recognise, (b"", b"DISCO", b"DISCOVERY", b"discover\n", b"DISCOVER me")))


@given(payload=damaged(ANSWER))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
