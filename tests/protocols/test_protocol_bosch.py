"""Bosch discovery: the binary and the XML answer; the session key is never read; searches told from answers."""

from datagrams import SENDER, asks, damaged, datagram, holds_for_any_bytes, read, said, subject
from hypothesis import given, settings

from scanner.protocols.bosch import PROTOCOL, parse, question, recognise

# UniversalScanner Bosch.bin.selftest.
ANSWER = bytes.fromhex("9939a4276008ad0a00112233445503fff0000700ff0000007f00000100030071")
# UniversalScanner Bosch.xml.selftest, without its fields of zeros and states.
DEVICE = (
    b"<device><deviceType>OEMExt00:device:deviceID0</deviceType><App>1</App><friendlyName>Virtual (XML)</friendlyName>"
    b"<unitName></unitName><serialNumber>12345678:12345678</serialNumber><physAddress>00-11-22-33-44-55</physAddress>"
    b"<sessionKey>000000000001</sessionKey><unitIPAddress>240.0.7.1</unitIPAddress>"
    b"<unitSubnetMask>255.0.0.0</unitSubnetMask><unitGatewayIp></unitGatewayIp><unitIPv6Address>fe80::1</unitIPv6Address>"
    b"<activeConnections>1</activeConnections><RCPPort>1756</RCPPort><HTTPPort>80</HTTPPort><HTTPSPort>443</HTTPSPort>"
    b"<dhcp>0</dhcp><cameraFrontendID>4881</cameraFrontendID><Lines>1</Lines>"
    b"<deviceTypeIDs>000000300000000000001311</deviceTypeIDs></device>"
)
DOCUMENT = b'<?xml version="1.0" encoding="UTF-8"?><root xmlns="OEMExt00:device-1-0">' + DEVICE + b"</root>"


def test_a_binary_answer():
    assert said(PROTOCOL, ANSWER) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "ip": "240.0.7.0",
        "mask": "255.0.0.0",
        "gateway": "127.0.0.1",
    }
    elsewhere = ANSWER[:16] + bytes((198, 51, 100, 8)) + ANSWER[20:]
    assert subject(PROTOCOL, elsewhere) == ("198.51.100.8", "00:11:22:33:44:55")


def test_a_document():
    assert said(PROTOCOL, DOCUMENT) == {
        "answer": "true",
        "mac": "00:11:22:33:44:55",
        "model": "Virtual (XML)",
        "type": "OEMExt00:device:deviceID0",
        "serial": "12345678:12345678",
        "ip": "240.0.7.1",
        "mask": "255.0.0.0",
        "ip6": "fe80::1",
        "connections": "1",
        "rcp_port": "1756",
        "http_port": "80",
        "https_port": "443",
        "dhcp": "0",
        "frontend_id": "4881",
        "lines": "1",
        "type_ids": "000000300000000000001311",
    }
    assert subject(PROTOCOL, DOCUMENT) == (str(SENDER), "00:11:22:33:44:55")


def test_the_session_key_is_never_read():
    secret = DOCUMENT.replace(b"000000000001<", b"SECRETKEY<")
    assert b"SECRETKEY" in secret
    assert "SECRETKEY" not in str([o.facts for o in parse(datagram("bosch", secret))])


def test_one_observation_a_device_and_a_bound():
    assert len(read(PROTOCOL, DOCUMENT.replace(DEVICE, DEVICE * 3))) == 3
    assert len(read(PROTOCOL, DOCUMENT.replace(DEVICE, DEVICE * 40))) == 16


def test_a_cut_document_gives_what_is_there():
    facts = said(PROTOCOL, DOCUMENT[: DOCUMENT.index(b"<sessionKey>")])
    assert (facts["serial"], facts["mac"], "ip" in facts) == ("12345678:12345678", "00:11:22:33:44:55", False)


def test_a_search_is_somebody_asking():
    assert question(0x6008AD0A) == bytes.fromhex("9939a4276008ad0aff0006de")
    assert asks(PROTOCOL, question(1))


def test_what_is_not_bosch():
    others = (b"", b"<root><device/></root>", b"<html>", b"\x99\x39\xa4", ANSWER[:8] + bytes(24))
    assert not any(map(recognise, others))


@given(payload=damaged(ANSWER, DOCUMENT, question(7)))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
