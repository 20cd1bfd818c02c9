"""Vivotek DRM: the list with its one bare byte, lists that break off; searches told from answers."""

from datagrams import SENDER, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.vivotek import PROTOCOL, parse, question, recognise

# UniversalScanner Vivotek.selftest.
ANSWER = bytes.fromhex(
    "024a5d8f1c01115669727475616c2d5669727475616c2d3102060011223344550304f0000a00041b060250000802656e"
    "09075669727475616c1004030082000a01000504 00000000"
)


def test_an_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.10.0",
        "name": "Virtual-Virtual-1",
        "model": "Virtual",
        "http_port": "80",
        "language": "en",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")
    elsewhere = ANSWER.replace(bytes.fromhex("0304f0000a00"), bytes.fromhex("0304c6336408"))
    assert subject(PROTOCOL, elsewhere) == ("198.51.100.8", "00:11:22:33:44:55")


def test_a_cut_list_keeps_its_whole_fields():
    assert said(PROTOCOL, ANSWER[: ANSWER.index(b"\x09\x07Vir") + 4]).keys() == {
        "answer",
        "mac",
        "ip",
        "name",
        "http_port",
        "language",
    }


def test_a_search_is_somebody_asking():
    assert question(0x102) == bytes.fromhex("024a5d8f1c")
    assert asks(PROTOCOL, question(1))


def test_neighbours_on_port_10000_are_not_read():
    assert not any(map(recognise, (b"", b"MO_I\x01", b"\x02\x4a\x5d\x8f")))
    assert parse(datagram("vivotek", b"MO_I" + bytes(90))) == ()


@given(payload=damaged(ANSWER))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
