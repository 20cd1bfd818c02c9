"""TCP streams put together again, whatever happened to their segments, and cut into exchanges."""

import io
import random
import struct

import pytest
from capture_builders import (
    CAMERA,
    CAMERA_MAC,
    ISN,
    VIEWER,
    VIEWER_MAC,
    Talk,
    ethernet,
    ipv4,
    pcap,
    read,
    said,
)
from capture_builders import tcp as tcp_segment
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.capture import open_capture, tcp
from scanner.capture.framing import MAX_ANSWER, MAX_ASKED_BODY

ASKED = b"GET / HTTP/1.1\r\nHost: camera\r\n\r\n"
ASKED_LOGIN = b"GET /login HTTP/1.1\r\nHost: camera\r\n\r\n"
SENT = b"HTTP/1.1 302 Found\r\nServer: App-webs/\r\nLocation: /login\r\nContent-Length: 5\r\n\r\nmoved"
SENT_LOGIN = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<htm\r\n3;x=1\r\nl/>\r\n0\r\n\r\n"
TWO = [
    ("http", 50_000, ASKED, b""),
    ("http", 80, SENT, ASKED),
    ("http", 50_000, ASKED_LOGIN, b""),
    ("http", 80, SENT_LOGIN, ASKED_LOGIN),
]


def two_exchanges(size=1400, **options):
    return Talk(**options).ask(ASKED, size).say(SENT, size).ask(ASKED_LOGIN, size).say(SENT_LOGIN, size).bye()


def test_keep_alive_exchanges():
    assert said(two_exchanges().frames) == TWO


def test_ends_and_senders():
    messages, _ = read(pcap(two_exchanges().frames))
    assert [str(message.source.host) for message in messages] == [VIEWER, CAMERA] * 2
    assert [str(message.destination.host) for message in messages] == [CAMERA, VIEWER] * 2
    assert [message.mac for message in messages] == [VIEWER_MAC, CAMERA_MAC] * 2
    assert messages == sorted(messages, key=lambda message: message.time)


@pytest.mark.parametrize("handshake", [True, False])
@pytest.mark.parametrize("size", [1, 2, 7, 1400])
def test_segments_of_any_size(size, handshake):
    assert said(two_exchanges(size, handshake=handshake).frames) == TWO


def test_pipelined_requests():
    frames = Talk().ask(ASKED + ASKED_LOGIN).say(SENT + SENT_LOGIN).bye().frames
    assert said(frames) == [TWO[0], TWO[2], TWO[1], TWO[3]]


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False), st.sampled_from([5, 20, 60]))
def test_shuffled_segments_give_the_same(order, size):
    talk = two_exchanges(size)
    order.shuffle(talk.frames)
    assert sorted(said(talk.frames)) == sorted(TWO)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False))
def test_shuffled_segments_without_handshake(order):
    frames = two_exchanges(60, handshake=False).frames
    order.shuffle(frames)
    assert sorted(said(frames)) == sorted(TWO)


@settings(max_examples=100, deadline=None)
@given(st.randoms(use_true_random=False))
def test_repeated_and_overlapping_segments(order):
    """Every segment is sent again somewhere later, glued to the next one of its side."""
    whole = two_exchanges(30).frames
    again = two_exchanges(60).frames
    frames = list(whole)
    for frame in again[3:]:
        frames.insert(order.randint(3, len(frames)), frame)
    assert sorted(said(frames)) == sorted(TWO)


def test_stream_left_open_is_given_out_at_the_end():
    frames = Talk().ask(ASKED).say(b"HTTP/1.0 200 OK\r\nServer: Boa\r\n\r\n<html>half").frames
    assert said(frames)[1] == ("http", 80, b"HTTP/1.0 200 OK\r\nServer: Boa\r\n\r\n<html>half", ASKED)


def test_body_until_close():
    answer = b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 5000
    assert said(Talk().ask(ASKED).say(answer).bye().frames)[1] == ("http", 80, answer, ASKED)


