"""RTSP, greetings and bare TLS hellos against servers that mean well and servers that do not."""

import asyncio
import ssl
import time
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from probe_kit import Heard, answering, server, target, tls_context

from scanner.model import Outcome
from scanner.probes import streams, tcp, wire
from scanner.protocols import by_name

OPTIONS = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Rtsp Server/3.0\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n"
LOCKED = b'RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="IP Camera(12345)"\r\n\r\n'


async def rtsp(reader, writer):
    for answer in (OPTIONS, LOCKED):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
    await reader.read()


def asked(talk, ask, protocol="rtsp", **options):
    async def run():
        async with server(talk, **options) as port:
            heard = Heard()
            started = time.monotonic()
            await ask(heard.wire, target(port, protocol))
            return heard, time.monotonic() - started

    return asyncio.run(run())


def test_options_and_one_describe_without_credentials():
    heard, _ = asked(rtsp, streams.ask_rtsp)
    assert [m.payload for m in heard.messages] == [OPTIONS, LOCKED]
    assert [m.request.split()[0] for m in heard.messages] == [b"OPTIONS", b"DESCRIBE"]
    assert not any(b"Authorization" in m.request for m in heard.messages)
    (found,) = by_name["rtsp"].parse(heard.messages[1])
    assert ("rtsp.realm", "IP Camera(12345)") in found.facts


def test_an_endless_rtsp_header_ends_at_the_bound():
    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"RTSP/1.0 200 OK\r\n")
        for _ in range(2000):
            writer.write(b"X: " + b"a" * 1000 + b"\r\n")
            await writer.drain()

    heard, seconds = asked(endless, streams.ask_rtsp)
    assert seconds < 5
    assert all(len(m.payload) <= streams.MAX_ANSWER for m in heard.messages)


def test_a_drip_of_rtsp_is_bounded_in_time(monkeypatch):
    monkeypatch.setattr(wire.Connection.receive, "__defaults__", (0.2, 0.4))

    async def drip(reader, writer):
        for _ in range(1000):
            writer.write(b"R")
            await writer.drain()
            await asyncio.sleep(0.05)

    _, seconds = asked(drip, streams.ask_rtsp)
    assert seconds < 2


def test_a_silent_rtsp_server_is_silent(monkeypatch):
    monkeypatch.setattr(wire.Connection.receive, "__defaults__", (0.2, 0.4))
    heard, seconds = asked(answering(then_s=5), streams.ask_rtsp)
    assert heard.outcomes == [Outcome.SILENT]
    assert seconds < 2


def test_a_greeting_is_heard_without_a_word_of_ours():
    said = []

    async def ftp(reader, writer):
        writer.write(b"220 AXIS Q7401 ready\r\n")
        await writer.drain()
        said.append(await reader.read())

    heard, _ = asked(ftp, streams.hear_greeting, "banner")
    assert [(m.protocol, m.payload) for m in heard.messages] == [("banner", b"220 AXIS Q7401 ready\r\n")]
    assert said == [b""]


def test_a_hello_brings_the_certificate_and_goes_no_further(tmp_path):
    context = tls_context(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    heard, _ = asked(answering(), streams.fetch_certificate, ssl=context)
    (found,) = by_name["tls"].parse(heard.messages[0])
    assert ("tls.subject_cn", "axis-accc8e000001") in found.facts
    assert heard.messages[0].request[:1] == b"\x16"


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=600))
def test_no_flight_and_no_header_breaks_the_looks_at_them(data):
    assert streams._flight_done(data) in {True, False}
    assert streams._flight_done(b"\x16\x03\x03" + data) in {True, False}
    assert streams._rtsp_done(data) in {True, False}
    assert streams._rtsp_done(b"RTSP/1.0 200 OK\r\nContent-Length: " + data) in {True, False}


def test_knocking_tells_open_from_closed_and_forbidden():
    async def run():
        heard = Heard()
        async with server(answering()) as port:
            opened = await tcp.knock(heard.wire, ip_address("127.0.0.1"), port)
        closed = await tcp.knock(heard.wire, ip_address("127.0.0.1"), port)
        outside = await tcp.knock(heard.wire, ip_address("192.0.2.1"), port)
        return opened, closed, outside

    assert asyncio.run(run()) == (Outcome.ANSWERED, Outcome.REFUSED, Outcome.FORBIDDEN)


def test_open_ports_are_found_one_after_the_other():
    async def run():
        heard = Heard()
        async with server(answering()) as one, server(answering()) as other, server(answering()) as gone:
            pass
        async with server(answering()) as one, server(answering()) as other:
            return await tcp.open_ports(heard.wire, ip_address("127.0.0.1"), (one, gone, other)), (one, other)

    found, there = asyncio.run(run())
    assert tuple(found) == there


@pytest.mark.parametrize(
    ("first", "second", "found", "tries"),
    [
        ({80: "answered", 554: "silent", 443: "refused"}, {554: "answered"}, [80, 554], 4),
        ({80: "answered", 554: "silent", 443: "refused"}, {554: "silent"}, [80], 4),
        ({80: "silent", 554: "silent", 443: "silent"}, {80: "answered"}, [], 3),
        ({80: "answered", 554: "failed", 443: "answered"}, {}, [80], 2),
    ],
    ids=["one-was-lost", "one-is-dropped", "a-firewall", "no-more-to-be-had"],
)
def test_a_port_that_stayed_silent_gets_a_second_try_where_others_answered(
    monkeypatch, first, second, found, tries
):
    asked = []

    async def knock(_wire, _host, port, _reason):
        asked.append(port)
        ends = second if asked.count(port) > 1 else first
        return Outcome(ends[port])

    monkeypatch.setattr(tcp, "knock", knock)
    assert asyncio.run(tcp.open_ports(None, None, (80, 554, 443))) == found
    assert len(asked) == tries
