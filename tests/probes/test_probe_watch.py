"""An interface that goes away is noticed, and one that blinks is not."""

import asyncio
from contextlib import suppress
from ipaddress import ip_interface

from scanner.probes import watch as watching
from scanner.probes.interfaces import Interface

ETH = Interface(name="eth0", index=2, addresses=(ip_interface("192.0.2.250/24"),))
WIFI = Interface(name="wlan0", index=3, addresses=(ip_interface("10.9.0.1/24"), ip_interface("fe80::1/64")))


def seen(monkeypatch, *glances, up=lambda _name: True):
    """Watch both interfaces while the system shows them as given, glance by glance; returns who went away."""
    shown, gone = iter(glances), []
    monkeypatch.setattr(watching, "GLANCE_S", 0)
    monkeypatch.setattr(watching, "is_up", up)
    monkeypatch.setattr(watching, "interfaces", lambda _wanted: next(shown, glances[-1]))

    async def look():
        with suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await watching.watch((ETH, WIFI), lambda link: gone.append(link.name))

    asyncio.run(look())
    return gone


def test_one_that_stays_is_there(monkeypatch):
    assert seen(monkeypatch, (ETH, WIFI)) == []


def test_one_that_vanishes_is_gone_once(monkeypatch):
    assert seen(monkeypatch, (ETH, WIFI), (ETH,)) == ["wlan0"]


def test_one_that_blinks_is_not_gone(monkeypatch):
    assert seen(monkeypatch, (ETH,), (ETH,), (ETH, WIFI)) == []


def test_one_without_carrier_is_gone(monkeypatch):
    assert seen(monkeypatch, (ETH, WIFI), up=lambda name: name != "eth0") == ["eth0"]


def test_one_that_lost_its_addresses_is_gone_and_one_that_kept_any_is_not(monkeypatch):
    bare = Interface(name="eth0", index=2, addresses=(ip_interface("169.254.1.1/16"),))
    kept = Interface(name="wlan0", index=3, addresses=(ip_interface("fe80::1/64"),))
    assert seen(monkeypatch, (bare, kept)) == ["eth0"]
