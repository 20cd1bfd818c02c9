"""Xiongmai 34569: reversed addresses, the two places of a build date, cut answers; searches told from answers."""

import json

import pytest
from datagrams import SENDER, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.xiongmai import PROTOCOL, QUESTION, parse, recognise

# The answer that OpenIPC/python-dvr documents.
BODY = (
    '{ "NetWork.NetCommon" : { "ChannelNum" : 1, "DeviceType" : 1, "GateWay" : "0x010BA8C0",'
    ' "HostIP" : "0x6D0BA8C0", "HostName" : "LocalHost", "HttpPort" : 80, "MAC" : "00:12:31:08:bb:97",'
    ' "MaxBps" : 0, "MonMode" : "TCP", "NetConnectState" : 0,'
    ' "OtherFunction" : "D=2019-02-28 17:30:58 V=92a9902100ec7c4", "SN" : "41e6853ada5e9323",'
    ' "SSLPort" : 8443, "Submask" : "0x00FFFFFF", "TCPMaxConn" : 10, "TCPPort" : 34567,'
    ' "TransferPlan" : "Quality", "UDPPort" : 34568, "UseHSDownLoad" : false }, "Ret" : 100,'
    ' "SessionID" : "0x00000000" }'
)


def framed(body: str, tail: bytes = b"\n\0") -> bytes:
    raw = body.encode() + tail
    return b"\xff" + bytes(13) + (1531).to_bytes(2, "little") + len(raw).to_bytes(4, "little") + raw


def answer(**common: object) -> bytes:
    return framed(json.dumps({"NetWork.NetCommon": common}))


ANSWER = framed(BODY)


def test_a_camera():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:12:31:08:bb:97",
        "ip": "192.168.11.109",
        "mask": "255.255.255.0",
        "gateway": "192.168.11.1",
        "serial": "41e6853ada5e9323",
        "name": "LocalHost",
        "type": "1",
        "channels": "1",
        "http_port": "80",
        "https_port": "8443",
        "port": "34567",
        "udp_port": "34568",
        "other_function": "D=2019-02-28 17:30:58 V=92a9902100ec7c4",
        "build_date": "2019-02-28",
    }
    assert subject(PROTOCOL, ANSWER) == ("192.168.11.109", "00:12:31:08:bb:97")


def test_newer_firmware_says_version_and_date():
    facts = said(
        PROTOCOL, answer(BuildDate="2022-12-08 10:40:24", Version="V5.00.R02.00030747.10010.349f17.0000000")
    )
    assert (facts["build_date"], facts["firmware"]) == (
        "2022-12-08",
        "V5.00.R02.00030747.10010.349f17.0000000",
    )


@pytest.mark.parametrize(
    ("host_ip", "host"),
    [
        ("0x00000000", str(SENDER)),
        ("0x0100007F", str(SENDER)),
        ("192.0.2.9", "192.0.2.9"),
        ("0x6D0B", str(SENDER)),
        (7, str(SENDER)),
    ],
)
def test_addresses_that_no_device_has_leave_the_sender(host_ip, host):
    assert subject(PROTOCOL, answer(HostIP=host_ip, MAC="00:12:31:08:bb:97")) == (host, "00:12:31:08:bb:97")


@pytest.mark.parametrize(("channels", "hint"), [(16, "recorder"), (1, None), ("x", None)])
def test_many_channels_make_a_recorder(channels, hint):
    assert said(PROTOCOL, answer(ChannelNum=channels)).get("kind_hint") == hint


def test_a_cut_answer_gives_what_is_there():
    facts = said(PROTOCOL, ANSWER[: 20 + BODY.index('"SN"')])
    assert (facts["mac"], "serial" in facts) == ("00:12:31:08:bb:97", False)


def test_a_search_is_somebody_asking():
    assert bytes.fromhex("ff" + "00" * 13 + "fa05" + "00000000") == QUESTION
    assert asks(PROTOCOL, QUESTION)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"NetWork.NetCommon": []}', '"text"', "[" * 60_000])
def test_other_bodies_say_nothing(body):
    assert parse(datagram("xiongmai", framed(body))) == ()


def test_commands_on_the_same_port_are_not_read():
    assert not recognise(b"\xff" + bytes(13) + (1532).to_bytes(2, "little") + bytes(4))


@given(payload=damaged(ANSWER, QUESTION))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
