"""Messages → observations, each set of facts once a subject, and beside them what else a report needs to know.

What is kept is bounded: a message that was read before is not read again, facts that a subject repeats are kept
once, and of each message that became evidence a short excerpt of its bytes stays. A parser that fails costs its own
message only.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network

from scanner.coverage import Telling
from scanner.exposure import Signs
from scanner.identity import Sightings
from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols import Protocol, by_name

MAX_READ = 500_000
"""Messages whose digest is remembered, so that repeats cost nothing."""
MAX_FACTS_EACH = 500
"""Observations of one subject in one protocol that are kept; a chatty stranger does not fill the memory."""
EXCERPT_BYTES = 2048
"""Bytes of a message that stay with its evidence."""

_LINK_GROUPS = (ip_network("224.0.0.0/24"), ip_network("255.255.255.255/32"), ip_network("ff02::/16"))
"""Groups of one link (RFC 5771 section 4, RFC 4291 section 2.7) and limited broadcast."""
_STATING = frozenset({"arp", "ndp", "dhcp", "dhcpv6", "lldp", "cdp"})
"""Protocols whose subject's MAC and address belong together because the sender says so."""


class Reading:
    """Reads messages into observations, each set of facts once a subject, and gathers the rest beside them.

    Beside the observations there are counts, sightings of who is where, and failures. With `strict` an exception
    of a parser passes through: tests run that way, users do not.
    """

    def __init__(self, protocols: Mapping[str, Protocol] = by_name, *, strict: bool = False) -> None:
        self.sightings = Sightings()
        self.messages: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.failed: dict[str, str] = {}
        self.telling = Telling()
        self.signs = Signs()
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._protocols = protocols
        self._strict = strict
        self._read: set[bytes] = set()
        self._known: set[tuple[Subject, str, int]] = set()
        self._kept: Counter[tuple[Subject, str]] = Counter()

    def read(self, message: Message) -> Iterator[Observation]:
        """Give what is new in one message."""
        self._count(message)
        if message.protocol == "link" or not self._is_new(message):
            return
        for observation in self._parse(message):
            self._sight(observation)
            self.signs.add(observation)
            if self._is_news(observation):
                self.telling.add(observation)
                yield replace(observation, message=_shortened(message))

    def _count(self, message: Message) -> None:
        self.messages[message.protocol] += 1
        self.first = message.time if self.first is None else min(self.first, message.time)
        self.last = message.time if self.last is None else max(self.last, message.time)
        on_link = _stays_on_link(message.destination.host)
        self.sightings.add(message.time, message.mac, message.source.host, stated=on_link)

    def _is_new(self, message: Message) -> bool:
        if len(self._read) >= MAX_READ:
            self._read.clear()
        head = f"{message.protocol} {message.mac} {message.source.host} {message.source.port}".encode()
        whole = head + b"\0" + message.request[:512] + b"\0" + message.payload
        digest = hashlib.blake2b(whole, digest_size=16).digest()
        if digest in self._read:
            return False
        self._read.add(digest)
        return True

    def _sight(self, observation: Observation) -> None:
        subject, message = observation.subject, observation.message
        self.sightings.add(message.time, subject.mac, subject.host, stated=_states(observation))
        if message.mac and any(key == "ndp.router" for key, _ in observation.facts):
            self.sightings.add_router(message.mac)

    def _is_news(self, observation: Observation) -> bool:
        """Tell whether a subject says this for the first time; a chatty one is cut off at MAX_FACTS_EACH."""
        bucket = (observation.subject, observation.message.protocol)
        key = (*bucket, hash(observation.facts))
        if key in self._known or self._kept[bucket] >= MAX_FACTS_EACH or len(self._known) >= MAX_READ:
            return False
        self._known.add(key)
        self._kept[bucket] += 1
        return True

    def _parse(self, message: Message) -> tuple[Observation, ...]:
        protocol = self._protocols.get(message.protocol)
        try:
            found = protocol.parse(message) if protocol else ()
        except Exception as error:  # the one boundary: one reader's bug costs no other device
            if self._strict:
                raise
            start = message.payload[:16].hex(" ")
            why = f"{type(error).__name__} on a message of {message.source.host}: {start} …"
            self.failed[message.protocol] = why
            found = ()
        if not found:
            self.unreadable[message.protocol] += 1
        return found


@lru_cache(maxsize=8192)
def _stays_on_link(host: IPAddress | None) -> bool:
    """Tell whether routers never pass on what is sent to an address: then its frame shows the sender's own MAC."""
    return host is not None and any(host in group for group in _LINK_GROUPS if group.version == host.version)


def _states(observation: Observation) -> bool:
    """Tell whether the subject's MAC was claimed by the device itself rather than seen on a frame."""
    mac = observation.subject.mac
    if mac is None:
        return False
    if observation.message.protocol in _STATING:
        return True
    return any(value == mac and key.rsplit(".", 1)[-1].endswith("mac") for key, value in observation.facts)


def _shortened(message: Message) -> Message:
    if len(message.payload) <= EXCERPT_BYTES and len(message.request) <= EXCERPT_BYTES:
        return message
    return replace(message, payload=message.payload[:EXCERPT_BYTES], request=message.request[:EXCERPT_BYTES])
