"""The capture as a whole: opening it, sending each packet the way its layers say, and what to count.

`open_capture` reads no further than it must to know that the file is a capture; iterating the `Capture` reads
the rest, once, and gives messages as they become complete. Afterwards `stats` says what was there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from scanner.capture import pcapng
from scanner.capture.ip import Datagram, Reassembly, read_v4, read_v6
from scanner.capture.layout import ETHERNET, LINK_NAMES, TCP, UDP, Boring, Packet
from scanner.capture.link import CDP, IPV4, IPV6, unwrap
from scanner.capture.pcap import MAGIC, PcapReader
from scanner.capture.pcapng import PcapngReader
from scanner.capture.said import Addresses, Sightings
from scanner.capture.source import Window, open_window
from scanner.capture.tally import Tally, utc
from scanner.capture.tcp import TcpReader
from scanner.capture.udp import UdpReader
from scanner.errors import CaptureError
from scanner.model import Endpoint, Message
from scanner.protocols import PROTOCOLS, Protocol

ICMPV6 = 58
NEIGHBOUR_DISCOVERY = range(133, 138)
"""ICMPv6 types of router and neighbour discovery and redirects (RFC 4861 section 4)."""
PLAIN_IP = b"\x08\x00"
"""The type field of IPv4 over Ethernet, nearly always: not worth a call."""
NOWHERE = Endpoint()
"""The source of a frame without addresses beyond its MAC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStats:
    """What was in a capture: packets, bytes of them, first and last time, damages as sentences.

    `dropped_streams` are TCP connections that had to leave memory before their end; `link_types` are names.
    """

    packets: int = 0
    bytes: int = 0
    first: datetime | None = None
    last: datetime | None = None
    damages: tuple[str, ...] = ()
    dropped_streams: int = 0
    link_types: tuple[str, ...] = ()


