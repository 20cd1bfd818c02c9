"""Files as they are written: byte orders, clocks, sections, link types, compression, and where they break."""

import contextlib
import gzip
import io
import random
import struct
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
import zstandard
from capture_builders import (
    CAMERA,
    CAMERA_MAC,
    START,
    block,
    datagram,
    enhanced,
    ethernet,
    interface,
    ipv4,
    ipv6,
    mac,
    option,
    pcap,
    raw,
    read,
    section,
    udp,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.capture import open_capture
from scanner.capture import source as sources
from scanner.errors import CaptureError

NOTIFY = b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nNT: upnp:rootdevice\r\nNTS: ssdp:alive\r\n\r\n"
FRAME = datagram(NOTIFY, source_port=1900, destination="239.255.255.250", port=1900)
IP = FRAME[14:]
FILE = pcap([FRAME, FRAME, FRAME])


def payloads(data):
    messages, stats = read(data)
    assert not stats.damages
    return [message.payload for message in messages]


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nano", [False, True])
def test_pcap_of_any_byte_order_and_clock(order, nano):
    messages, stats = read(pcap([(FRAME, 0.25), (FRAME, 3.5)], order=order, nano=nano))
    assert [message.payload for message in messages] == [NOTIFY, NOTIFY]
    assert messages[0].time == datetime.fromtimestamp(START + 0.25, UTC)
    assert (stats.first, stats.last) == (messages[0].time, messages[1].time)
    assert (stats.packets, stats.bytes, stats.link_types) == (2, 2 * len(FRAME), ("Ethernet",))


def test_message_says_who_where_and_when():
    message = read(FILE)[0][0]
    assert message.protocol == "ssdp"
    assert (message.source.host, message.source.port) == (ip_address(CAMERA), 1900)
    assert (message.destination.host, message.destination.port) == (ip_address("239.255.255.250"), 1900)
    assert message.mac == CAMERA_MAC


def test_sender_is_sighted_once():
    frames = [FRAME, FRAME, datagram(NOTIFY, source_port=1900, port=1900, source="192.0.2.65"), FRAME]
    capture = open_capture(io.BytesIO(pcap(frames)), name="x")
    sighted = [(m.mac, str(m.source.host), m.payload) for m in capture if m.protocol == "link"]
    assert sighted == [(CAMERA_MAC, CAMERA, b""), (CAMERA_MAC, "192.0.2.65", b"")]


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_of_any_byte_order(order):
    data = (
        section(order) + interface(order=order) + enhanced(FRAME, order=order) + enhanced(FRAME, order=order)
    )
    messages, stats = read(data)
    assert [message.payload for message in messages] == [NOTIFY, NOTIFY]
    assert messages[0].time == datetime.fromtimestamp(START, UTC)
    assert (stats.packets, stats.bytes) == (2, 2 * len(FRAME))


@pytest.mark.parametrize(
    ("resolution", "ticks"),
    [(b"\x00", START), (b"\x03", START * 1000), (b"\x09", START * 10**9), (b"\x8a", START * 1024)],
)
def test_pcapng_clocks(resolution, ticks):
    data = section() + interface(options=option(9, resolution)) + enhanced(FRAME, ticks=ticks)
    assert read(data)[0][0].time == datetime.fromtimestamp(START, UTC)


def test_pcapng_clock_with_offset():
    options = option(14, struct.pack("<q", START)) + option(0, b"")
    data = section() + interface(options=options) + enhanced(FRAME, ticks=5_000_000)
    assert read(data)[0][0].time == datetime.fromtimestamp(START + 5, UTC)


def test_pcapng_sections_and_interfaces_differ():
    data = (
        section("<")
        + interface(1)
        + interface(101, options=option(9, b"\x09"))
        + enhanced(FRAME, 0)
        + enhanced(IP, 1, ticks=START * 10**9)
        + block(5, b"statistics..")
        + section(">")
        + interface(228, ">")
        + enhanced(IP, 0, order=">")
    )
    messages, stats = read(data)
    assert [message.payload for message in messages] == [NOTIFY] * 3
    assert {message.time for message in messages} == {datetime.fromtimestamp(START, UTC)}
    assert stats.link_types == ("Ethernet", "raw IP", "raw IPv4")


def test_pcapng_simple_and_old_packet_blocks():
    simple = block(3, struct.pack("<I", len(FRAME)) + FRAME)
    fixed = struct.pack(
        "<HHIIII", 0, 0, START * 10**6 >> 32, START * 10**6 & 0xFFFFFFFF, len(FRAME), len(FRAME)
    )
    assert payloads(section() + interface() + simple + block(2, fixed + FRAME)) == [NOTIFY, NOTIFY]


def test_pcapng_simple_packet_cut_by_the_interface():
    simple = block(3, struct.pack("<I", len(FRAME)) + FRAME[:80])
    messages, _ = read(section() + interface(snaplen=80) + simple)
    assert messages[0].payload == NOTIFY[: 80 - 42]


def test_long_unknown_block_is_passed_over(monkeypatch):
    monkeypatch.setattr(sources, "PIECE", 1000)
    assert payloads(section() + interface() + block(0x0BAD, bytes(20_000)) + enhanced(FRAME)) == [NOTIFY]


COOKED = struct.pack("!HHH", 0, 1, 6) + mac(CAMERA_MAC) + b"\0\0"
COOKED2 = struct.pack("!HIHBB", 0, 3, 1, 0, 6) + mac(CAMERA_MAC) + b"\0\0"


@pytest.mark.parametrize(
    ("link", "frame"),
    [
        (113, COOKED + b"\x08\x00" + IP),
        (276, b"\x08\x00" + COOKED2 + IP),
        (101, IP),
        (12, IP),
        (14, IP),
        (228, IP),
        (0, b"\2\0\0\0" + IP),
        (0, b"\0\0\0\2" + IP),
        (108, b"\0\0\0\2" + IP),
        (0, b"\x1e\0\0\0" + ipv6(udp(NOTIFY, 1900, 1900))),
        (229, ipv6(udp(NOTIFY, 1900, 1900))),
        (1, ethernet(IP, tags=bytes.fromhex("81000005"))),
        (1, ethernet(IP, tags=bytes.fromhex("88a8000581000006"))),
        (1, ethernet(IP, tags=bytes.fromhex("9100000581000006"))),
        (1, ethernet(b"\x11\0\0\1\0\0\0\x21" + IP, 0x8864)),
        (1, ethernet(ipv6(udp(NOTIFY, 1900, 1900)), 0x86DD)),
        (1, ethernet(ipv4(udp(NOTIFY, 1900, 1900), options=b"\x94\4\0\0"))),
        (1, ethernet(b"\xaa\xaa\3\0\0\0\x08\x00" + IP, len(IP) + 8)),
        (1, FRAME + bytes(20)),
    ],
)
def test_link_layers(link, frame):
    messages, stats = read(pcap([frame, frame], link=link))
    assert [message.payload for message in messages] == [NOTIFY, NOTIFY]
    assert not stats.damages
    assert messages[0].mac == (CAMERA_MAC if link in (1, 113, 276) else None)


def test_frames_without_ip():
    arp = bytes.fromhex("00010800060400014419b6000001c0000240000000000000c0000209")
    lldp = bytes.fromhex("0207044419b60000010403020131060200780000")
    sadp = b"\x21\x02" + bytes(60)
    cdp = b"\xaa\xaa\x03\x00\x00\x0c\x20\x00" + b"\x02\xb4\0\0" + b"\0\1\0\x08ab12"
    frames = [ethernet(arp, 0x0806), ethernet(lldp, 0x88CC), ethernet(sadp, 0x8033), ethernet(cdp, len(cdp))]
    messages, _ = read(pcap(frames))
    assert [(message.protocol, message.payload) for message in messages if message.protocol != "sadp"] == [
        ("arp", arp),
        ("lldp", lldp),
        ("cdp", cdp[8:]),
    ]
    assert all(message.mac == CAMERA_MAC and message.source.host is None for message in messages)


def test_compressed(tmp_path):
    path = tmp_path / "a.pcap.gz"
    path.write_bytes(gzip.compress(FILE))
    capture = open_capture(path)
    assert [message.payload for message in capture if message.payload] == [NOTIFY] * 3
    assert payloads(zstandard.compress(FILE)) == [NOTIFY] * 3
    half = len(FILE) // 2
    assert payloads(gzip.compress(FILE[:half]) + gzip.compress(FILE[half:])) == [NOTIFY] * 3
    assert payloads(zstandard.compress(FILE[:half]) + zstandard.compress(FILE[half:])) == [NOTIFY] * 3


def test_large_expansion_is_read_in_pieces(monkeypatch):
    monkeypatch.setattr(sources, "PIECE", 4096)
    longest = 0
    original = sources.Window.slide

    def slide(window, position):
        nonlocal longest
        more = original(window, position)
        longest = max(longest, len(window.buffer))
        return more

    monkeypatch.setattr(sources.Window, "slide", slide)
    bomb = FILE[:24] + FILE[24:] * 30_000
    _, stats = read(gzip.compress(bomb))
    assert stats.packets == 90_000
    assert longest < 20_000


@pytest.mark.parametrize("piece", [1, 7, 100, 333])
@pytest.mark.parametrize("reading", ["path", "stream"])
def test_any_piece_size_reads_the_same(monkeypatch, tmp_path, piece, reading):
    monkeypatch.setattr(sources, "PIECE", max(piece, 300) if reading == "path" else piece)
    ng = section() + interface() + b"".join(enhanced(FRAME) for _ in range(3))
    for number, data in enumerate((FILE, ng)):
        path = tmp_path / f"{number}.pcap"
        path.write_bytes(data)
        capture = open_capture(path if reading == "path" else io.BytesIO(data), name="x")
        assert [message.payload for message in capture if message.payload] == [NOTIFY] * 3
        assert capture.stats.packets == 3
        assert not capture.stats.damages


class Dripping(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data):
        self.data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self.data.readinto(memoryview(buffer)[:11])


def test_stream_that_gives_little_at_a_time():
    capture = open_capture(Dripping(FILE), name="-")
    assert [message.payload for message in capture if message.payload] == [NOTIFY] * 3


class Bare:
    """As little of a file as can be."""

    def __init__(self, data):
        self.read = io.BytesIO(data).read


def test_streams_of_every_kind(tmp_path):
    path = tmp_path / "with-something-before"
    path.write_bytes(b"before" + FILE)
    with path.open("rb") as buffered, path.open("rb", buffering=0) as unbuffered:
        for stream in (buffered, unbuffered):
            stream.seek(6)
            assert [m.payload for m in open_capture(stream, name="-") if m.payload] == [NOTIFY] * 3
            assert not stream.closed
    assert [m.payload for m in open_capture(Bare(FILE), name="-") if m.payload] == [NOTIFY] * 3


@pytest.mark.parametrize("piece", [50, 64, 1000, 5000])
def test_boring_packets_at_the_ends_of_pieces(monkeypatch, tmp_path, piece):
    """What is passed over may end beyond the piece in hand, and beyond the next."""
    noise = datagram(b"\x80" + bytes(700), source_port=7, port=9)
    data = pcap([noise] * 40 + [FRAME] + [noise] * 40)
    path = tmp_path / "a.pcap"
    path.write_bytes(data)
    monkeypatch.setattr(sources, "PIECE", piece)
    for stream in (io.BytesIO(data), Dripping(data), io.BytesIO(gzip.compress(data))):
        capture = open_capture(stream, name="x")
        messages = [message.payload for message in capture if message.payload]
        stats = capture.stats
        assert (messages, stats.packets, stats.damages) == ([NOTIFY], 81, ())
        assert stats.bytes == 80 * len(noise) + len(FRAME)
        assert stats.last == datetime.fromtimestamp(START + 0.08, UTC)
    monkeypatch.setattr(sources, "PIECE", max(piece, 800))
    capture = open_capture(path)
    assert [message.payload for message in capture if message.payload] == [NOTIFY]
    assert (capture.stats.packets, capture.stats.damages) == (81, ())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"MZ\x90\0" + bytes(100), "is not a packet capture"),
        (b"<html>", "is not a packet capture"),
        (b"\xd4\xc3", "is not a packet capture"),
        (FILE[:20], "stops before its first packet"),
        (section()[:9], "stops before its first packet"),
        (gzip.compress(b"hello, world"), "is not a packet capture"),
        (b"\x1f\x8b" + bytes(50), "gzip data is damaged"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 50, "zstd data is damaged"),
    ],
)
def test_what_is_no_capture(data, words):
    with pytest.raises(CaptureError, match=words) as caught:
        open_capture(io.BytesIO(data), name="this.pcap")
    assert str(caught.value).startswith("this.pcap: ")
    assert "\n" not in str(caught.value)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(CaptureError, match="there is no such file"):
        open_capture(tmp_path / "absent.pcap")
    with pytest.raises(CaptureError, match="is a folder"):
        open_capture(tmp_path)


