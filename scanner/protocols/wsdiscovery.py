"""WS-Discovery messages → ONVIF devices, printers and PCs, by what they announce or answer.

Both dialects (2005/04, 2009/01) and any prefixes are read, by local names. Each match of a datagram is one
observation, since a recorder or a discovery proxy answers for several. A match describes the sender unless every
address that it names is a valid private one of the sender's family that is not the sender's: then it describes
that host, and says so (`wsd.proxy`). A Probe says only what its sender looks for.

Uniview's own probe shares group and port; its messages are another protocol's and are left alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols._xml import Element, is_standalone, read_xml
from scanner.protocols.onvif import (
    ServiceAddress,
    add_fault,
    add_scopes,
    add_uuid,
    looks_like_soap,
    service_addresses,
    split_scopes,
)

MAX_MATCHES = 64
MAX_TYPES = 32
UNIVIEW = b"univiewprobe"
DIALECTS = {
    "http://schemas.xmlsoap.org/ws/2005/04/discovery": "2005/04",
    "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01": "2009/01",
}
QUESTIONS = ("probe", "resolve")
ANSWERS = {"probematches": "ProbeMatch", "resolvematches": "ResolveMatch"}
"""Answer → the element that each of its matches is."""
ANNOUNCEMENTS = ("hello", "bye")
FAULT = "fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Envelope:
    """What all matches of a datagram share: the hand that wrote it, and what its prefixes mean."""

    prefix: str
    dialects: tuple[str, ...]
    standalone: bool | None
    namespaces: Mapping[str, str]

    @classmethod
    def of(cls, root: Element, payload: bytes) -> "_Envelope":
        namespaces = dict(root.declared_namespaces())
        dialects = tuple(dialect for uri, dialect in DIALECTS.items() if uri in namespaces.values())
        standalone = is_standalone(payload)
        return cls(prefix=root.prefix, dialects=dialects, standalone=standalone, namespaces=namespaces)


def recognise(payload: bytes) -> bool:
    """Tell whether these bytes are WS-Discovery and not Uniview's probe on the same port."""
    return looks_like_soap(payload) and UNIVIEW not in payload.lower()


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one message: an observation for each match, or one for a question, an announcement or a fault.

    Source: WS-Discovery 2005/04 and OASIS WS-Discovery 1.1, ONVIF Core specification section 7.3.
    """
    if not recognise(message.payload):
        return ()
    root = read_xml(message.payload)
    if root is None or not root.is_named("Envelope"):
        return ()
    action, content = _action(root)
    if action in QUESTIONS:
        return _question(action, content).about(message)
    if action not in ANSWERS and action not in ANNOUNCEMENTS:
        return _fault(content).about(message) if action == FAULT else ()
    envelope = _Envelope.of(root, message.payload)
    matches = list(_matches(content, ANSWERS[action])) if action in ANSWERS else [content]
    for_others = len(matches) > 1
    return tuple(seen for match in matches for seen in _about(message, envelope, action, match, for_others))


def _action(root: Element) -> tuple[str, Element]:
    """Return what kind of message it is and the element that says so.

    A cut message may end before its body: then the header's action must do.
    """
    content = root.child("Body") or root
    for element in content.children:
        kind = element.name.lower()
        if kind in (*QUESTIONS, *ANSWERS, *ANNOUNCEMENTS, FAULT):
            return kind, element
        if kind in ("probematch", "resolvematch"):
            return f"{kind}es", content
    header = root.child("Header")
    return (header.text_of("Action").rpartition("/")[2].lower() if header else ""), content


def _matches(content: Element, name: str) -> Iterator[Element]:
    """Yield the matches; an answer without any still says that its sender speaks the protocol."""
    found = [element for element in content.children if element.is_named(name)][:MAX_MATCHES]
    yield from found or [content]


def _question(action: str, content: Element) -> Facts:
    facts = Facts()
    facts.add("wsd.action", action)
    facts.add("wsd.types", " ".join(local for _, local in _types(content)))
    return facts


def _fault(content: Element) -> Facts:
    facts = Facts()
    facts.add("wsd.action", FAULT)
    add_fault(facts, "wsd", content)
    return facts


def _about(
    message: Message, envelope: _Envelope, action: str, match: Element, for_others: bool
) -> tuple[Observation, ...]:
    """Read one announcement or match; only who answers for several may speak of another host than itself.

    A single match whose XAddrs lie elsewhere is a stale static address, or a lie: its sender is who it is about.
    """
    facts = Facts()
    facts.add("wsd.action", action)
    _add_endpoint(facts, match)
    _add_types(facts, envelope, match)
    add_scopes(facts, "wsd", split_scopes(_all_text(match, "Scopes")))
    addresses = service_addresses(_all_text(match, "XAddrs"))
    for address in addresses:
        facts.add("wsd.xaddr", address.text)
        facts.add("wsd.xaddr_port", address.port)
    facts.add("wsd.metadata_version", match.text_of("MetadataVersion"))
    _add_envelope(facts, envelope)
    other = _other_host(message.source.host, addresses) if for_others else None
    if other is None:
        return facts.about(message)
    facts.add("wsd.proxy", "true")
    return facts.about(message, Subject(host=other))


def _all_text(match: Element, name: str) -> str:
    return " ".join(element.text for element in match.find_all(name))


def _add_endpoint(facts: Facts, match: Element) -> None:
    reference = match.child("EndpointReference") or match
    address = reference.text_of("Address")
    facts.add("wsd.epr", address)
    add_uuid(facts, "wsd", address)
    facts.add("wsd.port_type", reference.text_of("PortType"))


def _types(match: Element) -> list[tuple[str, str]]:
    """Return prefix and local name of each type."""
    names = _all_text(match, "Types").split()[:MAX_TYPES]
    return [(prefix, local) for prefix, _, local in (name.rpartition(":") for name in names)]


def _add_types(facts: Facts, envelope: _Envelope, match: Element) -> None:
    """Keep the types by local name, and qualified ({namespace}name) since "Device" alone is ambiguous."""
    types = _types(match)
    facts.add("wsd.types", " ".join(local for _, local in types))
    for prefix, local in types:
        facts.add("wsd.type", local)
        facts.add("wsd.qualified_type", f"{{{envelope.namespaces.get(prefix, '')}}}{local}")


def _add_envelope(facts: Facts, envelope: _Envelope) -> None:
    facts.add("wsd.prefix", envelope.prefix)
    for dialect in envelope.dialects:
        facts.add("wsd.dialect", dialect)
    if envelope.standalone is not None:
        facts.add("wsd.standalone", str(envelope.standalone).lower())


def _other_host(source: IPAddress | None, addresses: tuple[ServiceAddress, ...]) -> IPAddress | None:
    """Return the host that the match is about where that is clearly not its sender.

    Link-local and public addresses never count: the former is a second address of the sender, to the latter no
    device may point us.
    """
    hosts = [address.host for address in addresses]
    if source is None or not hosts:
        return None
    for host in hosts:
        if host is None or host == source or not _could_be_neighbour(source, host):
            return None
    return hosts[0]


def _could_be_neighbour(source: IPAddress, host: IPAddress) -> bool:
    if host.version != source.version or host.is_link_local or not host.is_private:
        return False
    return isinstance(host, IPv4Address) or not source.is_link_local


PROTOCOL = Protocol(
    name="wsdiscovery",
    title="WS-Discovery",
    parse=parse,
    facts=(
        "wsd.action",
        "wsd.epr",
        "wsd.uuid",
        "wsd.uuid_mac",
        "wsd.port_type",
        "wsd.types",
        "wsd.type",
        "wsd.qualified_type",
        "wsd.scope",
        "wsd.scope.*",
        "wsd.scope_order",
        "wsd.xaddr",
        "wsd.xaddr_port",
        "wsd.metadata_version",
        "wsd.fault",
        "wsd.fault_text",
        "wsd.prefix",
        "wsd.dialect",
        "wsd.standalone",
        "wsd.proxy",
    ),
    udp_ports=frozenset({3702}),
    recognise=recognise,
)
