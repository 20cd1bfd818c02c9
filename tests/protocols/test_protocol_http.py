"""HTTP answers of real devices, as public fingerprint collections and captures know them, and hostile ones."""

import base64
import gzip
import hashlib
import time
import zlib
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message
from scanner.protocols import http
from scanner.protocols._html import MAX_EACH, plain_text, read_page
from scanner.protocols._text import read_head
from scanner.protocols.favicon import MAX_ICON, favicon_hashes, murmur3_32
from scanner.protocols.http_body import MAX_BODY, read_body


def facts(payload, request=b""):
    message = Message(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        protocol="http",
        source=Endpoint(host=ip_address("10.0.0.1"), port=80),
        request=request,
        payload=payload,
    )
    found = http.parse(message)
    assert len(found) <= 1
    pairs = found[0].facts if found else ()
    assert not [key for key, _ in pairs if not http.PROTOCOL.declares(key)]
    return pairs


def values(pairs, key):
    return [value for found, value in pairs if found == key]


def page(body, *headers):
    return b"\r\n".join([b"HTTP/1.1 200 OK", *headers, b"Content-Length: %d" % len(body), b"", body])


HIKVISION = (
    b"HTTP/1.1 401 Unauthorized\r\nDate: Thu, 01 Jan 1970 00:12:31 GMT\r\nServer: App-webs/\r\n"
    b'WWW-Authenticate: Digest qop="auth", realm="IP Camera(C6496)", nonce="4e3a", stale="FALSE"\r\n'
    b'WWW-Authenticate: Basic realm="IP Camera(C6496)"\r\nContent-Length: 178\r\nContent-Type: text/html\r\n'
    b"Connection: close\r\n\r\n<!DOCTYPE html>\n<html><head><title>Document Error: Unauthorized</title></head>\n"
    b"<body><h2>Access Error: 401 -- Unauthorized</h2>\n<p>Authentication Error</p>\n</body>\n</html>\n"
)
DAHUA = (
    b"HTTP/1.1 200 OK\r\nCONNECTION: close\r\nCONTENT-LENGTH: 247\r\nP3P: CP=CAO PSA OUR\r\n"
    b"CACHE-CONTROL: max-age=0\r\nCONTENT-TYPE: text/html\r\n\r\n\xef\xbb\xbf<!DOCTYPE html PUBLIC "
    b'"-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\r\n'
    b"<html>\r\n<head>\r\n<title>WEB SERVICE</title>\r\n</head>\r\n<body>"
    b'<div id="prew_video_control"></div></body></html>'
)
XIONGMAI = (
    b"HTTP/1.0 200 OK\r\nContent-type: text/html\r\nServer: uc-httpd 1.0.0\r\nExpires: 0\r\n\r\n"
    b"<!DOCTYPE html>\n<html><head>\n<title>NETSurveillance WEB</title>\n"
    b'<script type="text/javascript" src="m.jsp"></script>\n<script>var bCrossBrow = true;</script>'
)


def test_hikvision_refusal():
    found = facts(HIKVISION, b"GET /ISAPI/System/deviceInfo HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n")
    assert values(found, "http.status") == ["401"]
    assert values(found, "http.server") == ["App-webs/"]
    assert values(found, "http.realm") == ["IP Camera(C6496)"]
    assert values(found, "http.auth_scheme") == ["Digest", "Basic"]
    assert values(found, "http.title") == ["Document Error: Unauthorized"]
    assert values(found, "http.path") == ["/ISAPI/System/deviceInfo"]
    assert "Access Error: 401 -- Unauthorized" in values(found, "http.body")[0]


def test_hikvision_redirect_by_script():
    body = (
        b"<!doctype html>\r\n<html>\r\n<head>\r\n<title></title>\r\n<script>\r\n"
        b'window.location.href = "/doc/page/login.asp?_" + (new Date()).getTime();\r\n</script></head></html>'
    )
    found = facts(page(body, b"Server: DNVRS-Webs", b'ETag: "0-5a1-1e8"'))
    assert values(found, "http.meta_refresh") == ["/doc/page/login.asp?_"]
    assert not values(found, "http.title")