def test_connection_joined_midway():
    """Half a body that nobody can place, and then the next exchange."""
    frames = Talk(handshake=False).say(b"some bytes of a picture" * 9).ask(ASKED).say(SENT).frames
    assert said(frames) == TWO[:2]


def test_only_the_answers_were_captured():
    talk = Talk().ask(ASKED).say(SENT).ask(ASKED_LOGIN).say(SENT_LOGIN).bye()
    frames = [frame for frame in talk.frames if frame[26:30] == bytes((192, 0, 2, 64))]
    assert said(frames) == [("http", 80, SENT, b""), ("http", 80, SENT_LOGIN, b"")]


def test_lost_segment_ends_its_message_not_the_next():
    cut = SENT[:-5] + b"mo"
    frames = Talk().ask(ASKED).say(cut).lose(1, 3).ask(ASKED_LOGIN).say(SENT_LOGIN).bye().frames
    assert sorted(said(frames)) == sorted([TWO[0], ("http", 80, cut, ASKED), *TWO[2:]])


def test_lost_request_leaves_the_answer():
    frames = Talk().lose(0, len(ASKED)).say(SENT).ask(ASKED_LOGIN).say(SENT_LOGIN).bye().frames
    assert sorted(said(frames)) == sorted([("http", 80, SENT, b""), *TWO[2:]])


def test_answer_cut_by_the_snapshot_length():
    """The head survives in part; what is there is used."""
    messages, _ = read(pcap(Talk().ask(ASKED).say(SENT).bye().frames, snaplen=14 + 40 + 60))
    assert [message.payload for message in messages] == [ASKED, SENT[:60]]
    assert messages[1].request == ASKED


def test_bodies_cut_by_the_snapshot_length_keep_the_count():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"y" * 1000
    frames = Talk().ask(ASKED).say(answer).ask(ASKED_LOGIN).say(SENT_LOGIN).bye().frames
    messages, _ = read(pcap(frames, snaplen=14 + 40 + 150))
    assert [message.payload for message in messages] == [ASKED, answer[:150], ASKED_LOGIN, SENT_LOGIN]


