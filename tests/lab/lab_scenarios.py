"""What is done inside the lab, each a function that prints what it found as JSON: `inside` runs them from a test.

They run in a process of their own, where the guard of tests/conftest.py is not: there is no way out.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from scanner.coverage import reach_of
from scanner.fingerprints import load
from scanner.lab import (
    Mood,
    Placed,
    build,
    building_of,
    copy_of,
    demo_building,
    run_inside,
    simulate_network,
)
from scanner.lab.building import Building
from scanner.model import Attribute, Device, Endpoint, IPAddress, Message
from scanner.pipeline import Reading, devices_from, devices_of
from scanner.probes.interfaces import interfaces
from scanner.probes.plan import make_plan
from scanner.probes.scan import Scan
from scanner.recordings import EXPECTABLE, Recording, read_folder, read_folders
from scanner.scope import scope_of
from scanner.targets import Addresses, parse_targets

DEVICES = Path(__file__).resolve().parents[2] / "fixtures" / "devices"
IPV4 = [r for r in read_folders(DEVICES) if r.address.version == 4]
ON = date(2026, 11, 24)
NEAR, FAR = "192.0.2.0/24", "198.51.100.0/24"
PLAIN = ("sony-snc-ch110-3.0.0", "dahua-ipc-hdw5421s-2.400", "axis-m1065-lw-9.80.1", "canon-vb-s30d-1.3.3")
DIFFICULT = "hikvision-ds-2cd2385g1-i-5.6.2"


def inside(scenario, *words, ends=0):
    """Run a scenario in the lab and return what it printed; `ends` is the code it must end with.

    One that is not of this module is named with its module, "module:function".
    """
    function = scenario if ":" in scenario else f"lab_scenarios:{scenario}"
    with tempfile.TemporaryFile() as output:
        code = run_inside(function, *words, output=output)
        output.seek(0)
        said = output.read()
    assert code == ends, said
    return json.loads(said)


def recording(name: str) -> Recording:
    return read_folder(DEVICES / name)


def say(found: object) -> None:
    json.dump(found, sys.stdout, default=str)


def identity(device: Device) -> dict[str, object]:
    known: dict[str, object] = {
        a.value: device.value(a)
        for a in Attribute
        if device.value(a) and a.value in EXPECTABLE and a.value != "kind"
    }
    known["kind"] = device.kind
    if device.what:
        known["what"] = device.what
    if device.capabilities:
        known["capabilities"] = list(device.capabilities)
    return known


def _own(devices, recording: Recording) -> list[dict[str, object]]:
    return [identity(d) for d in devices if recording.address in d.addresses or recording.mac in d.macs]


def parsed(recording: Recording, given=None) -> list[dict[str, object]]:
    """What must be concluded from the answers that were given (all without `given`) and from ARP."""
    messages = [m for i, m in enumerate(recording.messages()) if given is None or i in given]
    if recording.mac:
        packed = bytes.fromhex(recording.mac.replace(":", "")) + recording.address.packed
        arp = bytes.fromhex("0001080006040002") + packed + bytes(10)
        time = datetime(2026, 1, 2, tzinfo=UTC)
        messages.append(Message(time=time, protocol="arp", source=Endpoint(), mac=recording.mac, payload=arp))
    return _own(devices_of(messages, load(), Reading(strict=True), ON), recording)


def scanned(*targets: str, timing="normal", profile="standard", raw=False, host_timeout_s=120.0):
    """Run a scan of the lab; returns it, its devices and the seconds it took."""
    plan = make_plan(
        scope_of(parse_targets(targets)),
        interfaces(),
        targets=Addresses(),
        exclude=Addresses(),
        today=ON,
        timing=timing,
        profile=profile,
        raw=raw,
        host_timeout_s=host_timeout_s,
    )
    scan = Scan(plan, load(), strict=True)
    started = time.monotonic()
    asyncio.run(scan.run())
    seconds = time.monotonic() - started
    found = scan.findings
    return scan, devices_from(found.evidence, found.knowledge, found.reading, ON), seconds


def _sheet(building: Building, lab, devices) -> dict[str, dict[str, object]]:
    accounts = lab.accounts()
    return {
        placed.name: {
            "scanned": _own(devices, placed.recording),
            "parsed": parsed(placed.recording, accounts[placed.name].given),
            "expect": dict(placed.recording.expect),
            "whole": len(accounts[placed.name].given) == len(placed.recording.answers),
            "given": [placed.recording.answers[i].protocol for i in accounts[placed.name].given],
            "together": accounts[placed.name].together,
            "connections": accounts[placed.name].connections,
            "packets": accounts[placed.name].packets,
        }
        for placed in building.devices
    }


def _reachable(building: Building) -> list[str]:
    return [str(p.recording.address) for p in building.devices]


def floors(recordings) -> list[list[Recording]]:
    """The recordings on as many wires as it takes for each to keep the address under which it was recorded."""
    wires: list[dict[object, Recording]] = []
    for recording in recordings:
        free = next((w for w in wires if not {recording.address, recording.mac or ""} & w.keys()), None)
        if free is None:
            free = {}
            wires.append(free)
        free |= {recording.address: recording, recording.mac or recording.name: recording}
    return [list({r.name: r for r in wire.values()}.values()) for wire in wires]


def every_folder(profile: str) -> None:
    say([_one_floor(floor, profile) for floor in floors(IPV4)])


def _one_floor(floor: list[Recording], profile: str) -> dict[str, object]:
    building = building_of(floor)
    started = time.monotonic()
    with build(building) as lab:
        up = time.monotonic() - started
        extra = [a for a in _reachable(building) if IPv4Address(a) not in IPv4Network(NEAR)]
        scan, devices, seconds = scanned(NEAR, profile=profile)
        return {
            "devices": _sheet(building, lab, devices),
            "up": up,
            "seconds": seconds,
            "packets": lab.packets,
            "booked": scan.audit.packets,
            "problems": scan.findings.problems,
            "elsewhere": extra,
            "heard": scan.findings.heard,
        }


def demo() -> None:
    building = demo_building(DEVICES)
    with build(building) as lab:
        scan, devices, seconds = scanned(NEAR, FAR, raw=True)
        sheet = _sheet(building, lab, devices)
    say(
        {
            "devices": sheet,
            "moods": {p.name: sorted(p.moods) for p in building.devices},
            "far": [p.name for p in building.devices if p.far],
            "addresses": {p.name: str(p.recording.address) for p in building.devices},
            "heard": [str(host) for host in scan.findings.heard],
            "seconds": seconds,
        }
    )


def liars(path: str, raw: str) -> None:
    """Everybody lies about addresses and redirects; what leaves by the router goes to a capture.

    With raw sockets it is the whole corpus and who is beyond the router, without them the demo building.
    """
    shared = frozenset({Mood.LYING, Mood.REDIRECTING})
    corpus = [Placed(recording=r) for r in floors(IPV4)[0] if r.address in IPv4Network(NEAR)]
    residents = demo_building(DEVICES).devices
    everybody = (*corpus, *(placed for placed in residents if placed.far)) if raw == "raw" else residents
    building = Building(devices=tuple(replace(placed, moods=shared) for placed in everybody))
    with build(building) as lab:
        with lab.router_capture(Path(path)):
            scan, _devices, seconds = scanned(NEAR, FAR, raw=raw == "raw", timing="fast")
            time.sleep(0.5)
        together = {name: account.together for name, account in lab.accounts().items()}
        forbidden = len(scan.findings.forbidden)
        with lab.router_capture(Path(path + ".control")):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stray:
                stray.sendto(b"stray", ("203.0.113.66", 9))
            time.sleep(0.5)
    say({"forbidden": forbidden, "seconds": seconds, "together": together})


def difficult(host_timeout_s: str = "20") -> None:
    """One device in each mood, all at once, beside four that are well."""
    source = recording(DIFFICULT)
    moody = [
        Placed(
            recording=copy_of(
                source, mood.value, IPv4Address(f"192.0.2.{120 + number}"), f"58:50:ed:20:20:{number:02x}"
            ),
            moods=frozenset({mood}),
        )
        for number, mood in enumerate(Mood)
    ]
    building = Building(devices=(*(Placed(recording=recording(name)) for name in PLAIN), *moody))
    with build(building) as lab:
        scan, devices, seconds = scanned(NEAR, host_timeout_s=float(host_timeout_s))
        names = {str(placed.recording.address): placed.name for placed in building.devices}
        gaps = reach_of(scan, devices, datetime.now(UTC)).not_asked
        say(
            {
                "devices": _sheet(building, lab, devices),
                "seconds": seconds,
                "gaps": {names[gap.addresses]: gap.why for gap in gaps if gap.addresses in names},
            }
        )


def asked_by_hand() -> None:
    """What a device says to plain sockets, without any of the scanner's own code."""
    names = (DIFFICULT, "axis-m1065-lw-9.80.1", "axis-q7401-5.01")
    building = building_of(recording(name) for name in names)
    found: dict[str, object] = {}
    with build(building) as lab:
        hik, axis, encoder = (str(p.recording.address) for p in building.devices)
        found["page"] = _exchange(hik, 80, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        found["unknown"] = _exchange(hik, 80, b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        found["page6"] = _exchange("2001:db8:0:1::a", 80, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        found["rtsp"] = _exchange(hik, 554, b"OPTIONS * RTSP/1.0\r\nCSeq: 77\r\n\r\n", wait=False)
        found["greeting"] = _exchange(encoder, 21, b"", wait=False)
        found["certificate"] = _subject(axis)
        found["closed"] = _refuses(hik, 8123)
        found["macs"] = {line.split()[0]: line.split()[3] for line in _arp()}
        found["account"] = lab.accounts()[DIFFICULT].connections
    say(found)


def _exchange(host: str, port: int, request: bytes, *, wait: bool = True) -> str:
    with socket.create_connection((host, port), timeout=5) as opened:
        opened.sendall(request)
        said = opened.recv(65536)
        while wait and (more := opened.recv(65536)):
            said += more
    return said.decode("latin-1")


def _subject(host: str) -> str:
    import ssl

    from cryptography import x509

    pem = ssl.get_server_certificate((host, 443), timeout=5)
    return x509.load_pem_x509_certificate(pem.encode()).subject.rfc4514_string()


def _refuses(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def _arp() -> list[str]:
    return Path("/proc/net/arp").read_text().splitlines()[1:]


def anyip() -> None:
    living = [IPv4Address(f"198.18.{i}.{i + 1}") for i in range(4)]
    dead = [IPv4Address(f"198.18.{i}.200") for i in range(4)]
    with simulate_network(IPv4Network("198.18.0.0/16"), living):
        page = _exchange(str(living[1]), 80, b"GET / HTTP/1.1\r\n\r\n")
        refused = _refuses(str(living[2]), 8123)
        silent = [_times_out(host) for host in dead]
        scan, _devices, seconds = scanned("198.18.0.0/22", profile="quick", timing="fast")
        alive = sorted(scan.findings.alive)
    say({"page": page, "refused": refused, "silent": silent, "alive": alive, "living": living, "s": seconds})


def _times_out(host: IPAddress) -> bool:
    try:
        socket.create_connection((str(host), 80), timeout=0.7).close()
    except TimeoutError:
        return True
    return False


def what_is_left() -> None:
    """Interfaces before, in and after a building, and whether a second one can follow."""
    names = [[name for _, name in socket.if_nameindex()]]
    for _ in range(2):
        with build(building_of([recording(PLAIN[0])])):
            names.append([name for _, name in socket.if_nameindex()])
        names.append([name for _, name in socket.if_nameindex()])
    say({"interfaces": names, "root": os.getuid() == 0})


def a_failing_block() -> None:
    try:
        with build(building_of([recording(PLAIN[0])])):
            raise RuntimeError("a test fails")  # noqa: TRY301 - that it leaves the block is the point
    except RuntimeError:
        pass
    say([name for _, name in socket.if_nameindex()])


def killed() -> None:
    """Die without a word while a building is up; says before who its processes are."""
    with build(building_of([recording(PLAIN[0])])):
        own = os.getpid()
        say([int(word) for word in Path(f"/proc/{own}/task/{own}/children").read_text().split()])
        sys.stdout.flush()
        os.kill(own, signal.SIGKILL)


def a_second_interface() -> None:
    from scanner.errors import ScannerError

    with build(building_of([recording(PLAIN[0])])):
        try:
            with build(building_of([recording(PLAIN[1])])):
                said = ""
        except ScannerError as error:
            said = str(error)
    say(said)


def two_on_one_address() -> None:
    from scanner.errors import ScannerError

    first = recording(PLAIN[0])
    twin = replace(recording(PLAIN[1]), address=first.address)
    try:
        with build(building_of([first, twin])):
            said = ""
    except ScannerError as error:
        said = str(error)
    say(said)
