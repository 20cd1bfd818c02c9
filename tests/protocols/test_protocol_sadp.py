"""Hikvision SADP: XML answers and greetings, frames, badges, salts that are never read; inquiries told from answers."""

from ipaddress import IPv4Address
from uuid import UUID

import pytest
from datagrams import SENDER, SENDER_MAC, asks, damaged, datagram, holds_for_any_bytes, said, subject
from hypothesis import given, settings

from scanner.protocols.sadp import PROTOCOL, parse, question, question_frame, recognise

# A DS-2CD2385G1-I's answer, as a public Go client quotes it (its salt replaced).
BODY = (
    "<Types>inquiry</Types><DeviceType>141945</DeviceType><DeviceDescription>DS-2CD2385G1-I</DeviceDescription>"
    "<DeviceSN>DS-2CD2385G1-I20200414AAWRE33842150</DeviceSN><CommandPort>8000</CommandPort><HttpPort>80</HttpPort>"
    "<MAC>58-50-ed-1f-e3-85</MAC><IPv4Address>192.168.124.40</IPv4Address>"
    "<IPv4SubnetMask>255.255.255.0</IPv4SubnetMask><IPv4Gateway>192.168.124.1</IPv4Gateway>"
    "<IPv6Address>::</IPv6Address><IPv6Gateway>::</IPv6Gateway><IPv6MaskLen>64</IPv6MaskLen><DHCP>true</DHCP>"
    "<AnalogChannelNum>0</AnalogChannelNum><DigitalChannelNum>1</DigitalChannelNum>"
    "<SoftwareVersion>V5.6.2build 190701</SoftwareVersion><DSPVersion>V7.3 build 190626</DSPVersion>"
    "<BootTime>1970-01-15 02:44:11</BootTime><Encrypt>true</Encrypt><ResetAbility>false</ResetAbility>"
    "<DiskNumber>0</DiskNumber><Activated>true</Activated><PasswordResetAbility>true</PasswordResetAbility>"
    "<DetailOEMCode>1</DetailOEMCode><SupportHCPlatform>true</SupportHCPlatform>"
    "<HCPlatformEnable>flase</HCPlatformEnable><Salt>SECRETSALT</Salt><DeviceLock>flase</DeviceLock>"
    "<SDKOverTLSPort>8443</SDKOverTLSPort><SDKServerStatus>true</SDKServerStatus>"
)


def document(root: str = "ProbeMatch", body: str = BODY) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?>\r\n<{root}>\r\n{body}</{root}>\r\n'.encode()


def answer(**fields: object) -> bytes:
    fields = {"MAC": "58:50:ED:1F:E3:85"} | fields
    return document(body="".join(f"<{key}>{value}</{key}>" for key, value in fields.items()))


def frame(operation: int = 4, data: bytes = b"") -> bytes:
    """Laid out as the device-side headers of SADP have it."""
    head = bytes.fromhex("210201") + bytes((38 + len(data) & 0xFF,)) + bytes(4) + b"\x06\x04"
    addresses = bytes.fromhex("4419b6010203c6336408") + b"\xff" * 6 + bytes(4) + b"\xff\xff\xff\0"
    return head + bytes((operation, 0)) + bytes(2) + addresses + data


DATA = (
    b"DS-2CD2032-I20140101AAWR444444444".ljust(48, b"\0")
    + (2).to_bytes(4)
    + (8000).to_bytes(4)
    + bytes(8)
    + b"V5.2.0 build 140721".ljust(48, b"\0")
    + b"V5.0 build 140714".ljust(48, b"\0")
    + b"2014-08-01 10:00:00".ljust(48, b"\0")
)
ANSWER = document()


def test_a_camera():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "transport": "udp",
        "mac": "58:50:ed:1f:e3:85",
        "model": "DS-2CD2385G1-I",
        "serial": "DS-2CD2385G1-I20200414AAWRE33842150",
        "made_date": "2020-04-14",
        "type": "141945",
        "firmware": "V5.6.2build 190701",
        "build_date": "2019-07-01",
        "dsp_version": "V7.3 build 190626",
        "boot_time": "1970-01-15 02:44:11",
        "ip": "192.168.124.40",
        "mask": "255.255.255.0",
        "gateway": "192.168.124.1",
        "ip6_prefix": "64",
        "port": "8000",
        "http_port": "80",
        "tls_port": "8443",
        "analog_channels": "0",
        "digital_channels": "1",
        "disks": "0",
        "kind_hint": "camera",
        "dhcp": "true",
        "activated": "true",
        "encrypt": "true",
        "reset_ability": "false",
        "password_reset_ability": "true",
        "supports_cloud": "true",
        "cloud": "false",
        "locked": "false",
        "oem_code": "1",
        "sdk_server": "true",
    }
    assert subject(PROTOCOL, ANSWER) == ("192.168.124.40", "58:50:ed:1f:e3:85")


@pytest.mark.parametrize("root", ["ProbeMatch", "Probematch", "probematch", "Hello"])
def test_roots_in_any_case(root):
    facts = said(PROTOCOL, document(root))
    assert facts["model"] == "DS-2CD2385G1-I"
    assert facts.get("hello") == ("true" if root == "Hello" else None)


