"""Digests of a password: HTTP Digest (RFC 7616, RFC 2617) and the WS-Security UsernameToken. Pure: nonces come in.

The password itself is in neither. What a challenge asks for and this file does not know (auth-int, another
algorithm) gives None: then nothing is sent.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from scanner.protocols._text import Challenge, parse_challenges

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"
_ENCODING = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
_HASHES = {"md5": "md5", "sha-256": "sha256", "sha-512-256": "sha512_256"}
_PREFERRED = ("sha-256", "sha-512-256", "md5")
_BODY = re.compile(rb"<(?P<prefix>[\w.-]+:)?Body\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A server's digest challenge, as far as this client can answer it."""

    realm: str
    nonce: str
    algorithm: str = "md5"
    session: bool = False
    quality: bool = False
    opaque: str | None = None
    stale: bool = False


def digest_challenge(values: Iterable[str]) -> Digest | None:
    """Return the strongest digest challenge among WWW-Authenticate values that can be answered, or None."""
    found = [made for challenge in parse_challenges(tuple(values)) if (made := _digest(challenge))]
    return min(found, key=lambda item: _PREFERRED.index(item.algorithm), default=None)


def offers_basic(values: Iterable[str]) -> bool:
    """Tell whether a server would take a password in the clear."""
    return any(challenge.scheme.lower() == "basic" for challenge in parse_challenges(tuple(values)))


def _digest(challenge: Challenge) -> Digest | None:
    nonce = challenge.get("nonce")
    algorithm = (challenge.get("algorithm") or "MD5").lower()
    plain = algorithm.removesuffix("-sess")
    qualities = [q.strip().lower() for q in (challenge.get("qop") or "").split(",") if q.strip()]
    if challenge.scheme.lower() != "digest" or nonce is None or plain not in _HASHES:
        return None
    if qualities and "auth" not in qualities:
        return None
    return Digest(
        realm=challenge.realm or "",
        nonce=nonce,
        algorithm=plain,
        session=algorithm.endswith("-sess"),
        quality=bool(qualities),
        opaque=challenge.get("opaque"),
        stale=(challenge.get("stale") or "").lower() == "true",
    )


def authorization(
    challenge: Digest, user: str, password: str, *, method: str, uri: str, count: int, client_nonce: str
) -> str:
    """Return the value of an Authorization header that answers a challenge (RFC 7616, section 3.4).

    `count` is how often the nonce was used, this time included.
    """
    name = _HASHES[challenge.algorithm]
    key = _hash(name, f"{user}:{challenge.realm}:{password}")
    if challenge.session:
        key = _hash(name, f"{key}:{challenge.nonce}:{client_nonce}")
    asked = _hash(name, f"{method}:{uri}")
    middle = f"{challenge.nonce}:{count:08x}:{client_nonce}:auth" if challenge.quality else challenge.nonce
    fields = [
        f'username="{_quoted(user)}"',
        f'realm="{_quoted(challenge.realm)}"',
        f'nonce="{_quoted(challenge.nonce)}"',
        f'uri="{uri}"',
        f'response="{_hash(name, f"{key}:{middle}:{asked}")}"',
        f"algorithm={challenge.algorithm.upper()}{'-sess' if challenge.session else ''}",
    ]
    if challenge.quality:
        fields += ["qop=auth", f"nc={count:08x}", f'cnonce="{client_nonce}"']
    if challenge.opaque is not None:
        fields.append(f'opaque="{_quoted(challenge.opaque)}"')
    return "Digest " + ", ".join(fields)


def basic(user: str, password: str) -> str:
    """Return the value of an Authorization header that holds the password in the clear (RFC 7617)."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def username_token(user: str, password: str, *, nonce: bytes, created: datetime) -> bytes:
    """Return a Security header with a digested UsernameToken (OASIS UsernameToken Profile 1.0, section 3.1).

    `created` is the device's own time, in whole seconds; some firmware takes no more of it, nor a longer nonce than 16
    bytes.
    """
    stamp = created.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    digest = hashlib.sha1(nonce + stamp.encode() + password.encode(), usedforsecurity=False).digest()
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><wsse:UsernameToken>'
        f"<wsse:Username>{escape(user)}</wsse:Username>"
        f'<wsse:Password Type="{_PROFILE}#PasswordDigest">{base64.b64encode(digest).decode()}</wsse:Password>'
        f'<wsse:Nonce EncodingType="{_ENCODING}">{base64.b64encode(nonce).decode()}</wsse:Nonce>'
        f"<wsu:Created>{stamp}</wsu:Created></wsse:UsernameToken></wsse:Security>"
    ).encode()


def with_header(envelope: bytes, security: bytes) -> bytes:
    """Return a SOAP envelope with a Security header before its body; one without a body stays as it is."""
    found = _BODY.search(envelope)
    if found is None:
        return envelope
    prefix = found["prefix"] or b""
    header = b"<%bHeader>%b</%bHeader>" % (prefix, security, prefix)
    return envelope[: found.start()] + header + envelope[found.start() :]


def _hash(name: str, text: str) -> str:
    return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
