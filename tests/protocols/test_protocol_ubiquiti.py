"""Ubiquiti discovery: both versions, platforms, own address among many; questions told from answers."""

import pytest
from datagrams import SENDER, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.ubiquiti import PROTOCOL, QUESTION, QUESTION_V2, parse, recognise

# UniversalScanner Ubiquiti.selftest.
ANSWER = bytes.fromhex(
    "0206008502000a001122334455f0000c000100060011223344550a000400000e100b000455424e540c00075649525455414c"
    "0300144669726d776172655f76657273696f6e2e312e30160003312e301500075649525455414c17000100180001001900"
    "01011a000101130006001122334455120004000000011b0003312e302400075649525455414c"
)


def tlv(*fields: tuple[int, bytes], head: bytes = b"\x01\0") -> bytes:
    fields = ((0x01, bytes.fromhex("74acb900db91")), *fields)
    body = b"".join(bytes((kind,)) + len(value).to_bytes(2) + value for kind, value in fields)
    return head + len(body).to_bytes(2) + body


# unifi-cam-proxy adoption-flow.md: announcement of a UVC G3 Flex, its masked bytes filled in.
CAMERA = tlv(
    (0x02, bytes.fromhex("74acb900db91c0a801de")),
    (0x0A, bytes.fromhex("000000ea")),
    (0x0B, b"UVC G3 Flex"),
    (0x0C, b"UVC G3 Flex"),
    (0x17, bytes.fromhex("00000001")),
    (0x03, b"UVC.S2L.v4.75.62.67.e71c6e5.250411.1421"),
    (0x10, bytes.fromhex("34a5")),
    (0x20, b"97d50000-0000-4000-8000-00000000a90d"),
    (0x2C, b"\x03"),
)


def test_an_answer_of_version_2():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "version_of_protocol": "2",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.12.0",
        "platform": "VIRTUAL",
        "model": "VIRTUAL",
        "firmware": "Firmware_version.1.0",
        "version": "1.0",
        "name": "UBNT",
        "hardware": "1.0",
        "uptime_s": "3600",
        "activated": "true",
    }
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")


def test_a_camera_of_version_1():
    assert said(PROTOCOL, CAMERA) == {
        "answer": "true",
        "version_of_protocol": "1",
        "mac": "74:ac:b9:00:db:91",
        "ip": "192.168.1.222",
        "platform": "UVC G3 Flex",
        "model": "UVC G3 Flex",
        "firmware": "UVC.S2L.v4.75.62.67.e71c6e5.250411.1421",
        "build_date": "2025-04-11",
        "name": "UVC G3 Flex",
        "system_id": "34a5",
        "uuid": "97d50000-0000-4000-8000-00000000a90d",
        "uptime_s": "234",
        "activated": "false",
        "kind_hint": "camera",
    }
    assert subject(PROTOCOL, CAMERA) == ("192.168.1.222", "74:ac:b9:00:db:91")


@pytest.mark.parametrize(
    ("platform", "hint"),
    [
        ("UVC", "camera"),
        ("airCam", "camera"),
        ("UVC G4 Doorbell", "intercom"),
        ("UNVR", "recorder"),
        ("U7PG2", None),
        ("UDMPRO", None),
    ],
)
def test_platforms(platform, hint):
    assert said(PROTOCOL, tlv((0x0C, platform.encode()))).get("kind_hint") == hint


def test_of_many_addresses_the_one_spoken_from_is_its_own():
    wan = bytes.fromhex("802aa8aef15e") + bytes((203, 0, 113, 10))
    lan = bytes.fromhex("802aa8aef163") + SENDER.packed
    assert subject(PROTOCOL, tlv((2, wan), (2, lan)))[0] == str(SENDER)
    assert subject(PROTOCOL, tlv((2, wan)))[0] == "203.0.113.10"


def test_without_a_mac_it_is_no_answer():
    assert not recognise(bytes.fromhex("0100000e0c000b") + b"UVC G3 Flex")


def test_names_and_keys_of_others_are_never_read():
    secret = tlv(
        (0x06, b"SECRET1"), (0x07, b"SECRET2"), (0x0D, b"SECRET3"), (0x09, b"SECRET4"), (0x0B, b"ap")
    )
    assert "SECRET" not in str([o.facts for o in parse(datagram("ubiquiti", secret))])


def test_a_cut_list_keeps_its_whole_fields():
    assert said(PROTOCOL, CAMERA[: CAMERA.index(b"UVC.S2L") + 4])["platform"] == "UVC G3 Flex"


def test_questions_are_somebody_asking():
    assert (QUESTION.hex(), QUESTION_V2.hex()) == ("01000000", "02080000")
    assert asks(PROTOCOL, QUESTION)
    assert asks(PROTOCOL, QUESTION_V2)


def test_what_is_not_ubiquiti():
    longer = ANSWER + b"\0"
    assert not any(map(recognise, (b"", b"\x01\0", b"\x03\0\0\x01\0", b"\x02\x05\0\x01\0", longer)))


@given(payload=damaged(ANSWER, CAMERA))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)


def test_a_recorder_that_answers_without_a_version():
    answer = (
        bytes.fromhex("0000001a010006e4388332c9b1150004554e5652160007") + b"v4.2.16"
    )  # unifi-discovery's tests
    told = said(PROTOCOL, answer)
    assert (told["model"], told["version"], told["kind_hint"]) == ("UNVR", "v4.2.16", "recorder")
    assert not recognise(answer + b"\0")
    assert not recognise(answer[:-1])
