"""HTTP against servers of every mood: what they say is kept as it was, and nobody keeps us."""

import asyncio
import gzip
import time
from ipaddress import ip_address
from pathlib import Path

import pytest
from probe_kit import Heard, answering, server, target, tls_context

from scanner.model import Outcome
from scanner.probes import web, wire
from scanner.probes.follow import is_secure, leads
from scanner.probes.services import Host
from scanner.protocols import by_name

PAGE = b"HTTP/1.1 200 OK\r\nServer: App-webs/\r\nX-Odd:  two  \r\nContent-Length: 5\r\n\r\nhello"


def exchange(talk, question=None, *, kit=None, secure=False, path="/", **options):
    """Ask a server; returns what was heard, the answers and the seconds it took."""

    async def run():
        async with server(talk, **options) as port:
            heard = kit or Heard()
            started = time.monotonic()
            answers = await web.ask(
                heard.wire, target(port), question or web.Question(path=path), secure=secure
            )
            return heard, answers, time.monotonic() - started

    return asyncio.run(run())


def facts(message):
    return [fact for observation in by_name[message.protocol].parse(message) for fact in observation.facts]


def test_an_answer_is_kept_as_it_was_on_the_wire():
    heard, (answer,), _ = exchange(answering(PAGE))
    assert answer.status == 200
    (message,) = heard.messages
    assert message.payload == PAGE
    assert message.request.startswith(b"GET / HTTP/1.1\r\n")
    assert b"Connection: close" in message.request
    assert b"authorization" not in message.request.lower()
    assert ("http.server", "App-webs/") in facts(message)
    assert heard.outcomes == [Outcome.ANSWERED]


def test_headers_and_body_of_a_question_are_sent():
    seen = []

    async def talk(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head + await reader.readexactly(4))
        writer.write(PAGE)

    question = web.Question(path="/x", method="POST", headers=(("Content-Type", "a/b"),), body=b"body")
    exchange(talk, question)
    assert seen[0].startswith(b"POST /x HTTP/1.1\r\n")
    assert b"Content-Type: a/b\r\n" in seen[0]
    assert seen[0].endswith(b"body")


def test_a_byte_at_a_time_is_waited_for_within_the_bound():
    heard, (answer,), _ = exchange(answering(*(bytes([byte]) for byte in PAGE), pause_s=0.002))
    assert answer.status == 200
    assert heard.messages[0].payload == PAGE


def test_a_slow_loris_keeps_nobody(monkeypatch):
    monkeypatch.setattr(web, "WHOLE_S", 0.5)

    async def drip(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            writer.write(b"X-%d: y\r\n" % number)
            await writer.drain()
            await asyncio.sleep(0.05)

    heard, _, seconds = exchange(drip)
    assert seconds < 1.5
    assert heard.outcomes


def test_a_server_that_says_nothing_is_silent(monkeypatch):
    monkeypatch.setattr(web, "READ_TIMEOUT_S", 0.2)
    heard, answers, seconds = exchange(answering(then_s=5))
    assert answers == []
    assert heard.outcomes == [Outcome.SILENT]
    assert seconds < 1.5


def test_an_endless_header_ends_at_the_bound():
    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(4000):
            writer.write(b"X-Padding: " + b"a" * 1000 + b"\r\n")
            await writer.drain()

    heard, _, seconds = exchange(endless)
    assert seconds < 5
    assert all(len(m.payload) <= web.MAX_BODY for m in heard.messages)


def test_an_endless_body_ends_at_the_bound():
    async def endless(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
        for _ in range(400):
            writer.write(b"b" * 16384)
            await writer.drain()

    heard, (answer,), _ = exchange(endless)
    assert answer.status == 200
    assert len(heard.messages[0].payload) == web.MAX_BODY


def test_a_zip_bomb_is_not_opened():
    bomb = gzip.compress(b"\0" * (64 << 20))
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n"
    )
    heard, (answer,), seconds = exchange(answering(head % len(bomb), bomb))
    assert answer.status == 200
    assert seconds < 5
    (message,) = heard.messages
    assert len(message.payload) <= web.MAX_BODY
    assert sum(len(value) for _, value in facts(message)) < 300_000


@pytest.mark.parametrize("cut", [0, 1, 9, 30, len(PAGE) - 2])
def test_a_server_that_closes_early_still_counts_for_what_it_said(cut):
    heard, _, _ = exchange(answering(PAGE[:cut]))
    assert [m.payload for m in heard.messages] == ([PAGE[:cut]] if cut else [])


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\x01\x02 not http \xff\xfe",
        b"HTTP/9.9 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"HTTP/1.0 401 Unauthorized\nServer: Old\n\nno",
    ],
)
def test_what_is_no_proper_http_is_evidence_all_the_same(noise):
    heard, _, _ = exchange(answering(noise))
    assert [m.payload for m in heard.messages] == [noise]


def test_a_redirect_elsewhere_is_not_followed_but_named():
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://203.0.113.9/evil\r\nContent-Length: 0\r\n\r\n"
    heard, (answer,), _ = exchange(answering(moved))
    assert answer.location == "http://203.0.113.9/evil"
    (observation,) = by_name["http"].parse(heard.messages[0])
    (lead,) = leads(observation)
    assert lead.host == ip_address("203.0.113.9")
    assert not heard.wire.permitted(lead)
    assert heard.outcomes[-1] is Outcome.FORBIDDEN


