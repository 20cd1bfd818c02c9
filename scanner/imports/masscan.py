r"""masscan's JSON (`-oJ`, `-oD`) → messages. Source: out-json.c and proto-banout.c of masscan 1.3.

One record a line: an open port, or a banner under the name of its protocol. Bytes that are not printable stand
as \u00XX, so a banner's text is its bytes. Titles and server names are parsed by masscan itself: words, no bytes.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, BinaryIO

from scanner.imports.record import HostRecord, address, base64_bytes, json_lines
from scanner.model import Message

_GREETINGS = frozenset({"ssh", "ftp", "telnet", "smtp", "pop", "imap", "vnc", "unknown"})
_WORDS = {"title": "http.title", "http.server": "http.server"}
_LAST_SECOND = 253_402_300_799
"""The last second that a datetime can hold."""


def recognise(head: bytes) -> bool:
    """Tell whether a file begins like masscan's JSON."""
    start = head.lstrip()[:4096]
    return start[:1] in (b"[", b"{") and b'"ip"' in start and b'"ports"' in start


def read(file: BinaryIO, fallback: datetime, damages: list[str]) -> Iterator[Message]:
    """Give the messages of a file; what cannot be read is said in `damages`."""
    for entry in json_lines(file, damages):
        yield from _messages(entry, fallback)


def _messages(entry: Mapping[str, Any], fallback: datetime) -> Iterator[Message]:
    record = HostRecord(
        tool="masscan", time=_time(entry.get("timestamp"), fallback), host=address(entry.get("ip"))
    )
    ports = entry.get("ports")
    for port in ports if isinstance(ports, list) else ():
        if isinstance(port, Mapping) and isinstance(port.get("port"), int):
            _read_port(record, port)
    yield from record.messages()


def _read_port(record: HostRecord, port: Mapping[str, Any]) -> None:
    number, service = port["port"], port.get("service")
    if port.get("status") == "open" or isinstance(service, Mapping):
        record.say("import.open_port", f"{number}/{port.get('proto', 'tcp')}")
    if not isinstance(service, Mapping):
        return
    name, text = str(service.get("name", "")), str(service.get("banner", ""))
    record.say("import.service", name)
    if name in _WORDS:
        record.say(_WORDS[name], text)
    elif name == "X509":
        record.certificate(number, base64_bytes(text))
    elif name == "http" or name in _GREETINGS:
        record.quote_text(number, text.encode("latin-1", "replace"))


def _time(value: object, fallback: datetime) -> datetime:
    text = str(value)
    if text.isascii() and text.isdigit() and 0 < int(text[:12]) <= _LAST_SECOND:
        return datetime.fromtimestamp(int(text[:12]), UTC)
    return fallback
