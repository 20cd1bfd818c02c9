"""SSDP: searches, answers and announcements on UDP 1900 to facts about who sent them.

Strategy: one head, three kinds. An answer and an announcement describe their sender, also a farewell
("byebye"). A search tells what its sender looks for, never that the sender is one. Answers come from any
port, so they are known by their headers. Source: UPnP Device Architecture 1.1, §1.
"""

from scanner.model import Message, Observation
from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols._secrets import without_secrets
from scanner.protocols._text import Head, read_head
from scanner.protocols.upnp import normal_uuid

MAX_HEADER_FACTS = 32
"""Headers of one message whose values become facts."""
WINDOW = 2048
"""Bytes in which the header that marks an answer must stand."""

_REQUESTS = (b"NOTIFY *", b"M-SEARCH *")
_MARKS = (b"\nusn:", b"\nst:", b"\nnt:")


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is SSDP: NOTIFY or M-SEARCH, or an HTTP answer with a USN, ST or NT header."""
    if payload.startswith(_REQUESTS):
        return True
    if not payload.startswith(b"HTTP/1."):
        return False
    window = payload[:WINDOW].lower()
    return any(mark in window for mark in _MARKS)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one datagram; () for bytes that are no SSDP."""
    head = read_head(message.payload) if recognise(message.payload) else None
    if head is None:
        return ()
    facts = Facts()
    if head.start_line.upper().startswith("M-SEARCH"):
        _read_search(facts, head)
    else:
        _read_presence(facts, head)
    return facts.about(message)


def _read_search(facts: Facts, head: Head) -> None:
    facts.add("ssdp.searches", head.get("ST"))
    facts.add("ssdp.user_agent", head.get("User-Agent"))
    facts.add("ssdp.server", head.get("Server"))  # some stacks sign their searches too
    facts.add("ssdp.searcher_name", head.get("CPFN.UPNP.ORG"))


def _read_presence(facts: Facts, head: Head) -> None:
    usn = head.get("USN") or ""
    for name in ("Server", "ST", "NT", "USN", "NTS"):
        facts.add(f"ssdp.{name.lower()}", head.get(name))
    if "uuid:" in usn.lower():
        facts.add("ssdp.uuid", normal_uuid(usn))
    for name in ("Location", "AL"):  # AL is the older spelling: UPnP Device Architecture 1.0
        facts.add("ssdp.location", without_secrets((head.get(name) or "").strip("<>")))
    facts.add("ssdp.header_names", head.names)
    for name, value in head.headers[:MAX_HEADER_FACTS]:
        facts.add(f"ssdp.header.{name.lower()}", value)


PROTOCOL = Protocol(
    name="ssdp",
    title="SSDP",
    parse=parse,
    udp_ports=frozenset({1900}),
    any_port=True,
    recognise=recognise,
    facts=(
        *("ssdp.server", "ssdp.st", "ssdp.nt", "ssdp.nts", "ssdp.usn", "ssdp.uuid", "ssdp.location"),
        *("ssdp.searches", "ssdp.user_agent", "ssdp.searcher_name", "ssdp.header_names", "ssdp.header.*"),
    ),
)