@pytest.mark.parametrize(
    ("location", "host", "port", "path", "secure"),
    [
        ("/login.asp", "127.0.0.1", 8080, "/login.asp", False),
        ("https://127.0.0.1/x?y=1", "127.0.0.1", 443, "/x?y=1", True),
        ("//127.0.0.2:81/z", "127.0.0.2", 81, "/z", False),
    ],
)
def test_where_a_redirect_leads(location, host, port, path, secure):
    from datetime import UTC, datetime

    from scanner.model import Endpoint, Message, Observation, Subject

    message = Message(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        protocol="http",
        source=Endpoint(host=ip_address("127.0.0.1"), port=8080),
    )
    seen = Observation(subject=Subject(), message=message, facts=(("http.location", location),))
    (lead,) = leads(seen)
    assert (str(lead.host), lead.port, lead.path, is_secure(lead)) == (host, port, path, secure)


@pytest.mark.parametrize(
    "location",
    [
        "http://camera.example/",
        "ftp://127.0.0.1/",
        "http://0.0.0.0/",
        "http://[::1",
        "x" * 600,
        "http://239.1.1.1/",
    ],
)
def test_where_a_redirect_does_not_lead(location):
    from datetime import UTC, datetime

    from scanner.model import Endpoint, Message, Observation, Subject

    message = Message(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        protocol="http",
        source=Endpoint(host=ip_address("127.0.0.1"), port=80),
    )
    seen = Observation(subject=Subject(), message=message, facts=(("wsd.xaddr", location),))
    assert list(leads(seen)) == []


def test_a_port_that_refuses_is_refused():
    async def run():
        heard = Heard()
        async with server(answering(PAGE)) as port:
            pass
        answers = await web.ask(heard.wire, target(port), web.Question(), secure=False)
        return heard, answers

    heard, answers = asyncio.run(run())
    assert answers == []
    assert heard.outcomes == [Outcome.REFUSED]


def test_a_device_whose_budget_is_spent_is_left_alone():
    kit = Heard(max_connections=1)
    exchange(answering(PAGE), kit=kit)
    heard, answers, _ = exchange(answering(PAGE), kit=kit)
    assert len(answers) in {0, 1}
    heard, answers, _ = exchange(answering(PAGE), kit=kit)
    assert answers == []
    assert heard.outcomes[-1] is Outcome.FAILED
    assert "left alone" in heard.attempts[-1].detail


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return tls_context(tmp_path_factory.mktemp("tls"))


def test_a_certificate_is_evidence_beside_the_answer(certificate):
    heard, answers, _ = exchange(answering(PAGE), secure=True, ssl=certificate)
    assert [m.protocol for m in heard.messages] == ["tls", "http"]
    assert ("tls.subject_cn", "axis-accc8e000001") in facts(heard.messages[0])
    assert heard.messages[1].payload == PAGE
    assert answers[-1].status == 200


def test_http_on_a_tls_port_and_tls_on_an_http_port_are_both_found(certificate):
    async def run(context):
        heard = Heard()
        async with server(answering(PAGE), ssl=context) as port:
            await Host(heard.wire, ip_address("127.0.0.1")).ask_port(port)
        return [m.protocol for m in heard.messages]

    assert "http" in asyncio.run(run(None))
    assert {"tls", "http"} <= set(asyncio.run(run(certificate)))


def test_a_401_is_not_tried_twice():
    asked = []

    async def locked(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        asked.append(head.split(b" ")[1])
        writer.write(
            b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="x"\r\nContent-Length: 0\r\n\r\n'
        )

    async def run():
        heard = Heard()
        async with server(locked) as port:
            host = Host(heard.wire, ip_address("127.0.0.1"))
            await host.ask_onvif(port)
            await host.ask_onvif(port)
            await host.ask_port(port)
        return heard

    asyncio.run(run())
    assert asked.count(b"/onvif/device_service") == 1
    assert asked.count(b"/") == 1


def test_connections_come_one_at_a_time():
    now, most = [0], [0]

    async def counted(reader, writer):
        now[0] += 1
        most[0] = max(most[0], now[0])
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.02)
        now[0] -= 1
        writer.write(PAGE)

    async def run():
        heard = Heard()
        async with server(counted) as port:
            await asyncio.gather(
                *(
                    web.ask(heard.wire, target(port), web.Question(path=f"/{n}"), secure=False)
                    for n in range(6)
                )
            )
        return heard

    assert len(asyncio.run(run()).messages) == 6
    assert most == [1]


def test_nothing_here_opens_sockets_but_the_wire():
    folder = Path(wire.__file__).parent
    opens = {"wire.py", "udp.py", "tcp.py", "tap.py", "link.py", "sweep.py", "interfaces.py"}
    faults = [
        p.name for p in folder.glob("*.py") if "socket.socket(" in p.read_text() and p.name not in opens
    ]
    assert faults == []
