"""Pages of 2,400 other things: none may be called a surveillance device for what its front page says."""

from datetime import date
from pathlib import Path

import pytest
from handmade import heard

from scanner.model import SURVEILLANCE_KINDS

PAGES = Path(__file__).parents[2] / "fixtures" / "other-pages.tsv"
ON = date(2026, 11, 27)
ASKED = b"GET / HTTP/1.1\r\nHost: device\r\n\r\n"


def _answer(what: str, text: str) -> bytes:
    if what == "title":
        return f"HTTP/1.1 200 OK\r\n\r\n<html><head><title>{text}</title></head></html>".encode()
    if what == "server":
        return f"HTTP/1.1 200 OK\r\nServer: {text}\r\n\r\n".encode()
    return f"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: {text}\r\n\r\n".encode()


def _kind(what: str, text: str) -> str:
    return next((device.kind for device in heard(("http", _answer(what, text), ASKED))), "unknown")


def _pages() -> list[list[str]]:
    lines = PAGES.read_text(encoding="utf-8").splitlines()
    return [line.split("\t", 1) for line in lines if not line.startswith("#")]


def test_no_page_of_another_thing_makes_a_camera():
    pages = _pages()
    called = [(what, text) for what, text in pages if _kind(what, text) in SURVEILLANCE_KINDS]
    assert len(pages) > 2400
    assert called == []


@pytest.mark.parametrize(
    ("what", "text", "kind"),
    [
        ("title", "Wisenet WEBVIEWER", "camera"),
        ("title", "Orchid Core VMS", "vms"),
        ("server", "DNVRS-Webs", "recorder"),
        ("challenge", 'Basic realm="Avigilon-1234567"', "camera"),
        ("challenge", 'Digest realm="DoorBird", nonce="1"', "intercom"),
    ],
)
def test_the_same_question_knows_a_surveillance_device(what, text, kind):
    assert _kind(what, text) == kind


@pytest.mark.parametrize(
    "server", ["GoAhead-Webs", "Boa/0.94.14rc21", "thttpd/2.25b", "mini_httpd/1.19", "lighttpd"]
)
@pytest.mark.parametrize("title", ["", "index", "Login", "WEB", "Web Configurator", "Index page"])
def test_embedded_servers_and_bare_words_conclude_nothing(server, title):
    page = f"HTTP/1.1 200 OK\r\nServer: {server}\r\n\r\n<html><head><title>{title}</title></head></html>"
    assert [device.kind for device in heard(("http", page.encode(), ASKED))] in ([], ["unknown"])
