"""mDNS and DNS-SD messages → services, names and addresses of hosts, and what a host asks for.

The DNS codec is zeroconf's; nothing here opens a socket. A response is split by host: an SRV record ties a
service instance to a host, address records give the host's addresses. A host that has addresses which compare
with the sender's, all of them others, is somebody else for whom the message is repeated (by a reflector or a
sleep proxy): it gets an observation with that address and no MAC. All else describes the sender.

Of a query only the questions speak, and of its asker; the answers in it are what it knows of others. A probe
(records in the authority section, no answers) is the exception: there the sender claims its own records.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols._secrets import is_secret

MAX_MESSAGE = 9000
"""Bytes of a message: the most that RFC 6762 section 17 allows, with headers."""
RECEIVED = 1.0
"""Time of reception that the codec wants and nothing here needs; without it the codec would read the clock."""
MAX_RECORDS = 256
MAX_QUESTIONS = 64
MAX_HOSTS = 16
MAX_TEXTS = 64
TYPE_A, TYPE_PTR, TYPE_HINFO, TYPE_TXT, TYPE_AAAA, TYPE_SRV = 1, 12, 13, 16, 28, 33
SERVICE = re.compile(
    r"^(?:(?P<instance>.+)\.)??(?P<type>_[^.]+\._(?:tcp|udp))\.[^.]+$", re.IGNORECASE | re.DOTALL
)
"""A name of DNS-SD: instance (dots allowed), type, domain (RFC 6763 section 4.1)."""
SUBTYPE = re.compile(r"^(?P<subtype>.+)\._sub$", re.IGNORECASE | re.DOTALL)
ENUMERATION = "_services._dns-sd._udp"
DEVICE_INFO = "_device-info._tcp"
HAP_TYPES = ("_hap._tcp", "_hap._udp")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A name of DNS-SD taken apart; `type` is empty for names that are none, such as host names."""

    full: str
    instance: str = ""
    type: str = ""
    subtype: str = ""


@dataclass(slots=True, kw_only=True)
class _Host:
    """A host of the message: its addresses, the one it is known by if it is not the sender, what is said of it."""

    addresses: list[IPAddress] = field(default_factory=list)
    other: IPAddress | None = None
    facts: Facts = field(default_factory=Facts)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one mDNS message: one observation for each host that it describes, or one for the asker.

    Source: RFC 6762 and 6763; zeroconf's `DNSIncoming` as codec.
    """
    from zeroconf import DNSIncoming  # type: ignore[attr-defined]  # exported, but not in its __all__

    raw = message.payload[:MAX_MESSAGE]
    if len(raw) < 12:
        return ()
    codec = DNSIncoming(raw, now=RECEIVED)
    records = codec.answers()[:MAX_RECORDS]
    if codec.is_query() and not _is_probe(codec):
        return _questions(codec).about(message)
    return _descriptions(message, records)


def _is_probe(codec: Any) -> bool:
    """Tell whether a query claims names: RFC 6762 section 8.1 puts the records wanted into the authority section."""
    return bool(codec.num_authorities and not codec.num_answers)


def _questions(codec: Any) -> Facts:
    facts = Facts()
    for question in codec.questions[:MAX_QUESTIONS]:
        name = _name(question.name)
        facts.add("mdns.query", name.type or name.full)
    return facts


def _name(text: str) -> _Name:
    """Take a name apart into instance (or subtype) and type; a name that is no service's keeps its full text."""
    full = text.removesuffix(".")
    if full.lower().startswith(ENUMERATION):
        return _Name(full=full, type=ENUMERATION)
    match = SERVICE.match(full)
    if not match:
        return _Name(full=full)
    instance, kind = match["instance"] or "", match["type"].lower()
    sub = SUBTYPE.match(instance)
    if sub:
        return _Name(full=full, type=kind, subtype=sub["subtype"])
    return _Name(full=full, instance=instance, type=kind)


def _descriptions(message: Message, records: list[Any]) -> tuple[Observation, ...]:
    """Return one observation for the sender and one for each host that it speaks for."""
    hosts = _hosts(records)
    sender = Facts()
    for host in hosts.values():
        host.other = _other_address(host.addresses, message.source.host)
        host.facts = Facts() if host.other else sender
    owners = _owners(records, hosts)
    for record in records:
        owner = owners.get(_owner_name(record).lower())
        _read(sender if owner is None else owner.facts, record)
    others = [host for host in hosts.values() if host.other]
    proxied = (seen for host in others for seen in host.facts.about(message, Subject(host=host.other)))
    return (*sender.about(message), *proxied)


