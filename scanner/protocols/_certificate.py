"""X.509 certificates that devices present: DER bytes to facts.

Strategy: `cryptography` reads the certificate; what it refuses (wrong versions, negative serials, odd strings
and dates, all seen on cameras) is walked by a small DER reader that gives names, serial, dates and key. Both
end in the same `_Fields`, so that one function makes the facts. The certificate is evidence, not credential:
nothing is verified. Source: RFC 5280 §4.1, X.690, RFC 4514 (names as text).
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from scanner.protocols._text import decode

MAX_CERTIFICATE = 64 * 1024
"""Bytes of one certificate that are read."""
MAX_NAMES = 32
"""Attributes of one name, and alternative names, that are kept."""
MAX_ITEMS = 256
"""DER items of one structure that are walked."""

Pair = tuple[str, str]

_SHORT = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_PARTS = {"CN": "cn", "O": "o", "OU": "ou"}
_SEQUENCE, _INTEGER, _OID, _UTC_TIME, _GENERALIZED_TIME, _VERSION_TAG = 0x30, 0x02, 0x06, 0x17, 0x18, 0xA0
_BMP_STRING, _UNIVERSAL_STRING = 0x1E, 0x1C


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """What is read of a certificate, however it is read; names are (dotted object identifier, value)."""

    subject: tuple[Pair, ...]
    issuer: tuple[Pair, ...]
    serial: int
    not_before: str | None
    not_after: str | None
    key: bytes
    alternatives: tuple[str, ...] = ()


FACTS = (
    *("tls.subject", "tls.subject_cn", "tls.subject_o", "tls.subject_ou", "tls.subject_email"),
    *("tls.issuer", "tls.issuer_cn", "tls.issuer_o", "tls.issuer_ou", "tls.issuer_email"),
    *("tls.san", "tls.serial", "tls.not_before", "tls.not_after", "tls.self_signed"),
    *("tls.sha1", "tls.sha256", "tls.key_sha256"),
)
"""Every key that `certificate_facts` may give."""


def certificate_facts(der: bytes) -> tuple[Pair, ...]:
    """Return what a certificate says as (key, text) pairs; a cut one gives what comes before the cut.

    `tls.self_signed` compares names only; `tls.key_sha256` is over SubjectPublicKeyInfo: firmware that ships
    one key in every device shows there. Times are ISO 8601, UTC.
    """
    whole = _length(der) == len(der)
    if not 0 < len(der) <= MAX_CERTIFICATE:
        return ()
    fields = (_library_fields(der) if whole else None) or _walked_fields(der)
    hashes = (
        ("tls.sha1", hashlib.sha1(der, usedforsecurity=False).hexdigest()),
        ("tls.sha256", hashlib.sha256(der).hexdigest()),
    )
    return (*(_field_facts(fields) if fields else ()), *(hashes if whole else ()))


def _field_facts(fields: _Fields) -> Iterator[Pair]:
    yield from _name_facts("tls.subject", fields.subject)
    yield from _name_facts("tls.issuer", fields.issuer)
    yield from (("tls.san", name) for name in fields.alternatives)
    yield "tls.serial", f"{fields.serial:x}"
    if fields.not_before and fields.not_after:
        yield "tls.not_before", fields.not_before
        yield "tls.not_after", fields.not_after
    yield "tls.self_signed", str(fields.subject == fields.issuer).lower()
    if fields.key:
        yield "tls.key_sha256", hashlib.sha256(fields.key).hexdigest()


def _name_facts(key: str, name: tuple[Pair, ...]) -> Iterator[Pair]:
    """Yield a name as one text, last attribute first (RFC 4514 §2.1), and its telling parts by themselves."""
    shown = [(_SHORT.get(oid, oid), value) for oid, value in name[:MAX_NAMES]]
    yield key, ",".join(f"{short}={_escaped(value)}" for short, value in reversed(shown))
    for short, value in shown:
        if part := _PARTS.get(short):
            yield f"{key}_{part}", value
        elif short == "emailAddress":
            yield f"{key}_email", value


def _escaped(value: str) -> str:
    return "".join("\\" + c if c in ',+"\\<>;' else c for c in value[:256])


def _library_fields(der: bytes) -> _Fields | None:
    """Read with `cryptography`; None for what it refuses, at once or when a field is asked for."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of every sin of these certificates
        try:
            certificate = x509.load_der_x509_certificate(der)
            return _Fields(
                subject=tuple((a.oid.dotted_string, _value_text(a.value)) for a in certificate.subject),
                issuer=tuple((a.oid.dotted_string, _value_text(a.value)) for a in certificate.issuer),
                serial=certificate.serial_number,
                not_before=_iso(certificate.not_valid_before_utc),
                not_after=_iso(certificate.not_valid_after_utc),
                key=certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
                alternatives=_alternatives(certificate),
            )
        except Exception:  # noqa: BLE001 - which errors a hostile certificate raises there is not documented
            return None


