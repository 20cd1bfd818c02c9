"""200 cameras asked by their owner, against two loops of plain `ONVIFCamera(...)` calls.

The cameras are the lab's, on loopback, in a process of their own; they check digests for real, and what they cost the
processor is told apart. Each program runs in an interpreter of its own; what it imports and loads before the first
camera (zeep there, fingerprints here) is told apart too. The plain loops parse the WSDLs for each camera; a scan does
so once, while it waits for the first answers, and so it is start-up here.

- "the same answers" is the comparison: a script that asks each camera what this program asks it, with the services
  that `ONVIFCamera` makes for it.
- "constructor only" is the smallest loop that there is: `ONVIFCamera(...)` asks for capabilities and subscribes to
  events, and nothing is learned of the camera. It is printed, and no bar.
"""

import argparse
import asyncio
import gc
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from scanner.probes.plan import RATES

CAMERAS, PORT = 200, 8000
USER, PASSWORD = "census", "lab"
FIRST = IPv4Address("127.0.1.1")
PLAIN = 50
"""Cameras that the loop for the same answers asks: it takes each the same time, and half a second."""
FACTOR, MEGABYTES = 20, 300
"""The bar: at most a twentieth of the plain loop's time, and less memory than this."""
HOSTS = [str(FIRST + number) for number in range(CAMERAS)]


def serve(ready) -> None:
    """Be all the cameras: one server, and a locked device for each address."""
    from scanner.lab.guarded import Guarded, Lock
    from scanner.lab.soap import Owned
    from scanner.lab.streams import read_request

    devices = {
        host: Guarded(
            Lock(
                own=Owned(
                    serial=f"DS-2CD2042WD-I20170301AAWR7123{number:05}",
                    name=f"Gate {number}",
                    mac=f"44:19:b6:00:00:{number:02x}",
                    ptz=True,
                    audio_in=1,
                    rules=("tt:LineDetector", "tt:FieldDetector"),
                    modules=("tt:CellMotionEngine",),
                )
            ),
            f"{host}:{PORT}",
        )
        for number, host in enumerate(HOSTS)
    }

    async def talk(reader, writer):
        device = devices[writer.get_extra_info("sockname")[0]]
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = read_request(head).header("Content-Length")
                body = await reader.readexactly(int(length)) if length.isdigit() else b""
                writer.write(device.reply(read_request(head, body)) or b"")
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            writer.close()

    async def run():
        server = await asyncio.start_server(talk, "0.0.0.0", PORT, backlog=1024)
        ready.send("up")
        await server.serve_forever()

    asyncio.run(run())


def constructor(count: int) -> None:
    """Make a camera object for each device, and ask it nothing."""
    from onvif import ONVIFCamera

    started, busy = time.monotonic(), time.process_time()
    for host in HOSTS[:count]:
        camera = ONVIFCamera(host, PORT, USER, PASSWORD)
        assert camera.xaddrs
    print(time.monotonic() - started, time.process_time() - busy, 2 * count)


def plain(count: int) -> None:
    """Do what a script with onvif-zeep does that wants to know what this program learns."""
    from onvif import ONVIFCamera

    started, busy, answers = time.monotonic(), time.process_time(), 0
    for host in HOSTS[:count]:
        answers += 2 + sum(1 for _ in gather(ONVIFCamera(host, PORT, USER, PASSWORD)))
    print(time.monotonic() - started, time.process_time() - busy, answers)


def gather(camera):
    """Ask a camera object the thirteen questions that this program asks; yields the answers."""
    device = camera.devicemgmt
    yield device.GetSystemDateAndTime()
    services = device.GetServices({"IncludeCapability": False})
    yield services
    camera.xaddrs |= {service.Namespace: service.XAddr for service in services}
    for call in ("GetDeviceInformation", "GetScopes", "GetNetworkInterfaces", "GetUsers"):
        yield getattr(device, call)()
    media = camera.create_media_service()
    profiles = media.GetProfiles()
    yield profiles
    yield media.GetAudioSources()
    yield media.GetAudioOutputs()
    yield camera.create_ptz_service().GetNodes()
    yield camera.create_search_service().GetRecordingSummary()
    analytics = camera.create_analytics_service()
    space = "http://www.onvif.org/ver20/analytics/wsdl"
    rules = analytics.zeep_client.create_service(f"{{{space}}}RuleEngineBinding", camera.xaddrs[space])
    for profile in profiles:
        token = profile.VideoAnalyticsConfiguration.token
        yield analytics.GetSupportedAnalyticsModules({"ConfigurationToken": token})
        yield rules.GetSupportedRules(ConfigurationToken=token)


