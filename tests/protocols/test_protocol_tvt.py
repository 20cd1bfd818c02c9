"""TVT MHED: announcements of versions 7 and 8, queries and commands told from answers, nothing read of passwords."""

import pytest
from datagrams import SENDER, SENDER_MAC, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.tvt import PROTOCOL, QUESTION, parse

# ipcprobe testdata/vectors.json: "announce - camera, default name overwritten to 'lobby'" (sanitised by its author).
ANSWER = bytes.fromhex(
    "4d48454408000100020000006c6f6262790000000000000000000000000000000200000000010000c0a80145ffffff00"
    "c0a8010100000000bfb3340150002a02"
    + "00" * 48
    + "c0a8010108080808"
    + "00" * 20
    + "5445535453455249414c303100000000"
    "312e352d313432383332370000000000" + "00" * 24 + "44434e2d424d3831323741494e00000044564300" + "00" * 24
)
# The same source: "set-network ack".
ACKNOWLEDGEMENT = bytes.fromhex("4d4845440800010010000000c0a8013231d4") + bytes(122)


def patched(answer: bytes, offset: int, raw: bytes) -> bytes:
    return answer[:offset] + raw + answer[offset + len(raw) :]


def test_a_camera_of_version_8():
    assert len(ANSWER) == 240
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "version": "8",
        "mac": "02:00:00:00:00:01",
        "ip": "192.168.1.69",
        "mask": "255.255.255.0",
        "gateway": "192.168.1.1",
        "dns": "192.168.1.1 8.8.8.8",
        "http_port": "80",
        "rtsp_port": "554",
        "name": "lobby",
        "model": "DCN-BM8127AIN",
        "brand": "DVC",
        "serial": "TESTSERIAL01",
        "firmware": "1.5-1428327",
        "build_date": "2023-11-03",
        "type": "dvr",
        "kind_hint": "recorder",
    }
    assert subject(PROTOCOL, ANSWER) == ("192.168.1.69", "02:00:00:00:00:01")


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        (0, "dvr", "recorder"),
        (1, "dvs", "encoder"),
        (2, "ipc", "camera"),
        (3, "nvr", "recorder"),
        (4, "decoder", None),
    ],
)
def test_type_codes(code, kind, hint):
    facts = said(PROTOCOL, patched(ANSWER, 64, bytes((code,))))
    assert (facts["type"], facts.get("kind_hint")) == (kind, hint)


def test_version_7_names_product_and_customer_where_version_8_has_the_serial():
    facts = said(PROTOCOL, patched(ANSWER, 4, b"\x07"))
    assert (facts["product"], facts.get("serial")) == ("TESTSERIAL01", None)


def test_numbers_of_a_recorder():
    answer = patched(patched(ANSWER, 52, b"\x00\x0a\x04\x01"), 228, b"\x10")
    facts = said(PROTOCOL, patched(answer, 38, b"\x94\x17"))
    assert (facts["firmware"], facts["software_version"]) == ("1.5-1428327", "1.4.10.0")
    assert (facts["channels"], facts["port"]) == ("16", "6036")
    assert said(PROTOCOL, patched(answer, 4, b"\x07"))["firmware"] == "1.4.10.0"


def test_a_long_model_goes_on_in_the_field_before_it():
    answer = patched(patched(ANSWER, 196, b"TD-3332H4-A2-16P"), 180, b"-EXT\0")
    assert said(PROTOCOL, answer)["model"] == "TD-3332H4-A2-16P-EXT"


def test_the_sender_is_the_subject_when_the_stated_address_cannot_be():
    assert subject(PROTOCOL, patched(ANSWER, 40, bytes(4))) == (str(SENDER), "02:00:00:00:00:01")
    assert subject(PROTOCOL, patched(ANSWER, 32, bytes(6))) == ("192.168.1.69", SENDER_MAC)


def test_a_cut_answer_gives_what_is_there():
    facts = said(PROTOCOL, ANSWER[:50])
    assert (facts["mac"], facts["ip"]) == ("02:00:00:00:00:01", "192.168.1.69")
    assert facts.keys() <= {"answer", "version", "mac", "ip", "mask", "name"}


def test_a_search_and_a_command_are_somebody_asking():
    assert bytes.fromhex("4d484544080001000100") + bytes(130) == QUESTION
    assert asks(PROTOCOL, QUESTION)
    assert asks(PROTOCOL, patched(ANSWER, 8, b"\x03"))
    assert said(PROTOCOL, ACKNOWLEDGEMENT) == {"answer": "true"}


def test_the_password_of_a_command_is_never_read():
    secret = b"c2VjcmV0LXBhc3N3b3Jk"
    for command in (1, 2, 3, 16):
        payload = patched(patched(ANSWER, 84, secret), 8, bytes((command,)))
        assert secret.decode() not in str([o.facts for o in parse(datagram("tvt", payload))])


@given(payload=damaged(ANSWER))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
