"""How fast a network is known, side by side with nmap, in the lab: `python tests/bench/bench_scan.py`.

Four comparisons, each on a network of its own in an empty namespace (nothing leaves it): a /24 with 60 devices
identified in full; the sweep of a dead /20 beyond a router; a /16 with 1,000 living hosts against what its packet
budget alone allows; and what nmap's discovery scripts find of the same /24. Both programs are started as their
users start them, start-up included; packets are those that left the scanner's interface, ARP and all.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from scanner.lab import Building, Placed, build, simulate_network
from scanner.probes.ports import LIVENESS, PORTS
from scanner.recordings import Recording, read_folders

ROOT = Path(__file__).resolve().parents[2]
DEVICES = ROOT / "fixtures" / "devices"
NEAR = IPv4Network("192.0.2.0/24")
RATE = 1000
DEAD, WIDE = IPv4Network("198.18.0.0/20"), IPv4Network("198.18.0.0/16")
SCRIPTS = (
    "broadcast-wsdd-discover,broadcast-upnp-info,broadcast-dns-service-discovery,broadcast-ping,"
    "http-title,http-server-header,http-headers,http-favicon,ssl-cert,rtsp-methods,upnp-info,banner,"
    "ubiquiti-discovery,nbstat,snmp-info,dns-service-discovery"
)
"""nmap's scripts of the categories discovery and broadcast that a camera could have something to say to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one program did: its output, seconds, packets that left the interface, MB of memory at the most."""

    output: str
    seconds: float
    packets: int
    megabytes: float


def run(*command: str) -> Run:
    """Run a program to its end and measure it; one that fails ends the benchmark."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        before, started = sent(), time.monotonic()
        with subprocess.Popen(command, stdout=output, stderr=errors, cwd=ROOT) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - started
        packets = sent() - before
        output.seek(0)
        errors.seek(0)
        if process.returncode not in {0, 3}:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}: {errors.read()[-500:]}")
        return Run(output=output.read(), seconds=seconds, packets=packets, megabytes=usage.ru_maxrss / 1024)


def sent() -> int:
    """Return how many packets have left this namespace's interface (proc(5), /proc/net/dev)."""
    for line in Path("/proc/net/dev").read_text().splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == "eth0":
            return int(counters.split()[9])
    return 0


def camcensus(*words: str) -> Run:
    """Run a scan as a user does, from a fresh process, with its report as JSON."""
    log = "--audit-log", os.devnull
    program = Path(sys.executable).parent / "camcensus"
    return run(str(program), "scan", *words, *log, "--json", "--fail-on", "none")


def nmap(*words: str) -> Run:
    """Run nmap without its name look-ups (there is nobody to ask), with its report as XML."""
    return run("nmap", "-n", "-oX", "-", *words)


def say(line: str = "") -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def row(name: str, result: Run, *more: str) -> None:
    """Print one line of a table."""
    say(f"  {name:<44}{result.seconds:>8.1f} s{result.packets:>9} packets  {'  '.join(more)}".rstrip())


def verdict(*, holds: bool, text: str) -> None:
    """Print whether what is asked for holds."""
    say(f"  {'yes' if holds else 'NO'}: {text}\n")


@cache
def sixty() -> tuple[Recording, ...]:
    """Return sixty recorded devices of the near network, those with most to say."""
    near = [r for r in read_folders(DEVICES) if r.address in NEAR]
    return tuple(sorted(near, key=lambda r: (-len(r.answers), r.name))[:60])


def building() -> Building:
    """Return a building with those sixty."""
    return Building(devices=tuple(Placed(recording=r) for r in sixty()))


def identified(report: str) -> dict[str, dict[str, object]]:
    """Return the devices of a report by each of their addresses."""
    devices = json.loads(report)["devices"]
    return {address: device for device in devices for address in device["addresses"]}


def named(report: str) -> tuple[int, int]:
    """Return how many of the sixty a report has, and of how many it names the right maker."""
    found = identified(report)
    here = [r for r in sixty() if str(r.address) in found]
    right = [r for r in here if _value(found[str(r.address)], "maker") == r.expect.get("maker")]
    return len(here), len([r for r in right if r.expect.get("maker")])


def _value(device: dict[str, object], key: str) -> object:
    concluded = device[key]
    return concluded["value"] if isinstance(concluded, dict) else None


def named_by_nmap(report: str) -> tuple[int, int]:
    """Return the same for nmap, generously: the maker's name anywhere in what it says of a host counts."""
    hosts = {}
    root = ET.fromstring(report)  # noqa: S314 - nmap's own output, in a namespace of ours
    for host in root.iter("host"):
        status, address = host.find("status"), host.find("address[@addrtype='ipv4']")
        if status is not None and status.get("state") == "up" and address is not None:
            hosts[address.get("addr")] = ET.tostring(host, "unicode").casefold()
    everybody = " ".join(ET.tostring(s, "unicode") for s in root.iter("prescript")).casefold()
    here = [r for r in sixty() if str(r.address) in hosts]
    right = [r for r in here if _mentions(r, hosts[str(r.address)], everybody)]
    return len(here), len(right)


