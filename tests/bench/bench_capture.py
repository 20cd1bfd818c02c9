"""How long a large capture takes, beside the tools that people would otherwise filter it with.

Writes a capture of the kind that a mirror port gives (98 % video and HTTPS, 2 % what this program looks for)
to a temporary folder, reads it with `camcensus`' capture reader, `tcpdump -r` and `tshark -T fields`, prints a
table of seconds and peak memory, and deletes the file. Run: `python tests/bench/bench_capture.py [--packets N]`.
"""

import argparse
import os
import random
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SIZE = 1200
"""Bytes of a video packet's payload, about what cameras send."""
TCPDUMP_FILTER = (
    "arp or udp port 5353 or udp port 1900 or udp port 3702 or udp port 67 or udp port 53 or udp port 37020 "
    "or tcp port 80 or tcp port 554"
)
READER = """
import collections, sys
from pathlib import Path
from scanner.capture import open_capture
capture = open_capture(Path(sys.argv[1]))
counts = collections.Counter(message.protocol for message in capture)
print(capture.stats.packets, sum(counts.values()), dict(counts), file=sys.stderr)
"""

HTTP_ANSWER = (
    b"HTTP/1.1 401 Unauthorized\r\nServer: App-webs/\r\nContent-Type: text/html\r\n"
    b'WWW-Authenticate: Digest realm="DS-2CD2042WD", nonce="0"\r\nContent-Length: 4\r\n\r\nBody'
)
HTTP_QUESTION = b"GET /ISAPI/System/deviceInfo HTTP/1.1\r\nHost: camera\r\nUser-Agent: nvr\r\n\r\n"
RTSP_QUESTION = b"OPTIONS rtsp://camera/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"
RTSP_ANSWER = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY\r\n\r\n"
PLAY = RTSP_QUESTION.replace(b"OPTIONS", b"PLAY")
HELLO = b"\x16\x03\x01\0\x05\x01\0\0\x01\0"
SECRET = b"\x17\x03\x03\0\1\0"
SSDP = (
    b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nSERVER: Linux UPnP/1.0\r\n"
    b"LOCATION: http://10.0.0.1/upnpdevicedesc.xml\r\nUSN: uuid:1\r\n\r\n"
)
WSD = (
    b'<?xml version="1.0"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body><Hello/></e:Body>'
    b"</e:Envelope>"
)
MDNS = (
    bytes.fromhex("000084000000000100000000")
    + b"\x05_axis\x04_tcp\x05local\0\0\x0c\0\x01\0\0\0\x78\0\x02\xc0\x0c"
)
DHCP = (
    b"\x01\x01\x06\0" + bytes(24) + b"\x44\x19\xb6\0\0\x01" + bytes(202) + b"\x63\x82\x53\x63\x35\x01\x01\xff"
)


def ethernet(ethertype: int, payload: bytes, device: int) -> bytes:
    """Return a frame sent by a device."""
    return b"\x02\0\0\0\0\x02\x44\x19\xb6" + device.to_bytes(3) + ethertype.to_bytes(2) + payload


def ipv4(protocol: int, source: bytes, destination: bytes, payload: bytes) -> bytes:
    """Return an IPv4 packet without options."""
    length = 20 + len(payload)
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, length, 1, 0, 64, protocol, 0, source, destination) + payload


def udp(source: bytes, source_port: int, destination: bytes, port: int, payload: bytes) -> bytes:
    """Return a datagram in its packet."""
    header = struct.pack("!HHHH", source_port, port, 8 + len(payload), 0)
    return ipv4(17, source, destination, header + payload)


def tcp(
    source: bytes,
    source_port: int,
    destination: bytes,
    port: int,
    sequence: int,
    ack: int,
    flags: int,
    payload: bytes,
) -> bytes:
    """Return a segment in its packet."""
    fields = (source_port, port, sequence % 2**32, ack % 2**32, 0x50, flags, 8192, 0, 0)
    return ipv4(6, source, destination, struct.pack("!HHIIBBHHH", *fields) + payload)


def host(device: int) -> bytes:
    """Return the address of a device: 10.x.y.z."""
    return b"\x0a" + device.to_bytes(3)


def exchange(device: int, port: int, question: bytes, answer: bytes, number: int) -> Iterator[bytes]:
    """Yield the frames of a TCP connection with one question and one answer."""
    client, here, server = host(2), 20_000 + number % 40_000, host(device)

    def sent(sequence: int, ack: int, flags: int, payload: bytes = b"") -> bytes:
        return ethernet(0x0800, tcp(client, here, server, port, sequence, ack, flags, payload), 2)

    def answered(sequence: int, ack: int, flags: int, payload: bytes = b"") -> bytes:
        return ethernet(0x0800, tcp(server, port, client, here, sequence, ack, flags, payload), device)

    yield sent(1, 0, 2)
    yield answered(1, 2, 18)
    yield sent(2, 2, 24, question)
    yield answered(2, 2 + len(question), 24, answer)
    yield sent(2 + len(question), 2 + len(answer), 17)
    yield answered(2 + len(answer), 3 + len(question), 17)


def needle(number: int) -> Iterator[bytes]:
    """Yield the frames of something that the census looks for, of a kind that goes round with the number."""
    device = 100 + number % 400
    address, group = host(device), b"\xef\xff\xff\xfa"
    arp = struct.pack(
        "!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 2, b"\x44\x19\xb6" + device.to_bytes(3), address, bytes(6), host(2)
    )
    single: list[Callable[[], bytes]] = [
        lambda: ethernet(0x0806, arp, device),
        lambda: ethernet(0x0800, udp(address, 5353, b"\xe0\0\0\xfb", 5353, MDNS), device),
        lambda: ethernet(0x0800, udp(address, 1900, group, 1900, SSDP), device),
        lambda: ethernet(0x0800, udp(address, 3702, group, 3702, WSD), device),
        lambda: ethernet(0x0800, udp(bytes(4), 68, b"\xff" * 4, 67, DHCP), device),
    ]
    for make in single:
        yield make()
    yield from exchange(device, 80, HTTP_QUESTION, HTTP_ANSWER, number)
    yield from exchange(device, 554, RTSP_QUESTION, RTSP_ANSWER, number)


