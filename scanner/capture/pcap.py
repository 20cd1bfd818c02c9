"""pcap files (draft-ietf-opsawg-pcap) to packets, passing over those of boring flows.

A record is 16 bytes (seconds, fraction, bytes kept, bytes on the wire) and then the bytes kept. The loop in
`PcapReader.packets` is the one place where a nanosecond counts: each packet costs one `unpack_from` and one
set look-up; when most packets of a stretch do not fit the layout, the next stretch is read with theirs.
"""

from collections.abc import Iterator
from struct import Struct

from scanner.capture.layout import NO_LAYOUT, SYN, TCP, UDP, Boring, Packet, layout_for
from scanner.capture.source import Window
from scanner.capture.tally import NANO, Tally
from scanner.errors import CaptureError

HEADER = 24
RECORD = 16
MAX_PACKET = 262_144
"""Bytes of the largest packet that libpcap itself accepts (MAXIMUM_SNAPLEN); more is a damaged record."""
FAR = 1 << 96
"""A time in nanoseconds after all that a file can hold."""
MAX_EMPTY = 1000
"""Empty records in a row after which a file is taken for zeros, not packets."""

MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""Byte order and nanoseconds of a fraction, by the first four bytes."""


class PcapReader:
    """The packets of one pcap file."""

    def __init__(self, window: Window, tally: Tally, boring: Boring, name: str) -> None:
        self._window, self._tally, self._boring = window, tally, boring
        self._empty = 0
        while len(window.buffer) < HEADER and window.slide(0):
            pass
        if len(window.buffer) < HEADER:
            raise CaptureError(f"{name}: stops before its first packet")
        self._order, self._unit = MAGIC[window.buffer[:4]]
        # the upper bits of the link type field tell of frame check sequences
        self.link = Struct(self._order + "I").unpack_from(window.buffer, 20)[0] & 0xFFFF
        tally.link(self.link)

    def packets(self) -> Iterator[Packet]:
        """Yield the packets that are not known to be boring; ends at the end or at the first damage."""
        window, tally, link, unit = self._window, self._tally, self.link, self._unit
        udp, tcp, saw = self._boring.udp, self._boring.tcp, tally.saw
        header = Struct(self._order + "IIII").unpack_from
        layout = NO_LAYOUT
        position = HEADER
        while True:
            unpack = Struct(f"{self._order}8xI4x{layout.fields}").unpack_from
            size, mask = layout.size, layout.mask(self._order)
            buffer = window.buffer
            total = len(buffer)
            safe = total - RECORD - size
            begin = latest = position
            passed, slow, data, oldest, newest = 0, 0, b"", FAR, -1
            while position <= safe:
                kept, fragment, protocol, key, flags = unpack(buffer, position)
                if (key in udp and protocol == UDP and not fragment & mask) or (
                    key in tcp and protocol == TCP and not fragment & mask and not flags & SYN
                ):
                    latest = position
                    position += RECORD + kept
                    passed += 1
                    continue
                end = position + RECORD + kept
                if end > total or not kept:
                    break
                seconds, part, _, _ = header(buffer, position)
                data = buffer[position + RECORD : end]
                position = end
                slow += 1
                time = seconds * NANO + part * unit
                if time > newest:  # noqa: PLR1730  a call for each packet costs more
                    newest = time
                if time < oldest:  # noqa: PLR1730
                    oldest = time
                yield time, link, data
            if passed:
                seconds, part, _, _ = header(buffer, latest)
                saw(seconds * NANO + part * unit)
                if position > total:  # the last one goes on beyond the buffer, or its length is nonsense
                    position, passed = latest, passed - 1
            if slow:
                saw(oldest)
                saw(newest)
            tally.packets += passed + slow
            tally.bytes += position - begin - RECORD * (passed + slow)
            if slow > passed:
                layout = layout_for(link, data) or layout
            short = self._short(position)
            if short is None:
                return
            packet, position = short
            if packet:
                yield packet

    def _short(self, position: int) -> tuple[Packet | None, int] | None:
        """Read the one record that the loop stopped at, with more of the file where that is needed.

        Returns its packet (None if it is empty) and the next position in the window; None at the end.
        """
        window, header = self._window, Struct(self._order + "IIII")
        while True:
            left = len(window.buffer) - position
            if left >= RECORD:
                seconds, part, kept, _ = header.unpack_from(window.buffer, position)
                if kept > MAX_PACKET:
                    self._absurd(position, kept)
                    return None
                if left >= RECORD + kept:
                    return self._record(seconds * NANO + part * self._unit, position + RECORD, kept)
            if not window.slide(position):
                self._ended(left)
                return None
            position = 0

    def _record(self, time: int, start: int, kept: int) -> tuple[Packet | None, int] | None:
        self._empty = 0 if kept else self._empty + 1
        if self._empty > MAX_EMPTY:
            self._tally.damage(f"{MAX_EMPTY} empty packets in a row: the rest of the file was not read")
            return None
        self._tally.packets += 1
        self._tally.bytes += kept
        self._tally.saw(time)
        stop = start + kept
        return (time, self.link, self._window.buffer[start:stop]) if kept else None, stop

    def _absurd(self, position: int, kept: int) -> None:
        where = self._window.start + position
        self._tally.damage(
            f"the record at byte {where} claims a packet of {kept} bytes: the rest of the file was not read"
        )

    def _ended(self, left: int) -> None:
        if self._window.damage:
            self._tally.damage(self._window.damage)
        elif left:
            self._tally.damage("the file stops in the middle of a packet; all packets before it were read")