def _value_text(value: str | bytes) -> str:
    return decode(value) if isinstance(value, bytes) else value


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def _alternatives(certificate: Any) -> tuple[str, ...]:
    """Return the subject's alternative names as text; () where there are none or they cannot be read."""
    from cryptography import x509

    with suppress(
        ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType
    ):
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return tuple(str(name.value) for name in list(names)[:MAX_NAMES] if hasattr(name, "value"))
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """One DER item: its tag, its contents, and its bytes with tag and length."""

    tag: int
    content: bytes
    whole: bytes


def _items(data: bytes, *, cut: bool = False) -> list[_Item]:
    """Return the items in a row (X.690 §8.1); one that is cut off is given as far as it goes if `cut`."""
    found: list[_Item] = []
    at = 0
    while at + 2 <= len(data) and len(found) < MAX_ITEMS:
        start, end = _extent(data, at)
        if end > len(data) and not cut:
            break
        found.append(_Item(tag=data[at], content=data[start:end], whole=data[at:end]))
        at = end
    return found


def _extent(data: bytes, at: int) -> tuple[int, int]:
    """Return where the contents of the item at `at` begin and end; no definite length runs beyond the data."""
    length, start = data[at + 1], at + 2
    if not length & 0x80:
        return start, start + length
    width = length & 0x7F
    start += width
    if not 0 < width <= 4:
        return start, start + len(data)
    return start, start + int.from_bytes(data[start - width : start], "big")


def _length(der: bytes) -> int:
    """Return how long a certificate says it is."""
    return _extent(der, 0)[1] if len(der) > 1 else -1


def _walked_fields(der: bytes) -> _Fields | None:
    """Walk Certificate → TBSCertificate (RFC 5280 §4.1) and return its fields, or None for other bytes."""
    outer = _items(der, cut=True)[:1]
    inner = _items(outer[0].content, cut=True)[:1] if outer else []
    parts = _items(inner[0].content) if inner else []
    if parts and parts[0].tag == _VERSION_TAG:
        parts = parts[1:]
    if len(parts) < 5 or parts[0].tag != _INTEGER or any(part.tag != _SEQUENCE for part in parts[1:6]):
        return None
    serial, _, issuer, validity, subject = parts[:5]
    times = [_time(item) for item in _items(validity.content)]
    return _Fields(
        subject=tuple(_name(subject.content)),
        issuer=tuple(_name(issuer.content)),
        serial=int.from_bytes(serial.content[:64], "big"),
        not_before=times[0] if len(times) > 1 else None,
        not_after=times[1] if len(times) > 1 else None,
        key=parts[5].whole if len(parts) > 5 else b"",
    )


def _name(content: bytes) -> Iterator[Pair]:
    """Yield the attributes of a Name: sets of sequences of identifier and string."""
    for group in _items(content)[:MAX_NAMES]:
        for attribute in _items(group.content)[:MAX_NAMES]:
            pair = _items(attribute.content)
            if len(pair) > 1 and pair[0].tag == _OID:
                yield _dotted(pair[0].content), _string(pair[1])


def _string(item: _Item) -> str:
    wide = {_BMP_STRING: "utf-16-be", _UNIVERSAL_STRING: "utf-32-be"}.get(item.tag)
    return item.content.decode(wide, "replace") if wide else decode(item.content)


def _dotted(content: bytes) -> str:
    """Return an object identifier in dotted form (X.690 §8.19)."""
    numbers, number = [], 0
    for byte in content[:32]:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = numbers[0] if numbers else 0
    root = min(first // 40, 2)
    return ".".join(map(str, (root, first - 40 * root, *numbers[1:])))


def _time(item: _Item) -> str | None:
    """Return a UTCTime or GeneralizedTime as ISO 8601 (RFC 5280 §4.1.2.5), or None."""
    digits = item.content[:15].decode("latin-1").removesuffix("Z")
    if item.tag == _UTC_TIME:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    try:
        return _iso(datetime.strptime(digits, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
    except ValueError:
        return None