def _hosts(records: Iterable[Any]) -> dict[str, _Host]:
    """Return the hosts that have usable addresses, by lower-case name."""
    hosts: dict[str, _Host] = {}
    for record in records:
        if record.type in (TYPE_A, TYPE_AAAA) and (address := packed_host(record.address)):
            key = record.name.lower()
            if key in hosts or len(hosts) < MAX_HOSTS:
                hosts.setdefault(key, _Host()).addresses.append(address)
    return hosts


def _other_address(addresses: list[IPAddress], source: IPAddress | None) -> IPAddress | None:
    """Return the address of a host that is clearly not the sender, or None."""
    if source is None or source in addresses:
        return None
    return next((address for address in addresses if _compares(address, source)), None)


def _compares(address: IPAddress, source: IPAddress) -> bool:
    """Tell whether a host that sent from `source` would have named it beside `address`.

    Every host has link-local and other addresses, some of each family, and many name one sort only; of IPv6
    others than link-local there are temporary ones that are never named.
    """
    if address.version != source.version or address.is_link_local != source.is_link_local:
        return False
    return address.version == 4 or address.is_link_local


def _owners(records: Iterable[Any], hosts: dict[str, _Host]) -> dict[str, _Host]:
    """Return which host owns a name: host names themselves, and instances by their SRV record.

    A device-info record has no SRV record: it shares its instance name with the services beside it.
    """
    owners = dict(hosts)
    for record in records:
        if record.type == TYPE_SRV and (host := hosts.get(record.server.lower())):
            name = _name(record.name)
            owners[record.name.lower()] = host
            owners.setdefault(f"{name.instance}.{DEVICE_INFO}.local.".lower(), host)
    return owners


def _owner_name(record: Any) -> str:
    """Return the name whose owner a record describes: of a pointer, the instance that it points to."""
    return str(record.alias) if record.type == TYPE_PTR else str(record.name)


def _read(facts: Facts, record: Any) -> None:
    if record.type == TYPE_PTR:
        _read_pointer(facts, record)
    elif record.type == TYPE_SRV:
        _read_service(facts, record)
    elif record.type == TYPE_TXT:
        _read_text(facts, record)
    elif record.type in (TYPE_A, TYPE_AAAA) and (address := packed_host(record.address)):
        facts.add("mdns.host", record.name.removesuffix("."))
        facts.add("mdns.address", str(address))
    elif record.type == TYPE_HINFO:
        facts.add("mdns.hardware", record.cpu)
        facts.add("mdns.os", record.os)


def _read_pointer(facts: Facts, record: Any) -> None:
    """Read type → instance, and the enumeration of types; reverse names of addresses are passed over."""
    owner, target = _name(record.name), _name(record.alias)
    if owner.type == ENUMERATION:
        facts.add("mdns.service", target.type)
    elif owner.type and target.instance:
        facts.add("mdns.service", target.type)
        facts.add("mdns.instance", f"{target.instance}|{target.type}")
        facts.add("mdns.subtype", f"{owner.subtype}|{owner.type}" if owner.subtype else None)


def _read_service(facts: Facts, record: Any) -> None:
    name = _name(record.name)
    if name.type:
        facts.add("mdns.service", name.type)
        facts.add("mdns.instance", f"{name.instance}|{name.type}" if name.instance else None)
        facts.add("mdns.port", f"{name.type}|{record.port}")
        facts.add("mdns.host", record.server.removesuffix("."))


def _read_text(facts: Facts, record: Any) -> None:
    name = _name(record.name)
    if not name.type:
        return
    if name.type != DEVICE_INFO:
        facts.add("mdns.service", name.type)
        facts.add("mdns.instance", f"{name.instance}|{name.type}" if name.instance else None)
    for text in _texts(record.text):
        key, _, value = text.partition("=")
        if is_secret(key):
            continue
        facts.add("mdns.txt", f"{name.type}|{text}")
        if name.type == DEVICE_INFO and key.lower() == "model":
            facts.add("mdns.model", value)
        if name.type in HAP_TYPES and key.lower() == "ci":
            facts.add("mdns.hap_category", value)


def _texts(raw: bytes) -> Iterator[str]:
    """Yield the strings of a TXT record, each behind its length (RFC 6763 section 6.1)."""
    at = 0
    for _ in range(MAX_TEXTS):
        if at >= len(raw):
            return
        text = raw[at + 1 : at + 1 + raw[at]]
        at += 1 + raw[at]
        if text:
            yield text.decode("utf-8", "replace")


PROTOCOL = Protocol(
    name="mdns",
    title="mDNS and DNS-SD",
    parse=parse,
    facts=(
        "mdns.service",
        "mdns.instance",
        "mdns.subtype",
        "mdns.txt",
        "mdns.host",
        "mdns.port",
        "mdns.address",
        "mdns.model",
        "mdns.hap_category",
        "mdns.hardware",
        "mdns.os",
        "mdns.query",
    ),
    udp_ports=frozenset({5353}),
)
