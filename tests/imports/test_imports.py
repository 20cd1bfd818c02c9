"""Other scanners' files: bytes that they hold become messages, words stay words, and nothing is made up."""

import io
import json
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import CaptureError
from scanner.imports import FORMS, open_import
from scanner.imports.nmap import quoted_answers
from scanner.model import Message
from scanner.protocols import by_name, declared
from scanner.protocols.imported import PROTOCOL, facts_payload, parse

SAMPLES = Path(__file__).parent / "samples"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def read(data, name="sample"):
    source = open_import(io.BytesIO(data), name, NOW)
    return list(source), source.damages, source.form.name


def sample(name):
    messages, damages, form = read((SAMPLES / name).read_bytes(), name)
    assert damages == []
    return messages, form


def said(messages, host, protocol):
    return [m for m in messages if m.source.host == ip_address(host) and m.protocol == protocol]


def facts(messages, host, protocol):
    found = [by_name[protocol].parse(m) for m in said(messages, host, protocol)]
    return [fact for observations in found for o in observations for fact in o.facts]


def test_nmap_quotes_become_messages():
    messages, form = sample("nmap.xml")
    assert form == "nmap XML"
    (rtsp,) = said(messages, "192.0.2.3", "rtsp")
    assert rtsp.payload == b"RTSP/1.0 200 OK\r\nCSeq: 0\r\nServer: Rtsp Server/3.0\r\nPublic: OPTIONS\r\n\r\n"
    assert (rtsp.request, rtsp.source.port) == (b"OPTIONS / RTSP/1.0\r\n\r\n", 554)
    assert rtsp.time == datetime.fromtimestamp(1795000001, UTC)
    (tls,) = said(messages, "192.0.2.3", "tls")
    assert tls.payload[:1] == b"\x16"
    assert any(key == "tls.sha256" for key, _ in facts(messages, "192.0.2.3", "tls"))
    (banner,) = said(messages, "192.0.2.5", "banner")
    assert banner.payload == b"220 AXIS Q7401 Video Encoder 5.01 ready\r\n"


def test_nmaps_words_stay_words():
    messages, _ = sample("nmap.xml")
    words = facts(messages, "192.0.2.3", "import")
    assert ("import.vendor", "Hangzhou Hikvision Digital Technology") in words
    assert ("http.title", "index") in words
    assert ("http.server", "App-webs/") in words
    assert ("import.product", "Hikvision Network Video Recorder http admin") in words
    assert ("import.open_port", "80/tcp") in words
    assert not any("8000" in value for _, value in words)
    assert ("http.realm", "AXIS_00408C000001") in facts(messages, "192.0.2.5", "import")
    assert said(messages, "192.0.2.3", "http") == []
    assert said(messages, "192.0.2.6", "import") == []
    assert {m.mac for m in messages if m.source.host == ip_address("192.0.2.3")} == {"44:19:b6:00:00:01"}


def test_a_service_that_nmap_only_guessed_by_its_port_is_no_fact():
    messages, _ = sample("nmap.xml")
    assert not any(key == "import.service" for key, _ in facts(messages, "192.0.2.5", "import"))


def test_masscan():
    messages, form = sample("masscan.json")
    assert form == "masscan JSON"
    (http,) = said(messages, "192.0.2.3", "http")
    assert http.payload == b"HTTP/1.1 200 OK\r\nServer: App-webs/\r\nContent-Length: 5\r\n\r\n"
    assert ("http.title", "index") in facts(messages, "192.0.2.3", "import")
    assert any(key == "tls.subject" for key, _ in facts(messages, "192.0.2.4", "tls"))
    assert said(messages, "192.0.2.5", "banner")[0].source.port == 21


def test_zgrab2():
    messages, form = sample("zgrab2.jsonl")
    assert form == "zgrab2 JSON lines"
    (http,) = said(messages, "192.0.2.3", "http")
    assert http.payload == (
        b"HTTP/1.1 200 OK\r\nserver: App-webs/\r\nx-odd: 1\r\n\r\n<html><head><title>index</title></head></html>"
    )
    assert http.request.startswith(b"GET /doc/index.asp HTTP/1.1\r\n")
    assert http.source.port == 8443
    assert said(messages, "192.0.2.3", "tls")[0].source.port == 8443
    (banner,) = said(messages, "192.0.2.5", "banner")
    assert (banner.source.port, banner.time.hour) == (2121, 9)
    (ssh,) = said(messages, "192.0.2.7", "banner")
    assert (ssh.payload, ssh.time) == (b"SSH-2.0-dropbear_2014.63", NOW)
    assert said(messages, "192.0.2.6", "import") == []


