"""Messages leave as they should: to apprise over real HTTP, to collectors over real sockets; all on loopback."""

import http.server
import json
import re
import socket
import threading
from datetime import UTC, datetime

import pytest

from scanner.errors import ScannerError
from scanner.nightly import notify
from scanner.nightly.events import MAX_TOLD, Event, Kind, body, ordered, signal, title
from scanner.nightly.siem import Signal, cef, framed, send, text

NOW = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)
NEW = Event(
    kind=Kind.APPEARED,
    sentence="Dahua IPC at 192.0.2.7",
    device="aa01",
    address="192.0.2.7",
)
TURNED = Event(
    kind=Kind.VERDICT,
    sentence="Axis M1065 at 192.0.2.9: us-ndaa-889: not listed → listed",
    device="aa02",
    address="192.0.2.9",
    list="us-ndaa-889",
    before="not-listed",
    after="listed",
)


@pytest.fixture
def hook():
    heard = []

    class Hook(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_address[1]}", heard
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_webhook_hears_title_and_words(hook):
    address, heard = hook
    notify.tell([address], "Town Hall: 1 new", body([NEW]))
    assert [(h["title"], h["message"]) for h in heard] == [
        ("Town Hall: 1 new", "New\n  Dahua IPC at 192.0.2.7")
    ]


def test_one_that_fails_costs_no_other_and_no_secret(hook):
    address, heard = hook
    secret = address.replace("://", "://user:hush@") + "/broken"
    with pytest.raises(ScannerError) as caught:
        notify.tell([secret, address], "t", "b")
    assert str(caught.value) == "not told: json://127.0.0.1…"
    assert len(heard) == 2


def test_an_address_nobody_can_be_told_at_is_said_before_the_run():
    notify.check(["json://127.0.0.1"])
    with pytest.raises(ScannerError, match=r"tgram://… is no address"):
        notify.check(["json://127.0.0.1", "tgram://hush"])


def test_a_missing_library_is_one_sentence(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(ScannerError, match=r"pip install 'camcensus\[notify\]'"):
        notify.check(["json://127.0.0.1"])


def test_events_in_words():
    told = ordered([NEW, TURNED, NEW])
    assert title("Town\nHall", told) == "Town Hall: 1 verdict, 1 new"
    assert body(told) == (
        "Verdicts\n  Axis M1065 at 192.0.2.9: us-ndaa-889: not listed → listed\n\nNew\n  Dahua IPC at 192.0.2.7\n"
    )


def test_a_flood_is_cut_and_counted():
    many = [Event(kind=Kind.APPEARED, sentence=f"camera {n}") for n in range(MAX_TOLD + 7)]
    told = body(ordered(many))
    assert told.count("camera") == MAX_TOLD
    assert told.endswith("and 7 more: they are in the report\n")


def test_a_strangers_text_is_harmless_in_every_form():
    nasty = Event(
        kind=Kind.CHANGED, sentence="x\x1b[31m|=\\\n<13>1 forged", before="a=b|c\n", address="192.0.2.1"
    )
    told = body([nasty]) + title("a\x1b", [nasty])
    assert "\x1b" not in told
    line = cef(signal(nasty, "Town|Hall="))
    assert "\n" not in line
    assert re.fullmatch(r"CEF:0\|camcensus\|camcensus\|[\d.]+\|changed\|Changed\|3\|msg=.*", line)
    assert "cs1=Town|Hall\\= " in line
    assert line.count("cs1Label=site") == 1


def test_cef_escapes_what_is_its_own():
    assert cef(Signal(kind="k", title="a|b\\", severity=1, fields=(("msg", "c=d\\\n"),))).endswith(
        "|k|a\\|b\\\\|1|msg=c\\=d\\\\\\n"
    )
    assert text(Signal(kind="k", title="New", severity=1, fields=(("msg", "a\n b"),))) == "New: a b"


def test_syslog_over_udp():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as collector:
        collector.bind(("127.0.0.1", 0))
        collector.settimeout(5)
        send(
            f"udp://127.0.0.1:{collector.getsockname()[1]}",
            [framed("hello", 8, NOW, "ho st"), framed("b", 3, NOW, "")],
        )
        first, second = collector.recv(9000), collector.recv(9000)
    assert re.fullmatch(rb"<108>1 2026-11-27T02:30:00\.000Z ho-st camcensus \d+ - - hello", first)
    assert re.fullmatch(rb"<109>1 2026-11-27T02:30:00\.000Z - camcensus \d+ - - b", second)


def test_syslog_over_tcp_is_counted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)
        message = framed("line\nfeed", 3, NOW, "host")
        sender = threading.Thread(
            target=send, args=(f"tcp://127.0.0.1:{server.getsockname()[1]}", [message, message])
        )
        sender.start()
        peer, _ = server.accept()
        with peer:
            peer.settimeout(5)
            heard = b""
            while more := peer.recv(9000):
                heard += more
        sender.join()
    assert heard == (b"%d " % len(message) + message) * 2


def test_syslog_to_a_socket(tmp_path):
    path = str(tmp_path / "log")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as collector:
        collector.bind(path)
        send(f"unix://{path}", [b"x"])
        assert collector.recv(100) == b"x"


@pytest.mark.parametrize("address", ["unix:///nowhere/log", "tcp://127.0.0.1:1", "udp://127.0.0.1:99999"])
def test_a_collector_that_is_not_there_is_one_sentence(address):
    with pytest.raises(ScannerError, match=f"the collector {address} cannot be told: "):
        send(address, [b"x"])