@pytest.mark.parametrize(
    ("asked", "answers"),
    [
        (b"HEAD / HTTP/1.1\r\n\r\n", [b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"]),
        (ASKED, [b"HTTP/1.1 204 No Content\r\n\r\n"]),
        (ASKED, [b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n"]),
        (ASKED, [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]),
        (ASKED, [b"HTTP/1.1 200 OK\nServer: uc-httpd\nContent-Length: 2\n\nok"]),
    ],
)
def test_bodies_that_are_not_there(asked, answers):
    """The next exchange is only read right if this one ended where it does."""
    frames = Talk().ask(asked).say(b"".join(answers)).ask(ASKED_LOGIN).say(SENT_LOGIN).bye().frames
    assert said(frames) == [("http", 50_000, asked, b""), ("http", 80, answers[-1], asked), *TWO[2:]]


@pytest.mark.parametrize("length", [b"Content-Length: 9000\r\n", b""])
def test_wrong_or_absent_length_does_not_swallow_the_next_answer(length):
    first = b"HTTP/1.1 200 OK\r\n" + length + b"\r\nshort"
    frames = Talk().ask(ASKED).say(first).ask(ASKED_LOGIN).say(SENT_LOGIN).bye().frames
    assert sorted(said(frames)) == sorted([TWO[0], ("http", 80, first, ASKED), *TWO[2:]])


def test_long_bodies_are_kept_in_part():
    upload = b"POST /up HTTP/1.1\r\nContent-Length: 60000\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n"
    talk = Talk().ask(upload + b"u" * 60_000).say(answer + b"d" * 400_000).ask(ASKED).say(SENT).bye()
    messages = said(talk.frames)
    kept = upload + b"u" * MAX_ASKED_BODY
    assert [(payload, request) for _, _, payload, request in messages] == [
        (kept, b""),
        ((answer + b"d" * 400_000)[:MAX_ANSWER], kept),
        (ASKED, b""),
        (SENT, ASKED),
    ]


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=a\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 99999999\r\n\r\n",
    ],
)
def test_what_becomes_media_is_dropped_after_its_head(head):
    frames = Talk().ask(ASKED).say(head).say(b"\xff\xd8 HTTP/1.1 200 OK\r\n\r\n" * 500).bye().frames
    assert said(frames) == [TWO[0], ("http", 80, head, ASKED)]


DESCRIBE = b"DESCRIBE rtsp://camera/live RTSP/1.0\r\nCSeq: 2\r\n\r\n"
SDP = b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: 9\r\n\r\nv=0\r\ns=x\n"
PLAY = b"PLAY rtsp://camera/live RTSP/1.0\r\nCSeq: 3\r\n\r\n"
PLAYING = b"RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n"
FRAMES = b"".join(b"$\0" + size.to_bytes(2) + b"R" * size for size in (12, 700, 0, 1300))


@pytest.mark.parametrize("size", [1, 100, 1400])
def test_interleaved_frames_are_removed(size):
    talk = Talk(554).ask(DESCRIBE).say(FRAMES + SDP + FRAMES, size).ask(PLAY).say(PLAYING + FRAMES, size)
    assert said(talk.bye().frames) == [
        ("rtsp", 50_000, DESCRIBE, b""),
        ("rtsp", 554, SDP, DESCRIBE),
        ("rtsp", 50_000, PLAY, b""),
        ("rtsp", 554, PLAYING, PLAY),
    ]


def test_rtsp_answers_are_paired_by_sequence_number():
    frames = Talk(554).ask(DESCRIBE + PLAY).say(PLAYING).bye().frames
    assert said(frames)[-1] == ("rtsp", 554, PLAYING, PLAY)


def test_video_is_dropped_and_its_packets_are_boring():
    talk = Talk(554).ask(PLAY).say(PLAYING)
    media = b"$\0\x05\x74" + bytes(0x574)
    for _ in range(300):
        talk.say(media)
    capture = open_capture(io.BytesIO(pcap(talk.frames)), name="x")
    assert len([message for message in capture if message.protocol == "rtsp"]) == 2
    assert capture.stats.packets == len(talk.frames)
    assert len(capture._boring.tcp) == 2


def record(kind, body, version=b"\3\3"):
    return bytes((kind,)) + version + len(body).to_bytes(2) + body


def shake(kind, body):
    return bytes((kind,)) + len(body).to_bytes(3) + body


HELLO = record(22, shake(1, bytes(180)), b"\3\1")
FLIGHT = record(22, shake(2, bytes(70)))
CERTIFICATE = record(22, shake(11, bytes(2500)))
DONE = record(22, shake(14, b""))


@pytest.mark.parametrize("size", [1, 50, 1400])
@pytest.mark.parametrize("end", [DONE, b""])
def test_tls_until_it_is_encrypted(size, end):
    flight = FLIGHT + CERTIFICATE + end
    talk = (
        Talk(443).ask(HELLO, size).say(flight, size).ask(record(22, shake(16, bytes(66))) + record(20, b"\1"))
    )
    talk.say(record(20, b"\1") + record(23, bytes(900)))
    assert said(talk.bye().frames) == [("tls", 50_000, HELLO, b""), ("tls", 443, flight, HELLO)]


@pytest.mark.parametrize("size", [1, 50, 1400])
def test_tls_hello_in_the_old_form(size):
    """As a D-Link camera of 2013 sends it: two bytes of length with the high bit set, no record."""
    hello = b"\x80\x2e\x01\x03\x01" + bytes(0x2E - 3)
    frames = Talk(443).ask(hello, size).say(FLIGHT + CERTIFICATE + DONE, size).bye().frames
    assert said(frames) == [("tls", 50_000, hello, b""), ("tls", 443, FLIGHT + CERTIFICATE + DONE, hello)]


def test_tls_13_ends_with_the_first_secret_record():
    frames = Talk(8443).ask(HELLO).say(FLIGHT + record(20, b"\1") + record(23, bytes(2000))).bye().frames
    assert said(frames)[1] == ("tls", 8443, FLIGHT, HELLO)


def test_tls_flight_with_a_hole_is_given_as_far_as_it_goes():
    frames = Talk(443).ask(HELLO).say(FLIGHT + CERTIFICATE[:1000]).lose(1, 500).say(bytes(1000)).frames
    assert said(frames)[1] == ("tls", 443, FLIGHT + CERTIFICATE[:1000], HELLO)


def test_tls_joined_midway_is_nothing():
    assert said(Talk(443, handshake=False).say(record(23, bytes(1200)) * 60).frames) == []


@pytest.mark.parametrize(
    ("port", "greeting", "answer"),
    [
        (21, b"220 Network-Camera FTP server (GNU inetutils) ready.\r\n", b"USER x\r\n"),
        (22, b"SSH-2.0-dropbear_2019.78\r\n", b"SSH-2.0-OpenSSH_9\r\n"),
        (2323, b"\xff\xfd\x01\xff\xfd\x1fdvrdvs login: ", b"root\r\n"),
    ],
)
def test_greetings(port, greeting, answer):
    assert said(Talk(port).say(greeting, 9).ask(answer).say(b"more").bye().frames) == [
        ("banner", port, greeting, b"")
    ]


def test_greeting_after_telnet_options_went_back_and_forth():
    talk = Talk(23).say(b"\xff\xfd\x18").ask(b"\xff\xfc\x18").say(b"(none) login: ").ask(b"root\r\n").bye()
    assert said(talk.frames) == [("banner", 23, b"\xff\xfd\x18(none) login: ", b"")]


def test_greeting_when_the_client_speaks_first_too():
    frames = Talk(22).ask(b"SSH-2.0-client\r\n").say(b"SSH-2.0-dropbear\r\n").ask(b"\0\0").bye().frames
    assert said(frames) == [("banner", 22, b"SSH-2.0-dropbear\r\n", b"")]


def test_greeting_without_an_end_is_given_out():
    assert said(Talk(23).say(b"login: ").frames) == [("banner", 23, b"login: ", b"")]


def test_binary_and_midway_talk_is_no_greeting():
    assert said(Talk(3306).say(b"J\0\0\0\n5.7.1\0").ask(b"x").bye().frames) == []
    assert said(Talk(23, handshake=False).say(b"some text\r\n").ask(b"more\r\n").frames) == []


@pytest.mark.parametrize(
    "greeting",
    [
        b"220 Network-Camera FTP server (GNU inetutils) ready.\r\n",
        b"SSH-2.0-dropbear_2019.78\r\n",
        b"\xff\xfd\x01\xff\xfd\x1fdvrdvs login: ",
        b"\r\nwelcome to dvr\r\nlogin: ",
    ],
)
def test_a_greeting_is_known_by_its_form_where_the_handshake_is_missing(greeting):
    assert said(Talk(23, handshake=False).say(greeting).frames) == [("banner", 23, greeting, b"")]
    assert said(Talk(8023, handshake=False).say(greeting).frames) == []
    assert said(Talk(23, handshake=False).ask(greeting).frames) == []
    assert said(Talk(23, handshake=False).say(b"ls\r\n").say(greeting).frames) == []
    assert said(Talk(23, handshake=False).ask(b"ls\r\n").say(greeting).frames) == []


def test_ports_are_used_again():
    first = Talk().ask(ASKED).say(SENT).bye()
    second = Talk(handshake=False)
    second.next = [5_000_000, 6_000_000]
    second.put(0, b"", 2).put(1, b"", 18).ask(ASKED_LOGIN).say(SENT_LOGIN).bye()
    assert said(first.frames + second.frames) == TWO
    secret = Talk().ask(b"\x01\x02unknown").say(bytes(50)).frames
    assert said(secret + second.frames) == TWO[2:]


def test_acknowledgements_that_make_no_sense_do_no_harm():
    """Captures that somebody synthesised often hold one constant for them."""
    talk = two_exchanges(40)
    for number in (0, 1, 100, 2**31, 2**32 - 1):
        frames = [frame[:42] + struct.pack("!I", number) + frame[46:] for frame in talk.frames]
        frames[:3] = talk.frames[:3]
        assert sorted(said(frames)) == sorted(TWO)


def test_reset_ends_a_connection():
    talk = Talk().ask(ASKED).say(b"HTTP/1.0 200 OK\r\n\r\nbody").put(0, b"", 4)
    assert said(talk.frames)[1] == ("http", 80, b"HTTP/1.0 200 OK\r\n\r\nbody", ASKED)


def test_many_connections_are_bounded(monkeypatch):
    monkeypatch.setattr(tcp, "MAX_CONNECTIONS", 10)
    frames = []
    for number in range(30):
        frames += Talk(client_port=20_000 + number).ask(ASKED).say(SENT[:-2]).frames
    capture = open_capture(io.BytesIO(pcap(frames)), name="x")
    answers = [m.payload for m in capture if m.protocol == "http" and m.request]
    assert answers == [SENT[:-2]] * 30
    assert capture.stats.dropped_streams == 20
    assert capture._tcp._bytes == 0
    assert not capture._tcp._sides


def test_bytes_held_are_bounded(monkeypatch):
    monkeypatch.setattr(tcp, "MAX_BYTES", 300_000)
    head = b"HTTP/1.0 200 OK\r\nContent-Length: 200000\r\n\r\n"
    frames = []
    for number in range(20):
        frames += Talk(client_port=20_000 + number).ask(ASKED).say(head + bytes(100_000)).frames
    capture = open_capture(io.BytesIO(pcap(frames)), name="x")
    most = 0
    for _ in capture:
        most = max(most, capture._tcp._bytes)
    assert most < 400_000
    assert capture.stats.dropped_streams > 10


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.binary(max_size=60), st.integers(0, 63)), max_size=30))
def test_any_talk_is_read_without_fault(pieces):
    talk = Talk()
    for side, data, flags in pieces:
        talk.put(side, data, flags)
    messages, _ = read(pcap(talk.frames))
    assert all(message.payload for message in messages)


