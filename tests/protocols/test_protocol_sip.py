"""SIP of door stations, and of cameras that register with a national platform."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message
from scanner.protocols import sip


def facts(payload):
    found = sip.parse(
        Message(
            time=datetime(2026, 1, 1, tzinfo=UTC), protocol="sip", source=Endpoint(port=5060), payload=payload
        )
    )
    pairs = found[0].facts if found else ()
    assert not [key for key, _ in pairs if not sip.PROTOCOL.declares(key)]
    return dict(pairs)


def test_door_station_answers():
    found = facts(
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.2:5060\r\nCSeq: 1 OPTIONS\r\n"
        b"User-Agent: AXIS A8105-E Network Video Door Station\r\nAllow: INVITE, ACK, BYE\r\n\r\n"
    )
    assert found == {
        "sip.status": "200",
        "sip.user_agent": "AXIS A8105-E Network Video Door Station",
        "sip.allow": "INVITE, ACK, BYE",
    }


def test_registration_under_a_national_number():
    found = facts(
        b"REGISTER sip:34020000002000000001@3402000000 SIP/2.0\r\n"
        b"From: <sip:34020000001320000001@3402000000>;tag=1\r\nTo: <sip:34020000001320000001@3402000000>\r\n"
        b"User-Agent: IP Camera\r\n\r\n"
    )
    assert found["sip.method"] == "REGISTER"
    assert (found["sip.gb28181_id"], found["sip.gb28181_type"]) == ("34020000001320000001", "132")


def test_server_header():
    found = facts(b"\r\nSIP/2.0 404 Not Found\nServer: HIP2.25.3.34.1\n\n")
    assert found == {"sip.status": "404", "sip.server": "HIP2.25.3.34.1"}


@pytest.mark.parametrize(
    "payload", [b"", b"\r\n\r\n", b"\0\0\0\0", b"HTTP/1.1 200 OK\r\n\r\n", b"REGISTER x RTSP/1.0\r\n"]
)
def test_others_give_nothing(payload):
    assert not sip.recognise(payload)
    assert facts(payload) == {}


@given(
    st.binary(max_size=1000), st.sampled_from([b"", b"SIP/2.0 200 OK\r\n", b"INVITE sip:x SIP/2.0\r\nFrom:"])
)
@settings(max_examples=150, deadline=None)
def test_no_bytes_break_it(raw, start):
    facts(start + raw)
