"""Bodies of HTTP responses: bytes as on the wire to bytes as meant and, where they are text, to text.

Strategy: chunks off, compression off, character set on, each step tolerant (a body that is not what its
header says is kept as it is) and each with a bound on what comes out, so that a few bytes cannot expand into
many. Cut bodies give what they hold and are marked incomplete.
"""

import zlib
from dataclasses import dataclass

from scanner.protocols._text import Head, document_text

MAX_BODY = 512 * 1024
"""Bytes of one body that are kept, after chunks and compression are off."""
MAX_TEXT = 64 * 1024
"""Characters of one body that are decoded."""
MAX_CODINGS = 3
"""Codings that may be piled on one body."""
MAX_CHUNKS = 16 * 1024
"""Chunks of one body that are read."""
MAX_CHUNK_LINE = 128
"""Bytes of the line before a chunk."""
META_WINDOW = 4096
"""Bytes at the beginning of a page in which it may declare its character set."""

_BINARY_TYPES = (
    "image/",
    "video/",
    "audio/",
    "font/",
    "application/octet-stream",
    "application/zip",
    "multipart/x-",
)
_GZIP_MAGIC = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """One body: its bytes without transfer and content coding, its text ("" for binary), and whether it is whole."""

    data: bytes
    text: str
    complete: bool


def read_body(head: Head, raw: bytes) -> Body:
    """Read the body of the response whose head is `head` from the whole response `raw` (RFC 9112 §6)."""
    data, complete = _unframed(head, raw[head.body_offset :])
    data, whole = _uncompressed(head, data)
    data, complete = data[:MAX_BODY], complete and whole and head.complete and len(data) <= MAX_BODY
    text = (
        "" if _is_binary(head, data) else document_text(data[: 4 * MAX_TEXT], charset(head, data))[:MAX_TEXT]
    )
    return Body(data=data, text=text, complete=complete)


def _unframed(head: Head, data: bytes) -> tuple[bytes, bool]:
    """Take the transfer coding off and cut at the declared length; a declared 0 is not believed (RFC 9112 §6.2)."""
    if "chunked" in (head.get("Transfer-Encoding") or "").lower():
        chunks = _dechunked(data)
        if chunks is not None:
            return chunks
    declared = (head.get("Content-Length") or "").strip()
    length = int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 12 else None
    if length is None:
        return data, True
    if length == 0 and not data.startswith(b"HTTP/"):
        return data, True
    return data[:length], len(data) >= length


def _dechunked(data: bytes) -> tuple[bytes, bool] | None:
    """Join chunks (RFC 9112 §7.1); None where the body does not begin like one, though its head says so."""
    parts: list[bytes] = []
    at = kept = 0
    for _ in range(MAX_CHUNKS):
        line_end = data.find(b"\n", at, at + MAX_CHUNK_LINE)
        size = _chunk_size(data[at:line_end]) if line_end >= 0 else None
        if size is None:
            return (b"".join(parts), False) if parts else None
        if size == 0:
            return b"".join(parts), True
        parts.append(data[line_end + 1 : line_end + 1 + size])
        kept += len(parts[-1])
        at = line_end + 1 + size
        if at >= len(data) or kept > MAX_BODY:
            break
        at += 2 if data[at : at + 2] == b"\r\n" else 1
    return b"".join(parts), False


def _chunk_size(line: bytes) -> int | None:
    digits = line.split(b";", 1)[0].strip()
    if not 0 < len(digits) <= 8 or not all(c in b"0123456789abcdefABCDEF" for c in digits):
        return None
    return int(digits, 16)


def _uncompressed(head: Head, data: bytes) -> tuple[bytes, bool]:
    """Take content codings off, the last applied first; also from files sent compressed without saying so."""
    codings = [c.strip().lower() for c in (head.get("Content-Encoding") or "").split(",")][-MAX_CODINGS:]
    whole = True
    if (
        codings == [""]
        and data.startswith(_GZIP_MAGIC)
        and "text/" in (head.get("Content-Type") or "").lower()
    ):
        codings = ["gzip"]
    for coding in reversed(codings):
        if coding in ("gzip", "x-gzip", "deflate"):
            data, whole = _inflated(data)
    return data, whole


def _inflated(data: bytes) -> tuple[bytes, bool]:
    """Expand gzip, zlib or bare deflate data up to the bound; data that is none of them is returned as it is."""
    for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS):
        expander = zlib.decompressobj(window)
        try:
            return expander.decompress(data, MAX_BODY + 1), expander.eof
        except zlib.error:
            continue
    return data, False


def _is_binary(head: Head, data: bytes) -> bool:
    kind = (head.get("Content-Type") or "").strip().lower()
    if kind.startswith(_BINARY_TYPES) and "svg" not in kind:
        return True
    window = data[:1024]
    return window.count(0) > len(window) // 8 and not window.startswith(
        (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
    )


def charset(head: Head, data: bytes) -> str | None:
    """Return the character set that the header declares, else the page (HTML "charset=", XML "encoding=")."""
    return _parameter(head.get("Content-Type") or "", "charset=") or _declared_inside(data)


def _declared_inside(data: bytes) -> str | None:
    window = data[:META_WINDOW].decode("latin-1")
    return _parameter(window, "encoding=" if window.lstrip().startswith("<?xml") else "charset=")


def _parameter(text: str, name: str) -> str | None:
    at = text.lower().find(name)
    if at < 0:
        return None
    value = text[at + len(name) : at + len(name) + 40].lstrip("\"' ")
    end = next((i for i, c in enumerate(value) if not (c.isalnum() or c in "-_:.")), len(value))
    return value[:end] or None