def _mentions(recording: Recording, said: str, everybody: str) -> bool:
    maker = str(recording.expect.get("maker", "")).casefold()
    if not maker:
        return False
    own = re.escape(str(recording.address)) + r"\b.{0,600}" + re.escape(maker)
    return maker in said or re.search(own, everybody, re.DOTALL) is not None


def ports(profile: str = "standard") -> str:
    """Return a profile's ports as nmap takes them."""
    return ",".join(map(str, PORTS[profile]))


def compare_identification(*, scripts: bool) -> None:
    """A /24 with sixty devices, and what nmap's scripts find of it."""
    makers = sum(1 for r in sixty() if r.expect.get("maker"))
    say(
        f"A /24 with {len(sixty())} devices ({makers} with a known maker), {len(PORTS['standard'])} TCP ports"
    )
    with build(building()):
        ours = camcensus(str(NEAR), "--timing", "fast")
        theirs = nmap("-sV", "-T4", "-p", ports(), str(NEAR))
        found, makers_found = named(ours.output)
        theirs_found, theirs_makers = named_by_nmap(theirs.output)
        row("camcensus --timing fast", ours, f"{found} devices, {makers_found} makers")
        row("nmap -sV -T4, same ports", theirs, f"{theirs_found} devices, {theirs_makers} makers")
        verdict(
            holds=ours.seconds <= theirs.seconds / 5 and ours.packets <= theirs.packets,
            text=f"{theirs.seconds / ours.seconds:.1f} times as fast (asked: 5), "
            f"{ours.packets / theirs.packets:.2f} of its packets (asked: 1)",
        )
        if scripts:
            full = nmap("-sV", "-T4", "-p", ports(), "--script", SCRIPTS, str(NEAR))
            theirs_found, theirs_makers = named_by_nmap(full.output)
            row("nmap with its discovery scripts", full, f"{theirs_found} devices, {theirs_makers} makers")
            verdict(
                holds=makers_found > theirs_makers and found >= theirs_found,
                text=f"{makers_found} makers named against {theirs_makers}",
            )


def compare_dead() -> None:
    """A dead /20 beyond a router, at one packet rate."""
    liveness = ",".join(map(str, LIVENESS["standard"]))
    say(f"A dead /20 beyond a router ({DEAD.num_addresses} addresses) at {RATE} packets/s, ports {liveness}")
    pace = ("--min-rate", str(RATE), "--max-rate", str(RATE))
    with simulate_network(DEAD, ()):
        ours = camcensus(str(DEAD), "--timing", "normal", "--max-rate", str(RATE))
        sweep = nmap("-sS", "-Pn", "-p", liveness, *pace, str(DEAD))
        ping = nmap("-sn", f"-PS{liveness}", *pace, str(DEAD))
    row("camcensus", ours)
    row("nmap -sS -Pn, same ports", sweep)
    row("nmap -sn -PS, host discovery only", ping)
    least = min(sweep.seconds, ping.seconds)
    verdict(holds=ours.seconds <= least, text=f"{ours.seconds / least:.2f} of its time (asked: 1)")


def compare_budget(living: int = 1000) -> None:
    """A /16 with so many living hosts against its packet budget."""
    hosts = list(_spread(WIDE, living))
    say(f"A /16 with {living} living hosts at {RATE} packets/s")
    with simulate_network(WIDE, hosts):
        ours = camcensus(str(WIDE), "--timing", "normal", "--max-rate", str(RATE))
    scan = json.loads(ours.output)["coverage"]["scan"]
    budget = scan["pace"]["packets"] / RATE
    row("camcensus", ours, f"{len(scan['alive'])} alive, {ours.megabytes:.0f} MB")
    say(f"  {'what its packets allow':<44}{budget:>8.1f} s{scan['pace']['packets']:>9} packets")
    verdict(
        holds=ours.seconds <= 1.3 * budget and ours.megabytes < 300 and len(scan["alive"]) == living,
        text=f"{ours.seconds / budget:.2f} of the budget's time (asked: 1.3), {ours.megabytes:.0f} MB (asked: 300)",
    )


def _spread(network: IPv4Network, count: int) -> Iterable[IPv4Address]:
    step = network.num_addresses // count
    return (network[number * step + 7] for number in range(count))


def main() -> None:
    """Run the comparisons that were asked for, by default all."""
    parser = argparse.ArgumentParser(description="Time scans against nmap, in the lab.")
    parser.add_argument("--only", choices=("identify", "scripts", "dead", "budget"), action="append")
    wanted = parser.parse_args().only or ["identify", "scripts", "dead", "budget"]
    if {"identify", "scripts"} & set(wanted):
        compare_identification(scripts="scripts" in wanted)
    if "dead" in wanted:
        compare_dead()
    if "budget" in wanted:
        compare_budget()


if __name__ == "__main__":
    main()
