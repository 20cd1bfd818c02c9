"""A device with a lock: it checks digests for real, counts failures, and locks its account after three.

WS-UsernameTokens must be dated by the device's own clock, may be used once, and must fit; HTTP digests must use a
nonce that was given, with a growing count, before it grows stale. Whatever it is sent is kept, whole: a rogue's
own log shows what it was given.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from scanner.lab.soap import SECOND, SERVICES, Owned, fault, pages, soap_answers, time_answer
from scanner.lab.streams import Request

WINDOW_S = 5.0
"""How far a token's date may be from the device's clock."""
LOCK_AFTER = 3
"""Failures after which the account is locked, for as long as the lab lives."""
MAX_HEARD = 4000
OPEN_CALLS = frozenset({"GetSystemDateAndTime", "GetServices", "GetCapabilities", "GetHostname"})
"""Calls of ONVIF's access class PRE_AUTH that are answered to anybody."""
_INTERFACES = {
    "/ISAPI/": "isapi",
    "/cgi-bi": "dahua",
    "/LAPI/V": "lapi",
    "/axis-c": "vapix",
    "/stw-cg": "sunapi",
}
"""Makers' interfaces by the beginnings of their paths."""
_MEDIA2 = SERVICES["Media2"].encode()
_PARAMETER = re.compile(r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]+))')
_TOKEN = {
    name: re.compile(rb"<(?:[\w.-]+:)?" + name.encode() + rb"\b[^>]*>([^<]*)<")
    for name in ("Username", "Password", "Nonce", "Created")
}


class Ask(StrEnum):
    """How a device wants to be shown who asks."""

    SOAP = "soap"
    HTTP = "http"
    HTTP_SHA256 = "http-sha256"
    BASIC = "basic"
    OPEN = "open"


