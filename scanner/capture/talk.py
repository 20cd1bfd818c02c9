"""What one side of a TCP connection said, and what the readers of its different kinds of talk have in common."""

from typing import NamedTuple, Protocol


class Said(NamedTuple):
    """What one side (0 or 1) said, what it had been asked, and when it began to say it (nanoseconds)."""

    protocol: str
    side: int
    payload: bytes
    request: bytes
    time: int


class Reader(Protocol):
    """What the reader of one kind of talk does. `done`: nothing more is to be had; `held`: bytes in memory."""

    done: bool

    @property
    def held(self) -> int:
        """Return the bytes that are kept in memory."""

    def data(self, side: int, data: bytes, time: int) -> list[Said]:
        """Take the next bytes of a side; return what they complete."""

    def gap(self, side: int, size: int) -> list[Said]:
        """Take note that bytes of a side are missing; return what this ends."""

    def end(self, side: int) -> list[Said]:
        """Take note that a side has ended; return what this ends."""
