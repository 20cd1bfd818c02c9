"""Dahua DHIP: whole and broken answers, old and new spellings, classes, badges; searches told from answers."""

import json

import pytest
from datagrams import SENDER, asks, damaged, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.dhip import PROTOCOL, QUESTION, recognise

# Published in zmap's amplification notes (DVR DHCPDiscover), body as printed there.
BODY = (
    '{ "mac" : "4c:11:bf:c2:0b:9d", "method" : "client.notifyDevInfo", "params" : { "deviceInfo" : {'
    ' "AlarmInputChannels" : 0, "AlarmOutputChannels" : 0, "DeviceClass" : "IPC", "DeviceType" : "IPC-HDW5421S",'
    ' "HttpPort" : 80, "IPv4Address" : { "DefaultGateway" : "192.0.2.1", "DhcpEnable" : false,'
    ' "IPAddress" : "192.0.2.140", "SubnetMask" : "255.255.255.0" }, "IPv6Address" : {'
    ' "DefaultGateway" : "2001:db8::1", "DhcpEnable" : false, "IPAddress" : "2001:db8::2\\/112",'
    ' "LinkLocalAddress" : "fe80::4e11:bfff:fec2:0b9d\\/64" }, "MachineName" : "1F006E4PAX00075",'
    ' "Manufacturer" : "Private", "Port" : 37777, "RemoteVideoInputChannels" : 0,'
    ' "SerialNo" : "1F006E4PAX00075", "Vendor" : "Dahua", "Version" : "2.400.0.8",'
    ' "VideoInputChannels" : 1, "VideoOutputChannels" : 16 } } }'
)
# UniversalScanner Dahua2.selftest: its Version lacks the closing quote, as recorded there.
BROKEN = (
    '{ "mac" : "00:11:22:33:44:55", "method" : "client.notifyDevInfo", "params" : { "deviceInfo" : {'
    ' "DeviceClass" : "V", "DeviceType" : "Virtual (JSON)", "SerialNo" : "123456789", "Vendor" : "General",'
    ' "Version" : "1.0000, "VideoInputChannels" : 1, "VideoOutputChannels" : 1000 } }, "random" : "00000001" }\n'
)


def framed(body: str, tail: bytes = b"") -> bytes:
    raw = body.encode()
    length = len(raw + tail).to_bytes(4, "little")
    return b"\x20\0\0\0DHIP" + bytes(8) + length + bytes(4) + length + bytes(4) + raw + tail


def answer(**device: object) -> bytes:
    info = {"method": "client.notifyDevInfo", "params": {"deviceInfo": device}}
    return framed(json.dumps(info))


ANSWER = framed(BODY)


@pytest.mark.parametrize("tail", [b"", b"\n\0", b"\n"])
def test_a_camera(tail):
    assert said(PROTOCOL, framed(BODY, tail)) == {
        "answer": "true",
        "mac": "4c:11:bf:c2:0b:9d",
        "model": "IPC-HDW5421S",
        "class": "IPC",
        "kind_hint": "camera",
        "brand": "Dahua",
        "manufacturer": "Private",
        "serial": "1F006E4PAX00075",
        "firmware": "2.400.0.8",
        "name": "1F006E4PAX00075",
        "http_port": "80",
        "port": "37777",
        "channels": "1",
        "remote_channels": "0",
        "output_channels": "16",
        "alarm_inputs": "0",
        "alarm_outputs": "0",
        "ip": "192.0.2.140",
        "mask": "255.255.255.0",
        "gateway": "192.0.2.1",
        "dhcp": "false",
        "ip6": "2001:db8::2",
        "ip6_link_local": "fe80::4e11:bfff:fec2:0b9d",
    }
    assert subject(PROTOCOL, framed(BODY, tail)) == ("192.0.2.140", "4c:11:bf:c2:0b:9d")


def test_a_broken_answer_keeps_what_stands_before_the_damage():
    facts = said(PROTOCOL, framed(BROKEN))
    assert (facts["serial"], facts["brand"], facts["mac"]) == ("123456789", "General", "00:11:22:33:44:55")
    assert "firmware" not in facts
    assert subject(PROTOCOL, framed(BROKEN)) == (str(SENDER), "00:11:22:33:44:55")


def test_a_cut_answer_gives_what_is_there():
    facts = said(PROTOCOL, ANSWER[: 32 + BODY.index('"HttpPort"')])
    assert (facts["model"], facts["class"]) == ("IPC-HDW5421S", "IPC")
    assert "serial" not in facts


def test_flat_address_and_mac_among_the_fields():
    payload = answer(
        IPv4Address="192.0.2.80", Mac="AA:BB:CC:DD:EE:FF", DeviceType="IPC-HFW1230S", RtspPort="554"
    )
    assert subject(PROTOCOL, payload) == ("192.0.2.80", "aa:bb:cc:dd:ee:ff")
    assert said(PROTOCOL, payload)["rtsp_port"] == "554"


@pytest.mark.parametrize(
    ("device_class", "kind"),
    [
        ("NVR", "recorder"),
        ("XVR", "recorder"),
        ("SD", "camera"),
        ("VTO", "intercom"),
        ("BSC", "access-control"),
    ],
)
def test_classes(device_class, kind):
    assert said(PROTOCOL, answer(DeviceClass=device_class))["kind_hint"] == kind


@pytest.mark.parametrize(
    ("init", "activated"), [(1162, "true"), (150, "true"), (1, "false"), (0, None), ("x", None)]
)
def test_init_tells_whether_a_password_was_set(init, activated):
    assert said(PROTOCOL, answer(Init=init, DeviceType="x")).get("activated") == activated


def test_a_search_is_somebody_asking():
    assert QUESTION[:20] == bytes.fromhex("2000000044484950" + "00" * 8 + "3b000000")
    assert len(QUESTION) == 32 + 0x3B
    assert asks(PROTOCOL, QUESTION)
    assert b"search" in QUESTION


@pytest.mark.parametrize("payload", [b"", b"\xff", QUESTION[32:], b"\x20\0\0\0PIHD" + QUESTION[8:]])
def test_what_is_not_dhip(payload):
    assert not recognise(payload)


@given(payload=damaged(ANSWER, QUESTION, framed(BROKEN)))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
