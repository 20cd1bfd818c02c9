"""From TCP segments to messages: which connection, in a bounded table, and what its dialog says.

A connection is kept while its dialog may still say something. Then its two directions are boring, until a new
SYN on the same ports. The table is bounded in connections and in bytes; the least recently used leaves first,
with what it has said so far.
"""

from collections import OrderedDict
from collections.abc import Sequence
from struct import Struct

from scanner.capture.dialog import Dialog, framed_elsewhere
from scanner.capture.ip import Datagram
from scanner.capture.layout import MAX_BORING, Boring
from scanner.capture.plain import GREETING_PORTS
from scanner.capture.said import Addresses
from scanner.capture.stream import ACK, FIN, RST, SYN, WRAP, Connection
from scanner.capture.talk import Said
from scanner.capture.tally import Tally, utc
from scanner.model import Message
from scanner.protocols import Protocol

_HEADER = Struct("!IIBB").unpack_from
"""Sequence number, acknowledgement, header length in 4-byte words (upper half), flags (RFC 9293 section 3.1)."""
MAX_CONNECTIONS = 4096
MAX_BYTES = 48 << 20
"""Bytes that all connections together keep."""
RECOUNT = 4096
"""Bytes that a connection may get before what it keeps is counted anew."""
EACH = 2048
"""Bytes of memory that a connection costs without holding anything, about."""


class TcpReader:
    """Turns segments into messages."""

    def __init__(
        self, protocols: Sequence[Protocol], addresses: Addresses, boring: Boring, tally: Tally
    ) -> None:
        self._protocols = framed_elsewhere(protocols)
        self._addresses, self._boring, self._tally = addresses, boring, tally
        self._recent: OrderedDict[bytes, Connection] = OrderedDict()
        self._sides: dict[bytes, tuple[Connection, int]] = {}
        self._quiet: set[bytes] = set()
        self._bytes = 0

    def read(self, time: int, mac: bytes, datagram: Datagram) -> list[Message]:
        """Return the messages that a segment completes."""
        segment = datagram.payload
        if len(segment) < 20:
            return []
        key = datagram.source + datagram.destination + segment[:4]
        sequence, acknowledged, start, flags = _HEADER(segment, 4)
        if key in self._boring.tcp:
            if not flags & SYN:
                return []
            self._boring.tcp.discard(key)
        data = segment[(start >> 4) * 4 :]
        if key in self._quiet and not flags & SYN:
            # the other direction of what was found boring, now that its sender has been seen
            self._quiet.discard(key)
            self._boring.add(self._boring.tcp, key)
            return []
        if start < 0x50 or not (data or datagram.missing or flags & (SYN | FIN | RST)):
            return []
        ack = acknowledged if flags & ACK else None
        said: list[Message] = []
        connection, side = self._find(key, flags, sequence, said)
        if connection is None:
            if not (data or datagram.missing or flags & SYN) or key == reverse(key):
                return said  # the latter: both ends are one (the "land" packet of 1997), which is no conversation
            connection, side = self._open(key, flags)
        connection.halves[side].see(mac)
        if flags & SYN:
            connection.opened(side, sequence, ack)
            sequence = (sequence + 1) % WRAP
        if data or datagram.missing or flags & FIN:
            fin = bool(flags & FIN)
            heard = connection.segment(side, sequence, ack, data, datagram.missing, time, fin=fin)
            said += [self._message(connection, one) for one in heard]
            connection.fresh += len(data)
            if connection.fresh >= RECOUNT:
                self._recount(connection)
        if connection.over or (flags & RST and not connection.waits):
            said += self._close(connection)
        while len(self._recent) > MAX_CONNECTIONS or self._bytes > MAX_BYTES:
            said += self._evict()
        return said

    def flush(self) -> list[Message]:
        """Return what open connections have said so far, at the end of the capture."""
        said: list[Message] = []
        while self._recent:
            said += self._close(next(iter(self._recent.values())))
        return said

    def _find(
        self, key: bytes, flags: int, sequence: int, said: list[Message]
    ) -> tuple[Connection | None, int]:
        """Return the connection of a segment and the side that sent it; a SYN may begin the next on its ports."""
        connection, side = self._sides.get(key, (None, 0))
        if connection is None:
            return None, 0
        if flags & SYN and not connection.is_same(side, sequence):
            said += self._close(connection)
            return None, 0
        self._recent.move_to_end(connection.keys[0])
        return connection, side

    def _open(self, key: bytes, flags: int) -> tuple[Connection, int]:
        """Begin a connection; who sent its first SYN without ACK is the client."""
        back = reverse(key)
        client = None if not flags & SYN else 1 if flags & ACK else 0
        ports = key[-4:-2], key[-2:]
        greeter = next((side for side in (0, 1) if ports[side] in GREETING_PORTS), None)
        connection = Connection((key, back), Dialog(client, self._protocols, greeter))
        self._recent[key] = connection
        self._sides[key], self._sides[back] = (connection, 0), (connection, 1)
        self._bytes += EACH
        self._quiet.discard(key)
        self._quiet.discard(back)
        return connection, 0

    def _close(self, connection: Connection) -> list[Message]:
        """Forget a connection; what it has said is returned, what comes later on its ports is boring."""
        said = [self._message(connection, one) for one in connection.flush()]
        self._forget(connection)
        for key, half in zip(connection.keys, connection.halves, strict=True):
            if half.seen:
                self._boring.add(self._boring.tcp, key)
            else:
                if len(self._quiet) >= MAX_BORING:
                    self._quiet.clear()
                self._quiet.add(key)
        return said

    def _evict(self) -> list[Message]:
        """Make room: the least recently used connection leaves with what it has said."""
        connection = next(iter(self._recent.values()))
        self._tally.dropped += bool(connection.held)
        said = [self._message(connection, one) for one in connection.flush()]
        self._forget(connection)
        return said

    def _recount(self, connection: Connection) -> None:
        """Count what a connection keeps; done after some bytes of it, not after each segment."""
        self._bytes -= connection.counted
        connection.counted, connection.fresh = connection.held, 0
        self._bytes += connection.counted

    def _forget(self, connection: Connection) -> None:
        self._bytes -= connection.counted + EACH
        del self._recent[connection.keys[0]]
        for key in connection.keys:
            del self._sides[key]

    def _message(self, connection: Connection, said: Said) -> Message:
        key = connection.keys[said.side]
        size = (len(key) - 4) // 2
        end = self._addresses.end
        return Message(
            time=utc(said.time),
            protocol=said.protocol,
            source=end(key[:size], key[-4:-2]),
            destination=end(key[size:-4], key[-2:]),
            mac=self._addresses.mac(connection.halves[said.side].mac),
            request=said.request,
            payload=said.payload,
        )


def reverse(key: bytes) -> bytes:
    """Return the key of a flow's other direction."""
    size = (len(key) - 4) // 2
    return key[size : 2 * size] + key[:size] + key[-2:] + key[-4:-2]
