"""Foscam MO_I: the plain and the ciphered answer, MACs in ids; other operations told from answers."""

from datagrams import SENDER, SENDER_MAC, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.foscam import PROTOCOL, QUESTION, recognise

# UniversalScanner Foscam.selftest and Foscam_cipher.selftest.
ANSWER = bytes.fromhex(
    "4d4f5f4901000000000000000000004000000000000000303132333435363738390000005669727475616c20646576696365"
    "00000000000000f0001400ffffff00f0001400080808080800000001000000010000000050"
)
CIPHERED = bytes.fromhex(
    "4d4f5f490100015f466f7363616d5f40000000000000006f775d4057545b68677f6f73634b3b362d321a120f41093a292f0c"
    "1649616d5f5f469f73776092a0a0469f7377606557574e677363616c5f5f466e7363616d0f"
)
PLAIN = {
    "answer": "true",
    "serial": "0123456789",
    "name": "Virtual device",
    "ip": "240.0.20.0",
    "mask": "255.255.255.0",
    "gateway": "240.0.20.0",
    "dns": "8.8.8.8",
    "type": "8",
    "firmware": "1.0.0.0",
    "web_version": "1.0.0.0",
    "http_port": "80",
}


def test_a_plain_answer():
    assert said(PROTOCOL, ANSWER) == PLAIN
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), SENDER_MAC)


def test_a_ciphered_answer():
    expected = PLAIN | {"name": "*Virtual device*", "ip": "240.0.20.1", "gateway": "240.0.20.1"}
    assert said(PROTOCOL, CIPHERED) == expected


def test_an_id_of_twelve_digits_is_the_mac():
    real = ANSWER.replace(b"0123456789\0\0", b"C4D6553A0B01").replace(
        bytes.fromhex("f0001400ffffff00"), bytes.fromhex("c6336408ffffff00")
    )
    assert subject(PROTOCOL, real) == ("198.51.100.8", "c4:d6:55:3a:0b:01")
    assert said(PROTOCOL, real)["mac"] == "c4:d6:55:3a:0b:01"


def test_a_cut_answer_gives_what_is_there():
    assert said(PROTOCOL, ANSWER[:0x3B]).keys() == {"answer", "serial", "name"}


def test_other_operations_are_somebody_asking():
    assert bytes.fromhex("4d4f5f49" + "00" * 11 + "04" + "00" * 7 + "00000001") == QUESTION
    assert len(QUESTION) == 27
    assert asks(PROTOCOL, QUESTION)
    assert asks(PROTOCOL, b"MO_I\x02\0" + ANSWER[6:])


def test_what_is_not_foscam():
    assert not any(map(recognise, (b"", b"MO_", b"\x02\x4a\x5d\x8f\x1c")))


@given(payload=damaged(ANSWER, CIPHERED, QUESTION))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
