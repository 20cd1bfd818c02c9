"""TP-Link legacy: the cipher, plugs and the deeper nesting of cameras, what is never read; questions told apart."""

import json

import pytest
from datagrams import SENDER, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.protocols.kasa import PROTOCOL, QUESTION, ciphered, deciphered, parse, recognise

PLUG = {
    "sw_ver": "1.5.4 Build 180815 Rel.121440",
    "hw_ver": "2.0",
    "type": "IOT.SMARTPLUGSWITCH",
    "model": "HS100(EU)",
    "mac": "50:C7:BF:00:FC:A3",
    "dev_name": "Smart Wi-Fi Plug",
    "alias": "Kettle",
    "deviceId": "SECRET1",
    "oemId": "SECRET2",
    "latitude_i": 515000,
    "longitude_i": -1000,
}
CAMERA = {
    "system": {
        "model": "KC105(UK)",
        "mic_type": "IOT.IPCAMERA",
        "mic_mac": "1027F5000001",
        "sw_ver": "2.3.25",
    }
}


def answer(info: object) -> bytes:
    return ciphered(json.dumps({"system": {"get_sysinfo": info}}).encode())


ANSWER = answer(PLUG)


def test_a_plug():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "50:c7:bf:00:fc:a3",
        "type": "IOT.SMARTPLUGSWITCH",
        "model": "HS100(EU)",
        "device_name": "Smart Wi-Fi Plug",
        "name": "Kettle",
        "firmware": "1.5.4 Build 180815 Rel.121440",
        "build_date": "2018-08-15",
        "hardware": "2.0",
    }
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "50:c7:bf:00:fc:a3")


def test_a_camera_says_it_one_level_deeper():
    facts = said(PROTOCOL, answer(CAMERA))
    assert (facts["type"], facts["kind_hint"], facts["mac"]) == (
        "IOT.IPCAMERA",
        "camera",
        "10:27:f5:00:00:01",
    )


def test_hashes_and_places_are_never_read():
    found = str([o.facts for o in parse(datagram("kasa", ANSWER))])
    assert "SECRET" not in found
    assert "515000" not in found


def test_a_cut_answer_gives_what_is_there():
    cut = ciphered(deciphered(ANSWER)[: deciphered(ANSWER).index(b'"mac"')])
    assert said(PROTOCOL, cut).keys() >= {"answer", "model", "type"}
    assert "mac" not in said(PROTOCOL, cut)


def test_a_question_is_somebody_asking():
    # The first bytes of the question as every capture of it shows them.
    assert QUESTION[:8] == bytes.fromhex("d0f281f88bff9af7")
    assert asks(PROTOCOL, QUESTION)


def test_what_is_not_kasa():
    assert not any(map(recognise, (b"", b"{}", b'{"system":1}', ciphered(b"[]"), ciphered(b"{}"))))


@pytest.mark.parametrize("info", [[], "x", 1, None])
def test_strange_bodies_give_no_device(info):
    assert "answer" not in said(PROTOCOL, answer(info))


@given(st.binary(max_size=200))
def test_the_cipher_has_an_inverse(plain):
    assert deciphered(ciphered(plain)) == plain


@given(payload=damaged(ANSWER, QUESTION, answer(CAMERA)))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
