"""RTSP: one response, or one request, to facts about the server, or about the client.

Port: any (554, 8554 and what vendors chose), known by first bytes. Strategy: the shared head reader, then the
session description of a DESCRIBE answer line by line; its session name, its tool and its private attributes
tell one firmware from another. Source: RFC 2326 (RTSP 1.0), RFC 8866 (SDP).
"""

import re

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols._secrets import without_secrets
from scanner.protocols._text import Head, decode, parse_challenges, read_head

MAX_HEADER_FACTS = 48
"""Headers of one message whose values become facts."""
MAX_SDP = 32 * 1024
"""Bytes of a session description that are read."""
MAX_SDP_LINES = 256
"""Lines of a session description that are read."""
FIRST_LINE = 2048
"""Bytes in which the first line of a request must end to be recognised."""

_STATUS_LINE = re.compile(r"(?i)^RTSP/(\d\.\d)\s{1,8}(\d{3})(?:\s+(.*))?$")
_REQUEST_LINE = re.compile(r"^([A-Z_]{3,20})\s{1,4}(\S{1,2048})\s{1,4}RTSP/(\d\.\d)\s*$")
_RELAY = re.compile(r"^[^/]+/[\d.]+ \([^)]+\) Apache/[\d.]+ \(\w+\)$")
"""Server of Network Optix' VMS under any brand; it names a session as the camera that it relays."""
_UNKEPT_HEADERS = frozenset({"session", "authorization", "set-cookie"})
_SDP_FACTS = {
    "s": "rtsp.sdp.session",
    "i": "rtsp.sdp.information",
    "o": "rtsp.sdp.origin",
    "m": "rtsp.sdp.media",
    "a": "rtsp.sdp.attribute",
    "e": "rtsp.sdp.email",
    "u": "rtsp.sdp.uri",
}


def recognise(payload: bytes) -> bool:
    """Tell whether bytes begin an RTSP response or request."""
    if payload.startswith(b"RTSP/"):
        return payload[5:6].isdigit() and payload[6:7] == b"."
    return (
        b" RTSP/" in payload[:FIRST_LINE].partition(b"\n")[0]
        and payload[:3].isalpha()
        and payload[:3].isupper()
    )


def parse(message: Message) -> tuple[Observation, ...]:
    """Read a response or a request; () for bytes that are neither."""
    head = read_head(message.payload)
    if head is None:
        return ()
    facts = Facts()
    if status := _STATUS_LINE.match(head.start_line):
        _read_response(facts, message, head, status)
    elif request := _REQUEST_LINE.match(head.start_line):
        _read_client(facts, head, request)
    return facts.about(message)


def _read_client(facts: Facts, head: Head, request: re.Match[str]) -> None:
    facts.add("rtsp.client.user_agent", head.get("User-Agent"))
    facts.add("rtsp.client.method", request.group(1))
    facts.add("rtsp.client.url_path", url_path(request.group(2)))


def url_path(url: str) -> str:
    """Return the path of an RTSP URL with its query, without host and secrets.

    >>> url_path("rtsp://admin:x@10.0.0.9:554/cam/realmonitor?channel=1&subtype=0")
    '/cam/realmonitor?channel=1&subtype=0'
    """
    bare = without_secrets(url)
    _, scheme, rest = bare.partition("://")
    return "/" + rest.partition("/")[2] if scheme else bare


def _read_response(facts: Facts, message: Message, head: Head, status: re.Match[str]) -> None:
    facts.add("rtsp.status", status.group(2))
    facts.add("rtsp.version", status.group(1))
    facts.add("rtsp.reason", status.group(3))
    facts.add("rtsp.server", head.get("Server"))
    facts.add("rtsp.public", head.get("Public"))
    facts.add("rtsp.content_base", without_secrets(head.get("Content-Base") or ""))
    _read_stream_path(facts, head.get("Content-Base") or "")
    for challenge in parse_challenges(head.get_all("WWW-Authenticate")):
        facts.add("rtsp.auth_scheme", challenge.scheme)
        facts.add("rtsp.realm", challenge.realm)
        facts.add("rtsp.auth_algorithm", challenge.get("algorithm"))
    facts.add("rtsp.header_names", head.names)
    for name, value in head.headers[:MAX_HEADER_FACTS]:
        if name.lower() not in _UNKEPT_HEADERS:
            facts.add(f"rtsp.header.{name.lower()}", without_secrets(value))
    asked = _asked(message.request)
    if asked:
        facts.add("rtsp.path", url_path(asked[1].group(2)))
    relayed = _RELAY.match(head.get("Server") or "") is not None
    described = _read_sdp(facts, message.payload[head.body_offset :], relayed=relayed)
    if described and asked and status.group(2) == "200":
        _read_openness(facts, *asked)


def _asked(request: bytes) -> tuple[Head, re.Match[str]] | None:
    head = read_head(request) if request else None
    line = _REQUEST_LINE.match(head.start_line) if head else None
    return (head, line) if head and line else None


def _read_openness(facts: Facts, asked: Head, line: re.Match[str]) -> None:
    """Keep whether a stream was described to somebody who had given no credentials."""
    if line.group(1) == "DESCRIBE":
        named = asked.get("Authorization") is not None or without_secrets(line.group(2)) != line.group(2)
        facts.add("rtsp.open", None if named else "true")


def _read_stream_path(facts: Facts, url: str) -> None:
    """Keep under which path a server has a stream (RFC 2326 §12.11, §C.1.1): its maker chose it, save for "/".

    That a path was asked for does not count: there are cameras that describe their stream under any.
    """
    path = url_path(url) if url.lower().startswith(("rtsp://", "rtsps://")) else ""
    facts.add("rtsp.stream_path", path if path.strip("/") else None)


def _read_sdp(facts: Facts, body: bytes, *, relayed: bool) -> bool:
    """Read a session description (RFC 8866 §5) and tell whether it was one: lines "x=value", version first.

    `relayed`: the server tells of another device's stream, so the session's name is not its own.
    """
    lines = decode(body[:MAX_SDP].lstrip(b"\r\n")).splitlines()[:MAX_SDP_LINES]
    if not lines or not lines[0].lower().startswith("v="):
        return False
    for line in lines:
        kind, equals, value = line.partition("=")
        key = _SDP_FACTS.get(kind.strip())
        if relayed and key == "rtsp.sdp.session":
            key = "rtsp.relayed.session"
        if key and equals:
            facts.add(key, value)
        if kind == "a":
            _read_attribute(facts, value)
    return True


def _read_attribute(facts: Facts, text: str) -> None:
    name, _, value = text.partition(":")
    if name.lower() == "tool":
        facts.add("rtsp.sdp.tool", value)
    elif name.lower() == "control":
        _read_stream_path(facts, value)


PROTOCOL = Protocol(
    name="rtsp",
    title="RTSP",
    parse=parse,
    tcp=True,
    recognise=recognise,
    facts=(
        *("rtsp.status", "rtsp.version", "rtsp.reason", "rtsp.server", "rtsp.public", "rtsp.content_base"),
        *("rtsp.auth_scheme", "rtsp.auth_algorithm", "rtsp.realm", "rtsp.header_names", "rtsp.header.*"),
        *("rtsp.path", "rtsp.stream_path", "rtsp.open", "rtsp.sdp.tool", "rtsp.relayed.session"),
        *_SDP_FACTS.values(),
        *("rtsp.client.user_agent", "rtsp.client.method", "rtsp.client.url_path"),
    ),
)
