"""What a device answers on TCP: HTTP by method, path and called element, RTSP by method, greetings unasked.

A port is one server: whoever speaks RTSP to it gets RTSP where that was recorded, and otherwise what the port
has to say, as real devices do. HTTP connections are closed after the answer, RTSP stays until the peer goes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

from scanner.recordings import Answer

DEFAULT_PORTS = {"http": 80, "tls": 443, "rtsp": 554, "banner": 21}
MAX_HEAD = 64 * 1024
_CALL = re.compile(rb"Body\b[^>]*>\s*<(?:[\w.-]+:)?([\w.-]+)")
_NO_SUCH_CALL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
"""What a service says to a call of which no answer was recorded: nothing that would tell who made it."""
_DROPPED = frozenset(
    {b"content-length", b"content-type", b"content-encoding", b"transfer-encoding", b"location", b"cseq"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as it came: the words of its first line, its whole head, its body."""

    method: str
    target: str
    version: str
    head: bytes
    body: bytes = b""

    @property
    def is_rtsp(self) -> bool:
        """Tell whether it is RTSP."""
        return self.version.startswith("RTSP/")

    @property
    def call(self) -> bytes:
        """The element in the SOAP body, b"" without one."""
        found = _CALL.search(self.body)
        return found[1] if found else b""

    def header(self, name: str) -> str:
        """Return a header's value, "" without it."""
        found = re.search(rb"(?im)^" + re.escape(name.encode()) + rb":[ \t]*([^\r\n]*)", self.head)
        return found[1].decode("latin-1").strip() if found else ""


def read_request(head: bytes, body: bytes = b"") -> Request:
    """Return the request that a head (with its blank line) and a body make; never raises."""
    words = head.split(b"\r\n", 1)[0].decode("latin-1").split()
    method, target, version = ([*words, "", "", ""])[:3]
    if "://" in target:
        target = "/" + target.partition("://")[2].partition("/")[2]
    return Request(method=method, target=target, version=version, head=head, body=body)


def tcp_ports(answers: Sequence[Answer]) -> dict[int, tuple[Answer, ...]]:
    """Return the TCP ports that a recorded device has open, each with its answers."""
    ports: dict[int, list[Answer]] = {}
    for answer in answers:
        if answer.protocol in DEFAULT_PORTS:
            ports.setdefault(answer.port or DEFAULT_PORTS[answer.protocol], []).append(answer)
    return {port: tuple(found) for port, found in ports.items()}


def reply_to(request: Request, answers: Sequence[Answer]) -> tuple[bytes, Answer | None]:
    """Return what a port answers to a request, and the recorded answer that it is.

    Without a recorded one it is a refusal in the device's style.
    """
    spoken = [a for a in answers if a.protocol == "rtsp"] if request.is_rtsp else []
    if spoken:
        return _rtsp(request, spoken)
    pages = [a for a in answers if a.protocol == "http"]
    found = _page(request, pages)
    if found is not None:
        return found.payload, found
    if request.call and any(call_of(a) for a in pages):
        return _NO_SUCH_CALL, None
    return _refusal(pages), None


def _rtsp(request: Request, answers: Sequence[Answer]) -> tuple[bytes, Answer | None]:
    found = next((a for a in answers if read_request(a.request).method == request.method), None)
    sequence = request.header("CSeq").encode("latin-1")
    if found is None:
        return b"RTSP/1.0 501 Not Implemented\r\nCSeq: " + sequence + b"\r\n\r\n", None
    told = re.sub(rb"(?im)^(CSeq:[ \t]*)[^\r\n]*", lambda m: m[1] + sequence, found.payload, count=1)
    return told, found


def _page(request: Request, pages: Sequence[Answer]) -> Answer | None:
    """Return the answer that was recorded for a request: same path, then same call, then same method."""
    exact = [a for a in pages if read_request(a.request).target == request.target]
    loose = [a for a in pages if _bare(read_request(a.request).target) == _bare(request.target)]
    same = exact or loose
    if request.call:
        return next((a for a in same if _answers_call(a, request.call)), None)
    by_method = (a for a in same if read_request(a.request).method == request.method)
    unasked = (a for a in same if not read_request(a.request).body and not call_of(a))
    return next(chain(by_method, unasked), None)


def _bare(target: str) -> str:
    return target.partition("?")[0]


def call_of(answer: Answer) -> bytes:
    """Return the call that a recorded answer was given to, b"" where that is not known."""
    asked = answer.request.partition(b"\r\n\r\n")[2]
    found = _CALL.search(asked)
    return found[1] if found else b""


def _answers_call(answer: Answer, call: bytes) -> bool:
    own = call_of(answer)
    if own:
        return own == call
    told = _CALL.search(answer.payload)
    return told is not None and told[1] in {call + b"Response", b"Fault"}


def _refusal(pages: Sequence[Answer]) -> bytes:
    """Return a 404 as the device writes it: its recorded one, the login that guards everything, or one like "/"."""
    for status in (b" 404", b" 401"):
        for page in pages:
            if page.payload[8:12] == status and (
                status == b" 404" or read_request(page.request).target == "/"
            ):
                return page.payload
    front = next((p for p in pages if read_request(p.request).target == "/"), None)
    lines = front.payload.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:] if front else []
    kept = [line for line in lines if line.partition(b":")[0].strip().lower() not in _DROPPED]
    return b"\r\n".join([b"HTTP/1.1 404 Not Found", *kept, b"Content-Length: 0", b"", b""])
