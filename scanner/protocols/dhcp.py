"""DHCPv4 messages → what a client says of itself on joining, and which address it was given.

Options are collected once, over the options field and, where option 52 says so, the file and sname fields; parts
of one option are joined (RFC 3396). A client's message speaks of the client by its hardware address, never of
the relay or the frame that carried it. A server's message repeats little of the client: the name and address it
was given; an acknowledgement binds the address to the client, an offer does not. That the sender serves DHCP is
an observation of its own.
"""

from collections.abc import Iterator

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import can_be_device, packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text

FIXED = 236
COOKIE = bytes.fromhex("63825363")
BOOT_REQUEST, BOOT_REPLY = 1, 2
ETHERNET_LIKE = (1, 6)
"""Hardware types whose addresses are MAC addresses: Ethernet and IEEE 802."""
MAX_OPTIONS = 256
PAD, HOSTNAME, REQUESTED, OVERLOAD, KIND, SERVER = 0, 12, 50, 52, 53, 54
PARAMETERS, VENDOR_CLASS, CLIENT_ID, USER_CLASS, FQDN = 55, 60, 61, 77, 81
VENDOR_CLASSES, VENDOR_INFORMATION, MUD, END = 124, 125, 161, 255
BROADBAND_FORUM = 3561
DEVICE_IDENTITY = {1: "dhcp.device_oui", 2: "dhcp.device_serial", 3: "dhcp.device_class"}
"""Sub-options of the Broadband Forum's vendor information (TR-069 annex F)."""
KIND_NAMES = ("", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform")
TEXT_OPTIONS = {HOSTNAME: "dhcp.hostname", VENDOR_CLASS: "dhcp.vendor_class", MUD: "dhcp.mud"}
CLIENT_FACTS = (
    "dhcp.message_type",
    "dhcp.options",
    "dhcp.hostname",
    "dhcp.vendor_class",
    "dhcp.user_class",
    "dhcp.enterprise",
    "dhcp.parameters",
    "dhcp.client_id",
    "dhcp.requested_ip",
    "dhcp.fqdn",
    "dhcp.mud",
    *DEVICE_IDENTITY.values(),
)


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one DHCP or BOOTP message: the client's observation and, of a reply, one that its sender serves.

    Source: RFC 2131 section 2, options RFC 2132, 3004, 3396, 3925, 4702, 8520.
    """
    raw = message.payload
    if len(raw) < FIXED or raw[0] not in (BOOT_REQUEST, BOOT_REPLY) or not _is_dhcp(raw):
        return ()
    options = _collect(raw)
    if raw[0] == BOOT_REQUEST:
        return _client_facts(options).about(message, _client(message, raw, options))
    return _reply(message, raw, options)


def _is_dhcp(raw: bytes) -> bool:
    """Tell whether the magic cookie is there, as far as the bytes were kept."""
    return raw[FIXED : FIXED + 4] == COOKIE


def _collect(raw: bytes) -> dict[int, bytes]:
    """Return the body of each option in the order of first appearance."""
    options = _joined(raw[FIXED + 4 :], {})
    overload = options.get(OVERLOAD, b"\0")[:1]
    if overload in (b"\1", b"\3"):
        options = _joined(raw[108:236], options)
    if overload in (b"\2", b"\3"):
        options = _joined(raw[44:108], options)
    return options


def _joined(field: bytes, options: dict[int, bytes]) -> dict[int, bytes]:
    for code, body in _split(field):
        options[code] = options.get(code, b"") + body
    return options


def _split(field: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield code and body of each whole option in a field."""
    at = 0
    for _ in range(MAX_OPTIONS):
        while field[at : at + 1] == b"\0":
            at += 1
        if at + 2 > len(field) or field[at] == END:
            return
        body = field[at + 2 : at + 2 + field[at + 1]]
        if len(body) < field[at + 1]:
            return
        yield field[at], body
        at += 2 + len(body)


def _client(message: Message, raw: bytes, options: dict[int, bytes]) -> Subject:
    """Return the client: its hardware address, and the address that it already uses."""
    host = packed_host(raw[12:16])
    relayed = any(raw[24:28])
    if host is None and not relayed and message.source.host and can_be_device(message.source.host):
        host = message.source.host
    return Subject(host=host, mac=_hardware_address(raw, options) or (None if relayed else message.mac))


def _hardware_address(raw: bytes, options: dict[int, bytes]) -> str | None:
    if raw[1] in ETHERNET_LIKE and raw[2] == 6 and (mac := mac_text(raw[28:34])):
        return mac
    return _client_id_mac(options.get(CLIENT_ID, b""))


def _client_id_mac(body: bytes) -> str | None:
    return mac_text(body[1:]) if body[:1] == b"\1" else None


def _client_facts(options: dict[int, bytes]) -> Facts:
    facts = Facts()
    facts.add("dhcp.message_type", _kind(options))
    facts.add("dhcp.options", ",".join(map(str, options)))
    for code, key in TEXT_OPTIONS.items():
        facts.add(key, _text(options.get(code, b"")))
    facts.add("dhcp.fqdn", _fqdn(options.get(FQDN, b"")))
    facts.add("dhcp.user_class", _user_class(options.get(USER_CLASS, b"")))
    facts.add("dhcp.parameters", ",".join(map(str, options.get(PARAMETERS, b""))))
    facts.add("dhcp.client_id", _client_id(options.get(CLIENT_ID, b"")))
    requested = packed_host(options.get(REQUESTED, b""))
    facts.add("dhcp.requested_ip", str(requested) if requested else None)
    _read_vendor_classes(facts, options.get(VENDOR_CLASSES, b""))
    _read_vendor_information(facts, options.get(VENDOR_INFORMATION, b""))
    return facts


def _reply(message: Message, raw: bytes, options: dict[int, bytes]) -> tuple[Observation, ...]:
    """Read what a server says: of the client only what binds it, of itself that it serves."""
    kind = _kind(options)
    host = (packed_host(raw[16:20]) or packed_host(raw[12:16])) if kind == "ack" else None
    mac = _hardware_address(raw, options)
    facts = Facts()
    facts.add("dhcp.message_type", kind)
    facts.add("dhcp.address", str(host) if host else None)
    facts.add("dhcp.hostname", _text(options.get(HOSTNAME, b"")))
    facts.add("dhcp.fqdn", _fqdn(options.get(FQDN, b"")))
    client = facts.about(message, Subject(host=host, mac=mac)) if host or mac else ()
    return client + _server(message, raw, options)


def _server(message: Message, raw: bytes, options: dict[int, bytes]) -> tuple[Observation, ...]:
    """Say that the sender serves DHCP; of a relayed reply the sender may be the relay, and nothing is said."""
    host: IPAddress | None = packed_host(options.get(SERVER, b"")) or message.source.host
    if any(raw[24:28]) or host != message.source.host:
        return ()
    facts = Facts()
    facts.add("dhcp.server", "true")
    return facts.about(message)


def _kind(options: dict[int, bytes]) -> str:
    number = int.from_bytes(options.get(KIND, b"")[:1], "big")
    return KIND_NAMES[number] if number < len(KIND_NAMES) else str(number)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _fqdn(body: bytes) -> str:
    """Return the name of option 81: labels where the E flag is set, text where it is not (RFC 4702 section 2)."""
    if len(body) < 4:
        return ""
    return dns_name(body[3:]) if body[0] & 0x04 else _text(body[3:])


def dns_name(raw: bytes) -> str:
    """Return a name in DNS wire form without compression, dots between its labels; a cut name as far as it goes."""
    labels, at = [], 0
    while at < len(raw) and 0 < raw[at] < 64:
        labels.append(_text(raw[at + 1 : at + 1 + raw[at]]))
        at += 1 + raw[at]
    return ".".join(labels)


def _user_class(body: bytes) -> str:
    """Return the first user class; many clients send bare text without the length that RFC 3004 asks for."""
    if body and body[0] == len(body) - 1:
        return _text(body[1:])
    return _text(body)


def _client_id(body: bytes) -> str:
    """Return a client identifier: a MAC where it is one, text of type 0, otherwise hex (RFC 2132 section 9.14)."""
    if mac := _client_id_mac(body):
        return mac
    if len(body) > 1 and body[0] == 0 and body[1:].isascii() and _text(body[1:]).isprintable():
        return _text(body[1:])
    return body.hex()


def _read_vendor_classes(facts: Facts, body: bytes) -> None:
    """Read option 124: enterprise number, length, and class data that themselves carry lengths (RFC 3925)."""
    enterprise, data = int.from_bytes(body[:4], "big"), body[5 : 5 + body[4]] if len(body) > 4 else b""
    if data:
        facts.add("dhcp.enterprise", enterprise)
        facts.add("dhcp.vendor_class", _text(data[1 : 1 + data[0]]))


def _read_vendor_information(facts: Facts, body: bytes) -> None:
    """Read option 125 where it is the Broadband Forum's device identity: OUI, serial and product class."""
    if len(body) < 5 or int.from_bytes(body[:4], "big") != BROADBAND_FORUM:
        return
    for code, value in _split(body[5 : 5 + body[4]]):
        if key := DEVICE_IDENTITY.get(code):
            facts.add(key, _text(value))


PROTOCOL = Protocol(
    name="dhcp",
    title="DHCPv4",
    parse=parse,
    facts=(*CLIENT_FACTS, "dhcp.address", "dhcp.server"),
    udp_ports=frozenset({67, 68}),
)