def test_file_without_packets():
    assert read(FILE[:24]) == ([], read(FILE[:24])[1])
    assert read(FILE[:24])[1].packets == 0


def test_cut_file_gives_what_came_before():
    messages, stats = read(FILE[:-5])
    assert len(messages) == 2
    assert stats.damages == ("the file stops in the middle of a packet; all packets before it were read",)
    ng = section() + interface() + enhanced(FRAME) + enhanced(FRAME)
    messages, stats = read(ng[:-5])
    assert len(messages) == 1
    assert "stops in the middle of a block" in stats.damages[0]


@pytest.mark.parametrize("kind", ["pcap", "pcapng"])
def test_cut_anywhere_is_the_same_from_path_and_stream(monkeypatch, tmp_path, kind):
    noise = datagram(b"\x80" + bytes(90), source_port=7, port=9)
    frames = [noise] * 5 + [FRAME] + [noise] * 3
    ng = section() + interface() + b"".join(enhanced(frame) for frame in frames)
    data = pcap(frames) if kind == "pcap" else ng
    ends = {24 + sum(16 + len(f) for f in frames[:count]) for count in range(10)} if kind == "pcap" else set()
    monkeypatch.setattr(sources, "PIECE", 400)
    path = tmp_path / "cut"
    for size in range(28 if kind == "pcap" else 48, len(data), 3):
        path.write_bytes(data[:size])
        results = []
        for source in (path, io.BytesIO(data[:size])):
            capture = open_capture(source, name="x")
            results.append(([message.payload for message in capture], capture.stats))
        assert results[0] == results[1]
        assert kind == "pcapng" or bool(results[0][1].damages) == (size not in ends)


