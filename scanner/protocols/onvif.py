"""SOAP answers of ONVIF services → what a device says of itself, and which firmware's hand wrote the envelope.

Reader of HTTP bodies without a port of its own. Names are matched by local name, since prefixes are arbitrary;
the prefixes, namespaces and service paths are themselves facts, because badge makers change names and leave
those alone. Requests, and SOAP that is not ONVIF's, give nothing. The grammars of scopes and of service
addresses live here too: WS-Discovery carries the same texts.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote_to_bytes

from scanner.model import IPAddress
from scanner.protocols._address import text_host
from scanner.protocols._protocol import Facts, parse_mac
from scanner.protocols._text import decode
from scanner.protocols._xml import Element, is_standalone, read_xml
from scanner.protocols.onvif_able import FACTS as ABLE_FACTS
from scanner.protocols.onvif_able import READERS as ABLE_READERS
from scanner.protocols.onvif_able import read_device_io

MAX_SNIFF = 4096
"""Bytes in which the root element must begin."""
REMEMBERED = 128
"""Answers whose facts are kept."""
MAX_NAMESPACES = 96
MAX_SCOPES = 64
MAX_SCOPE = 512
"""Characters of one scope that are read."""
MAX_ADDRESSES = 48
MAX_INTERFACES = 16
MAX_FAULT_CODES = 4

SCOPE = re.compile(r"onvif://[^/]*/(?P<category>[^/]*)/?(?P<value>.*)", re.IGNORECASE | re.DOTALL)
"""Scope of ONVIF Core specification section 7.3.2.2: onvif://www.onvif.org/<category>/<value>."""
CATEGORY = re.compile(r"[a-z0-9_-]{1,32}")
CATEGORY_ALIASES = {
    "macaddr": "mac",
    "macaddress": "mac",
    "mac_address": "mac",
    "serialnumber": "serial",
    "serial_number": "serial",
    "mfr": "manufacturer",
    "manufacture": "manufacturer",
    "vendor": "manufacturer",
    "firmwareversion": "firmware",
    "firmware_version": "firmware",
}
"""Spellings in the wild of categories that have one name here."""
SCOPE_BREAK = re.compile(r"\s+|(?<=\S)(?=onvif://)", re.IGNORECASE)
URL = re.compile(
    r"(?P<scheme>https?)://(?:[^/@\s]*@)?"
    r"(?P<host>\[[^\]/\s]*\]|[0-9a-f]{0,4}:[0-9a-f]{0,4}:[0-9a-f:.%]*|[^][/:\s]*)"
    r"(?::(?P<port>\d{1,5}))?(?P<path>/\S*)?",
    re.IGNORECASE,
)
"""A service address; an IPv6 literal may have lost its brackets, and then names no port."""
CREDENTIALS = re.compile(r"//[^/@\s]*@")
DEFAULT_PORTS = {"http": 80, "https": 443}
UUID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}(?![0-9a-f])", re.IGNORECASE)
ONVIF_ERROR = "ter:"
"""Prefix that ONVIF's fault subcodes have by convention."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAddress:
    """A service address as sent, without credentials, and its parts.

    The port is the scheme's where none is written. `host` is None for names, for placeholders and for addresses
    that are no device's.
    """

    text: str
    host: IPAddress | None = None
    port: int | None = None
    path: str = ""


def service_addresses(text: str) -> tuple[ServiceAddress, ...]:
    """Return the addresses of a list with white space between (XAddrs), also those that are no URL."""
    return tuple(service_address(word) for word in text.split()[:MAX_ADDRESSES])


def service_address(text: str) -> ServiceAddress:
    """Take one service address apart.

    >>> service_address("http://[fe80::1%25eth0]:8899/onvif/device_service").port
    8899
    """
    bare = CREDENTIALS.sub("//", text[:MAX_SCOPE], count=1)
    match = URL.fullmatch(bare)
    if not match:
        return ServiceAddress(text=bare)
    port = int(match["port"]) if match["port"] else DEFAULT_PORTS[match["scheme"].lower()]
    host, path = text_host(match["host"]), match["path"] or "/"
    return ServiceAddress(text=bare, host=host, port=port if 0 < port < 65536 else None, path=path)


def split_scopes(text: str) -> tuple[str, ...]:
    """Return the scopes of a list with white space between, as sent.

    A word without a colon belongs to the scope before it: some devices leave the blanks of a value unescaped.

    >>> split_scopes("onvif://www.onvif.org/location/Hong Kong http:123")
    ('onvif://www.onvif.org/location/Hong Kong', 'http:123')
    """
    scopes: list[str] = []
    for word in SCOPE_BREAK.split(text):
        if scopes and word and ":" not in word:
            scopes[-1] = f"{scopes[-1]} {word}"[:MAX_SCOPE]
        elif word and len(scopes) < MAX_SCOPES:
            scopes.append(word[:MAX_SCOPE])
    return tuple(scopes)


def add_scopes(facts: Facts, prefix: str, scopes: Iterable[str]) -> None:
    """Keep each scope under `<prefix>.scope`, its decoded value under `<prefix>.scope.<category>`, and their order.

    "+" between two characters is read as a blank, "_" is left alone: model names hold it.
    """
    order: list[str] = []
    for scope in scopes:
        facts.add(f"{prefix}.scope", scope)
        category, value = _scope_parts(scope)
        order.append(category or "other")
        if category and value:
            facts.add(f"{prefix}.scope.{category}", value)
    facts.add(f"{prefix}.scope_order", " ".join(order))


def _scope_parts(scope: str) -> tuple[str, str]:
    """Return category and decoded value; the category is empty for scopes that are not ONVIF's."""
    match = SCOPE.fullmatch(scope)
    category = match["category"].lower() if match else ""
    if not match or not CATEGORY.fullmatch(category):
        return "", ""
    category = CATEGORY_ALIASES.get(category, category)
    blanks = re.sub(r"(?<=[^+])\+(?=[^+])", " ", match["value"])
    value = decode(unquote_to_bytes(blanks)).strip()
    return category, (parse_mac(value) or "") if category == "mac" else value


