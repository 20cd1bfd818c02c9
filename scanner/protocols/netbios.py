"""NetBIOS name service and browser announcements → names of Windows and Samba hosts.

Port 137 carries names: a host that registers, refreshes or releases one speaks of itself, as does one that
answers for it or lists its whole table; a query says nothing about its asker. Names are written as `nbtstat`
does, with the suffix that tells what they are for: "NAS<20>". Port 138 carries datagrams; the host announcements
among them tell version, kind of server and a comment.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from scanner.model import IPAddress, Message, Observation, Subject
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text

DATAGRAM_PORT = 138
HEADER = 12
MAX_RECORDS = 16
MAX_NAMES = 64
ENCODED_NAME = 32
GROUP_FLAG = 0x8000
TYPE_NB, TYPE_NBSTAT = 0x20, 0x21
QUERY, REGISTRATION, RELEASE, REFRESHES = 0, 5, 6, (8, 9, 15)
"""Operation codes; 9 is what some stacks refresh with, 15 a registration of a host with several addresses."""
WILDCARD = "*"
QUESTION = (
    bytes.fromhex("6363 0000 0001 0000 0000 0000 20") + b"CK" + b"A" * 30 + bytes.fromhex("00 0021 0001")
)
"""A node status request for the wildcard name (RFC 1002, section 4.2.17): whoever is asked lists its names."""

DIRECT_DATAGRAMS = (0x10, 0x11, 0x12)
DATAGRAM_HEADER = 14
SMB_HEADER = 32
SMB_TRANSACTION = b"\xffSMB\x25"
MAILSLOT = b"\\MAILSLOT\\BROWSE"
HOST_ANNOUNCEMENT, DOMAIN_ANNOUNCEMENT, LOCAL_MASTER = 1, 12, 15
ANNOUNCEMENT_FIXED = 32
SERVER_TYPES = {
    0x00000001: "workstation",
    0x00000002: "server",
    0x00000004: "sql-server",
    0x00000008: "domain-controller",
    0x00000010: "backup-domain-controller",
    0x00000020: "time-source",
    0x00000040: "afp",
    0x00000080: "novell",
    0x00000100: "domain-member",
    0x00000200: "print-queue",
    0x00000400: "dial-in",
    0x00000800: "unix",
    0x00001000: "windows-nt",
    0x00002000: "windows-for-workgroups",
    0x00008000: "windows-nt-server",
    0x00010000: "potential-browser",
    0x00020000: "backup-browser",
    0x00040000: "master-browser",
    0x00080000: "domain-master-browser",
    0x00400000: "windows-95",
    0x04000000: "terminal-server",
}
"""Bits of the server type of an announcement ([MS-BRWS] section 2.2.1, after [MS-SRVS] section 2.2.2.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Record:
    """One resource record: its name, type and data."""

    name: str
    kind: int
    data: bytes


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one datagram of either service: one observation about the host whose names it holds.

    Source: RFC 1001 and 1002 (names and datagrams), [MS-BRWS] section 2.2 (announcements).
    """
    if DATAGRAM_PORT in (message.source.port, message.destination.port):
        return _datagram(message)
    return _name_service(message)


def _name_service(message: Message) -> tuple[Observation, ...]:
    raw = message.payload
    if len(raw) < HEADER:
        return ()
    flags = int.from_bytes(raw[2:4], "big")
    response, operation = bool(flags & 0x8000), flags >> 11 & 0xF
    if response and operation == QUERY:
        return _answer(message, list(_records(raw)))
    if not response and operation in (REGISTRATION, RELEASE, *REFRESHES):
        return _claim(message, list(_records(raw)))
    if not response and operation == QUERY:
        return _questions(raw).about(message)
    return ()


def _questions(raw: bytes) -> Facts:
    """Keep the names that are asked for; a wildcard asks for whatever the other has."""
    facts = Facts()
    at = HEADER
    for _ in range(min(int.from_bytes(raw[4:6], "big"), MAX_RECORDS)):
        name, at = _name(raw, at)
        if name is None:
            break
        facts.add("netbios.query", name if not name.startswith(WILDCARD) else None)
        at += 4
    return facts


def _records(raw: bytes) -> Iterator[_Record]:
    """Yield the resource records of all sections that are whole."""
    counts = [int.from_bytes(raw[at : at + 2], "big") for at in (4, 6, 8, 10)]
    at = HEADER
    for _ in range(min(counts[0], MAX_RECORDS)):
        name, at = _name(raw, at)
        if name is None:
            return
        at += 4
    for _ in range(min(sum(counts[1:]), MAX_RECORDS)):
        name, at = _name(raw, at)
        if name is None or at + 10 > len(raw):
            return
        length = int.from_bytes(raw[at + 8 : at + 10], "big")
        data = raw[at + 10 : at + 10 + length]
        yield _Record(name=name, kind=int.from_bytes(raw[at : at + 2], "big"), data=data)
        at += 10 + length


def _name(raw: bytes, at: int, *, follow: bool = True) -> tuple[str | None, int]:
    """Return the name at an offset and where it ends; one pointer is followed, as registrations use one."""
    if at + 2 <= len(raw) and raw[at] >= 0xC0:
        target = int.from_bytes(raw[at : at + 2], "big") & 0x3FFF
        return (_name(raw, target, follow=False)[0] if follow else None), at + 2
    if at >= len(raw) or raw[at] != ENCODED_NAME or at + 1 + ENCODED_NAME > len(raw):
        return None, at
    name = _decode(raw[at + 1 : at + 1 + ENCODED_NAME])
    at += 1 + ENCODED_NAME
    while at < len(raw) and 0 < raw[at] < 64:  # the scope, which nobody uses
        at += 1 + raw[at]
    return name, at + 1


def _decode(encoded: bytes) -> str | None:
    """Return the name behind 32 letters, two for each byte: "A" plus the half byte (RFC 1001 section 14.1)."""
    if any(not 0x41 <= letter <= 0x50 for letter in encoded):
        return None
    halves = [letter - 0x41 for letter in encoded]
    return _written(bytes(high << 4 | low for high, low in zip(halves[::2], halves[1::2], strict=True)))


def _written(name: bytes) -> str:
    """Return 15 bytes of name and one of suffix as people write them; old code pages are read as Latin-1."""
    text = name[:15].rstrip(b" \0").decode("latin-1")
    return f"{text}<{name[15]:02x}>"


def _add_name(facts: Facts, name: str, flags: int) -> None:
    facts.add("netbios.group" if flags & GROUP_FLAG else "netbios.name", name)


def _claim(message: Message, records: list[_Record]) -> tuple[Observation, ...]:
    """Read names that the sender registers, refreshes or gives up."""
    facts = Facts()
    for record in records:
        if record.kind == TYPE_NB and len(record.data) >= 2:
            _add_name(facts, record.name, int.from_bytes(record.data[:2], "big"))
    return facts.about(message)


def _answer(message: Message, records: list[_Record]) -> tuple[Observation, ...]:
    """Read a positive answer: the owner's table of names, or the address of the name that was asked for."""
    facts = Facts()
    subject = None
    for record in records:
        if record.kind == TYPE_NBSTAT:
            mac = _read_table(facts, record.data)
            subject = Subject(host=message.source.host, mac=mac or message.mac)
        elif record.kind == TYPE_NB and len(record.data) >= 6:
            _add_name(facts, record.name, int.from_bytes(record.data[:2], "big"))
            subject = _owner(message, record.data)
    return facts.about(message, subject)


def _owner(message: Message, data: bytes) -> Subject | None:
    """Return the host whose name it is: a name server answers for others, and then names their address."""
    flags, addresses = int.from_bytes(data[:2], "big"), [packed_host(data[2:6])]
    addresses += [packed_host(data[at + 2 : at + 6]) for at in range(6, len(data) - 5, 6)]
    usable: list[IPAddress] = [address for address in addresses[:MAX_RECORDS] if address]
    if flags & GROUP_FLAG or not usable or message.source.host in usable:
        return None
    return Subject(host=usable[0])


def _read_table(facts: Facts, data: bytes) -> str | None:
    """Read the answer to a node status request; return the adapter's MAC, which Samba leaves zero."""
    count = data[0] if data else 0
    for at in range(1, min(1 + 18 * min(count, MAX_NAMES), len(data) - 17), 18):
        _add_name(facts, _written(data[at : at + 16]), int.from_bytes(data[at + 16 : at + 18], "big"))
    mac = mac_text(data[1 + 18 * count : 7 + 18 * count])
    facts.add("netbios.mac", mac)
    return mac


def _datagram(message: Message) -> tuple[Observation, ...]:
    """Read a datagram: its source name, and an announcement to the browser mailslot."""
    raw = message.payload
    if len(raw) < DATAGRAM_HEADER or raw[0] not in DIRECT_DATAGRAMS:
        return ()
    source, at = _name(raw, DATAGRAM_HEADER)
    _destination, at = _name(raw, at)
    if source is None:
        return ()
    facts = Facts()
    facts.add("netbios.name", source)
    _read_announcement(facts, _mailslot(raw[at:]))
    stated = packed_host(raw[4:8])
    if stated and stated != message.source.host:
        return facts.about(message, Subject(host=stated))
    return facts.about(message)


def _mailslot(smb: bytes) -> bytes:
    """Return what an SMB transaction writes to the browser mailslot, or nothing."""
    if not smb.startswith(SMB_TRANSACTION) or MAILSLOT not in smb[:256].upper():
        return b""
    words = smb[SMB_HEADER + 1 :]
    length, offset = int.from_bytes(words[22:24], "little"), int.from_bytes(words[24:26], "little")
    return smb[offset : offset + length]


def _read_announcement(facts: Facts, data: bytes) -> None:
    if len(data) < ANNOUNCEMENT_FIXED:
        return
    name = data[6:22].partition(b"\0")[0].decode("latin-1")
    comment = data[ANNOUNCEMENT_FIXED:].partition(b"\0")[0].decode("latin-1")
    if data[0] == DOMAIN_ANNOUNCEMENT:
        facts.add("netbios.domain", name)
        return
    if data[0] not in (HOST_ANNOUNCEMENT, LOCAL_MASTER):
        return
    facts.add("netbios.host", name)
    facts.add("netbios.os", f"{data[22]}.{data[23]}")
    kinds = int.from_bytes(data[24:28], "little")
    for bit, kind in SERVER_TYPES.items():
        if kinds & bit:
            facts.add("netbios.server_type", kind)
    facts.add("netbios.comment", comment)


PROTOCOL = Protocol(
    name="netbios",
    title="NetBIOS names and browser announcements",
    parse=parse,
    facts=(
        "netbios.name",
        "netbios.group",
        "netbios.query",
        "netbios.mac",
        "netbios.host",
        "netbios.domain",
        "netbios.os",
        "netbios.server_type",
        "netbios.comment",
    ),
    udp_ports=frozenset({137, 138}),
)