class Oddity(StrEnum):
    """What may be odd about a device that works."""

    HALF_BROKEN = "half-broken"
    GB2312 = "gb2312"
    WRONG_XADDRS = "wrong-xaddrs"
    CLOSING = "closing"
    EVERYTHING_LOCKED = "everything-locked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """What a device has behind its lock, and the key. `stale_after` is how often a nonce may be used."""

    user: str = "census"
    password: str = "lab"  # noqa: S105 - the lab's, and nobody's
    ask: Ask = Ask.SOAP
    skew_s: float = 0.0
    stale_after: int = 1000
    slow_s: float = 0.0
    oddities: frozenset[Oddity] = frozenset()
    own: Owned = field(default_factory=Owned)
    forbidden: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset({"onvif", "isapi", "dahua", "lapi", "vapix", "sunapi"})


class Guarded:
    """One locked device: `reply` gives the whole answer to a request, or None where it has nothing to do with it."""

    def __init__(self, lock: Lock, host: str, recorded: Mapping[str, bytes] | None = None) -> None:
        self.lock = lock
        self.failures = 0
        self.most = 0
        self.accepted = 0
        self.heard: list[bytes] = []
        self._recorded = recorded or {}
        self._nonces: dict[str, int] = {}
        self._used: set[bytes] = set()
        base = "http://0.0.0.0" if Oddity.WRONG_XADDRS in lock.oddities else f"http://{host}"
        self._soap = soap_answers(lock.own, f"{base}/onvif")
        self._pages = pages(lock.own)

    @property
    def locked(self) -> bool:
        """Tell whether the account is locked."""
        return self.failures >= LOCK_AFTER

    def account(self) -> dict[str, Any]:
        """Return what happened here, for the lab's books."""
        return {"failures": self.most, "locked": self.locked, "heard": tuple(self.heard)}

    def reply(self, request: Request) -> bytes | None:
        """Return the answer to a request, as bytes of HTTP."""
        if len(self.heard) < MAX_HEARD:
            self.heard.append(request.head + request.body)
        if request.target.startswith("/onvif/"):
            return self._onvif(request)
        if request.target in self._pages:
            return self._page(request)
        return None

    def _onvif(self, request: Request) -> bytes:
        call = request.call.decode("latin-1") + (SECOND if _MEDIA2 in request.body else "")
        if call == "GetSystemDateAndTime" and Oddity.EVERYTHING_LOCKED not in self.lock.oddities:
            return self._answer(200, time_answer(self._now()))
        is_open = call in OPEN_CALLS and Oddity.EVERYTHING_LOCKED not in self.lock.oddities
        if not is_open and (refusal := self._refusal(request, soap=True)):
            return refusal
        if call in self.lock.forbidden:
            return self._answer(400, fault("ter:NotAuthorized", "not for you"))
        if call in self._recorded:
            return self._recorded[call]
        if call not in self._soap:
            return self._answer(400, fault("ter:ActionNotSupported", "no such call"))
        return self._answer(200, self._oddly(call, self._soap[call]))

    def _page(self, request: Request) -> bytes:
        if _INTERFACES[request.target[:7]] not in self.lock.services:
            return _http(404, "text/html", b"")
        if refusal := self._refusal(request, soap=False):
            return refusal
        kind, body = self._pages[request.target]
        return _http(200, kind, body.encode(), close=Oddity.CLOSING in self.lock.oddities)

    def _refusal(self, request: Request, *, soap: bool) -> bytes | None:
        """Return the refusal that a request earns, None for one that shows who asks."""
        if self.lock.ask is Ask.OPEN:
            return None
        if soap and self.lock.ask is Ask.SOAP:
            shown = _TOKEN["Username"].search(request.body)
            if shown is None:
                return self._answer(400, fault("ter:NotAuthorized", "Sender not Authorized"))
            return self._counted(
                self._token_fits(request.body),
                self._answer(400, fault("ter:NotAuthorized", "Sender not Authorized")),
            )
        sent = request.header("Authorization")
        if not sent:
            return self._challenge()
        if self.lock.ask is Ask.BASIC:
            wanted = base64.b64encode(f"{self.lock.user}:{self.lock.password}".encode()).decode()
            return self._counted(sent == f"Basic {wanted}", self._challenge())
        return self._digest(request, sent)

    def _counted(self, fits: bool, refusal: bytes) -> bytes | None:
        if self.locked:
            self.failures += 1
            return refusal
        if fits:
            self.failures, self.accepted = 0, self.accepted + 1
            return None
        self.failures += 1
        self.most = max(self.most, self.failures)
        return refusal

    def _token_fits(self, body: bytes) -> bool:
        found = {name: match[1] for name, pattern in _TOKEN.items() if (match := pattern.search(body))}
        if len(found) < len(_TOKEN) or found["Nonce"] in self._used:
            return False
        self._used.add(found["Nonce"])
        try:
            nonce = base64.b64decode(found["Nonce"], validate=True)
            created = datetime.fromisoformat(found["Created"].decode())  # xsd:dateTime, as clients write it
            created = created.replace(tzinfo=created.tzinfo or UTC)
        except ValueError:
            return False
        digest = hashlib.sha1(
            nonce + found["Created"] + self.lock.password.encode(), usedforsecurity=False
        ).digest()
        near = abs((created - self._now()).total_seconds()) <= WINDOW_S
        return (
            near
            and found["Username"].decode() == self.lock.user
            and found["Password"] == base64.b64encode(digest)
        )

    def _digest(self, request: Request, sent: str) -> bytes | None:
        given = {key: quoted or plain for key, quoted, plain in _PARAMETER.findall(sent)}
        nonce, count = given.get("nonce", ""), int(given.get("nc", "0"), 16)
        uses = self._nonces.get(nonce)
        if uses is None or uses >= self.lock.stale_after:
            return self._challenge(stale=True)
        self._nonces[nonce] = uses + 1
        name = "sha256" if self.lock.ask is Ask.HTTP_SHA256 else "md5"

        def hashed(text: str) -> str:
            return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

        key = hashed(f"{self.lock.user}:lab:{self.lock.password}")
        asked = hashed(f"{request.method}:{given.get('uri')}")
        wanted = hashed(f"{key}:{nonce}:{given.get('nc')}:{given.get('cnonce')}:auth:{asked}")
        fits = given.get("response") == wanted and count == uses + 1 and given.get("uri") == request.target
        return self._counted(fits, self._challenge())

    def _challenge(self, *, stale: bool = False) -> bytes:
        if self.lock.ask is Ask.BASIC:
            return _http(401, "text/html", b"", 'WWW-Authenticate: Basic realm="lab"')
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = 0
        algorithm = "SHA-256" if self.lock.ask is Ask.HTTP_SHA256 else "MD5"
        said = f'Digest realm="lab", qop="auth", nonce="{nonce}", algorithm={algorithm}, opaque="lab"'
        return _http(401, "text/html", b"", f"WWW-Authenticate: {said}{', stale=true' if stale else ''}")

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.lock.skew_s)

    def _oddly(self, call: str, text: str) -> str:
        if Oddity.HALF_BROKEN in self.lock.oddities and call not in {"GetServices", "GetCapabilities"}:
            text = text.replace("</s:Body>", "").replace("<tds:HardwareId>88", "<tds:HardwareId>8&8<")
        if Oddity.GB2312 in self.lock.oddities:
            text = text.replace('encoding="UTF-8"', 'encoding="gb2312"')
        return text

    def _answer(self, status: int, text: str) -> bytes:
        code = "gb2312" if 'encoding="gb2312"' in text else "utf-8"
        body = text.encode(code, errors="replace")
        return _http(status, "application/soap+xml", body, close=Oddity.CLOSING in self.lock.oddities)


def _http(status: int, kind: str, body: bytes, *more: str, close: bool = False) -> bytes:
    words = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}[status]
    lines = [f"HTTP/1.1 {status} {words}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more]
    lines += ["Connection: close"] if close else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def calls_of(answers: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return recorded answers by the call that they answer, but for the time: a recorded clock stands still."""
    return {call: told for call, told in answers.items() if call != "GetSystemDateAndTime"}