@pytest.mark.parametrize(
    ("analog", "digital", "disks", "hint"),
    [
        (0, 0, 0, "camera"),
        (0, 1, 0, "camera"),
        (0, 2, 1, "recorder"),
        (0, 8, 1, "recorder"),
        (0, 16, 0, "recorder"),
        (8, 0, 1, "recorder"),
        (4, 2, 1, "recorder"),
        (0, 4, 0, None),
        (1, 0, 0, None),
        ("x", 1, 0, None),
    ],
)
def test_channels_and_disks_tell_cameras_from_recorders(analog, digital, disks, hint):
    facts = said(PROTOCOL, answer(AnalogChannelNum=analog, DigitalChannelNum=digital, DiskNumber=disks))
    assert facts.get("kind_hint") == hint


@pytest.mark.parametrize(
    ("code", "customer"), [(0, None), (1, None), (10101, "1"), (1230201, "123"), ("x", None)]
)
def test_the_badge_code_begins_with_the_customer(code, customer):
    assert said(PROTOCOL, answer(DetailOEMCode=code)).get("oem_customer") == customer


def test_a_device_that_waits_for_a_password():
    assert said(PROTOCOL, answer(Activated="false"))["activated"] == "false"


def test_addresses_that_no_device_has_leave_the_sender():
    payload = answer(IPv4Address="0.0.0.0")
    assert subject(PROTOCOL, payload) == (str(SENDER), "58:50:ed:1f:e3:85")
    assert subject(PROTOCOL, answer(MAC="x", IPv4Address="192.0.0.64")) == ("192.0.0.64", SENDER_MAC)
    assert "ip" not in said(PROTOCOL, payload)


def test_salts_are_never_read():
    assert "SECRET" not in str([o.facts for o in parse(datagram("sadp", ANSWER))])


def test_a_cut_answer_gives_what_is_there():
    facts = said(PROTOCOL, ANSWER[: ANSWER.index(b"<SoftwareVersion>")])
    assert (facts["serial"], "firmware" in facts) == ("DS-2CD2385G1-I20200414AAWRE33842150", False)


def test_a_repeated_element_counts_once():
    assert (
        said(
            PROTOCOL,
            document(body="<DeviceType>1</DeviceType><DeviceType>2</DeviceType><DeviceSN>x</DeviceSN>"),
        )["type"]
        == "1"
    )


def test_an_answer_in_a_frame():
    assert said(PROTOCOL, frame(4, DATA)) == {
        "answer": "true",
        "transport": "ethernet",
        "mac": "44:19:b6:01:02:03",
        "ip": "198.51.100.8",
        "mask": "255.255.255.0",
        "serial": "DS-2CD2032-I20140101AAWR444444444",
        "made_date": "2014-01-01",
        "type": "2",
        "port": "8000",
        "analog_channels": "0",
        "disks": "0",
        "firmware": "V5.2.0 build 140721",
        "build_date": "2014-07-21",
        "dsp_version": "V5.0 build 140714",
        "boot_time": "2014-08-01 10:00:00",
    }
    assert subject(PROTOCOL, frame(4, DATA)) == ("198.51.100.8", "44:19:b6:01:02:03")


def test_an_acknowledgement_in_a_frame_is_a_device_without_data():
    assert said(PROTOCOL, frame(7, DATA)).keys() == {"answer", "transport", "mac", "ip", "mask"}


@pytest.mark.parametrize("operation", [2, 3, 6, 0x0A, 0x10])
def test_questions_and_commands_in_frames_are_somebody_asking(operation):
    assert asks(PROTOCOL, frame(operation, DATA))


def test_the_question_is_an_inquiry_and_nothing_else():
    asked = question(UUID(int=10))
    assert asked.endswith(b"<Uuid>00000000-0000-0000-0000-00000000000A</Uuid><Types>inquiry</Types></Probe>")
    assert asks(PROTOCOL, asked)
    framed = question_frame("02:00:00:00:00:01", IPv4Address("192.0.2.1"), 5)
    assert framed[:12] == bytes.fromhex("210201420000000506040300")
    assert (len(framed), framed[14:24]) == (66, bytes.fromhex("020000000001c0000201"))
    assert asks(PROTOCOL, framed)


def test_the_checksum_makes_the_little_endian_sum_all_ones():
    framed = question_frame("02:00:00:00:00:01", IPv4Address("192.0.2.1"), 5)
    words = [int.from_bytes(framed[at : at + 2], "little") for at in range(0, 66, 2) if at != 12]
    total = sum(words) + int.from_bytes(framed[12:14], "big")
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    assert total == 0xFFFF


def test_a_greeting_that_names_no_device_is_not_read():
    assert parse(datagram("sadp", b"<Hello><Types>hello</Types></Hello>")) == ()


def test_what_is_not_sadp():
    others = (b"", b"<html>", b"\x21\x03\x01" + bytes(40), b"ProbeMatch", b"<Envelope><Body/></Envelope>")
    assert not any(map(recognise, others))


@given(payload=damaged(ANSWER, frame(4, DATA), question(UUID(int=1))))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
