"""HTTP/1: one response, or one request, to facts about the server, or about the client.

Port: any (a stream is known by its first bytes). Strategy: the head is read once by the shared reader, so
that names keep order and case; the body is unpacked within bounds and then looked at for what it is: a page,
an icon, a SOAP answer, a UPnP description, or small JSON or XML. A request tells only what the client says of
itself (keys "http.client.*"): asking a camera does not make one. Source: RFC 9110, RFC 9112.
"""

import hashlib
import re
from functools import lru_cache

from scanner.model import Message, Observation, Subject
from scanner.protocols._flatten import flatten_json, flatten_xml
from scanner.protocols._html import read_page
from scanner.protocols._pairs import read_pairs
from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols._secrets import without_secrets
from scanner.protocols._text import Head, decode, parse_challenges, read_head
from scanner.protocols._xml import Element, read_xml
from scanner.protocols.channels import FACTS as CHANNEL_FACTS
from scanner.protocols.channels import Channel, channel_observations, read_channels
from scanner.protocols.favicon import favicon_hashes
from scanner.protocols.http_body import MAX_TEXT, Body, read_body
from scanner.protocols.onvif import FACTS as ONVIF_FACTS
from scanner.protocols.onvif import read_soap
from scanner.protocols.upnp import FACTS as UPNP_FACTS
from scanner.protocols.upnp import description_facts, is_description

REMEMBERED, MAX_REMEMBERED = 64, 16 * 1024
"""Responses whose facts are kept for those that are the same, and the bytes of the longest of them."""
REMEMBERED_LINES, MAX_REMEMBERED_LINE = 512, 256
"""First lines of requests whose path is kept: every device is asked the same; and the bytes of the longest."""
Pairs = tuple[tuple[str, str], ...]
MAX_HEADER_FACTS = 48
"""Headers of one message whose values become facts."""
MAX_INTERIM = 4
"""Interim (1xx) responses before the final one that are passed over."""
MAX_COOKIES = 16
"""Cookies whose names are kept."""
FIRST_LINE = 4096
"""Bytes in which the first line of a request must end to be recognised."""

_STATUS_LINE = re.compile(r"(?i)^(?:HTTP/(\d(?:\.\d{1,2})?)|ICY)\s{1,8}(\d{3})(?:\s+(.*))?$")
_REQUEST_LINE = re.compile(r"^([A-Z][A-Z-]{1,15})\s{1,4}(\S{1,8192})(?:\s{1,4}HTTP/(\d\.\d))?\s*$")
_METHODS = tuple(
    f"{method} ".encode()
    for method in (
        *("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"),
        *("NOTIFY", "SUBSCRIBE", "UNSUBSCRIBE", "M-POST", "PROPFIND", "MKCOL", "LOCK", "REPORT"),
    )
)
_UNKEPT_HEADERS = frozenset(
    {"set-cookie", "authorization", "proxy-authorization", "cookie", "authentication-info"}
)
_ICON_TYPES = ("image/x-icon", "image/vnd.microsoft.icon", "image/ico", "image/icon")
_ICON_MAGIC = b"\x00\x00\x01\x00"


def recognise(payload: bytes) -> bool:
    """Tell whether bytes begin an HTTP/1 response or request (RFC 9112 §3, §4), or a SHOUTcast "ICY 200"."""
    if payload.startswith(b"HTTP/"):
        return payload[5:6].isdigit() and payload[6:7] in (b".", b" ") and b"\0" not in payload[:12]
    if payload.startswith(b"ICY "):
        return payload[4:7].isdigit()
    if not payload.startswith(_METHODS):
        return False
    line, newline, _ = payload[:FIRST_LINE].partition(b"\n")
    if newline or len(payload) < FIRST_LINE:
        return b" HTTP/1." in line or b" HTTP/0." in line
    return line.split(b" ", 2)[1][:1] == b"/"


