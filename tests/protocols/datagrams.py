"""Datagrams as the readers of vendor discovery get them, what they say, and how to damage them."""

from datetime import UTC, datetime
from ipaddress import ip_address

from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Observation
from scanner.protocols import parse_mac
from scanner.protocols._protocol import MAX_VALUE, Protocol

TIME = datetime(2026, 11, 24, tzinfo=UTC)
SENDER, SENDER_MAC = ip_address("192.0.2.7"), "02:aa:00:00:00:07"


def datagram(protocol: str, payload: bytes) -> Message:
    source = Endpoint(host=SENDER, port=40_000)
    return Message(time=TIME, protocol=protocol, source=source, mac=SENDER_MAC, payload=payload)


def read(protocol: Protocol, payload: bytes) -> tuple[Observation, ...]:
    assert protocol.recognise is not None
    assert protocol.recognise(payload)
    return protocol.parse(datagram(protocol.name, payload))


def said(protocol: Protocol, payload: bytes) -> dict[str, str]:
    """The facts of the one observation, without the protocol's name; repeated keys are joined with blanks."""
    (observation,) = read(protocol, payload)
    facts: dict[str, str] = {}
    for key, value in observation.facts:
        name = key.removeprefix(f"{protocol.name}.")
        facts[name] = f"{facts[name]} {value}" if name in facts else value
    return facts


def subject(protocol: Protocol, payload: bytes) -> tuple[str, str | None]:
    (observation,) = read(protocol, payload)
    return str(observation.subject.host), observation.subject.mac


def asks(protocol: Protocol, payload: bytes) -> bool:
    """A question, and nothing that would make its sender a device."""
    facts = said(protocol, payload)
    return facts.get("query") == "true" and "answer" not in facts


def damaged(*samples: bytes) -> st.SearchStrategy[bytes]:
    """The samples cut, with bytes changed, put in and doubled; and bytes of no sense."""
    return st.one_of(st.binary(max_size=600), st.builds(_damage, st.sampled_from(samples), st.data()))


def _damage(sample: bytes, data: st.DataObject) -> bytes:
    raw = bytearray(sample)
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(raw)))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    return bytes(raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw)


def holds_for_any_bytes(protocol: Protocol, payload: bytes) -> None:
    """What every reader promises: it never raises, says only what it declares, and nothing of what is not its own."""
    assert protocol.recognise is not None
    observations = protocol.parse(datagram(protocol.name, payload))
    assert protocol.recognise(payload) or not observations
    assert len(observations) <= 64
    for observation in observations:
        assert (
            observation.subject.mac is None or parse_mac(observation.subject.mac) == observation.subject.mac
        )
        assert observation.subject.host is not None
        for key, value in observation.facts:
            assert protocol.declares(key), key
            assert value.isprintable()
            assert 0 < len(value) <= MAX_VALUE
