"""RTSP answers as public fingerprint collections and captures know them."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message
from scanner.protocols import rtsp

HIKVISION_SDP = (
    b"v=0\r\no=- 1109162014219182 1109162014219192 IN IP4 10.0.0.1\r\ns=Media Presentation\r\n"
    b"e=NONE\r\nb=AS:5050\r\nt=0 0\r\na=control:rtsp://10.0.0.1/Streaming/Channels/101/\r\n"
    b"m=video 0 RTP/AVP 96\r\na=Media_header:MEDIAINFO=494D4B48010200000400000111710110;\r\na=appversion:1.0\r\n"
)
DESCRIBE = b"DESCRIBE rtsp://10.0.0.1:554/Streaming/Channels/101 RTSP/1.0\r\nCSeq: 2\r\nAccept: application/sdp\r\n\r\n"


def facts(payload, request=b""):
    found = rtsp.parse(
        Message(
            time=datetime(2026, 1, 1, tzinfo=UTC),
            protocol="rtsp",
            source=Endpoint(port=554),
            request=request,
            payload=payload,
        )
    )
    pairs = found[0].facts if found else ()
    assert not [key for key, _ in pairs if not rtsp.PROTOCOL.declares(key)]
    return pairs


def values(pairs, key):
    return [value for found, value in pairs if found == key]


def test_hikvision_refuses_to_describe():
    found = facts(
        b"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n"
        b'WWW-Authenticate: Digest realm="IP Camera(C6496)", nonce="8f2b", stale="FALSE"\r\n'
        b'WWW-Authenticate: Basic realm="/"\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n',
        DESCRIBE,
    )
    assert values(found, "rtsp.status") == ["401"]
    assert values(found, "rtsp.realm") == ["IP Camera(C6496)", "/"]
    assert values(found, "rtsp.auth_scheme") == ["Digest", "Basic"]
    assert values(found, "rtsp.path") == ["/Streaming/Channels/101"]
    assert not values(found, "rtsp.open")


def test_dahua_options():
    public = "OPTIONS, DESCRIBE, ANNOUNCE, SETUP, PLAY, RECORD, PAUSE, TEARDOWN, SET_PARAMETER, GET_PARAMETER"
    found = facts(
        f"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: {public}\r\nServer: Rtsp Server/3.0\r\n\r\n".encode()
    )
    assert values(found, "rtsp.public") == [public]
    assert values(found, "rtsp.server") == ["Rtsp Server/3.0"]
    assert values(found, "rtsp.header_names") == ["CSeq,Public,Server"]


def test_xiongmai_spells_cseq_its_own_way():
    found = facts(b"RTSP/1.0 451 Parameter Not Understood\nServer: H264DVR 1.0\nCseq: 2\n\n")
    assert values(found, "rtsp.header_names") == ["Server,Cseq"]
    assert values(found, "rtsp.reason") == ["Parameter Not Understood"]


def test_hipcam():
    found = facts(b"RTSP/1.0 400 Bad Request\r\nCSeq: 0\r\nServer: Hipcam RealServer/V1.0\r\n\r\n")
    assert values(found, "rtsp.server") == ["Hipcam RealServer/V1.0"]


def test_description_of_an_open_stream():
    answer = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Base: rtsp://10.0.0.1/x/\r\n\r\n"
    found = facts(answer + HIKVISION_SDP, DESCRIBE)
    assert values(found, "rtsp.sdp.session") == ["Media Presentation"]
    assert "Media_header:MEDIAINFO=494D4B48010200000400000111710110;" in values(found, "rtsp.sdp.attribute")
    assert values(found, "rtsp.sdp.media") == ["video 0 RTP/AVP 96"]
    assert values(found, "rtsp.sdp.origin") == ["- 1109162014219182 1109162014219192 IN IP4 10.0.0.1"]
    assert values(found, "rtsp.content_base") == ["rtsp://10.0.0.1/x/"]
    assert values(found, "rtsp.open") == ["true"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        DESCRIBE.replace(b"CSeq", b"Authorization: Digest x\r\nCSeq"),
        DESCRIBE.replace(b"rtsp://", b"rtsp://a:b@"),
        DESCRIBE.replace(b"/Streaming/", b"/user=admin_password=x_channel=1/"),
        b"OPTIONS * RTSP/1.0\r\n\r\n",
        b"",
    ],
)
def test_a_stream_is_open_only_to_strangers(request_bytes):
    assert not values(facts(b"RTSP/1.0 200 OK\r\n\r\n" + HIKVISION_SDP, request_bytes), "rtsp.open")


def test_parameters_of_an_address_are_no_credentials():
    request = DESCRIBE.replace(b"/Streaming/Channels/101", b"/cam/realmonitor?channel=1&subtype=0")
    assert values(facts(b"RTSP/1.0 200 OK\r\n\r\n" + HIKVISION_SDP, request), "rtsp.open") == ["true"]


def test_reolink_tool_and_information():
    found = facts(
        b'RTSP/1.0 200 OK\r\n\r\nv=0\r\ns=Session streamed by "preview"\r\ni=h264Preview_01_main\r\n'
        b"a=tool:LIVE555 Streaming Media v2013.04.08\r\n"
    )
    assert values(found, "rtsp.sdp.tool") == ["LIVE555 Streaming Media v2013.04.08"]
    assert values(found, "rtsp.sdp.information") == ["h264Preview_01_main"]


def test_paths_of_streams_are_read_wherever_they_stand():
    found = facts(
        b"RTSP/1.0 200 OK\r\nContent-Base: rtsp://admin:hunter2@10.0.0.1:554/defaultPrimary?streamType=u\r\n\r\n"
        b"v=0\r\na=control:*\r\na=control:rtsps://10.0.0.1/spk0/trackID=2\r\na=control:trackID=1\r\na=tool:x:y\r\n"
    )
    assert values(found, "rtsp.stream_path") == ["/defaultPrimary?streamType=u", "/spk0/trackID=2"]
    assert values(found, "rtsp.sdp.tool") == ["x:y"]


def test_a_path_that_only_the_client_named_is_none_of_the_servers():
    answer = (
        b"RTSP/1.0 200 OK\r\nContent-Base: rtsp://10.0.0.1/\r\n\r\nv=0\r\na=control:rtsp://10.0.0.1:554\r\n"
    )
    assert not values(facts(answer, DESCRIBE), "rtsp.stream_path")


def test_client_side_without_credentials():
    found = facts(
        b"SETUP rtsp://admin:hunter2@10.0.0.1:554/user=a_password=hunter2_channel=1_stream=0.sdp RTSP/1.0\r\n"
        b"User-Agent: LibVLC/3.0.8 (LIVE555 Streaming Media v2016.11.28)\r\nAuthorization: Basic aHVudGVyMg==\r\n\r\n"
    )
    assert dict(found) == {
        "rtsp.client.user_agent": "LibVLC/3.0.8 (LIVE555 Streaming Media v2016.11.28)",
        "rtsp.client.method": "SETUP",
        "rtsp.client.url_path": "/user=_password=_channel=1_stream=0.sdp",
    }


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"RTSP/1.0 200 OK\r\n", True),
        (b"RTSP/2.0 505 x", True),
        (b"OPTIONS rtsp://10.0.0.1/ RTSP/1.0\r\n", True),
        (b"OPTIONS * RTSP/1.0\n", True),
        (b"GET /x RTSP/1.0 HTTP/1.1\r\n", True),
        (b"HTTP/1.0 400 RTSP\r\n", False),
        (b"RTSP", False),
        (b"$\0\0\x10 RTSP/1.0", False),
        (b"", False),
    ],
)
def test_recognise(payload, expected):
    assert rtsp.recognise(payload) is expected


def test_sdp_is_bounded():
    found = facts(b"RTSP/1.0 200 OK\r\n\r\nv=0\r\n" + b"".join(b"a=x:%d\r\n" % i for i in range(9000)))
    assert len(found) < 300


@given(
    st.binary(max_size=1500),
    st.sampled_from([b"", b"RTSP/1.0 200 OK\r\n", b"RTSP/1.0 200 OK\r\n\r\nv=0\n", DESCRIBE[:60]]),
)
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(raw, start):
    rtsp.recognise(raw)
    facts(start + raw, raw)


@pytest.mark.parametrize("unit", [b" ", b'"', b"a", b"a=\n", b"RTSP/1.0 ", b"pwd=_a", b"user=_"])
def test_time_is_bounded(unit):
    started = time.perf_counter()
    facts(b"RTSP/1.0 200 OK\r\n\r\nv=0\n" + unit * 100_000)
    facts(b"DESCRIBE rtsp://h/" + unit * 100_000)
    facts(unit * 100_000)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize(
    ("server", "key"),
    [
        ("Wisenet WAVE/5.1.1.37512 (Hanwha) Apache/2.4.16 (MSWin)", "rtsp.relayed.session"),
        ("Nx Witness/3.0.0.13295 (Network Optix) Apache/2.4.16 (Unix)", "rtsp.relayed.session"),
        ("GStreamer RTSP server", "rtsp.sdp.session"),
        ("Apache/2.4.16 (Unix)", "rtsp.sdp.session"),
    ],
)
def test_a_vms_names_the_camera_that_it_relays(server, key):
    """Seen of a Wisenet WAVE server (GitHub bluenviron/mediamtx issue 3583): its session was called DWC-MV94WiAT."""
    found = facts(
        f"RTSP/1.0 200 OK\r\nCSeq: 3\r\nServer: {server}\r\n\r\nv=0\r\ns=DWC-MV94WiAT\r\nt=0 0\r\n".encode()
    )
    assert values(found, key) == ["DWC-MV94WiAT"]
    assert len([name for name, _ in found if name.endswith(".session")]) == 1
