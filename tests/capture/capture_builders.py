"""Packets and capture files made byte by byte, for the tests of the capture reader."""

import io
import struct
from ipaddress import ip_address

from scanner.capture import open_capture

CAMERA, VIEWER = "192.0.2.64", "192.0.2.9"
CAMERA_MAC, VIEWER_MAC = "44:19:b6:00:00:01", "02:00:00:00:00:09"
START = 1_700_000_000
ISN = (0xFFFFFF00, 0x10)
"""Initial sequence numbers of client and server: the client's wraps."""


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def raw(host):
    return ip_address(host).packed


def ethernet(payload, ethertype=0x0800, source=CAMERA_MAC, destination=VIEWER_MAC, tags=b""):
    return mac(destination) + mac(source) + tags + ethertype.to_bytes(2) + payload


def ipv4(
    payload, source=CAMERA, destination=VIEWER, protocol=17, *, fragment=0, ident=7, options=b"", length=None
):
    header = 5 + len(options) // 4
    total = header * 4 + len(payload) if length is None else length
    fixed = struct.pack("!BBHHHBBH", 0x40 | header, 0, total, ident, fragment, 64, protocol, 0)
    return fixed + raw(source) + raw(destination) + options + payload


def ipv6(payload, source="fe80::1", destination="fe80::2", following=17):
    return (
        struct.pack("!IHBB", 6 << 28, len(payload), following, 64) + raw(source) + raw(destination) + payload
    )


def udp(payload, source_port=3702, port=3702, length=None):
    return (
        struct.pack("!HHHH", source_port, port, 8 + len(payload) if length is None else length, 0) + payload
    )


def tcp(payload, source_port, port, sequence, ack, flags):
    fields = (source_port, port, sequence % 2**32, ack % 2**32, 0x50, flags, 8192, 0, 0)
    return struct.pack("!HHIIBBHHH", *fields) + payload


def datagram(payload, source=CAMERA, source_port=3702, destination=VIEWER, port=3702, **link):
    return ethernet(ipv4(udp(payload, source_port, port), source, destination), **link)


def pcap(frames, link=1, order="<", *, nano=False, snaplen=262144):
    """Frames are bytes, or (bytes, seconds after the start), or bytes and length on the wire and seconds."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, snaplen, link)
    for number, frame in enumerate(frames):
        data, after = frame if isinstance(frame, tuple) else (frame, number / 1000)
        part = int(after % 1 * (10**9 if nano else 10**6))
        kept = data[:snaplen]
        out += struct.pack(order + "IIII", START + int(after), part, len(kept), len(data)) + kept
    return out


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    size = 12 + len(body)
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def section(order="<"):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def interface(link=1, order="<", options=b"", snaplen=0):
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options, order)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def enhanced(data, number=0, ticks=START * 10**6, order="<"):
    fixed = struct.pack(order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data))
    return block(6, fixed + data, order)


class Talk:
    """A TCP connection between VIEWER (client) and CAMERA (server), as frames."""

    def __init__(self, port=80, client_port=50_000, *, handshake=True, tags=b""):
        self.ports = (client_port, port)
        self.next = list(ISN)
        self.tags = tags
        self.frames = []
        if handshake:
            self.put(0, b"", 2)
            self.put(1, b"", 18)
            self.put(0, b"", 16)

    def put(self, side, data, flags=24):
        ack = self.next[1 - side] if flags & 16 else 0
        here, there = self.ports if side == 0 else self.ports[::-1]
        segment = tcp(data, here, there, self.next[side], ack, flags)
        hosts = (VIEWER, CAMERA) if side == 0 else (CAMERA, VIEWER)
        macs = (VIEWER_MAC, CAMERA_MAC) if side == 0 else (CAMERA_MAC, VIEWER_MAC)
        self.frames.append(ethernet(ipv4(segment, *hosts, 6), 0x0800, *macs, self.tags))
        self.next[side] += len(data) + bool(flags & 3)
        return self

    def ask(self, data, size=1400):
        for at in range(0, len(data), size):
            self.put(0, data[at : at + size])
        return self

    def say(self, data, size=1400):
        for at in range(0, len(data), size):
            self.put(1, data[at : at + size])
        return self

    def lose(self, side, size):
        """Let bytes be sent that no frame holds."""
        self.next[side] += size
        return self

    def bye(self):
        return self.put(0, b"", 17).put(1, b"", 17)


def read(data):
    """Return the messages of capture bytes, without sightings, and the statistics."""
    capture = open_capture(io.BytesIO(data), name="test.pcap")
    messages = [message for message in capture if message.protocol != "link"]
    return messages, capture.stats


def said(frames, **options):
    """Return (protocol, source port, payload, request) of each message of frames."""
    messages, stats = read(pcap(frames, **options))
    assert not stats.damages
    return [(m.protocol, m.source.port, m.payload, m.request) for m in messages]