def test_dahua_page_keeps_the_case_of_its_headers():
    found = facts(DAHUA)
    assert values(found, "http.header_names") == ["CONNECTION,CONTENT-LENGTH,P3P,CACHE-CONTROL,CONTENT-TYPE"]
    assert values(found, "http.header.p3p") == ["CP=CAO PSA OUR"]
    assert values(found, "http.title") == ["WEB SERVICE"]
    assert not values(found, "http.server")
    assert "prew_video_control" in values(found, "http.body")[0]


def test_xiongmai_page_without_length_or_end():
    found = facts(XIONGMAI)
    assert values(found, "http.server") == ["uc-httpd 1.0.0"]
    assert values(found, "http.title") == ["NETSurveillance WEB"]
    assert values(found, "http.script") == ["m.jsp"]
    assert values(found, "http.version") == ["1.0"]


def test_goahead_redirect():
    found = facts(
        b"HTTP/1.0 302 Redirect\r\nServer: GoAhead-Webs\r\nDate: Mon Jan 01 00:00:00 2018\n GMT\r\n"
        b"Pragma: no-cache\r\nLocation: http://10.0.0.1/index.asp\r\n\r\n<html><head></head><body>\r\n"
        b'\t\tThis document has moved to a new <a href="http://10.0.0.1/index.asp">location</a>.\r\n'
    )
    assert values(found, "http.location") == ["http://10.0.0.1/index.asp"]
    assert values(found, "http.reason") == ["Redirect"]


def test_axis_digest_and_cookies():
    found = facts(
        b"HTTP/1.1 401 Unauthorized\r\nServer: Apache\r\n"
        b'WWW-Authenticate: Digest realm="AXIS_00408C123456", nonce="x", algorithm=MD5, qop="auth"\r\n'
        b"Set-Cookie: session=SECRETVALUE; Path=/\r\nset-cookie: lang=en\r\n\r\n"
    )
    assert values(found, "http.realm") == ["AXIS_00408C123456"]
    assert values(found, "http.auth_algorithm") == ["MD5"]
    assert values(found, "http.cookie") == ["session", "lang"]
    assert not [value for _, value in found if "SECRETVALUE" in value]


def test_hanwha_offers_two_digests():
    found = facts(
        b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="iPolis_00-09-18-52-39-00", nonce="a", '
        b'algorithm=SHA-256\r\nWWW-Authenticate: Digest realm="iPolis_00-09-18-52-39-00", nonce="b", '
        b"algorithm=MD5\r\n\r\n"
    )
    assert values(found, "http.realm") == ["iPolis_00-09-18-52-39-00"]
    assert values(found, "http.auth_algorithm") == ["SHA-256", "MD5"]


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b'<script>document.title = "gxv3140";</script>', ["gxv3140"]),  # Grandstream's video phones
        (b"<title></title><script>document.title='IP Camera'\n</script>", ["IP Camera"]),
        (b"<title>Login</title><script>document.title = 'Home';</script>", ["Login"]),
        (b"<script>document.title = 'Live view - ' + name;</script>", []),  # the rest is not known
    ],
)
def test_title_that_a_script_sets(body: bytes, title: list[str]) -> None:
    assert values(facts(page(body)), "http.title") == title


def test_page_in_gb2312_and_entities():
    body = "<html><head><meta charset=gb2312><title>网络&nbsp;视频 &amp; <b>监控</b></title>".encode("gbk")
    assert values(facts(page(body)), "http.title") == ["网络 视频 & 监控"]


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (b"Content-Encoding: gzip", gzip.compress(b"<title>T</title>")),
        (b"Content-Encoding: deflate", zlib.compress(b"<title>T</title>")),
        (b"Content-Encoding: deflate", zlib.compress(b"<title>T</title>", wbits=-15)),
        (b"Content-Encoding: deflate, gzip", gzip.compress(zlib.compress(b"<title>T</title>"))),
        (b"Content-Encoding: gzip", b"<title>T</title>"),  # says so and is not
        (b"Content-Encoding: identity", b"<title>T</title>"),
        (b"Content-Type: text/html", gzip.compress(b"<title>T</title>")),  # is and does not say so
        (b"Content-Type: text/html; charset=utf-16", "<title>T</title>".encode("utf-16")),
    ],
)
def test_codings(header, body):
    found = facts(page(body, header))
    assert values(found, "http.title") == ["T"]


