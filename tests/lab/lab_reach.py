"""Hosts that are hard to reach, each scenario a function that prints what it found as JSON."""

from ipaddress import IPv4Address

from lab_scenarios import DIFFICULT, PLAIN, recording, say, scanned

from scanner.lab import Mood, Placed, build, copy_of
from scanner.lab.building import Building
from scanner.model import Attribute

MUTE_MAC = "58:50:ed:20:20:77"
NEAR6 = "2001:db8:0:1::/64"


def _house(*names, moods=()):
    return Building(devices=tuple(Placed(recording=recording(n), moods=frozenset(moods)) for n in names))


def a_mute_host(raw: str) -> None:
    """A host that answers ARP and nothing else, beside one that answers everything and many that do not exist."""
    mute = copy_of(recording(DIFFICULT), "mute", IPv4Address("192.0.2.99"), MUTE_MAC)
    building = Building(
        devices=(Placed(recording=mute, moods=frozenset({Mood.MUTE})), *_house(PLAIN[0]).devices)
    )
    with build(building) as lab:
        scan, devices, seconds = scanned(
            "192.0.2.64/26", raw=raw == "raw", profile="quick", timing="fast", host_timeout_s=2
        )
        accounts = lab.accounts()
        packets = lab.packets
    say(
        {
            "alive": sorted(map(str, scan.findings.alive)),
            "macs": {str(d.addresses[0]): list(d.macs) for d in devices if d.addresses},
            "makers": {str(d.addresses[0]): d.value(Attribute.MAKER) for d in devices if d.addresses},
            "connections": accounts["mute"].connections,
            "swept": {
                name: scan.audit._hosts.get(name) and len(scan.audit._hosts[name]) for name in ("arp", "tcp")
            },
            "packets": packets,
            "seconds": seconds,
            "problems": scan.findings.problems,
        }
    )


def over_ipv6(raw: str) -> None:
    """A /64, which nobody walks through: whoever is heard in it is asked."""
    with build(_house(DIFFICULT, "axis-m1065-lw-9.80.1", "canon-vb-s30d-1.3.3")):
        scan, devices, seconds = scanned(NEAR6, "2001:db8:0:1::4b", raw=raw == "raw", timing="fast")
    say(
        {
            "alive": sorted(map(str, scan.findings.alive)),
            "makers": {
                str(a): d.value(Attribute.MAKER)
                for d in devices
                for a in d.addresses
                if a in scan.plan.targets
            },
            "expected": scan.expected,
            "seconds": seconds,
        }
    )


def ipv6_one_by_one() -> None:
    """A range of IPv6 that is narrow enough: solicited one by one."""
    with build(_house(DIFFICULT)):
        scan, _devices, _seconds = scanned(
            "2001:db8:0:1::/120", raw=True, profile="quick", timing="fast", host_timeout_s=2
        )
    say({"alive": sorted(map(str, scan.findings.alive)), "done": scan.done})


def no_route() -> None:
    """Targets that this machine has no way to, beside some that it has."""
    from pyroute2 import IPRoute

    with build(_house(DIFFICULT)):
        with IPRoute() as kernel:
            kernel.route("del", dst="0.0.0.0/0", gateway="192.0.2.254")
        found = {}
        for raw in (False, True):
            scan, _devices, _seconds = scanned(
                "192.0.2.8/29", "198.51.100.0/28", raw=raw, profile="quick", timing="fast"
            )
            found[str(raw)] = {
                "unsent": sorted(map(str, scan.unsent)),
                "done": scan.done,
                "why": sorted(set(scan.unsent.values())),
            }
    say(found)


def both_stacks(raw: str) -> None:
    """Devices that are targets by their IPv4 and their IPv6 addresses: what each bore at the same time."""
    with build(_house(DIFFICULT, "axis-m1065-lw-9.80.1", "canon-vb-s30d-1.3.3")) as lab:
        scan, _devices, _seconds = scanned("192.0.2.0/25", NEAR6, raw=raw == "raw", timing="fast")
        accounts = lab.accounts()
    say(
        {
            "alive": len(scan.findings.alive),
            "together": {name: account.together for name, account in accounts.items()},
            "connections": {name: account.connections for name, account in accounts.items()},
        }
    )


def forgetful() -> None:
    """A device beyond the router that loses every datagram the first time, as a bad line does."""
    moved = copy_of(recording(DIFFICULT), "forgetful", IPv4Address("198.51.100.9"))
    placed = Placed(recording=moved, far=True, moods=frozenset({Mood.FORGETFUL}))
    with build(Building(devices=(placed,))) as lab:
        scanned("198.51.100.8/30", raw=True, profile="quick", timing="fast")
        given = lab.accounts()["forgetful"].given
    say(sorted({moved.answers[place].protocol for place in given}))