@pytest.mark.parametrize("name", ["nmap.xml", "masscan.json", "zgrab2.jsonl"])
def test_the_camera_in_each_file_is_named(name):
    from datetime import date

    from scanner.pipeline import import_report
    from scanner.reports import render

    source = open_import(io.BytesIO((SAMPLES / name).read_bytes()), name, NOW)
    report = import_report(source, [name], source.damages, on=date(2026, 11, 24), strict=True)
    found = {str(d.addresses[0]): d.conclusions for d in report.devices if d.addresses}
    makers = {host: c["maker"].value for host, c in found.items() if "maker" in c}
    assert makers["192.0.2.3"] == "Hikvision"
    assert makers["192.0.2.5"] == "Axis"
    assert report.coverage.complete
    assert json.loads(render(report, "json"))["run"]["mode"] == "import"


@pytest.mark.parametrize(("name", "at"), [("nmap.xml", 2400), ("masscan.json", 700), ("zgrab2.jsonl", -120)])
def test_a_file_that_is_cut_gives_what_came_before_and_says_so(name, at):
    messages, damages, _ = read((SAMPLES / name).read_bytes()[:at])
    assert len(damages) == 1
    if name != "nmap.xml":
        assert messages


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"hello", "none of what can be"),
        (b'{"a": 1}', "none of what can be"),
    ],
)
def test_what_is_no_result_is_a_sentence(data, reason):
    with pytest.raises(CaptureError, match=reason):
        open_import(io.BytesIO(data), "x", NOW)


def test_entities_of_xml_are_not_followed(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("stolen")
    text = f"""<?xml version="1.0"?><!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file://{secret}">
    <!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
    <nmaprun><host><status state="up"/><address addr="192.0.2.3" addrtype="ipv4"/>
    <hostnames><hostname name="h"/></hostnames><ports><port protocol="tcp" portid="80"><state state="open"/>
    <script id="http-title" output="t"><elem key="title">&x;&b;</elem></script></port></ports></host></nmaprun>"""
    messages, _, _ = read(text.encode())
    assert not any(b"stolen" in m.payload for m in messages)


def test_a_fingerprint_of_nmap_is_unescaped():
    text = r'SF-Port1-TCP:V=7%r(NULL,5,"a\"\\\n\x41")%r(GetRequest,2,"\0\xff");'
    assert list(quoted_answers(text)) == [("NULL", b'a"\\\nA'), ("GetRequest", b"\0\xff")]


def message(payload):
    from scanner.model import Endpoint

    return Message(
        time=NOW, protocol="import", source=Endpoint(host=ip_address("192.0.2.1")), payload=payload
    )


def test_only_declared_facts_are_taken():
    (found,) = parse(
        message(facts_payload([("http.title", "x"), ("sadp.serial", "y"), ("import.tool", "nmap")]))
    )
    assert found.facts == (("http.title", "x"), ("import.tool", "nmap"))
    assert all(declared(key.replace("*", "x")) for key in PROTOCOL.facts)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_payload_breaks_the_reader(data):
    assert isinstance(parse(message(data)), tuple)
    assert isinstance(parse(message(b'{"facts": ' + data + b"}")), tuple)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["ip", "ports", "port", "service", "name", "banner", "data", "http", "result", "response"]
            )
            | st.sampled_from(
                ["headers", "unknown", "key", "value", "status_line", "body", "request", "url", "host"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["ip", "timestamp", "ports", "data"]), JSON), st.sampled_from(FORMS[1:])
)
def test_no_json_breaks_the_readers(record, form):
    line = json.dumps({"ip": "192.0.2.1", **record}).encode()
    for found in form.read(io.BytesIO(line + b"\n"), NOW, []):
        assert isinstance(found, Message)
        by_name[found.protocol].parse(found)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_xml_breaks_the_reader(data):
    body = b"<nmaprun><host><address addr='192.0.2.1'/><ports>" + data + b"</ports></host></nmaprun>"
    assert all(isinstance(m, Message) for m in FORMS[0].read(io.BytesIO(body), NOW, []))
