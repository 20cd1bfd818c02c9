"""A large capture, read by a second process while this one loads its knowledge and thinks about what was said.

Reading is about half of the work on a capture of a million packets, and it needs nothing of the other half: a
forked child reads and sends messages in batches through a pipe. Where there is no fork, one processor, or a
small file, the capture is iterated as it is. Order and content are the same either way.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from scanner.capture.capture import Capture, CaptureStats
from scanner.errors import CaptureError
from scanner.model import Message

LARGE = 32 << 20
"""Bytes of a file from which a second process pays: below it, reading takes a tenth of a second."""
BATCH = 200
"""Messages sent at a time."""


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
        with os.fdopen(there, "wb") as pipe:
            _send_all(capture, pipe)
    finally:
        os._exit(0)


def _send_all(capture: Capture, pipe: BinaryIO) -> None:
    batch: list[Message] = []
    last: object = None
    try:
        for message in capture:
            batch.append(message)
            if len(batch) >= BATCH:
                pickle.dump(batch, pipe, pickle.HIGHEST_PROTOCOL)
                batch = []
        last = capture.stats
    except CaptureError as error:
        last = error
    pickle.dump(batch, pipe, pickle.HIGHEST_PROTOCOL)
    pickle.dump(last, pipe, pickle.HIGHEST_PROTOCOL)
