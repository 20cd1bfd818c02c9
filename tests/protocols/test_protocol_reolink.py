"""Reolink: the 388-byte answer, the bcudp cipher and checksum against a recorded header; searches told from answers."""

import pytest
from datagrams import SENDER, SENDER_MAC, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.reolink import (
    BCUDP_MAGIC,
    PROTOCOL,
    QUESTION,
    bcudp_checksum,
    bcudp_cipher,
    parse,
    question_bcudp,
    recognise,
)


def answer(kind: int = 1, ip: str = "192.0.2.60", name: str = "Garage", mac: str = "ec71dbffffff") -> bytes:
    """Laid out as ha_reolink_discovery reads it; type bytes and MAC as in the dump of neolink's issue 102."""
    raw = bytearray(388)
    raw[50:58] = bytes((kind, 2, 1, 0, 1, 0, 0, 1))
    raw[58:61] = b"IPC"
    raw[80:86], raw[104:108], raw[128:132] = bytes.fromhex(mac), b"\xaa\xaa\0\0", bytes.fromhex("28230000")
    for offset, text in ((108, ip), (132, name), (164, "ec:71:db:ff:ff:ff"), (228, "9527000ABCDEF012")):
        raw[offset : offset + len(text)] = text.encode()
    return bytes(raw)


def bcudp(xml: str, transaction: int = 0x3D0A3A) -> bytes:
    body = bcudp_cipher(xml.encode(), transaction)
    words = (len(body), 1, transaction, bcudp_checksum(body))
    return BCUDP_MAGIC + b"".join(word.to_bytes(4, "little") for word in words) + body


ANSWER = answer()


def test_a_camera():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "ec:71:db:ff:ff:ff",
        "ip": "192.0.2.60",
        "port": "9000",
        "name": "Garage",
        "ident": "IPC",
        "uid": "9527000ABCDEF012",
        "type": "ipc",
        "kind_hint": "camera",
    }
    assert subject(PROTOCOL, ANSWER) == ("192.0.2.60", "ec:71:db:ff:ff:ff")


def test_a_recorder_has_another_type_and_no_port_there():
    facts = said(PROTOCOL, answer(kind=2))
    assert (facts["type"], facts["kind_hint"], "port" in facts) == ("nvr", "recorder", False)


def test_the_mac_as_text_helps_where_the_other_is_empty():
    assert subject(PROTOCOL, answer(mac="000000000000", ip="0.0.0.0")) == (str(SENDER), "ec:71:db:ff:ff:ff")


def test_a_cut_answer_gives_what_is_there():
    assert said(PROTOCOL, ANSWER[:140]).keys() == {
        "answer",
        "mac",
        "ip",
        "port",
        "name",
        "ident",
        "type",
        "kind_hint",
    }


def test_cipher_and_checksum_make_the_header_that_was_recorded():
    # neolink issue 102: the client's header, whose body was not printed; port 10304 is the one that fits its checksum.
    header = bytes.fromhex("3acf872a3500000001000000 3a0a3d00 8c2e049f".replace(" ", ""))
    assert question_bcudp(0x3D0A3A, 10304)[:20] == header


@pytest.mark.parametrize(("spoken", "answers"), [("D2C_C_R", True), ("D2C_DISC", True), ("C2D_C", False)])
def test_who_speaks_bcudp_is_told_by_the_name(spoken, answers):
    facts = said(PROTOCOL, bcudp(f"<P2P><{spoken}><cid>1</cid></{spoken}></P2P>"))
    assert facts["bcudp"] == spoken
    assert ("answer" in facts, "query" in facts) == (answers, not answers)
    assert subject(PROTOCOL, bcudp(f"<P2P><{spoken}/></P2P>")) == (str(SENDER), SENDER_MAC)


def test_servers_of_the_relay_are_neither():
    assert said(PROTOCOL, bcudp("<P2P><M2C_Q_R/></P2P>")).keys() == {"bcudp"}


def test_searches_are_somebody_asking():
    assert bytes.fromhex("aaaa0000") == QUESTION
    assert asks(PROTOCOL, QUESTION)
    assert asks(PROTOCOL, question_bcudp(7, 50_000))


def test_neighbours_on_these_ports_are_not_read():
    others = (
        b"",
        b"\xaa\xaa\0\0\0",
        bytes(388),
        bytes.fromhex("10cf872a") + bytes(40),
        BCUDP_MAGIC + bytes(40),
    )
    assert not any(map(recognise, others))
    assert parse(datagram("reolink", bcudp("no xml"))) == ()


@given(payload=damaged(ANSWER, question_bcudp(7, 50_000)))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
