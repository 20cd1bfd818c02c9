"""Uniview's probe: scopes in both spellings, several matches, servers that borrow it; probes told from answers."""

from uuid import UUID

import pytest
from datagrams import SENDER, SENDER_MAC, asks, damaged, datagram, holds_for_any_bytes, read, said, subject
from hypothesis import given, settings

from scanner.protocols.uniview import NAMESPACE, PROTOCOL, parse, question, recognise

SCOPES = (
    "onvif://www.onvif.org/type/IPC onvif://www.onvif.org/manufacturer/UNIVIEW"
    " onvif://www.onvif.org/version/DIPC-B1232.9.3.C00010.251208 onvif://www.onvif.org/serial/210235UEC3Q263000129"
    " onvif://www.onvif.org/macaddr/88263f8d6525 onvif://www.onvif.org/hardware/IPC2124LE-ADF28KM-H"
    " onvif://www.onvif.org/name/Front%20Gate"
)


def envelope(matches: str, namespace: str = NAMESPACE) -> bytes:
    """A test answer of a public Go client for these cameras; its name scope has an escape put in."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        f' xmlns:tns="{namespace}"><s:Header>'
        f"<a:Action>{namespace}/UniviewProbeMatches</a:Action></s:Header>"
        f"<s:Body><tns:UniviewProbeMatches>{matches}</tns:UniviewProbeMatches></s:Body></s:Envelope>"
    ).encode()


def match(scopes: str = SCOPES, host: str = "192.168.4.106") -> str:
    xaddr = f"http://{host}:8080/LAPI/V1.0/System/DeviceInfo"
    return f"<tns:Scopes>{scopes}</tns:Scopes><tns:XAddrs>{xaddr}</tns:XAddrs>"


ANSWER = envelope(match())
FACTS = {
    "answer": "true",
    "namespace": NAMESPACE,
    "mac": "88:26:3f:8d:65:25",
    "ip": "192.168.4.106",
    "type": "IPC",
    "kind_hint": "camera",
    "brand": "UNIVIEW",
    "model": "IPC2124LE-ADF28KM-H",
    "firmware": "DIPC-B1232.9.3.C00010.251208",
    "build_date": "2025-12-08",
    "serial": "210235UEC3Q263000129",
    "name": "Front Gate",
    "xaddr": "http://192.168.4.106:8080/LAPI/V1.0/System/DeviceInfo",
}


@pytest.mark.parametrize("prefix", ["onvif://www.onvif.org/", "http://www.uniview.com/"])
def test_a_camera(prefix):
    payload = ANSWER.replace(b"onvif://www.onvif.org/", prefix.encode())
    assert said(PROTOCOL, payload) == FACTS
    assert subject(PROTOCOL, payload) == ("192.168.4.106", "88:26:3f:8d:65:25")


def test_a_recorder():
    assert said(PROTOCOL, envelope(match("http://www.uniview.com/type/NVR")))["kind_hint"] == "recorder"


def test_one_observation_a_match_and_a_bound():
    one = f"<tns:UniviewProbeMatch>{match()}</tns:UniviewProbeMatch>"
    assert len(read(PROTOCOL, envelope(one * 2))) == 2
    assert len(read(PROTOCOL, envelope(one * 40))) == 16


def test_addresses_that_no_device_has_leave_the_sender():
    assert subject(PROTOCOL, envelope(match("", "127.0.0.1"))) == (str(SENDER), SENDER_MAC)


def test_servers_of_a_library_answer_in_another_name_space():
    borrowed = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
    one = f"<tns:ProbeMatch>{match()}</tns:ProbeMatch>"
    assert said(PROTOCOL, envelope(one, borrowed))["namespace"] == borrowed


def test_a_cut_answer_gives_what_is_there():
    facts = said(PROTOCOL, ANSWER[: ANSWER.index(b"onvif://www.onvif.org/hardware")])
    assert (facts["serial"], "model" in facts) == ("210235UEC3Q263000129", False)


@pytest.mark.parametrize("old", [False, True])
def test_probes_are_somebody_asking(old):
    probe = question(UUID(int=5), old=old)
    assert asks(PROTOCOL, probe)
    assert b"urn:uuid:00000000-0000-0000-0000-000000000005" in probe


def test_what_is_not_uniview():
    others = (b"", b"<Probe/>", b"UniviewProbe", b"HTTP/1.1 200 OK\r\n\r\n<UniviewProbe/>")
    assert not any(map(recognise, others))
    assert parse(datagram("uniview", b"<!-- UniviewProbe -->")) == ()


@given(payload=damaged(ANSWER, question(UUID(int=5))))
@settings(max_examples=150, deadline=None)
def test_any_bytes(payload):
    holds_for_any_bytes(PROTOCOL, payload)