def parse(message: Message) -> tuple[Observation, ...]:
    """Read a response or a request; () for bytes that are neither."""
    head = read_head(message.payload)
    if head is None:
        return ()
    if _STATUS_LINE.match(head.start_line):
        short = len(message.payload) <= MAX_REMEMBERED
        pairs, inputs = (_remembered if short else _response)(message.payload, _asked_path(message.request))
        return (*_about(message, pairs), *channel_observations(message, inputs))
    facts = Facts()
    if request := _REQUEST_LINE.match(head.start_line):
        _read_client(facts, head, request)
    return facts.about(message)


def _about(message: Message, pairs: Pairs) -> tuple[Observation, ...]:
    who = Subject(host=message.source.host, mac=message.mac)
    return (Observation(subject=who, message=message, facts=pairs),) if pairs else ()


def _read_client(facts: Facts, head: Head, request: re.Match[str]) -> None:
    """Keep what a client says of itself, and what it asks whom."""
    if request.group(3) is None and not head.headers:
        return
    facts.add("http.client.user_agent", head.get("User-Agent"))
    facts.add("http.client.host", head.get("Host"))
    facts.add("http.client.method", request.group(1))
    facts.add("http.client.path", without_secrets(request.group(2)))
    facts.add("http.client.header_names", head.names)
    facts.add("http.client.requested_with", head.get("X-Requested-With"))


def _response(payload: bytes, path: str) -> tuple[Pairs, tuple[Channel, ...]]:
    """Return the facts of a response to a question for a path, and the inputs that it tells of."""
    facts, head = Facts(), read_head(payload)
    if head is None:
        return (), ()
    for _ in range(MAX_INTERIM):
        following = _after_interim(head, payload)
        if following is None:
            break
        payload, head = following
    _add_status(facts, head)
    facts.add("http.path", path)
    _add_headers(facts, head)
    body = read_body(head, payload)
    if not body.data or _status(head) in ("101", "204", "304"):
        return facts.pairs(), ()
    facts.add("http.body_length", len(body.data))
    if body.complete:
        facts.add("http.body_md5", hashlib.md5(body.data, usedforsecurity=False).hexdigest())
    facts.add("http.body", body.text, limit=MAX_TEXT)
    _add_icon(facts, head, body, path)
    _add_contents(facts, body)
    return facts.pairs(), read_channels(body.data, body.text)


_remembered = lru_cache(maxsize=REMEMBERED)(_response)
"""Cameras of one model answer many questions in the same bytes."""


def _after_interim(head: Head, payload: bytes) -> tuple[bytes, Head] | None:
    """Return what follows an interim response (RFC 9110 §15.2), or None where this is the final one."""
    if not _status(head).startswith("1"):
        return None
    rest = payload[head.body_offset :]
    following = read_head(rest) if recognise(rest) else None
    return (rest, following) if following and _STATUS_LINE.match(following.start_line) else None


def _status(head: Head) -> str:
    line = _STATUS_LINE.match(head.start_line)
    return line.group(2) if line else ""


def _add_status(facts: Facts, head: Head) -> None:
    line = _STATUS_LINE.match(head.start_line)
    if line:
        facts.add("http.status", line.group(2))
        facts.add("http.version", line.group(1))
        facts.add("http.reason", line.group(3))


def _asked_path(request: bytes) -> str:
    """Return the path that was asked, as sent but without secrets; "" where it is not known."""
    first = request[: 2 * FIRST_LINE].lstrip(b"\r\n\0").partition(b"\n")[0]
    return (_path_in if len(first) <= MAX_REMEMBERED_LINE else _path_in.__wrapped__)(first) if first else ""


@lru_cache(maxsize=REMEMBERED_LINES)
def _path_in(first: bytes) -> str:
    line = _REQUEST_LINE.match(decode(first).strip())
    return without_secrets(line.group(2)) if line else ""


