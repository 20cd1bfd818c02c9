"""What passes by on our links, unasked: frames from packet sockets, as a capture that never ends by itself.

A `Tap` is a binary stream in the pcap format, so the reader of `scanner.capture` that reads files reads it too.
It sends nothing, joins no group and needs CAP_NET_RAW. `Overhearing` runs it in a thread beside a scan.
Linux only (packet(7)): elsewhere opening one says so.
"""

import asyncio
import io
import os
import selectors
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import BinaryIO, Self, cast

from scanner.capture import open_capture
from scanner.capture.writer import PcapWriter
from scanner.errors import ScannerError
from scanner.model import Message

MAX_FRAME = 65_535
FRAMES_AT_ONCE = 512
"""Frames that one read takes from a socket before the others have their turn."""
GLANCE_S = 0.2
"""How long a quiet tap waits before it looks whether it shall stop."""
RECEIVE_BUFFER = 8 << 20

_ALL, _SOL_PACKET, _ADD_MEMBERSHIP, _STATISTICS, _PROMISCUOUS = 0x0003, 263, 1, 6, 1
_BROADCAST, _MULTICAST, _OUTGOING = 1, 2, 4
_ASKED_FOR = frozenset({0x0800, 0x86DD, 0x8100, 0x0806})
"""IP and ARP: what of it is sent to us alone answers a question of ours."""


class Tap(io.BufferedIOBase):
    """The frames on some interfaces as one pcap stream; ends after `seconds`, or when `stop` is called.

    `everything` takes what is not for us as well (a mirror port's traffic); without it only what goes to all or
    to groups is taken, and frames without IP or ARP: what a scan asked for is heard by those who asked.
    """

    def __init__(self, names: Sequence[str], *, seconds: float | None = None, everything: bool) -> None:
        super().__init__()
        self.name = ", ".join(names)
        self.lost = 0
        self._everything = everything
        self._seconds = seconds
        self._until: float | None = None
        self._stopped = threading.Event()
        self._buffer = io.BytesIO()
        self._writer = PcapWriter(cast("BinaryIO", self._buffer))
        self._selector = selectors.DefaultSelector()
        self._sockets = [self._open(name) for name in names]

    def _open(self, name: str) -> socket.socket:
        if sys.platform != "linux":
            raise ScannerError(
                "overhearing needs packet sockets, which only Linux has: replay a capture instead"
            )
        try:
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
        except PermissionError as error:
            raise ScannerError(f"overhearing needs the privilege CAP_NET_RAW: {grant()}") from error
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        opened.setblocking(False)
        try:
            opened.bind((name, 0))
            if self._everything:
                wanted = struct.pack("@iHH8s", socket.if_nametoindex(name), _PROMISCUOUS, 0, b"")
                opened.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, wanted)
        except OSError as error:
            opened.close()
            raise ScannerError(f"{name} cannot be listened on: {error.strerror or error}") from error
        self._selector.register(opened, selectors.EVENT_READ)
        return opened

    def stop(self) -> None:
        """End the stream; may be called from a signal handler or another thread."""
        self._stopped.set()

    def readable(self) -> bool:
        """Tell that this is a stream to read."""
        return True

    def read1(self, size: int = -1, /) -> bytes:  # noqa: ARG002 - whole records, whatever was asked for
        """Return the next records, waiting for them; nothing at the end."""
        if self._until is None and self._seconds is not None:
            self._until = time.monotonic() + self._seconds
        while not (waiting := self._buffer.getvalue()):
            if self._stopped.is_set() or (self._until is not None and time.monotonic() >= self._until):
                return b""
            left = GLANCE_S if self._until is None else max(0.0, self._until - time.monotonic())
            for key, _ in self._selector.select(min(GLANCE_S, left)):
                self._take(cast("socket.socket", key.fileobj))
        self._buffer.seek(0)
        self._buffer.truncate()
        return waiting

    def read(self, size: int | None = -1, /) -> bytes:  # noqa: ARG002 - likewise
        """Return the next records, as `read1` does."""
        return self.read1()

    def _take(self, opened: socket.socket) -> None:
        for _ in range(FRAMES_AT_ONCE):
            try:
                frame, origin = opened.recvfrom(MAX_FRAME)
            except BlockingIOError:
                return
            except OSError:  # the interface went down: the others go on
                self._selector.unregister(opened)
                return
            if self._wanted(origin[1], origin[2]):
                self._writer.add(datetime.now(UTC), frame)

    def _wanted(self, ethertype: int, kind: int) -> bool:
        if kind == _OUTGOING:
            return False
        return self._everything or kind in {_BROADCAST, _MULTICAST} or ethertype not in _ASKED_FOR

    def close(self) -> None:
        """Close the sockets, and count what the kernel had to drop."""
        for opened in self._sockets:
            self.lost += _dropped(opened)
            opened.close()
        self._sockets = []
        self._selector.close()
        super().close()


def _dropped(opened: socket.socket) -> int:
    try:
        _, drops = struct.unpack("@II", opened.getsockopt(_SOL_PACKET, _STATISTICS, 8))
    except OSError:
        return 0
    return int(drops)


def may_overhear() -> bool:
    """Tell whether this process may open raw and packet sockets."""
    if not hasattr(socket, "AF_PACKET"):
        return False
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP).close()
    except OSError:
        return False
    return True


def grant() -> str:
    """Return the command that grants the privilege to this interpreter, once and for all."""
    return f"sudo setcap cap_net_raw+ep {os.path.realpath(sys.executable)}, or run it with sudo"


class Overhearing:
    """A tap beside a running event loop: `with` starts a thread that hands each message to `take` on the loop."""

    def __init__(self, tap: Tap, take: Callable[[Message], None]) -> None:
        self._tap = tap
        self._take = take
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="tap", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tap.stop()
        self._thread.join(5 * GLANCE_S)
        self._tap.close()

    def _run(self) -> None:
        for message in open_capture(cast("BinaryIO", self._tap), name=self._tap.name):
            if message.protocol != "link":
                self._loop.call_soon_threadsafe(self._take, message)