class Capture:
    """One capture, to be iterated once; `stats` is complete when the iteration is."""

    def __init__(self, window: Window, name: str, protocols: Sequence[Protocol] = PROTOCOLS) -> None:
        self.name = name
        self._window = window
        self._tally, self._boring, self._addresses = Tally(), Boring(), Addresses()
        self._reader = _reader(window, self._tally, self._boring, name)
        self._sightings = Sightings(self._addresses)
        self._reassembly = Reassembly()
        self._udp = UdpReader(protocols, self._addresses, self._boring)
        self._tcp = TcpReader(protocols, self._addresses, self._boring, self._tally)
        self._frames = _by_ethertype(protocols)
        self._ndp = next((p.name for p in protocols if p.name == "ndp"), None)

    def __iter__(self) -> Iterator[Message]:
        """Yield the messages of the capture, each when it is complete."""
        try:
            for packet in self._reader.packets():
                yield from self._packet(packet)
            yield from self._flush()
        finally:
            self._window.close()

    def close(self) -> None:
        """Close the file of a capture that is not going to be iterated to its end."""
        self._window.close()

    @property
    def stats(self) -> CaptureStats:
        """Return what has been counted so far."""
        tally = self._tally
        return CaptureStats(
            packets=tally.packets,
            bytes=tally.bytes,
            first=None if tally.first is None else utc(tally.first),
            last=None if tally.last is None else utc(tally.last),
            damages=tuple(tally.damages),
            dropped_streams=tally.dropped,
            link_types=tuple(
                dict.fromkeys(LINK_NAMES.get(link, f"link type {link}") for link in tally.links)
            ),
        )

    def _packet(self, packet: Packet) -> Sequence[Message]:
        """Return the messages that a packet completes, and the sighting of its sender."""
        time, link, data = packet
        if link == ETHERNET and data[12:14] == PLAIN_IP:
            ethertype, start, mac = IPV4, 14, data[6:12]
        else:
            ethertype, start, mac = unwrap(link, data)
        if ethertype == IPV4:
            datagram = read_v4(data, start)
        elif ethertype == IPV6:
            datagram = read_v6(data, start)
        else:
            return self._frame(time, mac, ethertype, data[start:])
        if datagram is None:
            return ()
        if datagram.offset or datagram.more:
            if self._reassembly.unwanted(datagram, self._boring.udp):
                return ()
            wholes = self._reassembly.add(datagram, time)
            said: Sequence[Message] = [one for whole in wholes for one in self._datagram(time, mac, whole)]
        else:
            said = self._datagram(time, mac, datagram)
        source = datagram.source
        if mac and (seen := self._sightings.look(time, mac, source if any(source) else b"")):
            return (seen, *said)
        return said

    def _datagram(self, time: int, mac: bytes, datagram: Datagram) -> Sequence[Message]:
        if datagram.protocol == TCP:
            return self._tcp.read(time, mac, datagram)
        if datagram.protocol == UDP:
            message = self._udp.read(time, mac, datagram)
        elif datagram.protocol == ICMPV6 and self._ndp and datagram.payload[:1]:
            message = self._discovery(time, mac, datagram)
        else:
            return ()
        return (message,) if message else ()

    def _discovery(self, time: int, mac: bytes, datagram: Datagram) -> Message | None:
        """Return a neighbour discovery packet as a message: these are to IPv6 what ARP is to IPv4."""
        if datagram.payload[0] not in NEIGHBOUR_DISCOVERY or len(datagram.source) != 16:
            return None
        host = self._addresses.host
        return Message(
            time=utc(time),
            protocol="ndp",
            source=Endpoint(host=host(datagram.source)),
            destination=Endpoint(host=host(datagram.destination)),
            mac=self._addresses.mac(mac),
            payload=datagram.payload,
        )

    def _frame(self, time: int, mac: bytes, ethertype: int, payload: bytes) -> Sequence[Message]:
        """Return the messages of a frame without IP."""
        said = []
        if mac and (seen := self._sightings.look(time, mac, b"")):
            said.append(seen)
        for protocol in self._frames.get(ethertype, ()) if payload else ():
            if protocol.recognise is None or protocol.recognise(payload):
                sender = self._addresses.mac(mac)
                said.append(
                    Message(
                        time=utc(time), protocol=protocol.name, source=NOWHERE, mac=sender, payload=payload
                    )
                )
                break
        return said

    def _flush(self) -> Iterator[Message]:
        time = self._tally.last or 0
        for datagram in self._reassembly.flush():
            yield from self._datagram(time, b"", datagram)
        yield from self._tcp.flush()


def open_capture(source: Path | BinaryIO, *, name: str = "") -> Capture:
    """Open a pcap or pcapng capture, plain or compressed with gzip or zstd, from a path or a binary stream.

    `name` is what messages call it. Raises CaptureError, one sentence, where the source is missing, empty, or
    no capture. What is damaged further on is no error: it is a sentence in `stats.damages`.
    """
    name = name or str(getattr(source, "name", source))
    window = open_window(source, name)
    try:
        return Capture(window, name)
    except CaptureError:
        window.close()
        raise


def _reader(window: Window, tally: Tally, boring: Boring, name: str) -> PcapReader | PcapngReader:
    while len(window.buffer) < 4 and window.slide(0):
        pass
    magic = window.buffer[:4]
    if magic in MAGIC:
        return PcapReader(window, tally, boring, name)
    if magic == pcapng.MAGIC:
        return PcapngReader(window, tally, boring, name)
    if window.damage:
        raise CaptureError(f"{name}: {window.damage}")
    raise CaptureError(
        f"{name}: is not a packet capture (pcap or pcapng, plain or compressed with gzip or zstd)"
    )


def _by_ethertype(protocols: Sequence[Protocol]) -> dict[int, list[Protocol]]:
    frames: dict[int, list[Protocol]] = {}
    for protocol in protocols:
        for ethertype in protocol.ethertypes | ({CDP} if protocol.name == "cdp" else frozenset()):
            frames.setdefault(ethertype, []).append(protocol)
    return frames
