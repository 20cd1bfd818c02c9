"""Heads and challenges, as devices write them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.protocols._secrets import is_secret, without_secrets
from scanner.protocols._text import (
    MAX_CHALLENGES,
    MAX_HEADERS,
    decode,
    document_text,
    parse_challenges,
    read_head,
)


def realms(*values):
    return [challenge.realm for challenge in parse_challenges(values)]


def test_head_keeps_case_order_and_repeats():
    head = read_head(
        b"HTTP/1.1 200 OK\r\nCONNECTION: close\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nrest"
    )
    assert head.start_line == "HTTP/1.1 200 OK"
    assert head.headers == (("CONNECTION", "close"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2"))
    assert head.names == "CONNECTION,Set-Cookie,set-cookie"
    assert (head.get("connection"), head.get_all("SET-COOKIE")) == ("close", ("a=1", "b=2"))
    assert head.get("Server") is None
    assert head.complete


@pytest.mark.parametrize("newline", [b"\r\n", b"\n", b"\r\r\n"])
def test_head_ends_where_the_empty_line_ends(newline):
    raw = newline.join([b"HTTP/1.0 200 OK", b"Server: uc-httpd 1.0.0", b"", b"<html>"])
    head = read_head(raw)
    assert head.get("server") == "uc-httpd 1.0.0"
    assert raw[head.body_offset :] == b"<html>"


def test_head_tolerates_what_devices_do():
    head = read_head(
        b"\r\n\0HTTP/1.1 302 Found\r\nDate: Mon Jan 01 00:00:00 2018\n GMT\r\nno colon here\r\nServer : Boa\r\n"
        b"two words: x\r\nEmpty:\r\nLocation:http://10.0.0.1:80/x\r\n\ttail\r\n"
    )
    assert head.headers == (
        ("Date", "Mon Jan 01 00:00:00 2018 GMT"),
        ("Server", "Boa"),
        ("Empty", ""),
        ("Location", "http://10.0.0.1:80/x tail"),
    )
    assert not head.complete


def test_head_without_empty_line_ends_at_markup():
    raw = b"HTTP/1.0 200 OK\nServer: Webs\n<html><title>a: b</title>"
    head = read_head(raw)
    assert (head.names, raw[head.body_offset :]) == ("Server", b"<html><title>a: b</title>")


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\n", b"\0\0"])
def test_no_first_line_is_no_head(raw):
    assert read_head(raw) is None


def test_number_of_headers_is_bounded():
    head = read_head(b"HTTP/1.0 200 OK\r\n" + b"A: b\r\n" * 4000)
    assert len(head.headers) == MAX_HEADERS


@pytest.mark.parametrize(
    ("raw", "charset", "text"),
    [
        ("摄像机".encode("gbk"), None, "摄像机"),
        ("摄像机".encode("gb18030"), "GB2312", "摄像机"),
        ("摄像机".encode(), "gb2312", "摄像机"),  # declared wrongly, as often
        ("門口機".encode("big5"), "big5", "門口機"),
        ("カメラ".encode("cp932"), "Shift_JIS", "カメラ"),
        ("Камера".encode("cp1251"), "windows-1251", "Камера"),
        ("café".encode("latin-1"), None, "café"),
        ("Caméra d'entrée".encode("latin-1"), "x-unknown", "Caméra d'entrée"),
        ("Kamera Eingang Ä".encode()[:-1], None, "Kamera Eingang Ã"),
        ("Größe Ä".encode()[:-1], None, "Größe "),  # the rest shows that it is UTF-8 which was cut
        ("摄像机 摄像机 摄像机 ".encode() + b"\xff", None, "摄像机 摄像机 摄像机 \ufffd"),
        (b"zlib", "zlib_codec", "zlib"),
    ],
)
def test_decode(raw, charset, text):
    assert decode(raw, charset) == text


@pytest.mark.parametrize(
    "raw", ["<a>Ä</a>".encode("utf-16"), "<a>Ä</a>".encode("utf-16-be"), "\ufeff<a>Ä</a>".encode()]
)
def test_document_text_knows_byte_order(raw):
    assert document_text(raw) == "<a>Ä</a>"


def test_hikvision_offers_digest_and_basic():
    # two headers, quotes, upper-case FALSE: a Hikvision camera as nmap and recog know it
    found = parse_challenges(
        [
            'Digest qop="auth", realm="IP Camera(C6496)", nonce="4d7a:32", stale="FALSE"',
            'Basic realm="/"',
        ]
    )
    assert [(challenge.scheme, challenge.realm) for challenge in found] == [
        ("Digest", "IP Camera(C6496)"),
        ("Basic", "/"),
    ]
    assert found[0].get("stale") == "FALSE"


def test_two_algorithms_in_one_header():
    value = (
        'Digest realm="iPolis_00-09-18-52-39-00", algorithm=SHA-256, nonce="1", qop="auth", '
        'Digest realm="iPolis_00-09-18-52-39-00", algorithm=MD5, nonce="2", qop="auth"'
    )
    assert [challenge.get("algorithm") for challenge in parse_challenges([value])] == ["SHA-256", "MD5"]
    assert realms(value) == ["iPolis_00-09-18-52-39-00"] * 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('Basic realm="Login to 4K049EBPAG1D7E7"', "Login to 4K049EBPAG1D7E7"),
        ('basic Realm = "netcam"', "netcam"),
        ("Basic realm=IP Camera", "IP Camera"),
        ("Digest realm=AXIS_00408C000001 nonce=1", "AXIS_00408C000001"),
        ('Digest realm="a, b", nonce="c"', "a, b"),
        ('Digest realm="never closed', "never closed"),
        (r'Basic realm="a \"b\" c\\d"', 'a "b" c\\d'),
        (r'Basic realm="DOM\user"', r"DOM\user"),
        ('Basic realm="say "cheese""', 'say "cheese"'),
        ('realm="no scheme"', "no scheme"),
        ('Negotiate YII==, Basic realm="x"', None),
        ('Digest nonce="x" realm="y"', "y"),
        ('Basic realm=""', ""),
        ("NTLM", None),
    ],
)
def test_realm(value, expected):
    assert realms(value)[0] == expected


def test_realm_after_token_data():
    assert realms('Negotiate YII==, Basic realm="x"') == [None, "x"]


def test_challenges_are_bounded():
    assert len(parse_challenges(["Basic, " * 1000] * 5)) == MAX_CHALLENGES


def test_secrets_leave_addresses():
    address = "rtsp://admin:pw@10.0.0.1:554/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream"
    assert (
        without_secrets(address) == "rtsp://10.0.0.1:554/user=_password=_channel=1_stream=0.sdp?real_stream"
    )
    assert without_secrets("/get_status.cgi?user=a&pwd=b_c&next=1") == "/get_status.cgi?user=&pwd=&next=1"
    assert without_secrets("/api.cgi?cmd=GetDevInfo&token=12ab;x=1") == "/api.cgi?cmd=GetDevInfo&token=;x=1"
    assert without_secrets("/api/83b7780291a6ceffbe0bd049104df/lights") == "/api//lights"
    assert (
        without_secrets("/scale/register?serialNumber=20F8&ssid=Home")
        == "/scale/register?serialNumber=20F8&ssid="
    )
    assert without_secrets("/api/v1/access_token_list") == "/api/v1/access_token_list"
    assert without_secrets("/view/index.shtml?keyword=a") == "/view/index.shtml?keyword=a"


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "adminPassword",
        "Salt",
        "session_id",
        "rsa_key",
        "wifi_pwd",
        "83b7780291a6ceffbe0bd049104df",
    ],
)
def test_secret_names(name):
    assert is_secret(name)


@pytest.mark.parametrize(
    "name", ["serialNumber", "model", "passive", "keyboard", "UserLevel", "GetDeviceSettings2Response"]
)
def test_harmless_names(name):
    assert not is_secret(name)


@given(st.binary(max_size=4000))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_the_head_reader(raw):
    head = read_head(raw)
    assert head is None or 0 <= head.body_offset <= len(raw)


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,20}", fullmatch=True), st.text("ab:= ,", max_size=20)
        )
    )
)
@settings(max_examples=150, deadline=None)
def test_what_is_written_is_read(headers):
    raw = (
        b"HTTP/1.1 200 OK\r\n"
        + b"".join(f"{name}: {value}\r\n".encode() for name, value in headers)
        + b"\r\nX"
    )
    head = read_head(raw)
    assert head.headers == tuple((name, value.strip()) for name, value in headers)[:MAX_HEADERS]
    assert raw[head.body_offset :] == b"X"


@given(st.text(st.sampled_from('Digest realm="a,\\= \t;x'), max_size=300))
@settings(max_examples=200, deadline=None)
def test_no_text_breaks_the_challenge_reader(value):
    for challenge in parse_challenges([value, value]):
        assert all(name == name.lower() for name, _ in challenge.params)


@given(st.binary(max_size=300), st.none() | st.text(max_size=20))
@settings(max_examples=200, deadline=None)
def test_decode_never_raises(raw, charset):
    assert isinstance(decode(raw, charset), str)
    assert isinstance(document_text(raw, charset), str)


@pytest.mark.parametrize("unit", ['"', "a=", " b", 'a="b" ', "a ", '"b', "\\", ",", "="])
def test_challenges_take_linear_time(unit):
    started = time.perf_counter()
    parse_challenges(["Digest realm=" + unit * 100_000] * 20)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("unit", [b" x\r\n", b":\r\n", b"a:", b"\n", b"\r", b"\xff", b"a: b\n", b"\0"])
def test_heads_take_linear_time(unit):
    started = time.perf_counter()
    read_head(b"HTTP/1.0 200 OK\r\nA: b\r\n" + unit * 200_000)
    assert time.perf_counter() - started < 2
