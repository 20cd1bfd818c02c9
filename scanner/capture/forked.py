"""A large capture, read by a second process while this one loads its knowledge and thinks about what was said.

Reading is about half of the work on a capture of a million packets, and it needs nothing of the other half: a
forked child reads and sends messages in batches through a pipe. Where there is no fork, one processor, or a
small file, the capture is iterated as it is. Order and content are the same either way.
"""

import os
import pickle
import select
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from scanner.capture.capture import Capture, CaptureStats, open_capture
from scanner.errors import CaptureError
from scanner.model import Message

LARGE = 32 << 20
"""Bytes of a file from which a second process pays: below it, reading takes a tenth of a second."""
BATCH = 200
"""Messages sent at a time."""
AHEAD = 16 << 20
"""Bytes of messages that the child keeps while this process is busy with something else: a pipe holds 64 KiB."""


class ReadBeside:
    """A capture that a child process reads from now on; to be iterated once, as a `Capture` is."""

    def __init__(self, capture: Capture) -> None:
        self.name, self.stats = capture.name, CaptureStats()
        here, there = os.pipe()
        self._child = os.fork()
        if not self._child:
            os.close(here)
            _send(capture, there)
        os.close(there)
        capture.close()
        self._pipe = os.fdopen(here, "rb")

    def __iter__(self) -> Iterator[Message]:
        """Yield the messages as the child completes them; what stopped the child is raised, or told as a damage."""
        try:
            while isinstance(part := self._receive(), list):
                yield from part
        finally:
            self.close()
        if isinstance(part, CaptureError):
            raise part
        if isinstance(part, CaptureStats):
            self.stats = part
        else:
            lost = (*self.stats.damages, "its reader was stopped: what followed was not read")
            self.stats = replace(self.stats, damages=lost)

    def close(self) -> None:
        """End the child, whether or not it is done."""
        self._pipe.close()
        child, self._child = self._child, 0
        if child:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)

    def _receive(self) -> object:
        try:
            return pickle.load(self._pipe)  # noqa: S301 - written by our own child
        except (EOFError, pickle.UnpicklingError):
            return None


@contextmanager
def read_ahead(sources: Sequence[Path | BinaryIO]) -> Iterator[list[Path | BinaryIO | ReadBeside]]:
    """Begin to read those of the sources that are large and captures; the others are given back as they are.

    At the end of the `with` nobody reads any more. Raises CaptureError for a large file that is not a capture.
    """
    found: list[Path | BinaryIO | ReadBeside] = []
    try:
        found.extend(ReadBeside(open_capture(source)) if _pays(source) else source for source in sources)
        yield found
    finally:
        for source in found:
            if isinstance(source, ReadBeside):
                source.close()


def beside(capture: Capture, source: Path | BinaryIO) -> Capture | ReadBeside:
    """Return the capture, read in a process of its own where that is possible and pays; `source` is what it reads."""
    return ReadBeside(capture) if _pays(source) else capture


def _pays(source: Path | BinaryIO) -> bool:
    if not sys.platform.startswith("linux") or len(os.sched_getaffinity(0)) < 2:
        return False
    if threading.active_count() > 1 or not isinstance(source, Path):
        return False  # a fork copies one thread only, and whatever locks the others hold
    return source.is_file() and source.stat().st_size >= LARGE


def _send(capture: Capture, there: int) -> None:
    """Be the child: send everything, then the counts, and end without a word of the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    try:
        _send_all(capture, Outlet(there))
    finally:
        os._exit(0)


def _send_all(capture: Capture, outlet: "Outlet") -> None:
    batch: list[Message] = []
    last: object = None
    try:
        for message in capture:
            batch.append(message)
            if len(batch) >= BATCH:
                outlet.put(batch)
                batch = []
        last = capture.stats
    except CaptureError as error:
        last = error
    outlet.put(batch)
    outlet.put(last)
    outlet.empty()


class Outlet:
    """The child's end of the pipe: what the pipe does not take at once waits here, `AHEAD` bytes at most."""

    def __init__(self, there: int) -> None:
        os.set_blocking(there, False)
        self._there = there
        self._waiting: deque[memoryview] = deque()
        self._held = 0

    def put(self, part: object) -> None:
        """Send a part, or keep it for later; waits only where too much is kept."""
        data = memoryview(pickle.dumps(part, pickle.HIGHEST_PROTOCOL))
        self._waiting.append(data)
        self._held += len(data)
        self._write(keeping=AHEAD)

    def empty(self) -> None:
        """Send what is kept, waiting for as long as the other end takes."""
        self._write(keeping=0)

    def _write(self, *, keeping: int) -> None:
        while self._waiting:
            try:
                sent = os.write(self._there, self._waiting[0])
            except BlockingIOError:
                if self._held <= keeping:
                    return
                select.select([], [self._there], [])
                continue
            self._held -= sent
            rest = self._waiting.popleft()[sent:]
            if rest:
                self._waiting.appendleft(rest)
