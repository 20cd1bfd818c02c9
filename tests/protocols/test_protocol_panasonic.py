"""Panasonic Easy IP: header and list of an answer, lists that break off; searches told from answers."""

from ipaddress import IPv4Address

from datagrams import SENDER, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.panasonic import PROTOCOL, question, recognise

# UniversalScanner Panasonic.selftest, without the fields that are zero or repeat earlier ones.
ANSWER = bytes.fromhex(
    "00010175000e0011223344550050569b53f50a001489000020111e11231f1e191300000202020000000000000000000000000001"
    "02 000100 0100 00200004f0000f00 00210004ff000000 002200047f000001 002300080a00140100000000 002500020050"
    "00400010fe800000000000000000000000000001"
    "00a700105669727475616c000000000000000000 00a800105669727475616c000000000000000000"
    "00a90010312e3436000000000000000000000000 00aa0010302e3030000000000000000000000000"
    "00b60001 92 ffff 3017"
)


def test_an_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.15.0",
        "mask": "255.0.0.0",
        "gateway": "127.0.0.1",
        "dns": "10.0.20.1",
        "ip6": "fe80::1",
        "http_port": "80",
        "name": "Virtual",
        "model": "Virtual",
        "firmware": "1.46",
        "second_version": "0.00",
    }


def test_the_subject_is_the_device_and_not_the_asker_in_the_header():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")
    elsewhere = ANSWER.replace(bytes.fromhex("00200004f0000f00"), bytes.fromhex("00200004c6336408"))
    assert subject(PROTOCOL, elsewhere) == ("198.51.100.8", "00:11:22:33:44:55")


def test_a_cut_list_keeps_its_whole_fields():
    cut = ANSWER[: ANSWER.index(bytes.fromhex("00250002")) + 5]
    assert said(PROTOCOL, cut).keys() == {"answer", "mac", "ip", "mask", "gateway", "dns"}


def test_a_search_is_somebody_asking():
    asked = question("00:50:56:9b:53:f5", IPv4Address("10.0.20.137"))
    assert asked[:22] == bytes.fromhex("000100 00000d0000000000000050569b53f50a001489")
    assert (len(asked), asked[-4:]) == (52, b"\xff\xff\0\0")
    assert asks(PROTOCOL, asked)
    assert question("", IPv4Address("10.0.0.1"))[12:18] == b"\xff" * 6


def test_what_is_not_panasonic():
    assert not any(
        map(recognise, (b"", b"\0\x01", b"\0\x01\0\0\0\x0c" + bytes(60), ANSWER[:40], ANSWER[:6] + bytes(80)))
    )


@given(payload=damaged(ANSWER))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
