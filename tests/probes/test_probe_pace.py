"""The packet budget holds for the run, and each device bears one connection at a time and no more than its share."""

import asyncio
import time
from ipaddress import ip_address

from scanner.probes.pace import BURST_S, MAX_SILENCES, Courtesy, Pacer

HOST, OTHER = ip_address("192.0.2.1"), ip_address("192.0.2.2")


def test_packets_keep_to_the_rate():
    async def spend():
        pacer = Pacer(1000.0)
        await asyncio.gather(*(pacer.take() for _ in range(300)))
        return pacer.sent

    started = time.monotonic()
    assert asyncio.run(spend()) == 300
    taken = time.monotonic() - started
    assert 0.3 - BURST_S - 0.02 <= taken < 1.0


def test_a_pause_saves_up_only_a_burst():
    now = [0.0]
    pacer = Pacer(100.0, clock=lambda: now[0])
    now[0] = 1000.0
    assert pacer._next == 0.0
    asyncio.run(pacer.take(5))
    assert pacer._next == 1000.0 - BURST_S + 5 / 100.0


def test_a_large_packet_count_is_waited_for_by_those_after_it():
    now = [0.0]
    pacer = Pacer(10.0, clock=lambda: now[0])
    asyncio.run(pacer.take(1))
    asyncio.run(pacer.take(0))
    assert round(pacer._next, 6) == 0.1


def test_one_connection_at_a_time_and_other_devices_do_not_wait():
    async def crowd():
        courtesy, inside, most = Courtesy(), {HOST: 0, OTHER: 0}, {HOST: 0, OTHER: 0}

        async def visit(host):
            async with courtesy.turn(host) as allowed:
                assert allowed
                inside[host] += 1
                most[host] = max(most[host], inside[host])
                await asyncio.sleep(0.01)
                inside[host] -= 1

        started = time.monotonic()
        await asyncio.gather(*(visit(host) for host in (HOST, OTHER) for _ in range(5)))
        return most, time.monotonic() - started

    most, taken = asyncio.run(crowd())
    assert most == {HOST: 1, OTHER: 1}
    assert taken < 0.095


def test_connections_and_bytes_are_capped_and_the_reason_is_said():
    courtesy = Courtesy(max_connections=2, max_bytes=100)
    courtesy.opened(HOST)
    assert courtesy.may_ask(HOST)
    courtesy.opened(HOST)
    assert not courtesy.may_ask(HOST)
    courtesy.heard(OTHER, 60)
    assert courtesy.left(OTHER) == 40
    courtesy.heard(OTHER, 60)
    assert courtesy.left(OTHER) == 0
    assert courtesy.left_alone() == {
        HOST: "left alone after 2 connections",
        OTHER: "left alone after 120 bytes",
    }


def test_a_device_that_goes_silent_is_left_alone_and_one_that_speaks_is_not():
    courtesy = Courtesy()
    for _ in range(MAX_SILENCES - 1):
        courtesy.silent(HOST)
    courtesy.heard(HOST, 1)
    courtesy.silent(HOST)
    assert courtesy.may_ask(HOST)
    for _ in range(MAX_SILENCES):
        courtesy.silent(HOST)
    assert "silent" in courtesy.left_alone()[HOST]


def test_timeouts_follow_the_round_trip_within_bounds():
    courtesy = Courtesy()
    assert courtesy.timeout_s(HOST, 0.3, 3.0) == 3.0
    courtesy.measured(HOST, 0.001)
    assert courtesy.timeout_s(HOST, 0.3, 3.0) == 0.3
    for _ in range(20):
        courtesy.measured(HOST, 0.2)
    assert 1.5 < courtesy.timeout_s(HOST, 0.3, 3.0) <= 3.0
