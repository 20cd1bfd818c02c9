"""Datagrams: which protocol, who asked, fragments put together, and what is boring."""

import io
from ipaddress import ip_address

import pytest
from capture_builders import CAMERA, VIEWER, datagram, ethernet, ipv4, ipv6, pcap, raw, read, said, udp
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.capture import ip, open_capture
from scanner.capture.capture import Capture
from scanner.capture.source import open_window
from scanner.protocols import Protocol

GROUP = "239.255.255.250"
SEARCH = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nST: ssdp:all\r\n\r\n'
FOUND = b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nUSN: uuid:1\r\nLOCATION: http://192.0.2.64/\r\n\r\n"


def test_answer_from_an_ephemeral_port_to_an_ephemeral_port():
    frames = [
        datagram(SEARCH, VIEWER, 51_000, GROUP, 1900),
        datagram(FOUND, CAMERA, 40_404, VIEWER, 51_000),
        datagram(FOUND, CAMERA, 1900, VIEWER, 51_000),
    ]
    assert said(frames) == [
        ("ssdp", 51_000, SEARCH, b""),
        ("ssdp", 40_404, FOUND, SEARCH),
        ("ssdp", 1900, FOUND, SEARCH),
    ]


def test_answer_to_nobody_has_no_request():
    assert said([datagram(FOUND, CAMERA, 1900, VIEWER, 51_000)]) == [("ssdp", 1900, FOUND, b"")]


def test_question_is_forgotten_in_time():
    frames = [
        (datagram(SEARCH, VIEWER, 51_000, GROUP, 1900), 0),
        (datagram(FOUND, CAMERA, 1900, VIEWER, 51_000), 500),
    ]
    assert said(frames)[1] == ("ssdp", 1900, FOUND, b"")


def protocol(name, recognise, **options):
    return Protocol(name=name, title=name, parse=lambda _: (), facts=(), recognise=recognise, **options)


def through(frames, *protocols):
    capture = Capture(open_window(io.BytesIO(pcap(frames)), "x"), "x", protocols)
    return [(m.protocol, m.payload) for m in capture if m.protocol != "link"], capture


def test_first_protocol_of_a_port_that_recognises():
    first = protocol("first", lambda data: data[:1] == b"1", udp_ports=frozenset({9000}))
    second = protocol("second", lambda data: data[:1] == b"2", udp_ports=frozenset({9000}))
    frames = [datagram(data, port=9000) for data in (b"1a", b"2b", b"3c")]
    assert through(frames, first, second)[0] == [("first", b"1a"), ("second", b"2b")]


def test_protocol_of_any_port_and_boring_flows():
    anywhere = protocol("anywhere", lambda data: data.startswith(b"\x48"), any_port=True)
    frames = [datagram(b"\x80video", source_port=7, port=8)] * 50 + [
        datagram(b"\x48!", source_port=8, port=9)
    ]
    messages, capture = through(frames, anywhere)
    assert messages == [("anywhere", b"\x48!")]
    assert len(capture._boring.udp) == 1
    assert capture.stats.packets == 51


def test_video_on_a_known_port_becomes_boring_too():
    known = protocol("known", lambda data: data == b"hello", udp_ports=frozenset({10_000}))
    frames = [datagram(b"\x80video", source_port=7, port=10_000)] * 50
    messages, capture = through(frames, known)
    assert messages == []
    assert len(capture._boring.udp) == 1


def test_boring_flow_is_boring_in_one_direction_and_transport_only():
    noise = [datagram(b"\x80video", source_port=7, port=1901)] * 20
    back = datagram(SEARCH, VIEWER, 1901, CAMERA, 7)
    other = datagram(SEARCH, CAMERA, 7, VIEWER, 1900)
    messages, _ = read(pcap([*noise, other, back]))
    assert [message.payload for message in messages if message.protocol == "ssdp"][:1] == [SEARCH]


LONG = FOUND + b"X-PAD: " + b"p" * 4000 + b"\r\n\r\n"


