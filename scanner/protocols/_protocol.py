"""What one protocol is to the rest: a constant that describes it and a pure function that reads its messages."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from scanner.model import Message, Observation, Subject

MAX_VALUE = 1024
"""Characters of one fact that are kept; a stranger chooses their number, we choose the bound."""
MAX_FACTS = 400
"""Facts of one observation that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol: where it is spoken, how its messages are recognised and read, which facts they hold.

    `udp_ports` and `ethertypes` say where its datagrams and frames are found; `tcp` that it is spoken on TCP
    streams, on whatever port, and is known by its first bytes. `recognise` takes the payload of a message and
    tells whether it is this protocol's: needed where a port is shared, for streams, and with `any_port` where
    answers come from ephemeral ports. `facts` are the keys that `parse` may give; a trailing "*" stands for
    any ending. `parse` never raises and gives nothing for bytes that it cannot read.
    """

    name: str
    title: str
    parse: Callable[[Message], tuple[Observation, ...]]
    facts: tuple[str, ...]
    udp_ports: frozenset[int] = frozenset()
    ethertypes: frozenset[int] = frozenset()
    tcp: bool = False
    any_port: bool = False
    recognise: Callable[[bytes], bool] | None = None

    def declares(self, key: str) -> bool:
        """Tell whether `parse` may give a fact of this key."""
        return any(
            key == known or (known.endswith("*") and key.startswith(known[:-1])) for known in self.facts
        )


class Facts:
    r"""Collects the facts of one observation: bounded, without control characters, in order, without repeats.

    >>> facts = Facts()
    >>> facts.add("http.server", " Webs\x00 ")
    >>> facts.pairs()
    (('http.server', 'Webs'),)
    """

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, str], None] = {}

    def add(self, key: str, value: str | int | None, limit: int = MAX_VALUE) -> None:
        """Keep one fact unless it is empty; `limit` is in characters."""
        if value is None or len(self._pairs) >= MAX_FACTS:
            return
        text = clean(str(value)[: limit + 64])[:limit]
        if text:
            self._pairs[key, text] = None

    def take(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep facts that were collected like this before, and so are clean."""
        for pair in pairs:
            if len(self._pairs) >= MAX_FACTS:
                return
            self._pairs[pair] = None

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the facts in the order in which they were found."""
        return tuple(self._pairs)

    def about(self, message: Message, subject: Subject | None = None) -> tuple[Observation, ...]:
        """Return the one observation that these facts make of the message, or nothing if there are none.

        Without a subject they speak of the message's sender.
        """
        if not self._pairs:
            return ()
        who = subject or Subject(host=message.source.host, mac=message.mac)
        return (Observation(subject=who, message=message, facts=self.pairs()),)


def clean(text: str) -> str:
    r"""Return text without control, format and surrogate characters, white space folded and stripped.

    >>> clean("IP\tCamera \x1b[31m\u202e")
    'IP Camera [31m'
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    return " ".join("".join(c if c.isprintable() else " " if c.isspace() else "" for c in text).split())


def mac_text(raw: bytes) -> str | None:
    """Return six bytes as a MAC address, or None where they cannot be one of a device (zero, group, broadcast).

    >>> mac_text(bytes.fromhex("4419b6000001"))
    '44:19:b6:00:00:01'
    """
    if len(raw) != 6 or raw[0] & 1 or not any(raw):
        return None
    return raw.hex(":")


def parse_mac(text: str) -> str | None:
    """Return a MAC address from any of its usual spellings, or None.

    >>> parse_mac("44-19-B6-00-00-01"), parse_mac("4419b6000001"), parse_mac("nonsense")
    ('44:19:b6:00:00:01', '44:19:b6:00:00:01', None)
    """
    digits = "".join(c for c in text if c not in ":-. ")
    if len(digits) != 12 or not digits.isascii():
        return None
    try:
        return mac_text(bytes.fromhex(digits))
    except ValueError:
        return None
