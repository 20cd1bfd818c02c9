"""SIP on UDP 5060: one request or response to facts about its sender.

Strategy: the shared head reader. Door stations, video phones and cameras name their model in Server or
User-Agent; both describe the sender, whichever way the message goes. Cameras for the Chinese national scheme
register under a 20-digit number whose digits 11 to 13 say what they are. Source: RFC 3261 §7, GB/T 28181-2016
annex D (numbering).
"""

import re

from scanner.model import IPAddress, Message, Observation
from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols._text import Head, read_head

FIRST_LINE = 2048
"""Bytes in which the first line must end to be recognised."""

_STATUS_LINE = re.compile(r"(?i)^SIP/2\.0\s{1,4}(\d{3})")
_REQUEST_LINE = re.compile(r"(?i)^([A-Z]{3,12})\s{1,4}\S{1,1024}\s{1,4}SIP/2\.0\s*$")
_GB28181_ID = re.compile(r"sip:([0-9]{20})@")


def question(asker: IPAddress, tag: int) -> bytes:
    """Return an OPTIONS request outside of any dialog (RFC 3261, section 11): what a user agent can do."""
    own = f"[{asker}]" if asker.version == 6 else str(asker)
    return (
        f"OPTIONS sip:{own} SIP/2.0\r\nVia: SIP/2.0/UDP {own};rport;branch=z9hG4bK{tag:08x}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{own}>;tag={tag:08x}\r\nTo: <sip:{own}>\r\n"
        f"Call-ID: {tag:08x}\r\nCSeq: 1 OPTIONS\r\nAccept: application/sdp\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is SIP: by the version at either end of its first line."""
    line = payload[:FIRST_LINE].lstrip(b"\r\n").partition(b"\n")[0].rstrip()
    return line.startswith(b"SIP/2.0 ") or line.endswith(b" SIP/2.0")


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one message; () for bytes that are no SIP."""
    head = read_head(message.payload) if recognise(message.payload) else None
    if head is None:
        return ()
    facts = Facts()
    if status := _STATUS_LINE.match(head.start_line):
        facts.add("sip.status", status.group(1))
    elif request := _REQUEST_LINE.match(head.start_line):
        facts.add("sip.method", request.group(1).upper())
        _read_number(facts, head)
    facts.add("sip.server", head.get("Server"))
    facts.add("sip.user_agent", head.get("User-Agent"))
    facts.add("sip.allow", head.get("Allow"))
    facts.add("sip.organization", head.get("Organization"))
    return facts.about(message)


def _read_number(facts: Facts, head: Head) -> None:
    """Keep the number under which the sender of a request goes, where it is one of GB/T 28181."""
    number = _GB28181_ID.search(head.get("From") or head.get("f") or "")
    if number:
        facts.add("sip.gb28181_id", number.group(1))
        facts.add("sip.gb28181_type", number.group(1)[10:13])


PROTOCOL = Protocol(
    name="sip",
    title="SIP",
    parse=parse,
    udp_ports=frozenset({5060}),
    recognise=recognise,
    facts=(
        *("sip.server", "sip.user_agent", "sip.status", "sip.method", "sip.allow", "sip.organization"),
        *("sip.gb28181_id", "sip.gb28181_type"),
    ),
)