def fragments(size=1480, ident=9):
    payload = udp(LONG, 1900, 51_000)
    parts = []
    for at in range(0, len(payload), size):
        more = 0x2000 if at + size < len(payload) else 0
        parts.append(ethernet(ipv4(payload[at : at + size], fragment=more | at // 8, ident=ident)))
    return parts


@settings(max_examples=60, deadline=None)
@given(st.permutations(range(9)))
def test_fragments_in_any_order(order):
    parts = fragments(480)
    assert len(parts) == 9
    assert said([parts[index] for index in order]) == [("ssdp", 1900, LONG, b"")]


def test_fragments_twice_and_overlapping():
    """What came first stands: the overlapping fragment's own bytes are another device's."""
    parts = fragments(480)
    evil = ethernet(ipv4(b"E" * 720, fragment=0x2000 | 30, ident=9))
    assert said([parts[0], parts[0], parts[1], evil, *parts[2:], parts[1]])[:1] == [("ssdp", 1900, LONG, b"")]


def test_fragments_of_ipv6():
    payload = udp(LONG, 1900, 51_000)
    parts = []
    for at in range(0, len(payload), 1232):
        more = at + 1232 < len(payload)
        header = b"\x11\0" + (at | more).to_bytes(2) + b"\0\0\0\7"
        parts.append(ethernet(ipv6(header + payload[at : at + 1232], following=44), 0x86DD))
    assert said(parts[::-1]) == [("ssdp", 1900, LONG, b"")]


def test_incomplete_datagram_is_given_as_far_as_it_goes():
    messages, _ = read(pcap(fragments()[:2]))
    assert [message.payload for message in messages] == [LONG[: 2 * 1480 - 8]]
    assert read(pcap(fragments()[1:]))[0] == []


def test_fragment_table_is_bounded(monkeypatch):
    monkeypatch.setattr(ip, "MAX_FRAGMENT_BYTES", 20_000)
    frames = [fragments(ident=number)[0] for number in range(200)]
    capture = open_capture(io.BytesIO(pcap(frames)), name="x")
    assert len([message for message in capture if message.protocol == "ssdp"]) == 200
    assert capture._reassembly._bytes == 0


def test_fragments_of_boring_flows_are_not_put_together():
    noise = udp(b"\x80" * 3000, 7, 9)
    frames = []
    for ident in range(40):
        frames.append(ethernet(ipv4(noise[:1480], fragment=0x2000, ident=ident)))
        frames.append(ethernet(ipv4(noise[1480:2960], fragment=0x2000 | 185, ident=ident)))
        frames.append(ethernet(ipv4(noise[2960:], fragment=370, ident=ident)))
    frames += fragments(ident=3)
    capture = open_capture(io.BytesIO(pcap(frames)), name="x")
    assert [message.payload for message in capture if message.protocol != "link"] == [LONG]
    assert not capture._reassembly._table
    assert not capture._reassembly._unwanted


def test_datagram_cut_by_the_snapshot_length():
    assert said([datagram(FOUND, CAMERA, 1900)], snaplen=42 + 50) == [("ssdp", 1900, FOUND[:50], b"")]


def test_lengths_of_offloaded_packets_are_not_believed():
    frame = ethernet(ipv4(udp(FOUND, 1900, 1900, length=0), length=0))
    assert said([frame]) == [("ssdp", 1900, FOUND, b"")]


EXTENSIONS = [
    (0, b"\x3c\0\1\4\0\0\0\0" + b"\x11\0\1\4\0\0\0\0"),
    (43, b"\x11\2" + bytes(22)),
    (60, b"\x11\0" + bytes(6)),
    (51, b"\x11\4" + bytes(22)),
    (44, b"\x11\0\0\0\0\0\0\1"),
]


@pytest.mark.parametrize(("following", "headers"), EXTENSIONS)
def test_ipv6_extension_headers(following, headers):
    frame = ethernet(ipv6(headers + udp(FOUND, 1900, 1900), following=following), 0x86DD)
    assert said([frame]) == [("ssdp", 1900, FOUND, b"")]


def test_neighbour_discovery():
    body = bytes((136, 0, 0, 0, 0x60, 0, 0, 0)) + raw("fe80::1") + b"\2\1\x44\x19\xb6\0\0\1"
    echo = bytes((128, 0)) + bytes(30)
    frames = [ethernet(ipv6(part, following=58), 0x86DD) for part in (body, echo)]
    messages, _ = read(pcap(frames))
    assert [(message.protocol, message.payload) for message in messages] == [("ndp", body)]
    assert messages[0].source.host == ip_address("fe80::1")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 0x3FFF), st.binary(max_size=64), st.integers(0, 3)), max_size=40))
def test_any_fragments_are_read_without_fault(pieces):
    frames = [ethernet(ipv4(data, fragment=field, ident=ident)) for field, data, ident in pieces]
    capture = open_capture(io.BytesIO(pcap(frames)), name="x")
    list(capture)
    assert capture._reassembly._bytes == 0


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=80))
def test_any_ipv6_packet_is_read_without_fault(following, body):
    read(pcap([ethernet(ipv6(body, following=following), 0x86DD)]))