def _add_headers(facts: Facts, head: Head) -> None:
    facts.add("http.header_names", head.names)
    facts.add("http.server", head.get("Server"))
    facts.add("http.location", without_secrets(head.get("Location") or ""))
    for value in head.get_all("WWW-Authenticate"):
        facts.add("http.www_authenticate", value)
    for challenge in parse_challenges(head.get_all("WWW-Authenticate")):
        facts.add("http.auth_scheme", challenge.scheme)
        facts.add("http.realm", challenge.realm)
        facts.add("http.auth_algorithm", challenge.get("algorithm"))
    for cookie in head.get_all("Set-Cookie")[:MAX_COOKIES]:
        facts.add("http.cookie", cookie.partition("=")[0])
    for name, value in head.headers[:MAX_HEADER_FACTS]:
        if name.lower() not in _UNKEPT_HEADERS:
            facts.add(f"http.header.{name.lower()}", without_secrets(value))


def _add_icon(facts: Facts, head: Head, body: Body, path: str) -> None:
    """Hash a body that is a site icon: by its type, its first bytes, or because an icon was asked for."""
    kind = (head.get("Content-Type") or "").lower()
    asked = "icon" in path.lower().partition("?")[0].rpartition("/")[2] and body.data.lstrip()[:1] != b"<"
    is_icon = asked or kind.startswith(_ICON_TYPES) or body.data.startswith(_ICON_MAGIC)
    hashes = favicon_hashes(body.data) if is_icon and body.complete and _status(head) == "200" else None
    if hashes:
        facts.add("http.favicon_mmh3", hashes[0])
        facts.add("http.favicon_md5", hashes[1])


def _add_contents(facts: Facts, body: Body) -> None:
    """Read the body as what it is: JSON, a SOAP answer, a UPnP description, other XML, a page, or lines of pairs."""
    start = body.text.lstrip(" \t\r\n\0\ufeff")[:512].lower()
    if start.startswith(("{", "[")):
        for key, value in flatten_json(body.text):
            facts.add(f"http.json.{key}", value)
    elif start.startswith("<") and "<html" not in start and "<!doctype html" not in start:
        if soap := read_soap(body.data):  # for itself: it is no page for anybody
            facts.take(soap)
            return
        root = read_xml(body.data)
        if root is not None and not root.is_named("html"):
            _add_xml(facts, root)
        _add_page(facts, body.text)
    elif "<" in body.text:
        _add_page(facts, body.text)
    else:
        for key, value in read_pairs(body.text):
            facts.add(f"http.pair.{key}", value)


def _add_xml(facts: Facts, root: Element) -> None:
    """Read a document that is not ONVIF's as a UPnP description, or as any XML of more than a word."""
    pairs: tuple[tuple[str, str], ...] = ()
    if is_description(root):
        pairs = description_facts(root)
    elif root.children:
        pairs = tuple((f"http.xml.{key}", value) for key, value in flatten_xml(root))
    for key, value in pairs:
        facts.add(key, value)


def _add_page(facts: Facts, text: str) -> None:
    page = read_page(text)
    facts.add("http.title", page.title)
    facts.add("http.generator", page.generator)
    several = (
        ("http.meta_refresh", tuple(map(without_secrets, page.redirects))),
        ("http.script", page.scripts),
        ("http.frame", page.frames),
        ("http.icon", page.icons),
        ("http.comment", page.comments),
        ("http.meta", tuple(f"{name}={content}" for name, content in page.properties)),
    )
    for key, values in several:
        for value in values:
            facts.add(key, value)


PROTOCOL = Protocol(
    name="http",
    title="HTTP",
    parse=parse,
    tcp=True,
    recognise=recognise,
    facts=(
        *("http.status", "http.version", "http.reason", "http.path", "http.server", "http.location"),
        *("http.header_names", "http.header.*", "http.cookie"),
        *("http.www_authenticate", "http.auth_scheme", "http.auth_algorithm", "http.realm"),
        *("http.title", "http.generator", "http.meta", "http.meta_refresh", "http.script", "http.frame"),
        *("http.icon", "http.comment", "http.body", "http.body_length", "http.body_md5"),
        *("http.favicon_mmh3", "http.favicon_md5", "http.json.*", "http.xml.*"),
        "http.pair.*",
        *("http.client.user_agent", "http.client.host", "http.client.method", "http.client.path"),
        *("http.client.header_names", "http.client.requested_with"),
        *UPNP_FACTS,
        *ONVIF_FACTS,
        *CHANNEL_FACTS,
    ),
)
