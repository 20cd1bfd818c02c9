"""First flights and hellos: certificates that cameras present, whole, broken and cut."""

import hashlib
import time
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message
from scanner.protocols import tls
from scanner.protocols._certificate import _library_fields, _walked_fields, certificate_facts

KEY = ec.generate_private_key(ec.SECP256R1())
HIKVISION = {
    "C": "CN",
    "ST": "ZheJiang",
    "L": "HangZhou",
    "O": "HIKVISION",
    "OU": "DVRNVR",
    "CN": "www.hikvision.com",
}
OIDS = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
    "emailAddress": NameOID.EMAIL_ADDRESS,
}


def certificate(subject, issuer=None, san=()):
    def name(parts):
        return x509.Name([x509.NameAttribute(OIDS[short], value) for short, value in parts.items()])

    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer or subject))
        .public_key(KEY.public_key())
        .serial_number(0xABCDEF)
        .not_valid_before(datetime(2014, 7, 21, tzinfo=UTC))
        .not_valid_after(datetime(2054, 7, 21, 1, 2, 3, tzinfo=UTC))
    )
    if san:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(n) for n in san]), critical=False
        )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(Encoding.DER)


def handshake(kind, body):
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


def records(data, size=16384, version=3):
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join(
        b"\x16\x03" + bytes([version]) + len(piece).to_bytes(2, "big") + piece for piece in pieces
    )


def extension(kind, data):
    return kind.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


def server_hello(version=0x0303, cipher=0xC02F, extensions=b"", session=b""):
    body = (
        version.to_bytes(2, "big")
        + bytes(32)
        + bytes([len(session)])
        + session
        + cipher.to_bytes(2, "big")
        + b"\0"
    )
    return handshake(2, body + (len(extensions).to_bytes(2, "big") + extensions if extensions else b""))


def certificate_message(*ders):
    chain = b"".join(len(der).to_bytes(3, "big") + der for der in ders)
    return handshake(11, len(chain).to_bytes(3, "big") + chain)


def client_hello(name=b"camera.example", extra=b""):
    sni = (len(name) + 3).to_bytes(2, "big") + b"\0" + len(name).to_bytes(2, "big") + name
    extensions = (
        extension(0x0A0A, b"")
        + extension(0, sni)
        + extension(10, b"\0\x04\x0a\x0a\0\x17")
        + extension(11, b"\1\0")
    )
    extensions += extra
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x04\x1a\x1a\x00\x2f" + b"\1\0"
    return handshake(1, body + len(extensions).to_bytes(2, "big") + extensions)


def facts(payload):
    found = tls.parse(
        Message(
            time=datetime(2026, 1, 1, tzinfo=UTC), protocol="tls", source=Endpoint(port=443), payload=payload
        )
    )
    pairs = found[0].facts if found else ()
    assert not [key for key, _ in pairs if not tls.PROTOCOL.declares(key)]
    return dict(pairs)


@pytest.mark.parametrize("size", [1, 7, 300, 16384])
def test_old_hikvision_certificate_over_any_records(size):
    der = certificate(HIKVISION)
    found = facts(records(server_hello() + certificate_message(der) + handshake(14, b""), size))
    assert found["tls.version"] == "TLS 1.2"
    assert found["tls.cipher"] == "c02f"
    assert found["tls.subject"] == "CN=www.hikvision.com,OU=DVRNVR,O=HIKVISION,L=HangZhou,ST=ZheJiang,C=CN"
    assert (found["tls.subject_cn"], found["tls.subject_o"], found["tls.subject_ou"]) == (
        "www.hikvision.com",
        "HIKVISION",
        "DVRNVR",
    )
    assert found["tls.issuer"] == found["tls.subject"]
    assert found["tls.self_signed"] == "true"
    assert found["tls.serial"] == "abcdef"
    assert (found["tls.not_before"], found["tls.not_after"]) == (
        "2014-07-21T00:00:00Z",
        "2054-07-21T01:02:03Z",
    )
    assert found["tls.sha256"] == hashlib.sha256(der).hexdigest()
    spki = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert found["tls.key_sha256"] == hashlib.sha256(spki).hexdigest()


def test_only_the_first_certificate_of_a_chain_counts():
    leaf = certificate(
        {"CN": "axis-accc8ea31abf", "O": "Axis Communications AB"}, {"CN": "Axis device ID CA"}
    )
    found = facts(records(server_hello() + certificate_message(leaf, certificate(HIKVISION))))
    assert found["tls.subject"] == "O=Axis Communications AB,CN=axis-accc8ea31abf"
    assert (found["tls.issuer_cn"], found["tls.self_signed"]) == ("Axis device ID CA", "false")


def test_alternative_names_and_mail():
    der = certificate({"CN": "a,b", "emailAddress": "x@example.com"}, san=("one.example", "two.example"))
    pairs = certificate_facts(der)
    assert [value for key, value in pairs if key == "tls.san"] == ["one.example", "two.example"]
    assert dict(pairs)["tls.subject"] == "emailAddress=x@example.com,CN=a\\,b"
    assert dict(pairs)["tls.subject_email"] == "x@example.com"


