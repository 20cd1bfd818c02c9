"""The heads of HTTP/1 (RFC 9112) and RTSP/1.0 (RFC 2326) messages: where one begins, and how its body ends.

Only what framing needs is read here; what the headers say is the business of `scanner.protocols`.
"""

import re
from typing import NamedTuple

MAX_HEAD = 65_536
"""Bytes of a head; the largest that servers in use accept are 8 to 64 KiB."""
MAX_LINE = 8192

_REQUEST = re.compile(rb"([A-Z][A-Z_-]{1,19}) [^\r\n]{1,8190} (HTTP|RTSP)/1\.[0-9][ ]*\r?\n")
_RESPONSE = re.compile(rb"(HTTP|RTSP)/1\.[0-9] +([0-9]{3})[^\r\n]{0,8190}\r?\n")
_MAYBE = re.compile(rb"[A-Z][A-Z_-]{0,19}(?: [^\r\n]{0,8190}\r?)?\Z|(?:HTTP|RTSP)/[^\r\n]{0,8190}\r?\Z")
_METHODS = (
    b"GET POST HEAD PUT DELETE OPTIONS PATCH CONNECT TRACE NOTIFY SUBSCRIBE UNSUBSCRIBE PROPFIND M-SEARCH M-POST "
    b"DESCRIBE ANNOUNCE SETUP PLAY PAUSE TEARDOWN RECORD REDIRECT GET_PARAMETER SET_PARAMETER"
).split()
_END = re.compile(rb"\r?\n\r?\n")
_HEADERS = re.compile(
    rb"\n(content-length|transfer-encoding|content-type|cseq)[ \t]*:[ \t]*([^\r\n]*)", re.IGNORECASE
)
_VIDEO = re.compile(
    rb"multipart/x-mixed-replace|video/|audio/|image/x-?mjpeg|application/x-rtsp-tunnelled", re.IGNORECASE
)


class Head(NamedTuple):
    """What framing needs of a head. `status` is 0 for a request, `method` b"" for a response.

    `length` is None where there is no usable Content-Length.
    """

    protocol: str
    method: bytes
    status: int
    length: int | None
    chunked: bool
    streams: bool
    cseq: bytes


def starts(data: bytes | bytearray) -> bool | None:
    r"""Tell whether a message begins here; None while there are too few bytes to tell.

    >>> starts(b"GET / HTTP/1.1\r\n"), starts(b"GET /ind"), starts(b"\x16\x03")
    (True, None, False)
    """
    if _REQUEST.match(data) or _RESPONSE.match(data):
        return True
    if len(data) > MAX_LINE or not _MAYBE.match(data):
        return False
    method, space, _ = bytes(data[:32]).partition(b" ")
    if method[:5] in (b"HTTP/", b"RTSP/"):
        return None
    if space:
        return None if method in _METHODS else False
    return None if any(known.startswith(method) for known in (*_METHODS, b"HTTP/", b"RTSP/")) else False


def end_of_head(data: bytearray, searched: int) -> int:
    """Return where the head ends (after its empty line), or -1; `searched` bytes were looked at before."""
    found = _END.search(data, max(0, searched - 3))
    return found.end() if found else -1


def read_head(raw: bytes) -> Head | None:
    """Read a head, whole or cut; None if its first line is not one."""
    if request := _REQUEST.match(raw):
        method, status, protocol = request[1], 0, request[2]
    elif response := _RESPONSE.match(raw):
        method, status, protocol = b"", int(response[2]), response[1]
    else:
        return None
    # of a header that comes twice the first counts
    headers = {name.lower(): value for name, value in reversed(_HEADERS.findall(raw))}
    length = headers.get(b"content-length", b"").strip()
    return Head(
        "http" if protocol == b"HTTP" else "rtsp",
        method,
        status,
        int(length) if length.isdigit() and len(length) < 16 else None,
        b"chunked" in headers.get(b"transfer-encoding", b"").lower(),
        bool(_VIDEO.match(headers.get(b"content-type", b""))),
        headers.get(b"cseq", b"").strip(),
    )
