"""pcapng files (draft-ietf-opsawg-pcapng) to packets, passing over those of boring flows.

The file is blocks: section header, interfaces, packets. An enhanced packet block of the interface that the
last looked-at packet came from is read as in `pcap`, by one `unpack_from`; every other block goes through
`_block`. Sections may differ in byte order, interfaces in link type and in the unit of time.
"""

import struct
from collections.abc import Callable, Iterator
from struct import Struct
from typing import Literal, NamedTuple

from scanner.capture.layout import NO_LAYOUT, SYN, TCP, UDP, Boring, Packet, layout_for
from scanner.capture.pcap import MAX_PACKET
from scanner.capture.source import Window
from scanner.capture.tally import NANO, Tally
from scanner.errors import CaptureError

SECTION, INTERFACE, OLD_PACKET, SIMPLE, ENHANCED = 0x0A0D0D0A, 1, 2, 3, 6
MAGIC = b"\x0a\x0d\x0d\x0a"
ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
SMALLEST = 12
"""Bytes of a block without a body: type, length, length."""
LONGEST = 1 << 24
"""Bytes of a block that is held whole; longer ones hold no packet and are passed over."""
RECORD = 28
"""Bytes of an enhanced packet block before the packet."""
MAX_INTERFACES = 4096
TSRESOL, TSOFFSET = 9, 14


class Interface(NamedTuple):
    """One interface of a section: link type, bytes kept of a packet, the unit and origin of its clock."""

    link: int
    snaplen: int
    per_second: int
    offset: int