@pytest.mark.parametrize("version", [0x0300, 0x0301, 0x0302, 0x0303])
def test_versions(version):
    assert (
        facts(records(server_hello(version, session=bytes(32)), version=version & 3))["tls.version"]
        == {
            0x0300: "SSL 3.0",
            0x0301: "TLS 1.0",
            0x0302: "TLS 1.1",
            0x0303: "TLS 1.2",
        }[version]
    )


def test_tls_13_says_so_in_an_extension():
    found = facts(
        records(server_hello(cipher=0x1301, extensions=extension(43, b"\x03\x04"))) + b"\x14\x03\x03\0\1\1"
    )
    assert (found["tls.version"], found["tls.cipher"]) == ("TLS 1.3", "1301")
    assert found["tls.ja3s"] == hashlib.md5(b"771,4865,43", usedforsecurity=False).hexdigest()


def test_walker_and_library_agree():
    der = certificate(HIKVISION)
    walked, read = _walked_fields(der), _library_fields(der)
    for field in ("subject", "issuer", "serial", "not_before", "not_after", "key"):
        assert getattr(walked, field) == getattr(read, field)


def test_certificate_that_the_library_refuses():
    der = certificate(HIKVISION)
    broken = der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x09")  # X.509 version 10
    assert _library_fields(broken) is None
    found = dict(certificate_facts(broken))
    assert found["tls.subject_cn"] == "www.hikvision.com"
    assert found["tls.not_after"] == "2054-07-21T01:02:03Z"
    assert found["tls.sha1"] == hashlib.sha1(broken, usedforsecurity=False).hexdigest()


def test_cut_certificate_gives_its_names_but_no_hash():
    der = certificate(HIKVISION)
    at = der.rindex(b"www.hikvision.com") + len(b"www.hikvision.com")
    found = facts(records(server_hello() + certificate_message(der))[: 5 + len(server_hello()) + 10 + at])
    assert found["tls.subject_cn"] == "www.hikvision.com"
    assert not {"tls.sha1", "tls.sha256", "tls.key_sha256"} & set(found)


@pytest.mark.parametrize("cut", range(0, 500, 13))
def test_cut_flights(cut):
    facts(records(server_hello() + certificate_message(certificate(HIKVISION)))[:cut])


def test_client_asks_for_a_name():
    found = facts(records(client_hello(b"Litedev.EZVIZlife.com"), version=1))
    ja3 = hashlib.md5(b"771,47,0-10-11,23,0", usedforsecurity=False).hexdigest()  # reserved values left out
    assert found == {"tls.client.sni": "litedev.ezvizlife.com", "tls.client.ja3": ja3}


def test_client_hello_without_extensions():
    body = b"\x03\x00" + bytes(32) + b"\0" + b"\0\x02\x00\x05" + b"\1\0"
    ja3 = hashlib.md5(b"768,5,,,", usedforsecurity=False).hexdigest()
    assert facts(records(handshake(1, body), version=0)) == {"tls.client.ja3": ja3}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (records(client_hello()), True),
        (records(server_hello(), version=0), True),
        (b"\x15\x03\x01\0\x02\x02\x28", False),
        (b"\x16\x03\x01\0\x03\x01", False),
        (b"\x16\x03\x01\xff\xff\x01", False),
        (b"\x16\x03\x01\0\xa5\x10", False),
        (b"\x16\x02\x01\0\xa5\x01", False),
        (b"\x16\x03", False),
        (b"HTTP/1.1 200 OK", False),
        (b"", False),
    ],
)
def test_recognise(payload, expected):
    assert tls.recognise(payload) is expected


@pytest.mark.parametrize(
    "payload", [b"", b"HTTP/1.1 200 OK\r\n\r\n", b"\x15\x03\x01\0\x02\x02\x28", bytes(100)]
)
def test_others_give_nothing(payload):
    assert facts(payload) == {}


@given(st.binary(max_size=600))
@settings(max_examples=200, deadline=None)
def test_no_bytes_break_it(raw):
    facts(raw)
    facts(records(raw))
    facts(records(handshake(1, raw)) + records(handshake(2, raw)))
    facts(records(certificate_message(raw)))
    certificate_facts(raw)


WHOLE = certificate(HIKVISION, san=("a",))


@given(st.integers(0, len(WHOLE) - 1), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_no_flipped_byte_breaks_a_certificate(at, byte):
    certificate_facts(WHOLE[:at] + bytes([byte]) + WHOLE[at + 1 :])


@pytest.mark.parametrize(
    "unit", [b"\x30\x82\xff\xff", b"\x30\x80", b"\x31\x00", b"\x16\x03\x01\0\0", b"\x16\x03\x01\0\1\x0b"]
)
def test_time_is_bounded(unit):
    started = time.perf_counter()
    facts(unit * 60_000)
    certificate_facts((unit * 60_000)[:65_000])
    certificate_facts(b"\x30\x83\0\xfd\xe4" + (unit * 60_000)[:0xFDE4])
    assert time.perf_counter() - started < 2
