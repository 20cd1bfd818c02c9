"""TP-Link TDP: answers of cameras and plugs, what is never read; questions with and without keys told from them."""

import json
import zlib

import pytest
from datagrams import SENDER, SENDER_MAC, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.tplink import PROTOCOL, QUESTION, parse, recognise

# python-kasa tests/fixtures/smartcam/C210(EU)_2.0_1.4.3.json, "discovery_result" (masked by its authors).
RESULT = {
    "decrypted_data": {"connect_ssid": "#MASKED_SSID#", "owner": "00000000000000000000000000000000"},
    "device_id": "00000000000000000000000000000000",
    "device_model": "C210",
    "device_name": "#MASKED_NAME#",
    "device_type": "SMART.IPCAMERA",
    "encrypt_info": {"data": "", "key": "", "sym_schm": "AES"},
    "encrypt_type": ["3"],
    "factory_default": False,
    "firmware_version": "1.4.3 Build 241010 Rel.33858n",
    "hardware_version": "2.0",
    "ip": "127.0.0.123",
    "is_support_iot_cloud": True,
    "mac": "40-AE-30-00-00-00",
    "mgt_encrypt_schm": {"is_support_https": True},
    "protocol_version": 1,
}


def packet(body: bytes) -> bytes:
    """A packet as the sources describe it: its checksum covers all of it, with the field preset."""
    head = bytes((2, 0)) + (1).to_bytes(2) + len(body).to_bytes(2) + bytes((17, 0)) + bytes(4)
    crc = zlib.crc32(head + bytes.fromhex("5a6b7c8d") + body)
    return head + crc.to_bytes(4) + body


def answer(**result: object) -> bytes:
    return packet(json.dumps({"error_code": 0, "result": result}).encode())


ANSWER = answer(**RESULT)


def test_a_camera():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "40:ae:30:00:00:00",
        "type": "SMART.IPCAMERA",
        "kind_hint": "camera",
        "model": "C210",
        "name": "#MASKED_NAME#",
        "ip": "127.0.0.123",
        "firmware": "1.4.3 Build 241010 Rel.33858n",
        "build_date": "2024-10-10",
        "hardware": "2.0",
        "cloud": "true",
        "https": "true",
        "activated": "true",
        "protocol_version": "1",
    }
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "40:ae:30:00:00:00")


def test_the_subject_is_what_is_stated():
    assert subject(PROTOCOL, answer(**RESULT | {"ip": "198.51.100.8"}))[0] == "198.51.100.8"
    assert subject(PROTOCOL, answer(device_type="SMART.TAPOPLUG", mac=7)) == (str(SENDER), SENDER_MAC)


@pytest.mark.parametrize(
    ("device_type", "hint"),
    [("SMART.TAPODOORBELL", "intercom"), ("IOT.IPCAMERA", "camera"), ("SMART.TAPOPLUG", None), (None, None)],
)
def test_kinds(device_type, hint):
    assert said(PROTOCOL, answer(device_type=device_type, ip="192.0.2.1")).get("kind_hint") == hint


def test_a_device_that_waits_to_be_set_up():
    assert said(PROTOCOL, answer(mac="40-AE-30-00-00-00", factory_default=True))["activated"] == "false"


def test_hashes_and_keys_are_never_read():
    secret = {**RESULT, "owner": "SECRET1", "device_id": "SECRET2", "encrypt_info": {"key": "SECRET3"}}
    assert "SECRET" not in str([o.facts for o in parse(datagram("tplink", answer(**secret)))])


def test_a_cut_answer_gives_what_is_there():
    cut = ANSWER[: ANSWER.index(b'"firmware_version"')]
    facts = said(PROTOCOL, cut)
    assert (facts["model"], facts["type"], "mac" in facts) == ("C210", "SMART.IPCAMERA", False)


def test_a_result_without_a_device_is_no_answer():
    assert parse(datagram("tplink", answer(token="x"))) == ()


def test_a_wrong_checksum_is_forgiven():
    assert said(PROTOCOL, ANSWER[:12] + bytes(4) + ANSWER[16:])["model"] == "C210"


def test_questions_are_somebody_asking():
    assert bytes.fromhex("02000001000000000000000 0463cb5d3".replace(" ", "")) == QUESTION
    assert asks(PROTOCOL, QUESTION)
    assert asks(PROTOCOL, packet(b'{"params":{"rsa_key":"-----BEGIN PUBLIC KEY-----"}}'))


@pytest.mark.parametrize(
    "payload", [b"", QUESTION[:15], b"\x01" + QUESTION[1:], QUESTION + b"{}", b"\x02\0\0\x02" + bytes(12)]
)
def test_what_is_not_tdp(payload):
    assert not recognise(payload)


@given(payload=damaged(ANSWER, QUESTION))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
