"""VStarcam: fixed layout, the account that is never read; searches told from answers."""

from datagrams import SENDER, SENDER_MAC, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.vstarcam import PROTOCOL, QUESTION, parse, recognise


def answer(mac: str = "112233445566", ip: str = "240.0.18.0", account: bytes = b"") -> bytes:
    """UniversalScanner Vstarcam.selftest, which is zero between these fields."""
    raw = bytearray(304)
    texts = ((0x04, ip), (0x14, "255.255.255.0"), (0x24, "0.0.0.0"), (0x34, "8.8.8.8"), (0x44, "8.8.4.4"))
    for offset, text in (*texts, (0x5C, "123456789"), (0x7C, "Virtual Camera"), (0xCC, "1.0")):
        raw[offset : offset + len(text)] = text.encode()
    raw[:4], raw[0x54:0x5A], raw[0x5A:0x5C] = b"DH\x01\x08", bytes.fromhex(mac), b"\x90\x1f"
    raw[0xEC : 0xEC + len(account)] = account
    return bytes(raw)


ANSWER = answer()


def test_an_answer():
    assert ANSWER[0x50:0x60] == bytes.fromhex("00000000112233445566901f31323334")
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "ip": "240.0.18.0",
        "mask": "255.255.255.0",
        "dns": "8.8.8.8 8.8.4.4",
        "http_port": "8080",
        "serial": "123456789",
        "name": "Virtual Camera",
        "firmware": "1.0",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), SENDER_MAC)  # 11:… is a group's address
    assert subject(PROTOCOL, answer("48022a010203", "198.51.100.8")) == ("198.51.100.8", "48:02:2a:01:02:03")


def test_the_account_is_never_read():
    spoken = answer(account=b"ADMINNAME".ljust(32, b"\0") + b"SECRETWORD")
    found = str([o.facts for o in parse(datagram("vstarcam", spoken))])
    assert "ADMIN" not in found
    assert "SECRET" not in found


def test_unterminated_text_does_not_run_into_the_account():
    spoken = bytearray(answer(account=b"ADMINNAME"))
    spoken[0xDC:0xEC] = b"W" * 16
    assert said(PROTOCOL, bytes(spoken))["web_version"] == "W" * 16


def test_a_cut_answer_gives_what_is_there():
    assert said(PROTOCOL, ANSWER[:0x30]).keys() == {"answer", "ip", "mask"}


def test_a_search_is_somebody_asking():
    assert bytes.fromhex("44480101") == QUESTION
    assert asks(PROTOCOL, QUESTION)


def test_what_is_not_vstarcam():
    assert not any(map(recognise, (b"", b"DH\x01\x08", b"DH\x01\x01more", b"DH\x02\x08" + bytes(90))))


@given(payload=damaged(ANSWER))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
