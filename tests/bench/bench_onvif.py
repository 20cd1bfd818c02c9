"""200 cameras asked by their owner, against a loop of plain `ONVIFCamera(...)` calls.

The cameras are the lab's, on loopback, in a process of their own; they check digests for real. Each program runs in
an interpreter of its own; what it imports and loads before the first camera (zeep here, fingerprints there) is told
apart. The plain loop parses the WSDLs for each camera; a scan does so once, while it waits for the first answers, and
so it is start-up here. The plain loop constructs a camera object for each device, which asks two
questions; this program asks all that it wants to know (fourteen), reads the answers and identifies the devices.
"""

import argparse
import asyncio
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from scanner.probes.plan import RATES

CAMERAS, PORT = 200, 8000
USER, PASSWORD = "census", "lab"
FIRST = IPv4Address("127.0.1.1")
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


def plain(count: int) -> None:
    """Do what a script with onvif-zeep does."""
    from onvif import ONVIFCamera

    started, busy = time.monotonic(), time.process_time()
    for host in HOSTS[:count]:
        camera = ONVIFCamera(host, PORT, USER, PASSWORD)
        assert camera.xaddrs
    print(time.monotonic() - started, time.process_time() - busy, 2 * count)


def ours(_count: int) -> None:
    """Do what the end of a scan with credentials does, pipeline included."""
    from ipaddress import ip_address

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

    onvif_wsdl.prepare()  # a scan has done that while it waited for answers to groups
    registrant("44:19:b6:00:00:00")  # and has read the table of MAC blocks before anybody is visited

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


def measured(name: str, count: int) -> tuple[float, float, float, float, list[int]]:
    """Run one of the two in a fresh interpreter; returns seconds, those of the processor, of start-up, MB, counts."""
    command = [sys.executable, __file__, "--only", name, "--plain", str(count)]
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
    return (
        float(said[0]),
        float(said[1]),
        whole - float(said[0]),
        usage.ru_maxrss / 1024,
        [int(word) for word in said[2:]],
    )


def main() -> None:
    """Print a line for each, and the verdict."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", choices=["plain", "ours"])
    parser.add_argument(
        "--plain", type=int, default=CAMERAS, help="cameras of the plain loop; fewer are scaled up"
    )
    arguments = parser.parse_args()
    if arguments.only:
        (plain if arguments.only == "plain" else ours)(arguments.plain)
        return
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    here.recv()
    try:
        slow, slow_busy, slow_start, slow_mb, (asked,) = measured("plain", arguments.plain)
        fast, fast_busy, fast_start, fast_mb, (answers, packets) = measured("ours", CAMERAS)
    finally:
        server.kill()
    scale = CAMERAS / arguments.plain
    slow, slow_busy, asked = slow * scale, slow_busy * scale, int(asked * scale)
    print(f"{'':34}{'seconds':>9}{'processor':>11}{'start-up':>10}{'MB':>7}{'answers':>9}")
    for name, work, busy, start, memory, count in (
        (f"{CAMERAS} ONVIFCamera(...) in a loop", slow, slow_busy, slow_start, slow_mb, asked),
        (f"{CAMERAS} cameras by camcensus", fast, fast_busy, fast_start, fast_mb, answers),
    ):
        print(f"{name:34}{work:9.1f}{busy:11.1f}{start:10.1f}{memory:7.0f}{count:9,}")
    paces = ", ".join(f"{name} {packets / rate:.0f} s" for name, rate in RATES.items())
    print(
        f"Measured without a packet budget, as the loop has none; its {packets:,} packets alone take: {paces}"
    )
    verdict = "holds" if fast * FACTOR <= slow and fast_mb < MEGABYTES else "DOES NOT HOLD"
    speed = (
        f"{slow / fast:.1f} times as fast (at least {FACTOR}), {slow_busy / fast_busy:.1f} by the processor"
    )
    print(f"{speed}, {fast_mb:.0f} MB (less than {MEGABYTES}): {verdict}")


if __name__ == "__main__":
    main()