class PcapngReader:
    """The packets of one pcapng file."""

    def __init__(self, window: Window, tally: Tally, boring: Boring, name: str) -> None:
        self._window, self._tally, self._boring = window, tally, boring
        self._interfaces: list[Interface] = []
        self._order, self._time, self._fast = "<", 0, -1
        while len(window.buffer) < SMALLEST and window.slide(0):
            pass
        if len(window.buffer) < SMALLEST or window.buffer[8:12] not in ORDERS:
            raise CaptureError(f"{name}: stops before its first packet")

    def packets(self) -> Iterator[Packet]:
        """Yield the packets that are not known to be boring; ends at the end or at the first damage."""
        window, tally = self._window, self._tally
        udp, tcp = self._boring.udp, self._boring.tcp
        layout, position = NO_LAYOUT, 0
        while True:
            unpack = Struct(f"{self._order}III8xI4x{layout.fields}").unpack_from
            clock = Struct(self._order + "II").unpack_from
            size, mask = layout.size, layout.mask(self._order)
            buffer, fast = window.buffer, self._fast
            total = len(buffer)
            safe = total - RECORD - size
            latest, kept, captured, passed, slow, data = -1, 0, 0, 0, 0, b""
            while position <= safe:
                block, length, interface, kept, fragment, protocol, key, flags = unpack(buffer, position)
                if block != ENHANCED or interface != fast or length < kept + 32:
                    break
                if (key in udp and protocol == UDP and not fragment & mask) or (
                    key in tcp and protocol == TCP and not fragment & mask and not flags & SYN
                ):
                    latest = position
                    position += length
                    captured += kept
                    passed += 1
                    continue
                end = position + length
                if end > total or kept > MAX_PACKET or not kept or length & 3:
                    break
                high, low = clock(buffer, position + 12)
                data = buffer[position + RECORD : position + RECORD + kept]
                position = end
                captured += kept
                slow += 1
                yield self._stamp(fast, high, low), self._interfaces[fast].link, data
            if passed:
                self._stamp(fast, *clock(buffer, latest + 12))
                if position > total:  # the last one goes on beyond the buffer, or its length is nonsense
                    position, passed, captured = latest, passed - 1, captured - kept
            tally.packets += passed + slow
            tally.bytes += captured
            if slow > passed:
                layout = layout_for(self._interfaces[fast].link, data) or layout
            short = self._block(position)
            if short is None:
                return
            packet, position = short
            if packet:
                yield packet

    def _block(self, position: int) -> tuple[Packet | None, int] | None:
        """Read the one block that the loop stopped at, with more of the file where that is needed.

        Returns its packet (None if it holds none) and the next position in the window; None at the end.
        """
        window = self._window
        while True:
            left = len(window.buffer) - position
            if left >= SMALLEST:
                kind, length = self._measure(position)
                if length < SMALLEST or length & 3 or (length > LONGEST and kind in _READ):
                    self._broken(position)
                    return None
                if length > LONGEST:
                    return None, position + length
                if left >= length:
                    return self._read(kind, position, length)
            if not window.slide(position):
                self._ended(left)
                return None
            position = 0

    def _measure(self, position: int) -> tuple[int, int]:
        """Return a block's type and length; a section header first says in which byte order."""
        buffer = self._window.buffer
        if buffer[position : position + 4] == MAGIC:
            order = ORDERS.get(buffer[position + 8 : position + 12])
            if order is None:
                return SECTION, 0
            self._order = order
            self._interfaces.clear()
            self._fast = -1
        kind, length = Struct(self._order + "II").unpack_from(buffer, position)
        return kind, length

    def _read(self, kind: int, position: int, length: int) -> tuple[Packet | None, int]:
        body = self._window.buffer[position + 8 : position + length - 4]
        reader = _READ.get(kind)
        try:
            packet = reader(self, body) if reader else None
        except (struct.error, IndexError):
            packet = None
            self._tally.damage(
                f"the block at byte {self._window.start + position} could not be read and was skipped"
            )
        return packet, position + length

    def _read_interface(self, body: bytes) -> None:
        link, _, snaplen = Struct(self._order + "HHI").unpack_from(body)
        options = self._options(body[8:])
        resolution = options.get(TSRESOL, b"\x06")[:1] or b"\x06"
        power = resolution[0] & 0x7F
        # the high bit chooses between negative powers of 2 and of 10
        per_second = 2**power if resolution[0] & 0x80 else 10 ** min(power, 38)
        offset = int.from_bytes(options.get(TSOFFSET, b"")[:8], _WORDS[self._order], signed=True)
        if len(self._interfaces) < MAX_INTERFACES:
            self._interfaces.append(Interface(link, snaplen, per_second, offset))
            self._tally.link(link)

    def _options(self, data: bytes) -> dict[int, bytes]:
        """Read the list of options that ends a block; the first of each code counts."""
        options: dict[int, bytes] = {}
        code_length, at = Struct(self._order + "HH"), 0
        while at + 4 <= len(data):
            code, size = code_length.unpack_from(data, at)
            if not code:
                break
            options.setdefault(code, data[at + 4 : at + 4 + size])
            at += 4 + (size + 3 & ~3)
        return options

    def _read_enhanced(self, body: bytes) -> Packet | None:
        interface, high, low, kept, _ = Struct(self._order + "IIIII").unpack_from(body)
        self._fast = interface if interface < len(self._interfaces) else -1
        return self._packet(interface, high, low, body[20 : 20 + kept])

    def _read_old(self, body: bytes) -> Packet | None:
        interface, _, high, low, kept, _ = Struct(self._order + "HHIIII").unpack_from(body)
        return self._packet(interface, high, low, body[20 : 20 + kept])

    def _read_simple(self, body: bytes) -> Packet | None:
        """Read a packet without time or interface: it belongs to the first one, and to the time before it."""
        (size,) = Struct(self._order + "I").unpack_from(body)
        interface = self._interfaces[0]
        data = body[4 : 4 + min(size, interface.snaplen or size)]
        self._tally.packets += 1
        self._tally.bytes += len(data)
        return (self._time, interface.link, data) if data else None

    def _packet(self, interface: int, high: int, low: int, data: bytes) -> Packet | None:
        link = self._interfaces[interface].link
        self._tally.packets += 1
        self._tally.bytes += len(data)
        time = self._stamp(interface, high, low)
        return (time, link, data) if data else None

    def _stamp(self, interface: int, high: int, low: int) -> int:
        """Return the time of a packet in nanoseconds since 1970, and count it."""
        _, _, per_second, offset = self._interfaces[interface]
        self._time = (high << 32 | low) * NANO // per_second + offset * NANO
        self._tally.saw(self._time)
        return self._time

    def _broken(self, position: int) -> None:
        where = self._window.start + position
        self._tally.damage(
            f"the block at byte {where} has an impossible length: the rest of the file was not read"
        )

    def _ended(self, left: int) -> None:
        if self._window.damage:
            self._tally.damage(self._window.damage)
        elif left:
            self._tally.damage("the file stops in the middle of a block; all packets before it were read")


_WORDS: dict[str, Literal["little", "big"]] = {"<": "little", ">": "big"}
_READ: dict[int, Callable[[PcapngReader, bytes], Packet | None]] = {
    SECTION: lambda _reader, _body: None,
    INTERFACE: PcapngReader._read_interface,  # noqa: SLF001  the table belongs to the class
    OLD_PACKET: PcapngReader._read_old,  # noqa: SLF001
    SIMPLE: PcapngReader._read_simple,  # noqa: SLF001
    ENHANCED: PcapngReader._read_enhanced,  # noqa: SLF001
}
