"""GVCP: strings of the discovery acknowledgement; commands told from acknowledgements."""

from datagrams import SENDER, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.gvcp import PROTOCOL, question, recognise


def answer(ip: str = "f0001100") -> bytes:
    """UniversalScanner GigEVision.selftest, which is zero between these fields."""
    raw = bytearray(256)
    raw[:0x20] = bytes.fromhex("0000000300f800010001000200000001" + "0000001122334455" + "0000000700000006")
    raw[0x2C:0x30], raw[0x3C:0x3F] = bytes.fromhex(ip), b"\xff\xff\xff"
    texts = ((0x50, "GigEVision"), (0x70, "Virtual device"), (0x90, "version: 1.0"), (0xE0, "123456789"))
    for offset, text in (*texts, (0xF0, "My Virtual dev.")):
        raw[offset : offset + len(text)] = text.encode()
    return bytes(raw)


ANSWER = answer()


def test_an_acknowledgement():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.17.0",
        "mask": "255.255.255.0",
        "version": "1.2",
        "brand": "GigEVision",
        "model": "Virtual device",
        "firmware": "version: 1.0",
        "serial": "123456789",
        "name": "My Virtual dev.",
        "kind_hint": "machine-vision",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")
    assert subject(PROTOCOL, answer("c6336408")) == ("198.51.100.8", "00:11:22:33:44:55")


def test_a_cut_acknowledgement_gives_what_is_there():
    facts = said(PROTOCOL, ANSWER[:0x78])
    assert (facts["model"], "serial" in facts) == ("Virtual", False)


def test_a_command_is_somebody_asking():
    assert question(1) == bytes.fromhex("4211000200000001")
    assert question(0x10000)[-2:] == b"\0\x01"
    assert asks(PROTOCOL, question(1))


def test_other_commands_are_not_read():
    forced_address = bytes.fromhex("4201000400380001") + bytes(56)
    assert not any(map(recognise, (b"", b"B", forced_address, bytes.fromhex("0000000500f80001"))))


@given(payload=damaged(ANSWER))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
