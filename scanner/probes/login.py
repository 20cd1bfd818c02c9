"""One credential on one device, tried once: the way is asked for first, then it is sent as a digest, or not at all.

A question is put without credentials; what the device says to that (nothing is needed, an HTTP digest challenge,
a SOAP fault, a wish for a password in the clear) decides how, and whether, the credential goes with the next.
The first answer to it settles the device: a refusal ends everything there and is remembered. Stale nonces are no
refusals. Later a question may be forbidden to this user; at the second such answer the device is left alone,
before it can count to three.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from scanner.credentials.sheet import Entry
from scanner.credentials.tokens import (
    Digest,
    authorization,
    basic,
    digest_challenge,
    offers_basic,
    username_token,
    with_header,
)
from scanner.credentials.traces import starred, strip, words_of
from scanner.model import Message
from scanner.probes.session import Reply, Session

MAX_STALE = 2
"""Fresh nonces that a device may ask for in a row before it is not asked any more."""
MAX_FORBIDDEN = 2
"""Questions that may be forbidden to an accepted user: one less than the shortest lockout known (three)."""
NONCE_BYTES = 16
_NOT_AUTHORISED = (
    b"NotAuthorized",
    b"FailedAuthentication",
    b"InvalidSecurity",
    b"Unauthorized",
    b"not authorized",
)


class Way(StrEnum):
    """How a device takes a credential."""

    UNKNOWN = "unknown"
    HTTP_DIGEST = "http digest"
    SOAP_DIGEST = "soap digest"
    BASIC = "basic"


class Standing(StrEnum):
    """How it stands between a credential and a device."""

    UNTRIED = "not tried"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    NO_WAY = "no safe way"
    NO_ANSWER = "no answer"


@dataclass(slots=True, kw_only=True)
class Login:
    """The state of one device's visit: one entry, one try. `sink` takes each answer as a message without secrets."""

    entry: Entry
    sink: Callable[[Message], None]
    now: Callable[[], datetime]
    standing: Standing = Standing.UNTRIED
    detail: str = ""
    skew: timedelta = timedelta(0)
    forbidden: int = 0
    refused_at: str = ""
    service: str = ""
    _way: Way = Way.UNKNOWN
    _challenge: Digest | None = None
    _count: int = 0
    _first: bool = True
    _words: tuple[bytes, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        self._words = words_of((self.entry.password,))

    @property
    def over(self) -> bool:
        """Tell whether nothing more may be asked with this credential."""
        if self.forbidden >= MAX_FORBIDDEN or self.refused_at:
            return True
        return self.standing in {Standing.REFUSED, Standing.NO_WAY, Standing.NO_ANSWER}

    def at(self, service: str) -> None:
        """Come to a service. How the last one took the credential is forgotten: each has users of its own."""
        self.service = service
        self._way, self._challenge, self._count, self._first = Way.UNKNOWN, None, 0, True

    async def anonymous(self, session: Session, question: "Question") -> Reply | None:
        """Ask without credentials."""
        reply = await session.ask(question.method, question.path, question.headers, question.body)
        self._keep(session, reply)
        return reply

    async def ask(self, session: Session, question: "Question") -> Reply | None:
        """Ask with the credential, if the device wants one; None where there is no answer that may be used."""
        if self.over:
            return None
        if self._way is Way.UNKNOWN:
            reply = await self.anonymous(session, question)
            if reply is None or not self._choose(reply, question):
                return reply if reply is not None and _answered(reply) else None
        return await self._with(session, question)

    def _choose(self, reply: Reply, question: "Question") -> bool:
        """Decide by an answer how the device takes the credential; False where it needs none here, or may have none."""
        if reply.status == 401 and (challenge := digest_challenge(reply.challenges)):
            self._way, self._challenge = Way.HTTP_DIGEST, challenge
        elif question.soap and _refused(reply) and (b"Fault" in reply.body or not reply.challenges):
            self._way = Way.SOAP_DIGEST
        elif reply.status == 401 and offers_basic(reply.challenges) and self.entry.basic:
            self._way = Way.BASIC
        elif reply.status == 401:
            wants = (
                "wants the password in the clear"
                if offers_basic(reply.challenges)
                else "offers no digest that is known"
            )
            self.standing, self.detail = Standing.NO_WAY, f"it {wants}: nothing was sent"
            return False
        else:
            return False
        return True

    async def _with(self, session: Session, question: "Question") -> Reply | None:
        for _ in range(1 + MAX_STALE):
            headers, body = self._authorised(question)
            reply = await session.ask(question.method, question.path, headers, body)
            self._keep(session, reply)
            fresh = digest_challenge(reply.challenges) if reply is not None and reply.status == 401 else None
            if fresh is None or not fresh.stale or self._way is not Way.HTTP_DIGEST:
                return self._judged(reply)
            self._challenge, self._count = fresh, 0
        self.standing, self.detail = Standing.NO_WAY, "it finds every nonce stale"
        return None

    def _authorised(self, question: "Question") -> tuple[tuple[tuple[str, str], ...], bytes]:
        user, password = self.entry.username, self.entry.password.reveal()
        if self._way is Way.SOAP_DIGEST:
            created = (self.now() + self.skew).astimezone(UTC)
            token = username_token(user, password, nonce=secrets.token_bytes(NONCE_BYTES), created=created)
            return question.headers, with_header(question.body, token)
        if self._way is Way.BASIC or self._challenge is None:
            return (*question.headers, ("Authorization", basic(user, password))), question.body
        self._count += 1
        value = authorization(
            self._challenge,
            user,
            password,
            method=question.method,
            uri=question.path,
            count=self._count,
            client_nonce=secrets.token_hex(8),
        )
        return (*question.headers, ("Authorization", value)), question.body

    def _judged(self, reply: Reply | None) -> Reply | None:
        """Take the answer to a question that was asked with the credential; a service's first one settles it there."""
        first, self._first = self._first, False
        if reply is None:
            if first and self.standing is Standing.UNTRIED:
                self.standing, self.detail = Standing.NO_ANSWER, "no answer to it came"
            return None
        if not _refused(reply):
            self.standing = Standing.ACCEPTED
            return reply if _answered(reply) else None
        if not first:
            self.forbidden += 1
        else:
            self.refused_at = self.service
            self.standing = Standing.ACCEPTED if self.standing is Standing.ACCEPTED else Standing.REFUSED
        return None

    def _keep(self, session: Session, reply: Reply | None) -> None:
        """Hand an answer on as a message: what was asked without its credentials, what came without its secrets."""
        if reply is not None and reply.received:
            request, payload = strip(reply.sent[:16384]), starred(reply.received, self._words)
            self.sink(session.message(request, payload))


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request; `soap` where a refusal may come as a fault."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    soap: bool = False


def _answered(reply: Reply) -> bool:
    return 200 <= reply.status < 300 and not _refused(reply)


def _refused(reply: Reply) -> bool:
    """Tell whether an answer says that the asker is nobody, or not allowed: by status, or as a fault in any status."""
    if reply.status in {401, 403}:
        return True
    return b"Fault" in reply.body and any(word in reply.body for word in _NOT_AUTHORISED)
