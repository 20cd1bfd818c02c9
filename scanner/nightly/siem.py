"""Events for a collector of security events: CEF or plain text, in syslog (RFC 5424), over UDP, TCP or a socket.

Every text in an event is a stranger's. CEF has three characters of its own (`|`, `=` and the backslash) and ends at a
line feed: all are escaped. TCP frames are counted (RFC 6587), so that a text cannot end one.
"""

import os
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from scanner import __version__
from scanner.errors import ScannerError

FACILITY = 13
"""Log audit, RFC 5424 section 6.2.1."""
TIMEOUT_S = 5.0
MAX_LINE = 8192
"""Bytes of one event; RFC 5424 lets receivers cut longer ones, and UDP carries no more than 64 KiB."""
_PRINTABLE = re.compile(r"[^!-~]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """One event as a collector wants it: a class, a title, a severity from 0 to 10, and pairs of CEF keys and texts."""

    kind: str
    title: str
    severity: int
    fields: tuple[tuple[str, str], ...] = ()


def cef(signal: Signal) -> str:
    r"""Return an event in ArcSight's Common Event Format.

    >>> cef(Signal(kind="new", title="a|b", severity=5, fields=(("msg", "x=1\n"),)))[-24:]
    '|new|a\\|b|5|msg=x\\=1\\n'
    """
    head = ("CEF:0", "camcensus", "camcensus", __version__, signal.kind, signal.title, str(signal.severity))
    body = " ".join(f"{key}={_value(text)}" for key, text in signal.fields if text)
    return "|".join(_header(part) for part in head) + f"|{body}"


def _header(text: str) -> str:
    return " ".join(text.replace("\\", "\\\\").replace("|", "\\|").split())


def _value(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("=", "\\=")
    return escaped.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def text(signal: Signal) -> str:
    """Return an event as one plain line."""
    said = dict(signal.fields).get("msg", "")
    return " ".join(f"{signal.title}: {said}".split()) if said else signal.title


def framed(message: str, severity: int, time: datetime, host: str) -> bytes:
    """Return a syslog message of RFC 5424. Severities of CEF from 7 are warnings, the others notices."""
    priority = FACILITY * 8 + (4 if severity >= 7 else 5)
    stamp = time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    head = f"<{priority}>1 {stamp} {_PRINTABLE.sub('-', host)[:255] or '-'} camcensus {os.getpid()} - - "
    return (head.encode() + message.encode())[:MAX_LINE]


def send(address: str, messages: Sequence[bytes]) -> None:
    """Send syslog messages to `udp://host:port`, `tcp://host:port` or `unix:///path`; ScannerError says why not."""
    target = urlsplit(address)
    try:
        if target.scheme == "unix":
            _to_socket(target.path, messages)
        elif target.scheme == "udp":
            _by_udp(target.hostname or "", target.port or 514, messages)
        else:
            _by_tcp(target.hostname or "", target.port or 601, messages)
    except (OSError, ValueError) as error:
        raise ScannerError(f"the collector {address} cannot be told: {error}") from error


def _to_socket(path: str, messages: Iterable[bytes]) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
        out.settimeout(TIMEOUT_S)
        out.connect(path)
        for message in messages:
            out.send(message)


def _by_udp(host: str, port: int, messages: Iterable[bytes]) -> None:
    family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with socket.socket(family, kind) as out:
        for message in messages:
            out.sendto(message, place)


def _by_tcp(host: str, port: int, messages: Iterable[bytes]) -> None:
    with socket.create_connection((host, port), timeout=TIMEOUT_S) as out:
        out.sendall(b"".join(b"%d %s" % (len(message), message) for message in messages))