def add_uuid(facts: Facts, prefix: str, text: str) -> None:
    """Keep the UUID in an endpoint's address, and the MAC that its last group may be (RFC 9562 section 5.1)."""
    if match := UUID.search(text):
        digits = match[0].replace("-", "").lower()
        ends = (0, 8, 12, 16, 20, 32)
        facts.add(f"{prefix}.uuid", "-".join(digits[a:b] for a, b in pairwise(ends)))
        facts.add(f"{prefix}.uuid_mac", parse_mac(digits[20:]))


def add_fault(facts: Facts, prefix: str, fault: Element) -> None:
    """Keep the codes of a SOAP fault, outermost first, and its reason, of SOAP 1.1 and 1.2 alike."""
    codes = [code.text for name in ("Value", "faultcode") for code in fault.find_all(name)]
    for code in codes[:MAX_FAULT_CODES]:
        facts.add(f"{prefix}.fault", code)
    reason = fault.child("Reason")
    facts.add(f"{prefix}.fault_text", reason.text_of("Text") if reason else fault.text_of("faultstring"))


def looks_like_soap(raw: bytes) -> bool:
    """Tell whether an envelope may begin in these bytes, before any XML reader is troubled."""
    return b"envelope" in raw[:MAX_SNIFF].replace(b"\0", b"").lower()


@lru_cache(maxsize=REMEMBERED)
def read_soap(body: bytes) -> tuple[tuple[str, str], ...]:
    """Read the body of an ONVIF service's answer; () for requests and for everything else.

    Cameras of one model say many things in the same bytes: what was read last is remembered. Source: ONVIF Core
    specification sections 5 (faults), 7.3 (scopes) and 8 (device service); SOAP 1.1, 1.2.
    """
    if not looks_like_soap(body):
        return ()
    root = read_xml(body)
    if root is None or not root.is_named("Envelope"):
        return ()
    content = root.child("Body")
    call = content.children[0] if content and content.children else None
    if not _is_answer(call) or not _is_onvif(root, call):
        return ()
    facts = Facts()
    if call:
        facts.add("onvif.call", call.name)
        _read_call(facts, call)
    _read_envelope(facts, root, body)
    return facts.pairs()


def _is_answer(call: Element | None) -> bool:
    """An envelope with nothing inside is an answer too: every request asks something."""
    return call is None or call.is_named("Fault") or call.name.lower().endswith("response")


def _is_onvif(root: Element, call: Element | None) -> bool:
    if any("onvif" in uri.lower() for _, uri in root.declared_namespaces()):
        return True
    if call is None:
        return False
    if call.is_named("Fault"):
        return any(value.text.startswith(ONVIF_ERROR) for value in call.find_all("Value"))
    return call.name in READERS


def _read_envelope(facts: Facts, root: Element, body: bytes) -> None:
    facts.add("onvif.prefix", root.prefix)
    for prefix, uri in root.declared_namespaces()[:MAX_NAMESPACES]:
        facts.add("onvif.namespace", uri)
        facts.add("onvif.namespace_prefix", f"{prefix}={uri}")
    standalone = is_standalone(body)
    facts.add("onvif.standalone", None if standalone is None else str(standalone).lower())


def _read_call(facts: Facts, call: Element) -> None:
    reader = READERS.get(call.name)
    if call.is_named("Fault"):
        add_fault(facts, "onvif", call)
    elif reader:
        reader(facts, call)


def _read_device_information(facts: Facts, call: Element) -> None:
    facts.add("onvif.manufacturer", call.text_of("Manufacturer"))
    facts.add("onvif.model", call.text_of("Model"))
    facts.add("onvif.firmware", call.text_of("FirmwareVersion"))
    facts.add("onvif.serial", call.text_of("SerialNumber"))
    facts.add("onvif.hardware_id", call.text_of("HardwareId"))