def test_damaged_record_ends_the_reading():
    messages, stats = read(FILE + struct.pack("<IIII", 0, 0, 0x7FFFFFFF, 0) + bytes(300))
    assert len(messages) == 3
    assert "claims a packet of 2147483647 bytes" in stats.damages[0]
    ng = section() + interface() + enhanced(FRAME) + struct.pack("<II", 6, 7) + bytes(300)
    messages, stats = read(ng)
    assert len(messages) == 1
    assert "impossible length" in stats.damages[0]


def test_damaged_compression_gives_what_came_before():
    noise = random.Random(1).randbytes(5000)
    data = FILE + struct.pack("<IIII", START, 0, 5000, 5000) + noise
    messages, stats = read(gzip.compress(data)[:-2000])
    assert len(messages) == 3
    assert stats.damages == ("the gzip data stops before its end",)
    packed = bytearray(gzip.compress(data))
    packed[-8:-4] = b"\0\0\0\0"
    messages, stats = read(bytes(packed))
    assert len(messages) == 3
    assert "gzip data is damaged" in stats.damages[0]


def test_packet_of_an_interface_that_is_not_there():
    messages, stats = read(section() + interface() + enhanced(FRAME, 7) + enhanced(FRAME))
    assert len(messages) == 1
    assert "could not be read and was skipped" in stats.damages[0]


