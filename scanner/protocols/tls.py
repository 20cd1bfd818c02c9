"""TLS: a server's first flight, or a client's hello, to facts: version, cipher, certificate, asked name.

Port: any, known by the record header. Strategy: join the handshake records (messages may be spread over
several), read ServerHello and the first certificate, and stop there. From TLS 1.3 on the certificate is
encrypted, so only the hello remains. Nothing is verified. Sources: RFC 5246 (TLS 1.2), RFC 8446 (1.3), RFC
6101 (SSL 3), RFC 6066 §3 (server name), JA3 and JA3S as published by Salesforce.
"""

import hashlib
from collections.abc import Iterator

from scanner.model import Message, Observation
from scanner.protocols._certificate import FACTS as CERTIFICATE_FACTS
from scanner.protocols._certificate import certificate_facts
from scanner.protocols._protocol import Facts, Protocol

MAX_FLIGHT = 256 * 1024
"""Bytes of records that are read."""
MAX_MESSAGES = 16
"""Handshake messages that are looked at."""
MAX_EXTENSIONS = 64
"""Extensions of one hello that are looked at."""
MAX_NAME = 255
"""Characters of a server name: a DNS name has no more."""

_HANDSHAKE = 22
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE = 1, 2, 11
_SERVER_NAME, _GROUPS, _POINT_FORMATS, _ALPN, _SUPPORTED_VERSIONS = 0, 10, 11, 16, 43
_VERSIONS = {0x0300: "SSL 3.0", 0x0301: "TLS 1.0", 0x0302: "TLS 1.1", 0x0303: "TLS 1.2", 0x0304: "TLS 1.3"}

Extensions = list[tuple[int, bytes]]


def recognise(payload: bytes) -> bool:
    """Tell whether bytes begin a TLS stream: a handshake record of version 3.x that begins with a hello."""
    if len(payload) < 6 or payload[0] != _HANDSHAKE or payload[1] != 3 or payload[2] > 4:
        return False
    return 4 <= int.from_bytes(payload[3:5], "big") <= 1 << 14 and payload[5] in (
        _CLIENT_HELLO,
        _SERVER_HELLO,
    )


def parse(message: Message) -> tuple[Observation, ...]:
    """Read a server's first flight or a client's hello; () for bytes that are neither."""
    facts = Facts()
    for kind, body in _handshakes(_joined(message.payload[:MAX_FLIGHT])):
        if kind == _SERVER_HELLO:
            _read_server_hello(facts, body)
        elif kind == _CERTIFICATE:
            for key, value in certificate_facts(_first_certificate(body)):
                facts.add(key, value)
            break
        elif kind == _CLIENT_HELLO:
            _read_client_hello(facts, body)
            break
    return facts.about(message)


def _joined(raw: bytes) -> bytes:
    """Return the handshake data of the records up to the first of another kind (RFC 5246 §6.2.1)."""
    parts: list[bytes] = []
    at = 0
    while at + 5 <= len(raw) and raw[at] == _HANDSHAKE and raw[at + 1] == 3:
        length = int.from_bytes(raw[at + 3 : at + 5], "big")
        parts.append(raw[at + 5 : at + 5 + length])
        at += 5 + length
    return b"".join(parts)


def _handshakes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield type and body of the handshake messages; the last may be cut (RFC 5246 §7.4)."""
    at = 0
    for _ in range(MAX_MESSAGES):
        if at + 4 > len(data):
            return
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        yield data[at], data[at + 4 : at + 4 + length]
        at += 4 + length


def _first_certificate(body: bytes) -> bytes:
    """Return the server's own certificate, maybe cut, from a Certificate message (RFC 5246 §7.4.2)."""
    return body[6 : 6 + int.from_bytes(body[3:6], "big")]


def _read_server_hello(facts: Facts, body: bytes) -> None:
    """Read version, cipher suite and extensions (RFC 8446 §4.1.3)."""
    after_session = 35 + (body[34] if len(body) > 34 else 0)
    if len(body) < after_session + 2:
        return
    cipher = int.from_bytes(body[after_session : after_session + 2], "big")
    extensions = _extensions(body[after_session + 3 :])
    legacy = int.from_bytes(body[:2], "big")
    chosen = int.from_bytes(dict(extensions).get(_SUPPORTED_VERSIONS, body[:2])[:2], "big")
    facts.add("tls.version", _VERSIONS.get(chosen, f"{chosen:04x}"))
    facts.add("tls.cipher", f"{cipher:04x}")
    facts.add("tls.ja3s", _md5(f"{legacy},{cipher},{_dashed([kind for kind, _ in extensions])}"))
    if protocol := dict(extensions).get(_ALPN):
        facts.add("tls.alpn", protocol[3:].decode("latin-1"))


def _read_client_hello(facts: Facts, body: bytes) -> None:
    """Read the name that is asked for, and the hello's fingerprint (RFC 8446 §4.1.2)."""
    ciphers_at = 35 + (body[34] if len(body) > 34 else 0)
    ciphers_end = ciphers_at + 2 + int.from_bytes(body[ciphers_at : ciphers_at + 2], "big")
    if len(body) < ciphers_end + 1:
        return
    extensions = _extensions(body[ciphers_end + 1 + body[ciphers_end] :])
    said = dict(extensions)
    facts.add("tls.client.sni", _server_name(said.get(_SERVER_NAME, b"")))
    parts = (
        str(int.from_bytes(body[:2], "big")),
        _dashed(_numbers(body[ciphers_at + 2 : ciphers_end])),
        _dashed([kind for kind, _ in extensions]),
        _dashed(_numbers(said.get(_GROUPS, b"")[2:])),
        _dashed(list(said.get(_POINT_FORMATS, b"")[1:])),
    )
    facts.add("tls.client.ja3", _md5(",".join(parts)))


def _extensions(data: bytes) -> Extensions:
    """Return (type, contents) of the extensions in order (RFC 8446 §4.2); `data` begins with their length."""
    end = min(len(data), 2 + int.from_bytes(data[:2], "big"))
    found: Extensions = []
    at = 2
    while at + 4 <= end and len(found) < MAX_EXTENSIONS:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        found.append((int.from_bytes(data[at : at + 2], "big"), data[at + 4 : at + 4 + length]))
        at += 4 + length
    return found


def _server_name(data: bytes) -> str:
    """Return the host name of a server name extension (RFC 6066 §3): list length, type 0, length, name."""
    if len(data) < 5 or data[2] != 0:
        return ""
    name = data[5 : 5 + int.from_bytes(data[3:5], "big")][:MAX_NAME]
    return name.decode("ascii", "replace").lower()


def _numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data) - 1, 2)]


def _dashed(numbers: list[int]) -> str:
    """Join numbers as JA3 does, without the reserved ones of RFC 8701 (0a0a, 1a1a, …)."""
    return "-".join(str(n) for n in numbers if not (n & 0x0F0F == 0x0A0A and n >> 8 == n & 0xFF))


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


PROTOCOL = Protocol(
    name="tls",
    title="TLS",
    parse=parse,
    tcp=True,
    recognise=recognise,
    facts=(
        *("tls.version", "tls.cipher", "tls.ja3s", "tls.alpn", *CERTIFICATE_FACTS),
        *("tls.client.sni", "tls.client.ja3"),
    ),
)
