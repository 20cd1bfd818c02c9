"""SSDP as devices and their searchers send it."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message
from scanner.protocols import ssdp

ANSWER = (
    b"HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=1800\r\nDATE: Mon, 01 Jan 2018 00:00:00 GMT\r\nEXT:\r\n"
    b'LOCATION: http://10.0.0.1:49154/rootdesc1.xml\r\nOPT: "http://schemas.upnp.org/upnp/1/0/"; ns=01\r\n'
    b"SERVER: Linux/4.14.173-axis8, UPnP/1.0, Portable SDK for UPnP devices/1.8.7\r\nX-User-Agent: redsonic\r\n"
    b"ST: urn:axis-com:service:BasicServiceId:1\r\n"
    b"USN: uuid:Upnp-BasicDevice-1_0-ACCC8E000001::urn:axis-com:service:BasicServiceId:1\r\n\r\n"
)


def facts(payload):
    found = ssdp.parse(
        Message(
            time=datetime(2026, 1, 1, tzinfo=UTC),
            protocol="ssdp",
            source=Endpoint(host=ip_address("10.0.0.1"), port=1900),
            payload=payload,
        )
    )
    pairs = found[0].facts if found else ()
    assert not [key for key, _ in pairs if not ssdp.PROTOCOL.declares(key)]
    return pairs


def test_answer():
    found = dict(facts(ANSWER))
    assert found["ssdp.server"] == "Linux/4.14.173-axis8, UPnP/1.0, Portable SDK for UPnP devices/1.8.7"
    assert found["ssdp.st"] == "urn:axis-com:service:BasicServiceId:1"
    assert found["ssdp.uuid"] == "Upnp-BasicDevice-1_0-ACCC8E000001"
    assert found["ssdp.location"] == "http://10.0.0.1:49154/rootdesc1.xml"
    assert found["ssdp.header.x-user-agent"] == "redsonic"
    assert found["ssdp.header_names"].startswith("CACHE-CONTROL,DATE,EXT,LOCATION")


@pytest.mark.parametrize("kind", [b"ssdp:alive", b"ssdp:byebye", b"ssdp:update"])
def test_announcements_describe_their_sender_also_in_leaving(kind):
    found = dict(
        facts(
            b"NOTIFY * HTTP/1.1\nHost: 239.255.255.250:1900\nNT: upnp:rootdevice\nNTS: " + kind + b"\n"
            b"USN: uuid:4D454930-0000-1000-8000-080023112233::upnp:rootdevice\nServer: IpBridge\n"
        )
    )
    assert found["ssdp.nts"] == kind.decode()
    assert found["ssdp.uuid"] == "4d454930-0000-1000-8000-080023112233"
    assert found["ssdp.server"] == "IpBridge"


def test_a_search_makes_nobody_what_he_looks_for():
    found = dict(
        facts(
            b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nST: urn:axis-com:service:BasicService:1\r\n"
            b'MAN: "ssdp:discover"\r\nMX: 3\r\nUSER-AGENT: Google Chrome/61.0 Windows\r\n\r\n'
        )
    )
    assert found == {
        "ssdp.searches": "urn:axis-com:service:BasicService:1",
        "ssdp.user_agent": "Google Chrome/61.0 Windows",
    }


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (ANSWER, True),
        (ANSWER.replace(b"\r\n", b"\n").lower().replace(b"http/1.1", b"HTTP/1.1"), True),
        (b"NOTIFY * HTTP/1.1\r\n", True),
        (b"M-SEARCH * HTTP/1.1\r\n", True),
        (b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", False),
        (b"NOTIFY sip:a SIP/2.0\r\n", False),
        (b"", False),
        (b"\0" * 40, False),
    ],
)
def test_recognise(payload, expected):
    assert ssdp.recognise(payload) is expected
    assert bool(facts(payload)) <= expected


@pytest.mark.parametrize("cut", range(0, len(ANSWER), 11))
def test_cut_answers(cut):
    facts(ANSWER[:cut])


@given(
    st.binary(max_size=1500),
    st.sampled_from([b"", b"NOTIFY * HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\nST:", b"M-SEARCH *"]),
)
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(raw, start):
    facts(start + raw)
