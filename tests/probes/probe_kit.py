"""What probe tests stand on: a wire to loopback, a server that does as it is told, and the ends of questions."""

import asyncio
import ssl
import time
from contextlib import asynccontextmanager
from ipaddress import ip_address

from scanner.model import Target
from scanner.probes.audit import Audit
from scanner.probes.pace import Courtesy, Pacer
from scanner.probes.wire import Wire
from scanner.scope import Guard, scope_of
from scanner.targets import parse_targets

HOST = ip_address("127.0.0.1")


class Heard:
    """A wire's ends: messages and attempts as they came."""

    def __init__(self, scope="127.0.0.0/8", rate=100_000.0, **courtesy):
        self.messages, self.attempts = [], []
        self.wire = Wire(
            guard=Guard(scope_of(parse_targets([scope]))),
            pacer=Pacer(rate, clock=time.monotonic),
            courtesy=Courtesy(**courtesy),
            audit=Audit(),
            sink=self.messages.append,
            attempts=self.attempts.append,
        )

    @property
    def outcomes(self):
        return [attempt.outcome for attempt in self.attempts]


def target(port, protocol="http", host=HOST):
    return Target(protocol=protocol, host=host, port=port, reason="test")


@asynccontextmanager
async def server(talk, **options):
    """Serve `talk(reader, writer)` on loopback; gives the port. Connections that the test leaves open are closed."""
    tasks = set()

    async def handle(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await talk(reader, writer)
        except (ConnectionError, asyncio.CancelledError, OSError):
            pass
        finally:
            writer.close()

    running = await asyncio.start_server(handle, "127.0.0.1", 0, **options)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()
        if tasks:
            await asyncio.wait(tasks, timeout=0.1)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def answering(*parts, pause_s=0.0, then_s=0.0):
    """A talk that reads a request and writes parts, pausing between them, then holds the line for a while."""

    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        await asyncio.sleep(then_s)

    return talk


def tls_context(folder):
    """A TLS context for a server, with a self-made certificate on an elliptic curve."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "axis-accc8e000001")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2040, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
