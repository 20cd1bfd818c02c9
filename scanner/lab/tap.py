"""What really passed on a cable: packets of an interface, counted by connection or written to a capture file.

A tap sees what the devices' own servers cannot: refusals by the kernel, and the very order of things. It reads
whole frames from a packet socket that was opened inside the namespace at whose cable it sits.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from scanner.capture.writer import PcapWriter
from scanner.lab.namespaces import inside

_ALL = 0x0003
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_ASKING = frozenset({socket.IPPROTO_TCP, socket.IPPROTO_UDP})
"""What counts as sent by a scanner: neighbour discovery and the kernel's ICMP are the link's own business."""
_BUFFER = 16 << 20
Address = IPv4Address | IPv6Address
Flow = tuple[Address, int, int]
"""A connection to a device: its address, its port, the asker's port."""


class Tap:
    """Reads every frame at an interface and hands it on; to be used inside a running event loop."""

    def __init__(self, namespace: int, interface: str, take: Callable[[bytes], None]) -> None:
        with inside(namespace):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.bind((interface, _ALL))
        self._take = take
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._readable)

    def _readable(self) -> None:
        with suppress(OSError):  # nothing more to read, or the cable was pulled
            for _ in range(512):
                self._take(self._socket.recv(65535))

    def close(self) -> None:
        """Take what has arrived, then stop."""
        self._readable()
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()


class PcapTap(Tap):
    """A tap that writes everything to a capture file."""

    def __init__(self, namespace: int, interface: str, path: Path) -> None:
        self._file = path.open("wb")
        self._writer = PcapWriter(self._file)
        super().__init__(namespace, interface, lambda frame: self._writer.add(datetime.now(UTC), frame))

    def close(self) -> None:
        """Stop and close the file."""
        super().close()
        self._file.close()


@dataclass(slots=True)
class Traffic:
    """What a scanner did to each address, counted from the packets on its cable.

    A connection is open from the device's SYN-ACK to the scanner's FIN or anybody's RST. `sent` counts the
    TCP and UDP packets to an address, `together` the most connections that were open at the same time to a
    device, by the address that `owners` gives for all of its addresses.
    """

    scanner: frozenset[Address]
    owners: Mapping[Address, Address] = field(default_factory=dict)
    connections: Counter[Address] = field(default_factory=Counter)
    together: Counter[Address] = field(default_factory=Counter)
    sent: Counter[Address] = field(default_factory=Counter)
    packets: int = 0
    _open: dict[Address, set[Flow]] = field(default_factory=dict)

    def take(self, frame: bytes) -> None:
        """Count one Ethernet frame."""
        packet = _packet(frame)
        if packet is None:
            return
        source, destination, transport, body = packet
        if source in self.scanner and transport in _ASKING:
            self.packets += 1
            self.sent[destination] += 1
        if transport == socket.IPPROTO_TCP and len(body) >= 20:
            ports, flags = struct.unpack_from("!HH", body), body[13]
            if destination in self.scanner:
                self._from_device((source, ports[0], ports[1]), flags)
            elif source in self.scanner and flags & (_FIN | _RST):
                self._closed((destination, ports[1], ports[0]))

    def _from_device(self, flow: Flow, flags: int) -> None:
        host = flow[0]
        owner = self.owners.get(host, host)
        flows = self._open.setdefault(owner, set())
        if flags & _RST:
            self._closed(flow)
        elif flags & _SYN and flags & _ACK and flow not in flows:
            flows.add(flow)
            self.connections[host] += 1
            self.together[owner] = max(self.together[owner], len(flows))

    def _closed(self, flow: Flow) -> None:
        self._open.get(self.owners.get(flow[0], flow[0]), set()).discard(flow)


def _packet(frame: bytes) -> tuple[Address, Address, int, bytes] | None:
    """Return source, destination, transport and body of an unfragmented IP packet in a frame."""
    ethertype = frame[12:14]
    if ethertype == b"\x08\x00" and len(frame) >= 34:
        start = 14 + (frame[14] & 15) * 4
        return ip_address(frame[26:30]), ip_address(frame[30:34]), frame[23], frame[start:]
    if ethertype == b"\x86\xdd" and len(frame) >= 54:
        return ip_address(frame[22:38]), ip_address(frame[38:54]), frame[20], frame[54:]
    return None