def test_cut_gzip_gives_what_it_holds():
    whole = gzip.compress(b"<title>T</title>" + bytes(range(256)) * 40)
    found = facts(page(whole, b"Content-Encoding: gzip")[:-100])
    assert values(found, "http.title") == ["T"]
    assert not values(found, "http.body_md5")


@pytest.mark.parametrize(
    "body",
    [
        b"8\r\n<title>T\r\n8\r\n</title>\r\n0\r\n\r\n",
        b"8;ext=1\r\n<title>T\r\n8 \r\n</title>\r\n0\r\nTrailer: x\r\n\r\n",
        b"8\n<title>T\n8\n</title>\n0\n\n",
        b"<title>T</title>",  # announced and not done
    ],
)
def test_chunks(body):
    found = facts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    assert values(found, "http.title") == ["T"]
    assert values(found, "http.body_length") == ["16"]


def test_cut_chunks_are_marked():
    found = facts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n<title>T</title>")
    assert (values(found, "http.title"), values(found, "http.body_md5")) == (["T"], [])


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_bombs_do_not_go_off(layers):
    body = bytes(50_000_000 if layers == 1 else 5_000_000)
    for _ in range(layers):
        body = gzip.compress(body, 9)
    response = page(body, b"Content-Encoding: " + b", ".join([b"gzip"] * layers))
    started = time.perf_counter()
    unpacked = read_body(read_head(response), response)
    assert len(unpacked.data) <= MAX_BODY
    assert not unpacked.complete
    assert time.perf_counter() - started < 2