def test_zeros_are_not_packets():
    _, stats = read(FILE + bytes(1 << 20))
    assert "empty packets in a row" in stats.damages[0]


def test_unknown_link_type_is_said():
    messages, stats = read(pcap([FRAME], link=147))
    assert messages == []
    assert stats.link_types == ("link type 147",)
    assert "packets of link type 147" in stats.damages[0]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([FILE[:24], FILE[:40], section(), section() + interface()]))
def test_any_bytes_after_a_header(rubbish, head):
    messages, stats = read(head + rubbish)
    assert len(messages) <= stats.packets
    assert all(sentence and "\n" not in sentence for sentence in stats.damages)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_anywhere(data):
    ng = section() + interface() + enhanced(FRAME) + enhanced(FRAME)
    good = bytearray(data.draw(st.sampled_from([FILE, ng, gzip.compress(FILE), zstandard.compress(ng)])))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(CaptureError):
        read(bytes(good))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=120),
    st.sampled_from([0, 1, 12, 14, 101, 108, 113, 228, 229, 276, 9999]),
    st.sampled_from(
        [b"", b"\x45\0\0\x40", bytes(12) + b"\x08\x00\x45", bytes(12) + b"\x86\xdd\x60", raw("::1")]
    ),
)
def test_any_bytes_in_a_packet(rubbish, link, start):
    _, stats = read(pcap([start + rubbish] * 2, link=link))
    assert stats.packets == 2
