"""How far something is, on stderr: one line that is written over on a terminal, else a plain line now and then."""

import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self, TextIO

if TYPE_CHECKING:
    from scanner.probes.scan import Scan

FIRST_S = 1.0
"""What is done before says nothing."""
TICK_S = 0.5
"""How often the line on a terminal is renewed."""
ENOUGH = 0.2
"""Share of the addresses, and of the living, that must be through before their speed tells anything."""
PLAIN_S = 10.0
"""How often a line is written where there is no terminal."""


class Progress:
    """Says how far a scan is; `start` begins it on the running loop, `end` clears the line."""

    def __init__(
        self, *, quiet: bool, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self.terminal = self._stream.isatty()
        self.quiet = quiet
        self._clock = clock
        self._width = 0

    async def watch(self, scan: "Scan") -> None:
        """Report until cancelled."""
        import asyncio

        if self.quiet:
            return
        started = self._clock()
        try:
            while True:
                await asyncio.sleep(TICK_S if self.terminal else PLAIN_S)
                self.show(line(scan, self._clock() - started))
        finally:
            self.clear()

    def show(self, text: str) -> None:
        """Write one line: over the last one on a terminal."""
        if self.terminal:
            shown = text[: max(shutil.get_terminal_size().columns - 1, 1)]
            self._stream.write("\r" + shown.ljust(self._width))
            self._width = len(shown)
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the line off a terminal again."""
        if self.terminal and self._width:
            self._stream.write("\r" + " " * self._width + "\r")
            self._stream.flush()


def line(scan: "Scan", elapsed_s: float) -> str:
    """Return where a scan is, in words: addresses asked, hosts alive and still talked to, packets, time left."""
    alive, found = len(scan.findings.alive), scan.findings.reading.messages
    left = remaining_s(scan, elapsed_s)
    words = [  # what a narrow terminal cuts off comes last
        f"{scan.done}/{scan.expected} addresses asked",
        f"{alive} alive, {scan.busy} being asked",
        f"{clock_text(elapsed_s)} so far",
        *([f"about {clock_text(left)} left"] if left is not None else []),
        f"{sum(found.values())} messages",
        f"{scan.audit.packets} packets",
    ]
    return ", ".join(words)


def remaining_s(scan: "Scan", elapsed_s: float) -> float | None:
    """Return the seconds a scan will still take, or None while nothing can be said.

    The sweep's speed so far tells when all addresses will have been asked, the living so far how many there will
    be; what one of them costs is what those that are through have cost. Until enough is known for either, the
    plan's estimate stands.
    """
    if not scan.done or elapsed_s <= 0:
        return None
    planned_s = max(scan.plan.seconds - elapsed_s, 1.0)
    share = scan.done / max(1, scan.expected)
    sweep_s = elapsed_s * (1 - share) / share if share >= ENOUGH else planned_s
    if share == 1:
        sweep_s = 0.0
    alive = len(scan.findings.alive)
    through = alive - scan.busy
    if not alive:
        return sweep_s
    if through < ENOUGH * alive:
        return max(sweep_s, planned_s)
    return max(sweep_s, elapsed_s * (alive / max(share, ENOUGH) - through) / through)


def clock_text(seconds: float) -> str:
    """Return a time as m:ss, or h:mm:ss.

    >>> clock_text(75), clock_text(3700)
    ('1:15', '1:01:40')
    """
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


class Waiting:
    """Says that something takes its time, from one second on: a line on a terminal, else one every ten seconds.

    A timer interrupts the work instead of a thread beside it: a large capture is read by a forked process, and a fork
    wants to be alone. Where there are no such timers (Windows, other threads) nothing is said.
    """

    def __init__(self, text: str, *, quiet: bool, stream: TextIO | None = None) -> None:
        self._progress = Progress(quiet=quiet, stream=stream)
        self._text = text
        self._started = 0.0
        self._before: Any = None

    def __enter__(self) -> None:
        self._started = time.monotonic()
        if self._progress.quiet or not hasattr(signal, "setitimer"):
            return
        first, then = (FIRST_S, TICK_S) if self._progress.terminal else (PLAIN_S, PLAIN_S)
        with suppress(ValueError):  # not the main thread: it has no say in signals
            self._before = signal.signal(signal.SIGALRM, self._tick)
            signal.setitimer(signal.ITIMER_REAL, first, then)

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before)
            self._progress.clear()

    def _tick(self, _number: int, _frame: Any) -> None:
        self._progress.show(f"{self._text} … {clock_text(time.monotonic() - self._started)}")


class Counting:
    """Says how many of many are done, from one second on; to be used as a context, and called with the number."""

    def __init__(self, noun: str, total: int, *, quiet: bool, stream: TextIO | None = None) -> None:
        self._progress = Progress(quiet=quiet, stream=stream)
        self._noun, self._total = noun, total
        self._next = 0.0

    def __enter__(self) -> Self:
        self._next = time.monotonic() + (FIRST_S if self._progress.terminal else PLAIN_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.clear()

    def __call__(self, done: int) -> None:
        """Say how many are done, where it is time to."""
        now = time.monotonic()
        if now >= self._next and not self._progress.quiet:
            self._next = now + (TICK_S if self._progress.terminal else PLAIN_S)
            self._progress.show(f"{done:,} of {self._total:,} {self._noun}")