def test_declared_length_cuts_and_zero_is_not_believed():
    assert values(facts(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef"), "http.body") == ["abc"]
    assert values(facts(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n<title>T</title>"), "http.title") == [
        "T"
    ]
    following = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 404 Not Found\r\n\r\n"
    assert not values(facts(following), "http.body")


def test_interim_answers_are_passed_over():
    found = facts(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nServer: gSOAP/2.8\r\n\r\n")
    assert (values(found, "http.status"), values(found, "http.server")) == (["200"], ["gSOAP/2.8"])


@pytest.mark.parametrize("line", [b"ICY 200 OK", b"HTTP/1.0 200", b"HTTP/1.1  200  Ok", b"http/1.1 200 ok"])
def test_odd_status_lines(line):
    assert values(facts(line + b"\r\nServer: x\r\n\r\n"), "http.status") == ["200"]


def test_what_a_page_tells():
    found = facts(
        page(
            b"<!-- Copyright 2012 --><HTML><HEAD><META NAME=generator CONTENT='Tool 1'>"
            b'<meta name="publisher" content="MOBOTIX AG"><META HTTP-EQUIV=Refresh'
            b' CONTENT="0; URL=/control/userimage.html">'
            b"<link rel='shortcut icon' href=/favicon.ico><TITLE>\n MOBOTIX\tM16 </TITLE>"
            b'<SCRIPT LANGUAGE=JavaScript SRC="/a.js?pwd=1"></SCRIPT><frame src=top.htm>'
        )
    )
    assert values(found, "http.generator") == ["Tool 1"]
    assert values(found, "http.meta") == ["publisher=MOBOTIX AG"]
    assert values(found, "http.meta_refresh") == ["/control/userimage.html"]
    assert values(found, "http.icon") == ["/favicon.ico"]
    assert values(found, "http.title") == ["MOBOTIX M16"]
    assert values(found, "http.frame") == ["top.htm"]
    assert values(found, "http.comment") == ["Copyright 2012"]


@pytest.mark.parametrize(
    ("script", "address"),
    [
        ("window.location='/view/index.shtml'", "/view/index.shtml"),
        ('document.location.href="/index.asp"', "/index.asp"),
        ("top.location.replace('main.html')", "main.html"),
        ('self.location.assign( "/doc/index.html#/portal/login" )', "/doc/index.html#/portal/login"),
        ("window.location.href = location.protocol", None),
    ],
)
def test_redirects_by_script(script, address):
    found = read_page(f"<html><body onload='x'><script>{script};</script>").redirects
    assert found == ((address,) if address else ())


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title>A</title><title>B</title>", "A"),
        ("<title></title><title>B</title>", "B"),
        ("<title>unclosed<body>x", "unclosed"),
        ("<title", ""),
        ("<title>", ""),
        ("<TiTlE lang=x >A &lt;&eacute;&#33;</tItLe>", "A <é!"),
        ("<!-- <title>no</title> --><title>yes</title>", "yes"),
        ("<script>'<title>no</title>'</script><title>yes</title>", "yes"),
        ("<meta content='a>b'><title>yes</title>", "yes"),
        ("İ" * 10 + "<title>yes</title>", "yes"),  # a letter that grows when lowered
    ],
)
def test_titles(markup, title):
    assert read_page(markup).title == title


def test_plain_text():
    assert plain_text("A &amp;<br> B<i") == "A & B"


def test_json_body():
    found = facts(
        page(
            b'{"apiVersion":"1.0","data":{"propertyList":{"Brand":"AXIS","ProdNbr":"M3106-L"}},"sessionKey":"k"}',
            b"Content-Type: application/json",
        )
    )
    assert values(found, "http.json.data.propertyList.ProdNbr") == ["M3106-L"]
    assert not values(found, "http.json.sessionKey")


def test_xml_body():
    found = facts(
        page(
            '<?xml version="1.0" encoding="UTF-8"?><DeviceInfo xmlns="http://www.hikvision.com/ver10/XMLSchema">'
            "<deviceName>前门</deviceName><model>DS-2CD2012-I</model></DeviceInfo>".encode()
        )
    )
    assert values(found, "http.xml.DeviceInfo.deviceName") == ["前门"]
    assert values(found, "http.xml.DeviceInfo.model") == ["DS-2CD2012-I"]


def test_soap_goes_to_the_onvif_reader():
    found = facts(
        page(
            b'<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"'
            b' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><env:Body><tds:GetDeviceInformationResponse>'
            b"<tds:Manufacturer>HIKVISION</tds:Manufacturer><tds:Model>DS-2CD2012-I</tds:Model>"
            b"</tds:GetDeviceInformationResponse></env:Body></env:Envelope>",
            b"Content-Type: application/soap+xml",
        )
    )
    assert values(found, "onvif.manufacturer") == ["HIKVISION"]
    assert values(found, "onvif.prefix") == ["env"]
    assert not [key for key, _ in found if key.startswith("http.xml.")]


def test_soap_of_upnp_control_is_plain_xml():
    found = facts(
        page(
            b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            b'<u:GetFirmwareVersionResponse xmlns:u="urn:Belkin:service:firmwareupdate:1">'
            b"<FirmwareVersion>FirmwareVersion:WeMo_US_2.00</FirmwareVersion></u:GetFirmwareVersionResponse>"
            b"</s:Body></s:Envelope>"
        )
    )
    key = "http.xml.Envelope.Body.GetFirmwareVersionResponse.FirmwareVersion"
    assert values(found, key) == ["FirmwareVersion:WeMo_US_2.00"]
    assert not [key for key, _ in found if key.startswith("onvif.")]


def test_hnap_of_a_d_link_camera_is_plain_xml():
    found = facts(
        page(
            b'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
            b'<soap:Body><GetDeviceSettingsResponse xmlns="http://purenetworks.com/HNAP1/"><VendorName>D-Link</VendorName>'
            b"<ModelName>DCS-935L</ModelName><Cookie>c</Cookie></GetDeviceSettingsResponse></soap:Body></soap:Envelope>"
        )
    )
    answer = "http.xml.Envelope.Body.GetDeviceSettingsResponse"
    assert values(found, f"{answer}.VendorName") == ["D-Link"]
    assert values(found, f"{answer}.ModelName") == ["DCS-935L"]
    assert not values(found, f"{answer}.Cookie")


def test_upnp_description_in_a_body():
    found = facts(
        page(
            b'<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
            b"<friendlyName>AXIS M1065-LW - ACCC8E000001</friendlyName><manufacturer>AXIS</manufacturer>"
            b"</device></root>"
        )
    )
    assert values(found, "upnp.manufacturer") == ["AXIS"]


def test_pictures_have_no_text():
    found = facts(page(b"\xff\xd8\xff\xe0JFIF<title>x</title>", b"Content-Type: image/jpeg"))
    assert not values(found, "http.body")
    assert not values(found, "http.title")
    assert values(found, "http.body_length") == ["24"]


ICON = b"\x00\x00\x01\x00\x01\x00\x10\x10" + bytes(range(200))


@pytest.mark.parametrize(
    ("request_line", "header", "icon", "hashed"),
    [
        (b"GET /favicon.ico HTTP/1.1", b"X: y", ICON, True),
        (b"GET /favicon.ico HTTP/1.1", b"Content-Type: image/png", b"\x89PNG....", True),
        (b"GET / HTTP/1.1", b"Content-Type: image/x-icon", b"whatever", True),
        (b"GET /a HTTP/1.1", b"Content-Type: application/octet-stream", ICON, True),
        (b"GET /favicon.ico HTTP/1.1", b"Content-Type: text/html", b"<html>login</html>", False),
        (b"GET /snap.png HTTP/1.1", b"Content-Type: image/png", b"\x89PNG....", False),
    ],
)
def test_icons(request_line, header, icon, hashed):
    found = facts(page(icon, header), request_line + b"\r\n\r\n")
    expected = [hashlib.md5(icon, usedforsecurity=False).hexdigest()] if hashed else []
    assert values(found, "http.favicon_md5") == expected
    assert len(values(found, "http.favicon_mmh3")) == len(expected)


def test_half_an_icon_is_not_hashed():
    assert not values(facts(page(ICON, b"Content-Type: image/x-icon")[:-1]), "http.favicon_mmh3")


@pytest.mark.parametrize(
    ("data", "seed", "expected"),  # vectors of the reference implementation, SMHasher
    [
        (b"", 0, 0),
        (b"", 1, 0x514E28B7),
        (b"", 0xFFFFFFFF, 0x81F16F39),
        (b"\0\0\0\0", 0, 0x2362F9DE),
        (b"\xff\xff\xff\xff", 0, 0x76293B50),
        (b"\x21\x43\x65\x87", 0, 0xF55B516B),
        (b"\x21\x43\x65", 0, 0x7E4A8634),
        (b"\x21\x43", 0, 0xA0F7B07A),
        (b"\x21", 0, 0x72661CF4),
        (b"test", 0x9747B28C, 0x704B81DC),
        (b"Hello, world!", 0x9747B28C, 0x24884CBA),
        (b"The quick brown fox jumps over the lazy dog", 0x9747B28C, 0x2FA826CD),
    ],
)
def test_murmur3(data, seed, expected):
    assert murmur3_32(data, seed) == expected


def test_favicon_hash_is_of_base64_in_lines():
    icon = bytes(100)
    lines = base64.b64encode(icon)
    assert favicon_hashes(icon)[0] == str(
        int.from_bytes(
            murmur3_32(lines[:76] + b"\n" + lines[76:] + b"\n").to_bytes(4, "big"), "big", signed=True
        )
    )
    assert favicon_hashes(b"") is None
    assert favicon_hashes(bytes(MAX_ICON + 1)) is None


def test_secrets_in_redirects_are_not_kept():
    found = facts(b"HTTP/1.1 302 Found\r\nLocation: http://u:hunter2@h/login?token=hunter2&lang=en\r\n\r\n")
    assert values(found, "http.location") == ["http://h/login?token=&lang=en"]
    assert not [value for _, value in found if "hunter2" in value]


def test_client_side():
    found = facts(
        b"GET /cgi-bin/snapshot.cgi?user=admin&pwd=hunter2&ch=1 HTTP/1.1\r\nHost: 10.0.0.9:8080\r\n"
        b"User-Agent: Blue Iris\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"
    )
    assert dict(found) == {
        "http.client.user_agent": "Blue Iris",
        "http.client.host": "10.0.0.9:8080",
        "http.client.method": "GET",
        "http.client.path": "/cgi-bin/snapshot.cgi?user=&pwd=&ch=1",
        "http.client.header_names": "Host,User-Agent,Authorization",
    }


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.0 200", True),
        (b"ICY 200 OK", True),
        (b"GET / HTTP/1.1\r\n", True),
        (b"POST /onvif/device_service HTTP/1.0\r\n", True),
        (b"OPTIONS rtsp://10.0.0.1/ RTSP/1.0\r\n", False),
        (b"OPTIONS * RTSP/1.0\r\n", False),
        (b"RTSP/1.0 200 OK", False),
        (b"HTTPS", False),
        (b"HTTP/\0\0", False),
        (b"get / http/1.1", False),
        (b"GET /" + b"a" * 9000, True),
        (b"GET " + b"a" * 9000, False),
        (b"220 ready", False),
        (b"\x16\x03\x01\x00\xa5\x01", False),
        (b"", False),
    ],
)
def test_recognise(payload, expected):
    assert http.recognise(payload) is expected


