"""RTSP, TLS certificates of services that httpx cannot talk to, and greetings that a server gives unasked."""

import os
import struct

from scanner.model import IPAddress, Message, Outcome, Target
from scanner.probes.wire import Connection, Wire

MAX_ANSWER = 64 * 1024
GREETING_S = 2.0
"""How long to wait for a server to speak first."""
_HELLO_CIPHERS = (
    *(0xC02B, 0xC02C, 0xC009, 0xC00A),  # certificates with elliptic curves
    *(0xC02F, 0xC030, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035, 0x000A, 0x0005, 0x0004),  # with RSA
)
"""Cipher suites that are offered (IANA TLS registry): nothing is ever encrypted with them, the answer comes before."""


async def ask_rtsp(wire: Wire, target: Target) -> list[Message]:
    """Send OPTIONS, and one DESCRIBE without credentials for its challenge; nothing is set up or played."""
    messages: list[Message] = []
    async with wire.connection(target) as connection:
        if connection is None:
            return messages
        for sequence, method in enumerate(("OPTIONS", "DESCRIBE"), 1):
            request = rtsp_request(method, target.host, target.port, sequence)
            answer = (
                await connection.receive(_rtsp_done, MAX_ANSWER) if await connection.send(request) else b""
            )
            if not answer:
                break
            messages.append(connection.message(request, answer))
    wire.ended(target, Outcome.ANSWERED if messages else Outcome.SILENT)
    for message in messages:
        wire.sink(message)
    return messages


def rtsp_request(method: str, host: IPAddress | None, port: int, sequence: int) -> bytes:
    """Return an RTSP/1.0 request (RFC 2326, section 6) for the root of a server."""
    name = f"[{host}]" if host is not None and host.version == 6 else str(host)
    accept = "Accept: application/sdp\r\n" if method == "DESCRIBE" else ""
    text = f"{method} rtsp://{name}:{port}/ RTSP/1.0\r\nCSeq: {sequence}\r\n{accept}User-Agent: camcensus\r\n\r\n"
    return text.encode()


def _rtsp_done(received: bytes) -> bool:
    head, blank, body = received.partition(b"\r\n\r\n")
    if not blank:
        return False
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip() == b"content-length" and value.strip().isdigit():
            return len(body) >= int(value)
    return True


async def fetch_certificate(wire: Wire, target: Target) -> Message | None:
    """Say a TLS 1.2 hello and read the server's flight in the clear; the handshake goes no further."""
    hello = client_hello()
    async with wire.connection(target) as connection:
        if connection is None or not await connection.send(hello):
            return None
        answer = await connection.receive(_flight_done, MAX_ANSWER)
        if not answer:
            wire.ended(target, Outcome.SILENT)
            return None
        message = connection.message(hello, answer, "tls")
    wire.ended(target, Outcome.ANSWERED)
    wire.sink(message)
    return message


def client_hello() -> bytes:
    """Return a ClientHello of TLS 1.2 that offers what old servers know (RFC 5246, 7.4.1.2)."""
    ciphers = b"".join(struct.pack("!H", cipher) for cipher in _HELLO_CIPHERS)
    groups = b"\x00\x0a\x00\x08\x00\x06\x00\x17\x00\x18\x00\x19" + b"\x00\x0b\x00\x02\x01\x00"
    signatures = b"\x00\x0d\x00\x0c\x00\x0a\x04\x01\x05\x01\x02\x01\x04\x03\x02\x03"
    extensions = groups + signatures
    body = b"\x03\x03" + os.urandom(32) + b"\x00" + struct.pack("!H", len(ciphers)) + ciphers + b"\x01\x00"
    body += struct.pack("!H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack("!H", len(handshake)) + handshake


def _flight_done(received: bytes) -> bool:
    """Tell whether ServerHelloDone or an alert has come: walk the records and the handshakes in them."""
    offset, flight = 0, b""
    while offset + 5 <= len(received):
        kind, length = received[offset], int.from_bytes(received[offset + 3 : offset + 5], "big")
        if kind == 21:
            return True
        if kind != 22 or offset + 5 + length > len(received):
            return kind != 22
        flight += received[offset + 5 : offset + 5 + length]
        offset += 5 + length
    offset = 0
    while offset + 4 <= len(flight):
        if flight[offset] == 14:
            return True
        offset += 4 + int.from_bytes(flight[offset + 1 : offset + 4], "big")
    return False


async def hear_greeting(wire: Wire, target: Target) -> Message | None:
    """Connect and say nothing: FTP, telnet and SSH introduce themselves."""
    async with wire.connection(target) as connection:
        if connection is None:
            return None
        answer = await connection.receive(lambda data: b"\n" in data, 4096, GREETING_S, GREETING_S)
        message = _greeting(connection, answer)
    wire.ended(target, Outcome.ANSWERED if message else Outcome.SILENT)
    if message:
        wire.sink(message)
    return message


def _greeting(connection: Connection, answer: bytes) -> Message | None:
    return connection.message(b"", answer, "banner") if answer else None
