"""A recorded certificate → one that a server of ours can present: the same words, another key.

The private key of a real device is not to be had, so each certificate is signed anew with a key that is made
when the lab starts. Subject, issuer, serial number, validity and extensions are copied.
"""

import ssl
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

_CERTIFICATE = 11
_HANDSHAKE_RECORD = 22
KEY_BITS = 2048


def recorded_certificate(flight: bytes) -> bytes:
    """Return the first certificate (DER) of a server's handshake records; b"" if there is none (RFC 5246, 7.4.2)."""
    for kind, body in _handshakes(b"".join(_records(flight))):
        if kind == _CERTIFICATE:
            return body[6 : 6 + int.from_bytes(body[3:6], "big")]
    return b""


def _records(flight: bytes) -> Iterator[bytes]:
    at = 0
    while at + 5 <= len(flight):
        length = int.from_bytes(flight[at + 3 : at + 5], "big")
        if flight[at] == _HANDSHAKE_RECORD:
            yield flight[at + 5 : at + 5 + length]
        at += 5 + length


def _handshakes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        yield data[at], data[at + 4 : at + 4 + length]
        at += 4 + length


@lru_cache(maxsize=1)
def _key() -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def server_context(flight: bytes) -> ssl.SSLContext:
    """Return a TLS context that presents a copy of the certificate in recorded handshake records."""
    from cryptography.hazmat.primitives import serialization

    made = _copy(recorded_certificate(flight))
    private = _key().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(made.public_bytes(serialization.Encoding.PEM) + private)
        file.flush()
        context.load_cert_chain(file.name)
    return context


def _copy(der: bytes) -> "x509.Certificate":
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    recorded = x509.load_der_x509_certificate(der) if der else None
    names = (recorded.subject, recorded.issuer) if recorded else (x509.Name([]), x509.Name([]))
    builder = (
        x509.CertificateBuilder()
        .subject_name(names[0])
        .issuer_name(names[1])
        .public_key(_key().public_key())
        .serial_number(max(1, recorded.serial_number) if recorded else 1)
        .not_valid_before(recorded.not_valid_before_utc if recorded else datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(recorded.not_valid_after_utc if recorded else datetime(2040, 1, 1, tzinfo=UTC))
    )
    for extension in _extensions(recorded):
        builder = builder.add_extension(extension.value, critical=extension.critical)
    return builder.sign(_key(), hashes.SHA256())


def _extensions(recorded: "x509.Certificate | None") -> list[Any]:
    """Return the extensions, none where the library cannot read one: the names are what matters."""
    try:
        return list(recorded.extensions) if recorded else []
    except ValueError:
        return []