@pytest.mark.parametrize(
    "payload", [b"", b"220 ftp ready\r\n", b"SSH-2.0-x\r\n", b"HTTP/1.1", b"\x16\x03\x01" * 9]
)
def test_other_bytes_give_nothing(payload):
    assert facts(payload) == ()


@pytest.mark.parametrize("cut", range(0, len(HIKVISION), 7))
def test_cut_answers_give_what_they_hold(cut):
    found = facts(HIKVISION[:cut])
    if cut > 90:
        assert values(found, "http.server") == ["App-webs/"]


@given(st.binary(max_size=3000))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(raw):
    http.recognise(raw)
    facts(raw, raw)
    facts(b"HTTP/1.1 200 OK\r\n" + raw)


@given(
    st.sampled_from(
        [b"", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Content-Type: text/xml\r\n"]
    ),
    st.text(st.sampled_from("<>/ab:=\"'& !?-title script{}[],01\r\n\0é"), max_size=400),
)
@settings(max_examples=200, deadline=None)
def test_no_body_breaks_it(header, body):
    facts(b"HTTP/1.1 200 OK\r\n" + header + b"\r\n" + body.encode())


@pytest.mark.parametrize(
    "unit",
    [
        *("<", "<!--", "<title>", "<title", "<script>", "<meta ", '<meta a="', "<meta a=b ", "<a", "<meta"),
        *("location=", "location.replace(", "&lt;", '"', " ", "{", "=", "&", "<link rel=icon "),
    ],
)
def test_time_is_bounded(unit):
    response = b"HTTP/1.1 200 OK\r\n\r\n<p>" + (unit * 262_144).encode()[:262_144]
    started = time.perf_counter()
    found = facts(response)
    assert time.perf_counter() - started < 3
    assert len(values(found, "http.script")) <= MAX_EACH


def test_many_small_chunks_take_linear_time():
    started = time.perf_counter()
    facts(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 40_000)
    assert time.perf_counter() - started < 2


def test_statements_of_javascript_are_pairs_and_accounts_are_not_kept():
    body = b"var id='00626E4A3CD0';\nvar sys_ver=\"11.37.2.49\"; var tz=-28800;\n"
    body += b"var user1_name='a';\nvar password0='b';\n"
    pairs = facts(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n" + body)
    assert [(key, value) for key, value in pairs if key.startswith("http.pair.")] == [
        ("http.pair.id", "00626E4A3CD0"),
        ("http.pair.sys_ver", "11.37.2.49"),
        ("http.pair.tz", "-28800"),
    ]
