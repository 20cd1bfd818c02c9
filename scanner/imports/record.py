"""What the readers of all formats share: one host's record while it is being turned into messages."""

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from typing import Any, BinaryIO

from scanner.model import Endpoint, IPAddress, Message
from scanner.protocols.imported import facts_payload
from scanner.recordings import tls_flight

MAX_BYTES = 256 * 1024
"""Bytes of one quoted answer that are taken."""
MAX_LINE = 8 << 20
"""Bytes of one line of JSON."""


@dataclass(slots=True, kw_only=True)
class HostRecord:
    """One host of another scanner's results; `facts` are in words, `messages` hold bytes."""

    tool: str
    time: datetime
    host: IPAddress | None = None
    mac: str | None = None
    facts: list[tuple[str, str]] = field(default_factory=list)
    quoted: list[Message] = field(default_factory=list)

    def say(self, key: str, value: object) -> None:
        """Keep one fact in words, if there is any."""
        text = str(value).strip() if value is not None else ""
        if text:
            self.facts.append((key, text))

    def quote(self, protocol: str, port: int, payload: bytes, request: bytes = b"") -> None:
        """Keep bytes that the host sent from a port."""
        if payload:
            source = Endpoint(host=self.host, port=port)
            self.quoted.append(
                Message(
                    time=self.time,
                    protocol=protocol,
                    source=source,
                    mac=self.mac,
                    request=request,
                    payload=payload[:MAX_BYTES],
                )
            )

    def certificate(self, port: int, der: bytes) -> None:
        """Keep a certificate in DER, if it is one."""
        if der[:1] == b"\x30":
            self.quote("tls", port, tls_flight(der[:MAX_BYTES]))

    def quote_text(self, port: int, payload: bytes) -> None:
        """Keep the first bytes of a service under the protocol that they are plainly of."""
        if payload.startswith(b"HTTP/"):
            self.quote("http", port, payload)
        elif payload.startswith(b"RTSP/"):
            self.quote("rtsp", port, payload)
        else:
            self.quote("banner", port, payload)

    def messages(self) -> Iterator[Message]:
        """Give everything that was kept."""
        if self.host is None and self.mac is None:
            return
        yield from self.quoted
        facts = [("import.tool", self.tool), *self.facts]
        yield Message(
            time=self.time,
            protocol="import",
            source=Endpoint(host=self.host),
            mac=self.mac,
            payload=facts_payload(facts),
        )


def address(text: object) -> IPAddress | None:
    """Return an address, or None for what is none."""
    try:
        return ip_address(str(text).partition("%")[0])
    except ValueError:
        return None


def base64_bytes(text: object) -> bytes:
    """Return what base64 text stands for, empty where it is none."""
    if not isinstance(text, str) or len(text) > 2 * MAX_BYTES:
        return b""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""


def json_lines(file: BinaryIO, damages: list[str]) -> Iterator[Mapping[str, Any]]:
    """Give the objects of a file that has one on each line, with or without the brackets and commas of a list."""
    unread = 0
    while line := file.readline(MAX_LINE):
        text = line.strip().strip(b",").strip()
        if text in {b"", b"[", b"]"} or text.startswith(b"{finished"):
            continue
        try:
            value = json.loads(text.removeprefix(b"[").removesuffix(b"]") if text[:1] == b"[" else text)
        except (ValueError, RecursionError):
            unread += 1
            continue
        if isinstance(value, dict):
            yield value
        else:
            unread += 1
    if unread:
        damages.append(f"{unread} lines could not be read")


def inside(value: object, *keys: str) -> Any:
    """Return what stands at the end of a path of keys in nested objects, or None."""
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
