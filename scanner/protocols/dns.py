"""DNS queries → the names that a host asks for.

Only questions are read, and only of queries: they tell whose cloud the asker calls home to. An answer says
nothing about the server that gives it. A resolver that asks on behalf of others is not told apart from them here.
"""

from collections.abc import Iterator

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol

MAX_QUESTIONS = 16
MAX_NAME = 255
HEADER = 12
RESPONSE_OR_OPCODE = 0xF800
"""Bits of the flags that are zero in a standard query."""


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one DNS message: one observation with the names asked for, in lower case without the final dot.

    Source: RFC 1035 section 4.1.
    """
    raw = message.payload
    if len(raw) < HEADER or int.from_bytes(raw[2:4], "big") & RESPONSE_OR_OPCODE:
        return ()
    facts = Facts()
    for name in _questions(raw):
        facts.add("dns.query", name.lower())
    return facts.about(message)


def _questions(raw: bytes) -> Iterator[str]:
    """Yield the names of the questions that are whole; queries have nothing to compress, so none is compressed."""
    at = HEADER
    for _ in range(min(int.from_bytes(raw[4:6], "big"), MAX_QUESTIONS)):
        labels, at = _labels(raw, at)
        if labels is None or at + 4 > len(raw):
            return
        yield ".".join(label.decode("utf-8", "replace") for label in labels)
        at += 4


def _labels(raw: bytes, at: int) -> tuple[list[bytes] | None, int]:
    """Return the labels of the name at an offset and where it ends; None for what is no name."""
    labels: list[bytes] = []
    start = at
    while at < len(raw) and at - start < MAX_NAME:
        length = raw[at]
        at += 1
        if length == 0:
            return labels, at
        if length > 63 or at + length > len(raw):
            return None, at
        labels.append(raw[at : at + length])
        at += length
    return None, at


PROTOCOL = Protocol(
    name="dns",
    title="DNS",
    parse=parse,
    facts=("dns.query",),
    udp_ports=frozenset({53}),
)
