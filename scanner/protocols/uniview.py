"""Uniview's own probe beside WS-Discovery on UDP 3702: SOAP with `UniviewProbe` → what a Uniview build says.

Group, port and envelope are those of WS-Discovery, the body is Uniview's: a probe, and matches that carry scopes
(category/value behind whatever scheme and host) and addresses. Some servers built with Happytimesoft's library
answer it too, with the matches in WS-Discovery's name space instead of Uniview's: the name space is a fact, so
that fingerprints can tell. Answers are about 2.4 kB and come in fragments.
Sources: five public clients and test answers, Happytimesoft's library.
"""

import re
from collections.abc import Iterator
from uuid import UUID

from scanner.model import IPAddress, Message, Observation
from scanner.protocols._protocol import Facts, Protocol, parse_mac
from scanner.protocols._stated import iso_date, stated_host, subject_of
from scanner.protocols._text import decode
from scanner.protocols._xml import Element, read_xml

NAMESPACE = "http://www.uniview.com/Ver10/Device/wsdl"
ACTION = f"{NAMESPACE}/UniviewProbe"
WS_DISCOVERY_ACTION = "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
MARK = b"UniviewProbe"
MAX_LENGTH = 64 * 1024
"""Bytes of a datagram that are looked at: more than one holds."""
MAX_MATCHES, MAX_SCOPES, MAX_XADDRS = 16, 64, 16
"""Matches of a document, scopes and addresses of a match that are read."""

GROUP, PORT = "239.255.255.250", 3702
"""Where the probe goes; answers come to the sender's own port."""

_XADDR_HOST = re.compile(r"^https?://(\[[0-9A-Fa-f:.%]{2,60}\]|[0-9.]{7,15})")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_BUILD = re.compile(r"\.(\d{6})$")
_CATEGORIES = {
    "type": "type",
    "manufacturer": "brand",
    "hardware": "model",
    "version": "firmware",
    "serial": "serial",
    "name": "name",
    "location": "location",
}
_KINDS = {"IPC": "camera", "NVR": "recorder"}


def question(message_id: UUID, *, old: bool = False) -> bytes:
    """Return the probe; the `old` form keeps WS-Discovery's action and asks for a type."""
    action, inner = (
        (WS_DISCOVERY_ACTION, "<tns:Types>dn:NetworkVideoTransmitter</tns:Types>") if old else (ACTION, "")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:dn="http://www.onvif.org/ver10/network/wsdl"'
        f' xmlns:tns="{NAMESPACE}"><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>urn:uuid:{message_id}</a:MessageID>"
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
        f"<s:Body><tns:UniviewProbe>{inner}</tns:UniviewProbe></s:Body></s:Envelope>"
    ).encode()


def recognise(payload: bytes) -> bool:
    """Tell whether a datagram is XML that speaks of Uniview's probe."""
    return payload[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<" and MARK in payload[:MAX_LENGTH]


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one observation a match; a probe only says that somebody asks."""
    root = read_xml(message.payload[:MAX_LENGTH]) if recognise(message.payload) else None
    if root is None:
        return ()
    matches = root.find("UniviewProbeMatches") or root.find("UniviewProbeMatch")
    if matches is None:
        facts = Facts()
        facts.add("uniview.query", "true" if root.find("UniviewProbe") else None)
        return facts.about(message)
    each = [e for e in matches.walk() if e.is_named("UniviewProbeMatch") or e.is_named("ProbeMatch")] or [
        matches
    ]
    return tuple(o for match in each[:MAX_MATCHES] for o in _match(message, match, matches.namespace))


def _match(message: Message, match: Element, namespace: str) -> tuple[Observation, ...]:
    facts, macs = Facts(), []
    facts.add("uniview.answer", "true")
    facts.add("uniview.namespace", namespace)
    for category, value in _scopes(match.text_of("Scopes")):
        if category == "macaddr" and (mac := parse_mac(value)):
            macs.append(mac)
            facts.add("uniview.mac", mac)
        elif category in _CATEGORIES:
            facts.add(f"uniview.{_CATEGORIES[category]}", value)
        _derived(category, value, facts)
    xaddrs = match.text_of("XAddrs").split()[:MAX_XADDRS]
    for xaddr in xaddrs:
        facts.add("uniview.xaddr", xaddr)
    host = next(_hosts(xaddrs), None)
    facts.add("uniview.ip", str(host) if host else None)
    facts.add("uniview.uuid", match.text_of("Address"))
    return facts.about(message, subject_of(message, macs[0] if macs else None, host))


def _hosts(xaddrs: list[str]) -> Iterator[IPAddress]:
    """Yield the hosts of the service addresses that a device can have."""
    for xaddr in xaddrs:
        matched = _XADDR_HOST.match(xaddr)
        host = stated_host(matched[1]) if matched else None
        if host:
            yield host


def _derived(category: str, value: str, facts: Facts) -> None:
    """Add what follows from a scope: the kind from the type, the date of the build from the version."""
    if category == "type":
        facts.add("uniview.kind_hint", _KINDS.get(value.upper()))
    built = _BUILD.search(value) if category == "version" else None
    facts.add("uniview.build_date", iso_date(built[1]) if built else None)


def _scopes(text: str) -> Iterator[tuple[str, str]]:
    """Yield category and decoded value of each scope, whatever stands before them."""
    for scope in text.split()[:MAX_SCOPES]:
        path = scope.partition("://")[2].partition("/")[2]
        category, slash, value = path.partition("/")
        if slash:
            yield category.lower(), _unescaped(value)


def _unescaped(value: str) -> str:
    """Return text with its percent escapes resolved (RFC 3986 §2.1)."""
    return decode(_ESCAPE.sub(lambda escape: bytes.fromhex(escape[1].decode()), value.encode()))


PROTOCOL = Protocol(
    name="uniview",
    title="Uniview discovery",
    parse=parse,
    recognise=recognise,
    udp_ports=frozenset({PORT}),
    facts=(
        "uniview.answer",
        "uniview.query",
        "uniview.namespace",
        "uniview.mac",
        "uniview.ip",
        *(f"uniview.{name}" for name in _CATEGORIES.values()),
        "uniview.xaddr",
        "uniview.uuid",
        "uniview.kind_hint",
        "uniview.build_date",
    ),
)
