"""Hanwha IP installer: fixed layout, the cut model, ports in the URL; searches told from answers."""

import pytest
from datagrams import SENDER, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.hanwha import LENGTH, PROTOCOL, QUESTION, recognise


def answer(
    mac: str = "00:11:22:33:44:55",
    ip: str = "240.0.9.0",
    mask: str = "255.0.0.1",
    gateway: str = "0.0.0.0",
    model: str = "Virtual",
    url: str = "http://127.0.0.1/index.htm",
) -> bytes:
    """UniversalScanner Hanwha.selftest, which is zero between these fields."""
    raw = bytearray(LENGTH)
    raw[0] = 0x0B
    fields = (
        (0x13, 18, mac),
        (0x25, 16, ip),
        (0x35, 16, mask),
        (0x45, 16, gateway),
        (0x6D, 10, model),
        (0x85, 39, url),
    )
    for offset, size, text in fields:
        raw[offset : offset + size] = text.encode()[:size].ljust(size, b"\0")
    return bytes(raw)


ANSWER = answer()


def test_an_answer():
    assert ANSWER[0x10:0x28] == bytes.fromhex("00000030303a31313a32323a33333a34343a353500323430")
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.9.0",
        "mask": "255.0.0.1",
        "model": "Virtual",
        "model_cut": "false",
        "url": "http://127.0.0.1/index.htm",
        "http_port": "80",
    }


def test_the_subject_is_what_is_stated_if_a_device_can_have_it():
    assert subject(PROTOCOL, ANSWER) == (str(SENDER), "00:11:22:33:44:55")
    assert subject(PROTOCOL, answer(ip="192.168.001.100")) == ("192.168.1.100", "00:11:22:33:44:55")


def test_ten_characters_may_be_the_beginning_of_more():
    facts = said(PROTOCOL, answer(model="XNV-8080RSA"))
    assert (facts["model"], facts["model_cut"]) == ("XNV-8080RS", "true")


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("http://10.0.0.2:8080/", "8080"),
        ("https://10.0.0.2/x", "443"),
        ("http://10.0.0.2", "80"),
        ("ftp://10.0.0.2/", None),
    ],
)
def test_the_web_port_stands_in_the_url(url, port):
    assert said(PROTOCOL, answer(url=url)).get("http_port") == port


def test_a_cut_answer_gives_what_is_there():
    assert said(PROTOCOL, ANSWER[:0x40]).keys() == {"answer", "mac", "ip", "mask"}


def test_a_search_is_somebody_asking():
    assert (len(QUESTION), QUESTION[:2]) == (262, b"\x01\0")
    assert asks(PROTOCOL, QUESTION)


def test_what_is_not_hanwha():
    assert not any(map(recognise, (b"", b"\x0b", b"\x0b" + bytes(261), b"\x01\0\0\0")))


@given(payload=damaged(ANSWER, QUESTION))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