class Video:
    """The haystack: a camera each that sends RTP over UDP, RTP inside RTSP, or HTTPS."""

    def __init__(self, device: int) -> None:
        self.device, self.kind = device, device % 3
        self.sequence = self.heard = 1
        self.noise = random.Random(device).randbytes(SIZE)

    def opening(self) -> Iterator[bytes]:
        """Yield the frames with which the stream begins."""
        port, question, answer = (554, PLAY, RTSP_ANSWER) if self.kind == 1 else (443, HELLO, SECRET)
        if self.kind:
            yield from list(exchange(self.device, port, question, answer, self.device))[:4]
            self.sequence, self.heard = 2 + len(answer), 2 + len(question)

    def frame(self) -> bytes:
        """Return the next video packet."""
        address, viewer = host(self.device), host(2)
        self.sequence += SIZE
        if self.kind == 0:
            media = b"\x80\x60" + struct.pack(
                "!HII", self.sequence // SIZE % 65536, self.sequence, self.device
            )
            packet = udp(address, 40_000 + self.device, viewer, 50_000 + self.device, media + self.noise[12:])
        elif self.kind == 1:
            media = b"$\0" + (SIZE - 4).to_bytes(2)
            packet = tcp(
                address,
                554,
                viewer,
                20_000 + self.device,
                self.sequence - SIZE,
                self.heard,
                24,
                media + self.noise[4:],
            )
        else:
            media = b"\x17\x03\x03" + (SIZE - 5).to_bytes(2)
            packet = tcp(
                address,
                443,
                viewer,
                20_000 + self.device,
                self.sequence - SIZE,
                self.heard,
                24,
                media + self.noise[5:],
            )
        return ethernet(0x0800, packet, self.device)


def write(path: Path, packets: int) -> None:
    """Write the capture: `packets` in all, two in a hundred of them needles."""
    videos = [Video(device) for device in range(1000, 1060)]
    written = number = 0
    with path.open("wb", buffering=1 << 20) as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))

        def put(frame: bytes) -> None:
            nonlocal written
            seconds, micro = divmod(written * 40, 1_000_000)
            file.write(struct.pack("<IIII", 1_700_000_000 + seconds, micro, len(frame), len(frame)) + frame)
            written += 1

        for video in videos:
            for frame in video.opening():
                put(frame)
        while written < packets:
            before = written
            for frame in needle(number):
                put(frame)
            number += 1
            for index in range((written - before) * 49):
                put(videos[index % len(videos)].frame())


def measure(command: list[str], patience: float) -> tuple[float, float, str]:
    """Run a command; return its seconds, its peak memory in MiB, and the last line it said.

    After `patience` seconds it is stopped: then it takes at least that.
    """
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=output, cwd=ROOT)
        stop = threading.Timer(patience, process.kill)
        stop.start()
        _, status, usage = os.wait4(process.pid, 0)
        stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        output.seek(0)
        said = output.read().decode(errors="replace").strip().splitlines()
    last = said[-1] if said else ""
    return seconds, usage.ru_maxrss / 1024, "stopped before its end" if process.returncode < 0 else last


def commands(path: Path) -> dict[str, list[str]]:
    """Return what is compared, as far as it is installed."""
    fields = "http||ssdp||mdns"
    found = {
        "reader": [sys.executable, "-c", READER, str(path)],
        "camcensus": [sys.executable, "-m", "scanner", "replay", str(path), "--fail-on", "none"],
        "tcpdump": ["tcpdump", "-r", str(path), "-w", "/dev/null", TCPDUMP_FILTER],
        "tshark": [
            "tshark",
            "-r",
            str(path),
            "-Y",
            fields,
            "-T",
            "fields",
            "-e",
            "ip.src",
            "-e",
            "http.server",
        ],
    }
    return {name: command for name, command in found.items() if shutil.which(command[0])}


def main() -> None:
    """Write, measure, print, delete."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--packets", type=int, default=1_000_000)
    options.add_argument("--repeat", type=int, default=3, help="runs of each tool; the fastest counts")
    options.add_argument("--patience", type=float, default=120, help="seconds after which a tool is stopped")
    options.add_argument("--without", action="append", default=[], help="a tool to leave out")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="camcensus-bench-") as folder:
        path = Path(folder) / "large.pcap"
        write(path, chosen.packets)
        print(f"{chosen.packets} packets, {path.stat().st_size / 1e9:.2f} GB, {os.cpu_count()} CPUs")
        print(f"{'tool':12}{'seconds':>10}{'MiB':>10}{'packets/s':>14}{'× tcpdump':>12}")
        results = {}
        for name, command in commands(path).items():
            if name not in chosen.without:
                repeat = 1 if name == "tshark" else chosen.repeat
                results[name] = min(measure(command, chosen.patience) for _ in range(repeat))
        base = results.get("tcpdump", (0.0,))[0]
        for name, (seconds, memory, said) in results.items():
            ratio = f"{seconds / base:.2f}" if base else "-"
            print(
                f"{name:12}{seconds:>10.2f}{memory:>10.0f}{chosen.packets / seconds:>14,.0f}{ratio:>12}   {said[:200]}"
            )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
