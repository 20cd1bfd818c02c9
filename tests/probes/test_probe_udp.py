"""Datagrams on loopback: questions go out once through the guard, answers come back as messages of their protocol."""

import asyncio
import socket
from ipaddress import IPv4Interface, ip_address

import pytest
from probe_kit import HOST, Heard

from scanner.model import Outcome
from scanner.probes import udp
from scanner.probes.interfaces import Interface
from scanner.probes.questions import Question, questions, ws_probe

LO = Interface(name="lo", index=1, addresses=(IPv4Interface("127.0.0.1/8"),))
DEVICE = ip_address("127.0.0.9")
SADP = b"<?xml version='1.0'?><ProbeMatch><DeviceSN>DS-1</DeviceSN><MAC>44-19-b6-00-00-01</MAC></ProbeMatch>"


class Device(asyncio.DatagramProtocol):
    """Answers each datagram with what it was given, as often as it was told."""

    def __init__(self, *answers):
        self.answers, self.asked = answers, []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, source):
        self.asked.append(data)
        for answer in self.answers:
            self.transport.sendto(answer, source)


async def device(port, *answers):
    loop = asyncio.get_running_loop()
    _, made = await loop.create_datagram_endpoint(lambda: Device(*answers), (str(DEVICE), port))
    return made


def question(protocol, port, payload=b"?", **more):
    return Question(protocol=protocol, port=port, payload=payload, groups=(), **more)


def talk(answers, wanted, *, scope="127.0.0.0/8", settle_s=0.2, port=None, links=(LO,)):
    """Ask a device on loopback; returns what was heard, the device, and the listener's problems."""

    async def run():
        heard = Heard(scope)
        listener = udp.Listener(heard.wire, links, [wanted])
        listener.open()
        made = await device(port or wanted.port, *answers)
        try:
            await listener.ask(wanted, DEVICE)
            await asyncio.sleep(settle_s)
        finally:
            listener.close()
            made.transport.close()
        return heard, made, listener.problems

    return asyncio.run(run())


def test_an_answer_becomes_a_message_with_its_question():
    wanted = question("sadp", 37020, b"<Probe/>")
    heard, made, problems = talk([SADP], wanted)
    assert made.asked == [b"<Probe/>"]
    (message,) = heard.messages
    assert (message.protocol, message.source.host, message.source.port) == ("sadp", DEVICE, 37020)
    assert (message.payload, message.request) == (SADP, b"<Probe/>")
    assert problems == []
    assert heard.wire.audit.packets == 1


def test_a_doubled_answer_comes_twice_and_is_the_pipelines_business():
    heard, _, _ = talk([SADP, SADP], question("sadp", 37020))
    assert len(heard.messages) == 2


def test_a_flood_is_cut_off(monkeypatch):
    monkeypatch.setattr(udp, "MAX_FROM_ONE", 5)
    heard, _, _ = talk([SADP] * 50, question("sadp", 37020))
    assert len(heard.messages) == 5


def test_an_empty_or_foreign_datagram_is_nobodys_message():
    heard, _, _ = talk([b"", b"\xff" * 40], question("sadp", 37020))
    assert heard.messages == []


def test_who_is_outside_the_scope_is_not_asked():
    heard, made, _ = talk([SADP], question("sadp", 37020), scope="192.0.2.0/24")
    assert made.asked == []
    assert heard.outcomes == [Outcome.FORBIDDEN]
    assert heard.wire.audit.packets == 0


def test_without_a_link_of_its_own_the_system_chooses_the_route():
    heard, made, problems = talk([SADP], question("sadp", 37020), links=())
    assert len(made.asked) == 1
    assert len(heard.messages) == 1
    assert problems == []


def test_answers_come_to_a_fixed_port_where_the_protocol_has_one():
    async def run():
        heard = Heard()
        listener = udp.Listener(heard.wire, [LO], [question("sadp", 37020, listen=37020)])
        listener.open()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind(("127.0.0.9", 0))
            sender.sendto(SADP, ("127.0.0.1", 37020))
            await asyncio.sleep(0.1)
        listener.close()
        return heard.messages

    assert [m.protocol for m in asyncio.run(run())] == ["sadp"]


def test_a_port_that_is_taken_is_said_and_not_fatal():
    async def run():
        listener = udp.Listener(Heard().wire, [LO], [question("sadp", 37020, listen=37020)])
        listener.open()
        listener.close()
        return listener.problems

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as squatter:
        squatter.bind(("0.0.0.0", 37020))
        (problem,) = asyncio.run(run())
    assert problem.startswith("UDP port 37020 is taken")


def test_an_address_that_is_not_ours_is_said_and_not_fatal():
    async def run():
        absent = Interface(name="gone0", index=99, addresses=(IPv4Interface("192.0.2.77/24"),))
        listener = udp.Listener(Heard().wire, [absent, LO], [])
        listener.open()
        listener.close()
        return listener.problems

    assert asyncio.run(run())[0].startswith("gone0: cannot ask from 192.0.2.77")


@pytest.mark.parametrize("profile", ["quick", "standard", "deep"])
def test_no_question_is_an_order_and_all_are_small(profile):
    asked = questions(profile)
    assert all(len(q.payload) < 1400 for q in asked)
    assert all(b"reset" not in q.payload.lower() and b"set_" not in q.payload.lower() for q in asked)
    assert {q.protocol for q in asked} >= {"wsdiscovery", "mdns", "ssdp", "sadp", "dhip"}
    assert len({(q.protocol, q.port, q.payload[:300]) for q in asked}) == len(asked)


def test_the_probes_of_ws_discovery_are_read_by_our_own_reader():
    from datetime import UTC, datetime
    from uuid import uuid4

    from scanner.model import Endpoint, Message
    from scanner.protocols import by_name

    payload = ws_probe(
        uuid4(), 'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"', "dn:NetworkVideoTransmitter"
    )
    message = Message(
        time=datetime(2026, 1, 1, tzinfo=UTC),
        protocol="wsdiscovery",
        source=Endpoint(host=HOST, port=40000),
        payload=payload,
    )
    (found,) = by_name["wsdiscovery"].parse(message)
    assert ("wsd.action", "probe") in found.facts


class Refusing:
    """A socket by which nothing may go to groups, as behind a firewall that drops multicast."""

    def getsockname(self):
        return "127.0.0.1", 9

    def sendto(self, _payload, _to):
        raise PermissionError(1, "Operation not permitted")


def test_groups_that_are_refused_are_said_once_for_each_link():
    async def run():
        heard, problems = Heard(), []
        listener = udp.Listener(heard.wire, (LO,), (), problems=problems)
        listener._askers.append((Refusing(), LO, LO.addresses[0]))
        for wanted in questions("quick"):
            await listener.ask_groups(wanted, (4,))
        await listener.ask(question("sadp", 37020), DEVICE)
        return heard, problems

    heard, problems = asyncio.run(run())
    assert problems == [
        "lo: groups cannot be asked over IPv4 (Operation not permitted), only single addresses"
    ]
    assert set(heard.outcomes) == {Outcome.FAILED}
