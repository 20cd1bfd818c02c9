"""Messages without the credentials that they carried: what is kept, recorded or reported of an exchange.

The place where a credential stood keeps a mark, because "asked with a password" and "answered to anybody" are
different facts. Secrets in answers (a recorder's list of its cameras has their users and passwords) are starred,
by the name of their field, and so is every spelling of the very secrets that were sent.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote, quote_plus

from scanner.credentials.secret import Secret
from scanner.model import Message
from scanner.protocols._secrets import is_secret
from scanner.protocols._text import read_head
from scanner.protocols.http_body import read_body

MARK = b"withheld"
MIN_SECRET = 4
"""Characters below which a secret's own text is not looked for in answers: it would be found everywhere."""
_AUTH = re.compile(rb"(?im)^((?:proxy-)?(?:authorization|x-sessionid|x-session)|cookie):[ \t]*[^\r\n]*")
_SECURITY = re.compile(rb"(?is)(<(?:[\w.-]+:)?Security\b[^>]*>).*?(</(?:[\w.-]+:)?Security\s*>)")
_TOKEN = re.compile(rb"(?is)(<(?:[\w.-]+:)?UsernameToken\b[^>]*>).*?(</(?:[\w.-]+:)?UsernameToken\s*>)")
_ELEMENT = re.compile(rb"<(?:[\w.-]+:)?([\w.-]{1,64})(?:\s[^<>]*)?>([^<]{1,1024})</")
_FIELD = re.compile(rb'"([\w.-]{1,64})"\s*:\s*"((?:[^"\\]|\\.){1,1024})"')
_LINE = re.compile(rb"(?im)^([\w.:\[\]-]{1,200})=([^\r\n]{1,1024})")
_NAME = re.compile(rb"<(?:[\w.-]+:)?([\w.-]{1,64})[\s>]")
_SEEN = re.compile(
    rb"(?i)\n(?:proxy-)?authorization:|<(?:[\w.-]+:)?UsernameToken\b|<(?:[\w.-]+:)?Security\b[^>]*>withheld"
)


def without_credentials(message: Message) -> Message:
    """Return a message in which credentials of either direction are replaced by a mark."""
    request, payload = strip(message.request), strip(message.payload)
    if request is message.request and payload is message.payload:
        return message
    return replace(message, request=request, payload=payload)


def strip(data: bytes) -> bytes:
    """Return what was sent without its credentials; the same object where there are none."""
    plain = data.lower()
    if b"authorization:" in plain or b"x-session" in plain or b"cookie:" in plain:
        data = _AUTH.sub(rb"\1: " + MARK, data)
    if b"security" in plain:
        data = _SECURITY.sub(rb"\1" + MARK + rb"\2", data)
    if b"usernametoken" in plain:
        data = _TOKEN.sub(rb"\1" + MARK + rb"\2", data)
    return data


def carries_credentials(request: bytes) -> bool:
    """Tell whether a request was made with credentials, also where they are only marked any more."""
    return bool(_SEEN.search(request))


def spellings(secret: str) -> tuple[str, ...]:
    """Return the ways in which a secret may be written: as it is, percent-encoded, in base64 at any offset."""
    raw = secret.encode()
    shifted = [base64.b64encode(b"\0" * shift + raw).decode() for shift in range(3)]
    # what surrounds a secret changes the characters at both ends of its base64: only the middle is its own
    inner = [
        text[4 if shift else 0 : len(text) - 4 if (len(raw) + shift) % 3 else None]
        for shift, text in enumerate(shifted)
    ]
    percent = {
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        "".join(f"%{byte:02x}" for byte in raw),
    }
    entity = secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    found = {secret, entity, *percent, *(text.upper() for text in percent if "%" in text), *inner, raw.hex()}
    return tuple(sorted(text for text in found if len(text) >= MIN_SECRET))


def words_of(secrets: Iterable[Secret]) -> tuple[bytes, ...]:
    """Return all spellings of some secrets, for `starred`."""
    return tuple(text.encode() for secret in secrets for text in spellings(secret.reveal()))


def starred(payload: bytes, words: Iterable[bytes]) -> bytes:
    """Return an answer without the secrets in it: those of fields that are called so, and all of `words`.

    Lengths stay, so that the answer is still one.
    """
    plain = _uncoded(payload)
    head, blank, body = plain.partition(b"\r\n\r\n")
    if not blank:
        head, body = b"", plain
    if any(_is_secret(name) for name in set(_NAME.findall(body))):
        body = _ELEMENT.sub(_without_value, body)
    for pattern in () if body.startswith(b"<?xml") else (_FIELD, _LINE):
        body = pattern.sub(_without_value, body)
    whole = strip(head) + blank + body
    for word in words:
        whole = whole.replace(word, b"*" * len(word))
    return whole


def _uncoded(payload: bytes) -> bytes:
    """Return an answer with compression and chunks taken off its body: a secret cannot be seen through them."""
    head = read_head(payload)
    if head is None or not (head.get("Content-Encoding") or head.get("Transfer-Encoding")):
        return payload
    body = read_body(head, payload).data
    lines = [
        line
        for line in payload[: head.body_offset].rstrip(b"\r\n").split(b"\r\n")
        if line.split(b":")[0].strip().lower()
        not in {b"content-encoding", b"transfer-encoding", b"content-length"}
    ]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", b""]) + body


@lru_cache(maxsize=4096)
def _is_secret(name: bytes) -> bool:
    return is_secret(name.decode("latin-1").rsplit(".", 1)[-1])


def _without_value(found: re.Match[bytes]) -> bytes:
    if not _is_secret(found[1]):
        return found[0]
    start = found.start(2) - found.start()
    return found[0][:start] + b"*" * len(found[2]) + found[0][start + len(found[2]) :]