def _read_scopes(facts: Facts, call: Element) -> None:
    items = [item.text for item in call.find_all("ScopeItem")][:MAX_SCOPES]
    add_scopes(facts, "onvif", [scope for item in items for scope in split_scopes(item)][:MAX_SCOPES])


def _read_services(facts: Facts, call: Element) -> None:
    """Read GetServices and GetCapabilities: the latter names no namespaces."""
    for _, element in zip(range(MAX_ADDRESSES), call.find_all("Namespace"), strict=False):
        facts.add("onvif.service_namespace", element.text)
    for _, element in zip(range(MAX_ADDRESSES), call.find_all("XAddr"), strict=False):
        for address in service_addresses(element.text):
            facts.add("onvif.xaddr", address.text)
            facts.add("onvif.xaddr_port", address.port)
            facts.add("onvif.service_path", address.path)
    read_device_io(facts, call)


def _read_hostname(facts: Facts, call: Element) -> None:
    facts.add("onvif.hostname", call.text_of("Name"))


def _read_interfaces(facts: Facts, call: Element) -> None:
    for _, interface in zip(range(MAX_INTERFACES), call.find_all("NetworkInterfaces"), strict=False):
        info = interface.child("Info")
        facts.add("onvif.interface", info.text_of("Name") if info else interface.attribute("token"))
        facts.add("onvif.mac", parse_mac(interface.text_of("HwAddress")))
        facts.add("onvif.interface_type", interface.text_of("InterfaceType"))
        for host in _interface_hosts(interface):
            facts.add("onvif.address", str(host))


def _interface_hosts(interface: Element) -> Iterator[IPAddress]:
    """Yield the IPv4 addresses in use: of the manual and the DHCP one only that which is switched on."""
    version = interface.child("IPv4")
    config = version.child("Config") if version else None
    if config is None:
        return
    chosen = "FromDHCP" if config.text_of("DHCP").lower() in ("true", "1") else "Manual"
    for element in config.find_all(chosen):
        if host := text_host(element.text_of("Address")):
            yield host


def _read_time(facts: Facts, call: Element) -> None:
    utc = call.find("UTCDateTime")
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    numbers = [utc.text_of(name) for name in names] if utc else []
    if numbers and all(number.isdecimal() and number.isascii() and len(number) <= 4 for number in numbers):
        facts.add("onvif.time_utc", _time(*map(int, numbers)))
    facts.add("onvif.time_type", call.text_of("DateTimeType"))
    facts.add("onvif.time_zone", call.text_of("TZ"))


def _time(year: int, month: int, day: int, hour: int, minute: int, second: int) -> str | None:
    """Return a moment in ISO 8601, or None where there is no such moment (a leap second is the one before)."""
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if year >= 1000 else None


def _read_wsdl(facts: Facts, call: Element) -> None:
    facts.add("onvif.wsdl_url", service_address(call.text_of("WsdlUrl")).text)


def _read_endpoint(facts: Facts, call: Element) -> None:
    guid = call.text_of("GUID")
    facts.add("onvif.epr", guid)
    add_uuid(facts, "onvif", guid)


def _read_video_sources(facts: Facts, call: Element) -> None:
    facts.add("onvif.video_sources", sum(1 for _ in call.find_all("VideoSources")))


READERS: dict[str, Callable[[Facts, Element], None]] = {
    "GetDeviceInformationResponse": _read_device_information,
    "GetScopesResponse": _read_scopes,
    "GetCapabilitiesResponse": _read_services,
    "GetServicesResponse": _read_services,
    "GetHostnameResponse": _read_hostname,
    "GetNetworkInterfacesResponse": _read_interfaces,
    "GetSystemDateAndTimeResponse": _read_time,
    "GetWsdlUrlResponse": _read_wsdl,
    "GetEndpointReferenceResponse": _read_endpoint,
    "GetVideoSourcesResponse": _read_video_sources,
    **ABLE_READERS,
}

FACTS = (
    "onvif.call",
    "onvif.manufacturer",
    "onvif.model",
    "onvif.firmware",
    "onvif.serial",
    "onvif.hardware_id",
    "onvif.scope",
    "onvif.scope.*",
    "onvif.scope_order",
    "onvif.xaddr",
    "onvif.xaddr_port",
    "onvif.service_path",
    "onvif.service_namespace",
    "onvif.hostname",
    "onvif.interface",
    "onvif.mac",
    "onvif.address",
    "onvif.time_utc",
    "onvif.time_type",
    "onvif.time_zone",
    "onvif.wsdl_url",
    "onvif.epr",
    "onvif.uuid",
    "onvif.uuid_mac",
    "onvif.video_sources",
    "onvif.fault",
    "onvif.fault_text",
    "onvif.prefix",
    "onvif.namespace",
    "onvif.namespace_prefix",
    "onvif.standalone",
    *ABLE_FACTS,
)
"""Keys that `read_soap` may give, for the protocol that carries the bodies."""