def ours(_count: int) -> None:
    """Do what the end of a scan with credentials does, pipeline included."""
    from ipaddress import ip_address

    from scanner.cli import RARELY
    from scanner.credentials import Credentials, Entry, Ledger, Secret
    from scanner.fingerprints import identify, load
    from scanner.model import Attribute, Conclusion, Device
    from scanner.pipeline import Reading, devices_from
    from scanner.probes import onvif_wsdl
    from scanner.probes.audit import Audit
    from scanner.probes.doors import Door, Doors
    from scanner.probes.pace import Courtesy, Pacer
    from scanner.probes.unlocking import Unlocking
    from scanner.probes.wire import Wire
    from scanner.scope import Guard, scope_of
    from scanner.targets import parse_targets
    from scanner.vendors.registry import registrant

    gc.set_threshold(*RARELY)  # as the command does
    onvif_wsdl.prepare()  # a scan has done that while it waited for answers to groups
    registrant("44:19:b6:00:00:00")  # and has read the table of MAC blocks before anybody is visited
    load().prepare()  # and has matched what everybody says to anybody

    class Known(Doors):
        def onvif(self, _host):
            return Door(port=PORT, path="/onvif/device_service", secure=False)

    maker = {Attribute.MAKER: Conclusion(value="Hikvision", confidence=0.9)}
    devices = [Device(id=h, kind="camera", addresses=(ip_address(h),), conclusions=maker) for h in HOSTS]
    entry = Entry(name="all", maker=("Hikvision",), username=USER, password=Secret(PASSWORD))
    unlocking = Unlocking(
        sheet=Credentials(entries=(entry,), file="-", digest=""), ledger=Ledger(), doors=Known()
    )
    reading, knowledge, evidence, audit = Reading(), load(), [], Audit()

    def take(message):
        for observation in reading.read(message):
            evidence.extend(identify([observation], knowledge))

    async def run():
        wire = Wire(
            guard=Guard(scope_of(parse_targets(["127.0.0.0/8"]))),
            pacer=Pacer(1e7),
            courtesy=Courtesy(),
            audit=audit,
            sink=take,
            attempts=lambda _attempt: None,
        )
        await unlocking.run(devices, wire, lambda _host: True, 60.0)

    started, busy = time.monotonic(), time.process_time()
    asyncio.run(run())
    seconds, busy = time.monotonic() - started, time.process_time() - busy
    assert [v.outcome for v in unlocking.visits] == ["accepted"] * CAMERAS, unlocking.visits[:3]
    models = {e.subject.host for e in evidence if e.attribute is Attribute.MODEL}
    able = {e.subject.host for e in evidence if e.attribute is Attribute.CAPABILITY and e.value == "ptz"}
    assert len(models) == len(able) == CAMERAS
    started, later = time.monotonic(), time.process_time()
    devices_from(evidence, knowledge, reading, datetime.now(UTC).date())
    seconds, busy = seconds + time.monotonic() - started, busy + time.process_time() - later
    print(seconds, busy, reading.messages["http"], audit.packets)


PROGRAMS = {"constructor": constructor, "plain": plain, "ours": ours}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one program took for all cameras: seconds, of the processor, of it for the cameras; MB; answers."""

    seconds: float
    busy: float
    cameras: float
    start: float
    megabytes: float
    answers: int
    packets: int = 0

    def line(self, name: str) -> str:
        """Return a line of the table."""
        times = f"{self.seconds:9.1f}{self.busy:11.1f}{self.cameras:9.1f}{self.start:10.1f}"
        return f"{name:46}{times}{self.megabytes:7.0f}{self.answers:9,}"


def measured(name: str, count: int, server: int) -> Measured:
    """Run a program in a fresh interpreter for some of the cameras; what it took is scaled to all of them."""
    command = [sys.executable, __file__, "--only", name, "--count", str(count)]
    before = processor_s(server)
    with tempfile.TemporaryFile("w+") as output:
        started = time.monotonic()
        with subprocess.Popen(command, stdout=output, cwd=Path(__file__).resolve().parents[2]) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        whole = time.monotonic() - started
        output.seek(0)
        said = output.read().split()
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}")
    scale = CAMERAS / count
    return Measured(
        seconds=float(said[0]) * scale,
        busy=float(said[1]) * scale,
        cameras=(processor_s(server) - before) * scale,
        start=whole - float(said[0]),
        megabytes=usage.ru_maxrss / 1024,
        answers=int(int(said[2]) * scale),
        packets=int(said[3]) if len(said) > 3 else 0,
    )


def processor_s(process: int) -> float:
    """Return what a process has had of the processor, in seconds (proc(5): fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print a line for each, and the verdict."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=sorted(PROGRAMS))
    parser.add_argument("--count", type=int, default=CAMERAS, help="cameras, for --only")
    arguments = parser.parse_args()
    if arguments.only:
        PROGRAMS[arguments.only](arguments.count)
        return
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    here.recv()
    assert server.pid is not None
    try:
        same = measured("plain", PLAIN, server.pid)
        least = measured("constructor", CAMERAS, server.pid)
        fast = measured("ours", CAMERAS, server.pid)
    finally:
        server.kill()
    print(f"{'':46}{'seconds':>9}{'processor':>11}{'cameras':>9}{'start-up':>10}{'MB':>7}{'answers':>9}")
    print(same.line(f"ONVIFCamera in a loop, the same answers ({PLAIN} × {CAMERAS // PLAIN})"))
    print(least.line("ONVIFCamera in a loop, constructor only"))
    print(fast.line("camcensus"))
    paces = ", ".join(f"{name} {fast.packets / rate:.0f} s" for name, rate in RATES.items())
    print(
        f"Without a packet budget, as the loops have none; its {fast.packets:,} packets alone take: {paces}"
    )
    for slow, name in ((least, "constructor only"), (same, "the same answers")):
        by_processor = f"{slow.busy / fast.busy:.1f} by the processor"
        print(f"{name}: {slow.seconds / fast.seconds:.1f} times as fast, {by_processor}")
    verdict = (
        "holds" if fast.seconds * FACTOR <= same.seconds and fast.megabytes < MEGABYTES else "DOES NOT HOLD"
    )
    print(f"at least {FACTOR} times for the same answers, in less than {MEGABYTES} MB: {verdict}")


if __name__ == "__main__":
    main()
