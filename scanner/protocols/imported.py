"""What another scanner concluded or quoted without the bytes: facts in words, each with the tool that said it.

Not spoken on any wire: `scanner.imports` makes these messages. Their payload is JSON, {"facts": [[key, value],
…]}; only the keys declared here are taken. Where a tool kept bytes (a banner, a certificate, a response) the
message has that protocol's name instead, and this one holds only the rest. What a tool says that a device said
has the key of that protocol, so that the same fingerprints read it.
"""

import json

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol

MAX_PAYLOAD = 256 * 1024
MAX_PAIRS = 400

OWN = (
    *("tool", "hostname", "vendor", "open_port", "service", "product", "version", "extra"),
    *("device_type", "os", "cpe"),
)
"""Last parts of the keys that are the other tool's own conclusions."""
QUOTED = (
    *("http.title", "http.server", "http.realm", "http.auth_scheme", "http.location", "http.generator"),
    *("http.header.*", "tls.subject", "tls.subject_cn", "tls.subject_o", "tls.subject_ou"),
    *("tls.issuer", "tls.issuer_cn", "tls.issuer_o", "tls.issuer_ou", "tls.sha1", "rtsp.public"),
)
"""Keys of facts that the tool quotes from the device."""


def facts_payload(facts: list[tuple[str, str]]) -> bytes:
    """Return facts as the payload of a message."""
    return json.dumps({"facts": facts[:MAX_PAIRS]}, ensure_ascii=False).encode("utf-8", "replace")


def parse(message: Message) -> tuple[Observation, ...]:
    """Read the facts of a message; () for a payload that is no such JSON."""
    try:
        pairs = json.loads(message.payload[:MAX_PAYLOAD])["facts"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    facts = Facts()
    for pair in pairs[:MAX_PAIRS] if isinstance(pairs, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, str) for part in pair):
            key, value = pair
            if PROTOCOL.declares(key):
                facts.add(key, value)
    return facts.about(message)


PROTOCOL = Protocol(
    name="import",
    title="Another scanner's words",
    parse=parse,
    facts=(*(f"import.{name}" for name in OWN), *QUOTED),
)
