"""Whoever is on our link is introduced before he is asked, also where only the kernel can ask the link."""

import asyncio
from datetime import date
from ipaddress import IPv4Interface, IPv6Interface, ip_address

from probe_kit import Heard

from scanner.model import Endpoint, Message
from scanner.probes import sweep
from scanner.probes.interfaces import Interface
from scanner.probes.plan import make_plan
from scanner.probes.wire import utc_now
from scanner.scope import scope_of
from scanner.targets import Addresses, parse_targets

NEAR, FAR = ip_address("2001:db8:0:1::4b"), ip_address("2001:db8:0:2::4b")
ETH = Interface(
    name="eth0",
    index=2,
    addresses=(IPv4Interface("192.0.2.250/24"), IPv6Interface("2001:db8:0:1::fa/64")),
    mac="02:00:00:00:00:05",
)


def introduced(monkeypatch, host, *, known_after):
    """Introduce a host that the kernel knows after so many answers: what is told, and how often it was asked."""
    answers = []

    def neighbours():
        answers.append(host)
        known = Message(time=utc_now(), protocol="ndp", source=Endpoint(host=host), mac="02:00:00:00:00:4b")
        return [known] if len(answers) > known_after else []

    monkeypatch.setattr(sweep, "neighbours", neighbours)
    monkeypatch.setattr(sweep, "PATIENCE_S", 0.0)
    given = parse_targets(["192.0.2.0/24", "2001:db8:0:1::/64", "2001:db8:0:2::/64"])
    plan = make_plan(
        scope_of(given), (ETH,), targets=given, exclude=Addresses(), today=date(2026, 11, 24), raw=False
    )
    asker = sweep.Sweep(plan, Heard().wire, lives=print, is_alive=lambda _: True, problems=[], lost={})
    told = asyncio.run(asker.introduce(host))
    return [message.source.host for message in told], len(answers)


def test_what_the_kernel_is_still_asking_for_is_waited_for(monkeypatch):
    assert introduced(monkeypatch, NEAR, known_after=3) == ([NEAR], 4)


def test_the_wait_for_one_who_does_not_answer_ends(monkeypatch):
    assert introduced(monkeypatch, NEAR, known_after=1000) == ([], 1 + sweep.PATIENCE)


def test_nobody_beyond_a_router_is_waited_for(monkeypatch):
    assert introduced(monkeypatch, FAR, known_after=3) == ([], 1)
