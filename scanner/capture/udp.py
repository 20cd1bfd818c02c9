"""From UDP datagrams to messages: which protocol, and which question an answer belongs to.

A datagram on a registered port is offered to that port's protocols. On other ports it can still be an answer,
because cameras answer a multicast question from an ephemeral port to the asker's ephemeral port: so who asked
what from which port is remembered for a while. What nobody recognises in its first packets is a boring flow.
"""

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from scanner.capture.ip import Datagram
from scanner.capture.layout import Boring
from scanner.capture.said import Addresses
from scanner.capture.tally import NANO, utc
from scanner.model import Message
from scanner.protocols import Protocol

MAX_ASKERS = 8192
MAX_QUESTIONS = 8
"""Protocols in which one endpoint may have asked."""
MAX_QUESTION = 8192
"""Bytes of a question that are kept to go with its answers."""
ANSWER_TIME = 120 * NANO
"""Nanoseconds within which an answer belongs to a question; WS-Discovery clients wait seconds, people longer."""
MAX_TRIES = 65_536
TRIES, TRIES_KNOWN = 3, 16
"""Packets of a flow that are looked at before it is boring: on ports of no protocol, on ports of some."""

DNS_LIKE = frozenset({"dns", "mdns", "netbios"})
"""Protocols whose third byte tells answers (high bit set) from questions (RFC 1035 section 4.1.1)."""


class Question(NamedTuple):
    """What an endpoint asked last in one protocol, and when."""

    payload: bytes
    time: int


class Asked:
    """Who asked what from which port. Bounded, the longest silent asker out first."""

    def __init__(self) -> None:
        self._table: OrderedDict[bytes, dict[Protocol, Question]] = OrderedDict()

    def remember(self, asker: bytes, protocol: Protocol, payload: bytes, time: int) -> None:
        """Remember a question of an endpoint (address and port as bytes)."""
        questions = self._table.get(asker)
        if questions is None:
            questions = self._table[asker] = {}
            if len(self._table) > MAX_ASKERS:
                self._table.popitem(last=False)
        else:
            self._table.move_to_end(asker)
            questions.pop(protocol, None)
        if len(questions) >= MAX_QUESTIONS:
            del questions[next(iter(questions))]
        questions[protocol] = Question(payload[:MAX_QUESTION], time)

    def by(self, asker: bytes, time: int) -> list[tuple[Protocol, bytes]]:
        """Return what an endpoint asked lately, the newest first."""
        questions = self._table.get(asker)
        if not questions:
            return []
        return [(p, q.payload) for p, q in reversed(questions.items()) if abs(time - q.time) <= ANSWER_TIME]


class UdpReader:
    """Turns datagrams into messages."""

    def __init__(self, protocols: Sequence[Protocol], addresses: Addresses, boring: Boring) -> None:
        self._addresses, self._boring = addresses, boring
        self._order = {protocol: index for index, protocol in enumerate(protocols)}
        self._ports: dict[int, list[Protocol]] = {}
        for protocol in protocols:
            for port in protocol.udp_ports:
                self._ports.setdefault(port, []).append(protocol)
        self._anywhere = [protocol for protocol in protocols if protocol.any_port and protocol.recognise]
        self._asked = Asked()
        self._tries: dict[bytes, int] = {}

    def read(self, time: int, mac: bytes, datagram: Datagram) -> Message | None:
        """Return the message of one datagram, or None if it is nobody's."""
        segment = datagram.payload
        if len(segment) <= 8:
            return None
        key = datagram.source + datagram.destination + segment[:4]
        if key in self._boring.udp:
            return None
        length = int.from_bytes(segment[4:6])
        # a length of 0 is a jumbogram or an offloaded one (RFC 2675 section 4)
        payload = segment[8:length] if length > 8 else segment[8:]
        source_port, port = int.from_bytes(segment[:2]), int.from_bytes(segment[2:4])
        found = self._find(time, datagram, payload, source_port, port)
        if found is None:
            self._try_again(key, source_port in self._ports or port in self._ports)
            return None
        protocol, request = found
        end = self._addresses.end
        return Message(
            time=utc(time),
            protocol=protocol.name,
            source=end(datagram.source, segment[:2]),
            destination=end(datagram.destination, segment[2:4]),
            mac=self._addresses.mac(mac),
            request=request,
            payload=payload,
        )

    def _find(
        self, time: int, datagram: Datagram, payload: bytes, source_port: int, port: int
    ) -> tuple[Protocol, bytes] | None:
        """Return the protocol of a payload, and the question that it answers."""
        destination = datagram.destination + port.to_bytes(2)
        asked = self._asked.by(destination, time)
        known = self._known(source_port, port)
        protocol = _first(known, payload)
        if protocol is None:
            protocol = _first([candidate for candidate, _ in asked], payload) or _first(
                self._anywhere, payload
            )
        if protocol is None:
            return None
        if _may_ask(protocol, payload, source_port, port):
            self._asked.remember(datagram.source + source_port.to_bytes(2), protocol, payload, time)
        return protocol, next((question for asker, question in asked if asker is protocol), b"")

    def _known(self, source_port: int, port: int) -> list[Protocol]:
        here, there = self._ports.get(port, []), self._ports.get(source_port, [])
        if not there or source_port == port:
            return here
        return sorted({*here, *there}, key=self._order.__getitem__) if here else there

    def _try_again(self, key: bytes, known: bool) -> None:
        """Count a look at a flow in vain; after a few it is boring."""
        tries = self._tries.get(key, 0) + 1
        if tries < (TRIES_KNOWN if known else TRIES):
            if len(self._tries) >= MAX_TRIES:
                self._tries.clear()
            self._tries[key] = tries
            return
        self._tries.pop(key, None)
        self._boring.add(self._boring.udp, key)


def _first(protocols: Sequence[Protocol], payload: bytes) -> Protocol | None:
    for protocol in protocols:
        if protocol.recognise is None or protocol.recognise(payload):
            return protocol
    return None


def _may_ask(protocol: Protocol, payload: bytes, source_port: int, port: int) -> bool:
    """Tell whether a datagram can be a question: sent to the protocol's port, and not marked as an answer."""
    if port not in protocol.udp_ports:
        return False
    return (
        not (protocol.name in DNS_LIKE and payload[2:3] >= b"\x80") or source_port not in protocol.udp_ports
    )
