"""zgrab2's JSON lines → messages. Source: modules/http, lib/http/response.go and the TLS log of zgrab2.

A response is kept as status line, headers by name and body, not as it was on the wire: names are in lower case
with underscores and have lost their order. The response is put together again from these parts and nothing
else. Certificates are kept in full, greetings as text.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from scanner.imports.record import HostRecord, address, base64_bytes, inside, json_lines
from scanner.model import Message

MAX_HEADERS = 100
_PORTS = {"http": 80, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "banner": 0, "tls": 443}
"""Where a module asks unless told otherwise: the port stands in the results only of newer versions."""
_FRAMING = frozenset({"transfer_encoding", "content_encoding", "content_length"})
"""Headers about a body's coding: zgrab2 has taken the coding off."""


def recognise(head: bytes) -> bool:
    """Tell whether a file begins like zgrab2's results: one object a line, with "data" by module."""
    first = head.lstrip().partition(b"\n")[0]
    return first[:1] == b"{" and b'"data"' in first and (b'"ip"' in first or b'"domain"' in first)


def read(file: BinaryIO, fallback: datetime, damages: list[str]) -> Iterator[Message]:
    """Give the messages of a file; what cannot be read is said in `damages`."""
    for entry in json_lines(file, damages):
        host, modules = address(entry.get("ip")), entry.get("data")
        if host is None or not isinstance(modules, Mapping):
            damages.append("a record without address or data was passed over")
            continue
        for name, module in modules.items():
            if isinstance(module, Mapping):
                yield from _messages(str(name), module, host, fallback)


def _messages(name: str, module: Mapping[str, Any], host: Any, fallback: datetime) -> Iterator[Message]:
    kind = str(module.get("protocol") or name)
    port = module.get("port") if isinstance(module.get("port"), int) else None
    record = HostRecord(tool="zgrab2", time=_time(module.get("timestamp"), fallback), host=host)
    result = module.get("result")
    if inside(result, "response"):
        _read_response(record, inside(result, "response"), port)
    for log in (inside(result, "handshake_log"), inside(result, "tls", "handshake_log")):
        record.certificate(port or _PORTS.get(kind, 443), _certificate(log))
    greeting = inside(result, "banner") or inside(result, "server_id", "raw")
    if isinstance(greeting, str):
        record.quote_text(port or _PORTS.get(kind, 0), greeting.encode("utf-8", "replace"))
    if record.quoted:
        record.say("import.service", kind)
        record.say("import.open_port", f"{record.quoted[0].source.port or '?'}/tcp")
        yield from record.messages()


def _read_response(record: HostRecord, response: Mapping[str, Any], port: int | None) -> None:
    request = inside(response, "request")
    scheme = inside(request, "url", "scheme")
    where = _port_of(inside(request, "url", "host")) or port or (443 if scheme == "https" else 80)
    path = str(inside(request, "url", "path") or "/")
    asked = f"{inside(request, 'method') or 'GET'} {path} HTTP/1.1\r\nHost: {record.host}\r\n\r\n"
    record.quote("http", where, _rebuilt(response), asked.encode("utf-8", "replace") if request else b"")
    record.certificate(where, _certificate(inside(request, "tls_log", "handshake_log")))


def _rebuilt(response: Mapping[str, Any]) -> bytes:
    """Put a response together from its parts; empty where there is no status line."""
    status = response.get("status_line")
    if not isinstance(status, str) or not status:
        return b""
    version = inside(response, "protocol", "name")
    lines = [f"{version if isinstance(version, str) and version else 'HTTP/1.1'} {status}"]
    lines += [f"{name}: {value}" for name, value in _headers(response.get("headers"))]
    body = response.get("body")
    text = "\r\n".join(line.replace("\r", " ").replace("\n", " ") for line in lines) + "\r\n\r\n"
    return (text + (body if isinstance(body, str) else "")).encode("utf-8", "replace")


def _headers(headers: object) -> Iterator[tuple[str, str]]:
    for name, values in list(headers.items())[:MAX_HEADERS] if isinstance(headers, Mapping) else ():
        if name == "unknown" and isinstance(values, list):
            for item in values:
                if isinstance(item, Mapping):
                    yield from _headers({str(item.get("key", "")): item.get("value")})
        elif name not in _FRAMING and name:
            for value in values if isinstance(values, list) else [values]:
                yield str(name).replace("_", "-"), str(value)


def _certificate(log: object) -> bytes:
    return base64_bytes(inside(log, "server_certificates", "certificate", "raw"))


def _port_of(host: object) -> int | None:
    tail = str(host).rpartition(":")[2] if isinstance(host, str) and not host.endswith("]") else ""
    return (
        int(tail) if tail.isascii() and tail.isdigit() and ":" in str(host) and int(tail) < 1 << 16 else None
    )


def _time(value: object, fallback: datetime) -> datetime:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return fallback
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
