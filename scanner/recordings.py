"""A folder of recorded answers of one device → the messages it would send, and the identity they must yield.

A folder holds `device.toml` and the answers, each as it is on the wire: text as it was sent (with its CRLF),
binary datagrams as hexadecimal text (`.hex`, blanks and line ends ignored, "#" begins a comment), certificates
as the hexadecimal of their DER form. `device.toml`:

    schema = 1
    [expect]            # what must be concluded; an attribute that is left out must not be concluded
    kind = "camera"
    brand = "TRENDnet"
    maker = "Hikvision"
    [origin]            # where the answers come from, when that was checked, and what was filled in
    source = "…"
    date = 2026-11-23
    note = "…"
    [network]           # who it is on the wire; addresses and host parts are of our choosing
    mac = "3c:8c:f8:12:34:56"
    address = "192.0.2.10"
    [[answer]]          # in the order in which they are asked for
    protocol = "http"
    port = 80
    path = "/"          # HTTP: the path asked; RTSP: the method
    file = "http-root.txt"
    request = "…"       # optional: a file with the very request
"""

import struct
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Any

from scanner.errors import KnowledgeError
from scanner.model import Endpoint, IPAddress, Message
from scanner.protocols import by_name

EXPECTABLE = (
    "kind",
    "what",
    "brand",
    "maker",
    "model",
    "firmware",
    "serial",
    "name",
    "location",
    "capabilities",
)
RECORDED = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of the first message of a folder: recordings have no clock of their own."""
MAX_FILE = 1 << 20
ASKER = IPv4Address("192.0.2.250")
"""The address of whoever asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One recorded answer: protocol, the port that gave it, what was asked, the bytes."""

    protocol: str
    port: int
    path: str
    request: bytes
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A device as it was recorded, with what must be concluded from it."""

    name: str
    expect: Mapping[str, Any]
    source: str
    date: date
    note: str
    mac: str | None
    address: IPAddress
    answers: tuple[Answer, ...]

    def messages(self) -> Iterator[Message]:
        """Give the answers as messages, a second apart, as if one scan had asked for them."""
        for index, answer in enumerate(self.answers):
            yield Message(
                time=RECORDED + timedelta(seconds=index),
                protocol=answer.protocol,
                source=Endpoint(host=self.address, port=answer.port),
                destination=Endpoint(host=ASKER, port=50000 + index),
                mac=self.mac,
                request=answer.request,
                payload=answer.payload,
            )


def read_folder(folder: Path) -> Recording:
    """Read one folder of recorded answers; raises KnowledgeError naming the file and the key that is wrong."""
    path = folder / "device.toml"
    try:
        with path.open("rb") as file:
            data = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(str(path), "file", str(error)) from error
    expect, origin, network = (_table(path, data, key) for key in ("expect", "origin", "network"))
    for key in expect:
        if key not in EXPECTABLE:
            raise KnowledgeError(str(path), "expect", f"unknown key {key!r}")
    return Recording(
        name=folder.name,
        expect=expect,
        source=_required(path, "origin", origin, "source"),
        date=_required(path, "origin", origin, "date"),
        note=str(origin.get("note", "")),
        mac=network.get("mac"),
        address=ip_address(str(_required(path, "network", network, "address"))),
        answers=tuple(
            _answer(folder, position, entry) for position, entry in enumerate(data.get("answer", ()))
        ),
    )


def read_folders(folder: Path) -> list[Recording]:
    """Read every recording below a folder, by name."""
    return [read_folder(path.parent) for path in sorted(folder.glob("*/device.toml"))]


def _table(path: Path, data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    table = data.get(key)
    if not isinstance(table, dict):
        raise KnowledgeError(str(path), key, "missing table")
    return table


def _required(path: Path, entry: str, table: Mapping[str, Any], key: str) -> Any:
    if key not in table:
        raise KnowledgeError(str(path), entry, f"missing key {key!r}")
    return table[key]


def _answer(folder: Path, position: int, entry: Mapping[str, Any]) -> Answer:
    path = folder / "device.toml"
    where = f"answer {position + 1}"
    protocol = _required(path, where, entry, "protocol")
    if protocol not in by_name:
        raise KnowledgeError(str(path), where, f"unknown protocol {protocol!r}")
    payload = _bytes(folder / _required(path, where, entry, "file"), path, where)
    request = _bytes(folder / entry["request"], path, where) if "request" in entry else b""
    asked = str(entry.get("path", ""))
    if protocol == "tls" and payload[:1] == b"\x30":
        payload = tls_flight(payload)
    if protocol == "http" and not request:
        request = f"GET {asked or '/'} HTTP/1.1\r\nHost: camera\r\n\r\n".encode()
    if protocol == "rtsp" and not request:
        request = f"{asked or 'OPTIONS'} rtsp://camera/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode()
    return Answer(
        protocol=protocol, port=int(entry.get("port", 0)), path=asked, request=request, payload=payload
    )


def _bytes(file: Path, path: Path, where: str) -> bytes:
    try:
        raw = file.read_bytes()[:MAX_FILE]
    except OSError as error:
        raise KnowledgeError(str(path), where, str(error)) from error
    if file.suffix != ".hex":
        return raw
    lines = (line.partition("#")[0] for line in raw.decode("ascii", "replace").splitlines())
    try:
        return bytes.fromhex("".join("".join(line.split()) for line in lines))
    except ValueError as error:
        raise KnowledgeError(str(path), where, f"{file.name}: {error}") from error


def tls_flight(certificate: bytes) -> bytes:
    """Return the TLS 1.2 handshake records with which a server presents one certificate (RFC 5246, 7.4).

    The random bytes are zero: what matters of a recorded handshake is the certificate (DER) and the version.
    """
    hello = b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x9c" + b"\x00" + b"\x00\x00"
    chain = _length24(certificate) + certificate
    body = _handshake(2, hello) + _handshake(11, _length24(chain) + chain) + _handshake(14, b"")
    records = [body[start : start + 16384] for start in range(0, len(body), 16384)]
    return b"".join(b"\x16\x03\x03" + struct.pack("!H", len(record)) + record for record in records)


def _handshake(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + _length24(body) + body


def _length24(body: bytes) -> bytes:
    return len(body).to_bytes(3, "big")
