"""Messages → frames → a capture file: what replay reads, written the other way round.

Layers are built as bytes by small functions, outermost last; datagrams larger than the MTU are fragmented as a
sender would (RFC 791, RFC 8200), streams get a handshake, segments of the MSS and a close. The result is read
by any capture tool: checksums are right.
"""

import struct
from collections.abc import Iterable, Iterator
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from types import TracebackType
from typing import BinaryIO, Self

from scanner.model import IPAddress, Message

MTU = 1500
BROADCAST = "ff:ff:ff:ff:ff:ff"
ASKER_MAC = "02:00:00:00:00:fe"
"""The MAC of whoever asks, locally administered: it is nobody's."""
LINK_ETHERNET = 1

ETHERTYPES = {"arp": 0x0806, "lldp": 0x88CC, "sadp": 0x8033}
GROUP_MACS = {"lldp": "01:80:c2:00:00:0e", "cdp": "01:00:0c:cc:cc:cc"}
_UDP, _TCP, _ICMPV6 = 17, 6, 58
_FIN, _SYN, _PSH, _ACK = 1, 2, 8, 16


class PcapWriter:
    """Writes frames to a pcap file with microseconds (the classic format, which everything reads)."""

    def __init__(self, file: BinaryIO, link_type: int = LINK_ETHERNET) -> None:
        self._file = file
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type))

    def add(self, time: datetime, frame: bytes, original: int | None = None) -> None:
        """Append one frame; `original` is its length on the wire where it was cut."""
        seconds = int(time.timestamp())
        self._file.write(
            struct.pack("<IIII", seconds, time.microsecond, len(frame), original or len(frame)) + frame
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.flush()


def mac_bytes(mac: str) -> bytes:
    """Return a MAC address as its six bytes."""
    return bytes.fromhex(mac.replace(":", ""))


def ethernet(source: str, destination: str, ethertype: int, body: bytes, vlans: Iterable[int] = ()) -> bytes:
    """Return an Ethernet II frame, padded to the minimum; `vlans` are 802.1Q ids, outermost first."""
    tags = b"".join(struct.pack("!HH", 0x8100, vlan) for vlan in vlans)
    frame = mac_bytes(destination) + mac_bytes(source) + tags + struct.pack("!H", ethertype) + body
    return frame.ljust(60, b"\0")


def checksum(data: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packets(
    source: IPAddress, destination: IPAddress, protocol: int, body: bytes, *, ident: int = 1, mtu: int = MTU
) -> list[bytes]:
    """Return the IP packets that carry a body: one, or as many fragments as the MTU asks for."""
    if isinstance(source, IPv4Address):
        return _packets4(source, destination, protocol, body, ident, mtu)
    return _packets6(source, destination, protocol, body, ident, mtu)


def _packets4(
    source: IPAddress, destination: IPAddress, protocol: int, body: bytes, ident: int, mtu: int
) -> list[bytes]:
    step = (mtu - 20) // 8 * 8 if len(body) > mtu - 20 else len(body)
    starts = range(0, max(len(body), 1), max(step, 1))
    return [
        _header4(
            source,
            destination,
            protocol,
            body[start : start + step],
            ident,
            start // 8 | (0x2000 if start + step < len(body) else 0),
        )
        for start in starts
    ]


def _header4(
    source: IPAddress, destination: IPAddress, protocol: int, part: bytes, ident: int, fragment: int
) -> bytes:
    head = struct.pack(
        "!BBHHHBBH4s4s",
        0x45,
        0,
        20 + len(part),
        ident & 0xFFFF,
        fragment,
        64,
        protocol,
        0,
        source.packed,
        destination.packed,
    )
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + part


def _packets6(
    source: IPAddress, destination: IPAddress, protocol: int, body: bytes, ident: int, mtu: int
) -> list[bytes]:
    if len(body) <= mtu - 40:
        return [_header6(source, destination, protocol, body)]
    step = (mtu - 48) // 8 * 8
    found = []
    for start in range(0, len(body), step):
        more = int(start + step < len(body))
        extension = struct.pack("!BBHI", protocol, 0, start | more, ident)
        found.append(_header6(source, destination, 44, extension + body[start : start + step]))
    return found


def _header6(source: IPAddress, destination: IPAddress, protocol: int, body: bytes) -> bytes:
    return (
        struct.pack("!IHBB", 0x60000000, len(body), protocol, 255) + source.packed + destination.packed + body
    )


def _pseudo(source: IPAddress, destination: IPAddress, protocol: int, length: int) -> bytes:
    if isinstance(source, IPv6Address):
        return source.packed + destination.packed + struct.pack("!II", length, protocol)
    return source.packed + destination.packed + struct.pack("!BBH", 0, protocol, length)


def udp(source: IPAddress, destination: IPAddress, ports: tuple[int, int], payload: bytes) -> bytes:
    """Return a UDP datagram with its checksum (RFC 768)."""
    head = struct.pack("!HHHH", *ports, 8 + len(payload), 0)
    total = checksum(_pseudo(source, destination, _UDP, 8 + len(payload)) + head + payload) or 0xFFFF
    return head[:6] + struct.pack("!H", total) + payload


def tcp(
    source: IPAddress,
    destination: IPAddress,
    ports: tuple[int, int],
    numbers: tuple[int, int],
    flags: int,
    payload: bytes = b"",
) -> bytes:
    """Return a TCP segment with its checksum (RFC 9293); `numbers` are sequence and acknowledgement."""
    head = struct.pack(
        "!HHIIBBHHH", *ports, numbers[0] & 0xFFFFFFFF, numbers[1] & 0xFFFFFFFF, 5 << 4, flags, 65535, 0, 0
    )
    total = checksum(_pseudo(source, destination, _TCP, 20 + len(payload)) + head + payload)
    return head[:16] + struct.pack("!H", total) + head[18:] + payload


def icmpv6(source: IPAddress, destination: IPAddress, body: bytes) -> bytes:
    """Return an ICMPv6 message with its checksum filled in (RFC 4443)."""
    blank = body[:2] + b"\0\0" + body[4:]
    return (
        body[:2]
        + struct.pack("!H", checksum(_pseudo(source, destination, _ICMPV6, len(body)) + blank))
        + body[4:]
    )


def stream(
    source: IPAddress,
    destination: IPAddress,
    ports: tuple[int, int],
    turns: Iterable[tuple[bool, bytes]],
    mss: int = 1460,
) -> Iterator[tuple[bool, bytes]]:
    """Give the segments of a connection as (sent by the client, segment): handshake, turns, close.

    `ports` are the client's and the server's; a turn is (said by the client, bytes).
    """
    sequence = {True: 1000, False: 900000}

    def segment(client: bool, flags: int, payload: bytes = b"") -> tuple[bool, bytes]:
        ends = (source, destination) if client else (destination, source)
        both = ports if client else (ports[1], ports[0])
        made = tcp(
            *ends, both, (sequence[client], sequence[not client] if flags & _ACK else 0), flags, payload
        )
        sequence[client] += len(payload) + bool(flags & (_SYN | _FIN))
        return client, made

    yield segment(True, _SYN)
    yield segment(False, _SYN | _ACK)
    yield segment(True, _ACK)
    for client, payload in turns:
        for start in range(0, len(payload), mss):
            yield segment(client, _PSH | _ACK, payload[start : start + mss])
    yield segment(False, _FIN | _ACK)
    yield segment(True, _FIN | _ACK)


def frames_of(
    message: Message, *, vlans: tuple[int, ...] = (), mtu: int = MTU, ident: int = 1
) -> list[bytes]:
    """Return the Ethernet frames that carried a message, with the question before it where one is known."""
    from scanner.protocols import by_name

    mac = message.mac or "02:00:00:00:00:01"
    if message.protocol == "cdp":
        body = (
            struct.pack("!H", 8 + len(message.payload))
            + b"\xaa\xaa\x03\x00\x00\x0c\x20\x00"
            + message.payload
        )
        return [(mac_bytes(GROUP_MACS["cdp"]) + mac_bytes(mac) + body).ljust(60, b"\0")]
    if message.protocol in {"arp", "lldp"} or (
        message.protocol == "sadp" and message.payload[:2] == b"\x21\x02"
    ):
        return [
            ethernet(
                mac,
                GROUP_MACS.get(message.protocol, BROADCAST),
                ETHERTYPES[message.protocol],
                message.payload,
                vlans,
            )
        ]
    if by_name[message.protocol].tcp:
        return _stream_frames(message, mac, vlans, mtu)
    return _datagram_frames(message, mac, vlans, mtu, ident)


def _ends(message: Message) -> tuple[IPAddress, IPAddress, int, int]:
    if message.source.host is None or message.destination.host is None:
        raise ValueError("a message without addresses has no packets")
    return (
        message.source.host,
        message.destination.host,
        message.source.port or 0,
        message.destination.port or 0,
    )


def _wrap(
    source: str, destination: str, host: IPAddress, body: Iterable[bytes], vlans: tuple[int, ...]
) -> list[bytes]:
    ethertype = 0x0800 if host.version == 4 else 0x86DD
    return [ethernet(source, destination, ethertype, packet, vlans) for packet in body]


def _datagram_frames(message: Message, mac: str, vlans: tuple[int, ...], mtu: int, ident: int) -> list[bytes]:
    source, destination, sport, dport = _ends(message)
    to = group_mac(destination) or ASKER_MAC
    if message.protocol == "ndp":
        return _wrap(
            mac,
            to,
            source,
            packets(source, destination, _ICMPV6, icmpv6(source, destination, message.payload)),
            vlans,
        )
    frames = []
    if message.request:
        asked = udp(destination, source, (dport, sport), message.request)
        frames = _wrap(ASKER_MAC, mac, source, packets(destination, source, _UDP, asked, mtu=mtu), vlans)
    body = udp(source, destination, (sport, dport), message.payload)
    return frames + _wrap(
        mac, to, source, packets(source, destination, _UDP, body, ident=ident, mtu=mtu), vlans
    )


def _stream_frames(message: Message, mac: str, vlans: tuple[int, ...], mtu: int) -> list[bytes]:
    server, client, sport, cport = _ends(message)
    turns = (
        [(True, message.request), (False, message.payload)] if message.request else [(False, message.payload)]
    )
    frames = []
    for from_client, segment in stream(
        client, server, (cport, sport), turns, mss=mtu - (40 if server.version == 4 else 60)
    ):
        ends, hosts = (
            ((ASKER_MAC, mac), (client, server)) if from_client else ((mac, ASKER_MAC), (server, client))
        )
        frames += _wrap(*ends, server, packets(*hosts, _TCP, segment, mtu=mtu), vlans)
    return frames


def group_mac(host: IPAddress) -> str | None:
    """Return the MAC of a multicast group or of broadcast (RFC 1112, RFC 2464), None for one host's address."""
    if host == IPv4Address("255.255.255.255"):
        return BROADCAST
    if not host.is_multicast:
        return None
    if host.version == 4:
        return (b"\x01\x00\x5e" + bytes([host.packed[1] & 0x7F]) + host.packed[2:]).hex(":")
    return (b"\x33\x33" + host.packed[12:]).hex(":")