TEXT = st.sampled_from(
    [ASKED, SENT, SENT_LOGIN, DESCRIBE, SDP, FRAMES, HELLO, FLIGHT, b"\r\n", b"0\r\n", b"HTTP/1.1 ", b"$"]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), TEXT, st.integers(0, 90), st.integers(0, 30)), max_size=25))
def test_broken_talk_is_read_without_fault(pieces):
    talk = Talk(handshake=len(pieces) % 2 == 0)
    for side, data, cut, lost in pieces:
        talk.put(side, data[cut % len(data) :]).lose(side, lost // 20)
    read(pcap(talk.frames))


def test_answers_never_come_before_their_question():
    """Both sides shuffled against each other, as two taps merged badly give them."""
    talk = two_exchanges(25)
    client = [f for f in talk.frames if f[26:30] == bytes((192, 0, 2, 9))]
    server = [f for f in talk.frames if f[26:30] == bytes((192, 0, 2, 64))]
    assert said(server + client) == TWO
    rng = random.Random(5)
    for _ in range(20):
        rng.shuffle(server)
        assert sorted(said(server + client)) == sorted(TWO)
    assert ISN[0] > 2**31


def test_a_segment_whose_ends_are_one_is_no_conversation():
    itself = [
        ethernet(ipv4(tcp_segment(b"", 80, 80, 1, 0, flags), CAMERA, CAMERA, protocol=6))
        for flags in (2, 17, 4)
    ]
    assert said(itself + two_exchanges().frames) == TWO
