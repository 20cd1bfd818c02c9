"""Lengths and codings put right after bytes in the middle of a message were replaced by others."""

import struct
import zlib


def with_length(line: bytes, change: int) -> bytes:
    """Return a header line; a Content-Length is changed by so many bytes, so that a cut body stays cut."""
    name, colon, value = line.partition(b":")
    if not colon or name.strip().lower() != b"content-length" or not value.strip().isdigit():
        return line
    return name + colon + b" %d" % max(0, int(value) + change)


def recoded(coding: str, body: bytes) -> bytes:
    """Return a body in the content coding that its header names: gzip, deflate, or none."""
    if not coding.strip():
        return body
    window = 31 if "gzip" in coding.lower() else 15
    packer = zlib.compressobj(wbits=window)
    return packer.compress(body) + packer.flush()


def with_lengths(head: bytes, old: int, new: int) -> bytes:
    """Return a binary head in which every 32-bit field, else every 16-bit one, that was the old length is the new."""
    if old == new:
        return head
    for form in ("<I", ">I", "<H", ">H"):
        packed, size = struct.pack(form, old), struct.calcsize(form)
        places = [at for at in range(0, len(head) - size + 1, size) if head[at : at + size] == packed]
        if places:
            mended = bytearray(head)
            for at in places:
                mended[at : at + size] = struct.pack(form, new)
            return bytes(mended)
    return head


def keyed_parts(data: bytes) -> list[bytes]:
    """Return what is unique in a certificate beside its names: signature, key and serial number, as bytes."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    at = data.find(b"\x30\x82", 9)
    try:
        length = int.from_bytes(data[at + 2 : at + 4], "big") + 4
        certificate = x509.load_der_x509_certificate(data[at : at + length])
        key = certificate.public_key()
        if isinstance(key, RSAPublicKey):
            size = (key.key_size + 7) // 8
            parts = [key.public_numbers().n.to_bytes(size, "big")]
        else:
            parts = [key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)[-64:]]
        number = certificate.serial_number
        parts.append(number.to_bytes(number.bit_length() // 8 + 1, "big").lstrip(b"\0"))
        return [part for part in (certificate.signature, *parts) if len(part) > 3]
    except Exception:  # noqa: BLE001 - what a hostile certificate raises there is not documented
        return []
