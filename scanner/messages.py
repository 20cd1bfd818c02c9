"""Messages as plain values and back: what the store keeps of a run, and what a sensor hands in.

Reading believes nothing: every value is asked for by its type, and a protocol that is not known here gives None.
"""

import base64
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any

from scanner.model import Endpoint, Message
from scanner.protocols import by_name


def message_record(message: Message) -> list[Any]:
    """Return a message as a flat list: time in microseconds, protocol, ends, MAC, request and payload in base64."""
    return [
        round(message.time.timestamp() * 1_000_000),
        message.protocol,
        *_end(message.source),
        *_end(message.destination),
        message.mac,
        base64.b64encode(message.request).decode(),
        base64.b64encode(message.payload).decode(),
    ]


def read_message(record: Any) -> Message | None:
    """Return the message of a list; None for a protocol that is not known here. Raises ValueError or TypeError."""
    time, protocol, host, port, other, other_port, mac, request, payload = record
    if protocol not in by_name and protocol != "link":
        return None
    return Message(
        time=datetime.fromtimestamp(int(time) / 1_000_000, UTC),
        protocol=protocol,
        source=_endpoint(host, port),
        destination=_endpoint(other, other_port),
        mac=None if mac is None else _text(mac),
        request=base64.b64decode(request, validate=True),
        payload=base64.b64decode(payload, validate=True),
    )


def _end(endpoint: Endpoint) -> tuple[str | None, int | None]:
    return (None if endpoint.host is None else str(endpoint.host)), endpoint.port


def _endpoint(host: Any, port: Any) -> Endpoint:
    return Endpoint(
        host=None if host is None else ip_address(_text(host)), port=None if port is None else int(port)
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{type(value).__name__} where a text should be")
    return value
