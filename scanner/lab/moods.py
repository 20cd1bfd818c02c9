"""How a device may misbehave: each mood is a thing that was seen on real networks, or that a liar could do.

A device has any number of moods. Those that concern what is said (lying, redirecting, oversized, bombs) change
the bytes; those that concern how (late, doubled, one byte at a time, flooding) are obeyed by whoever sends.
"""

import asyncio
import gzip
import re
from collections.abc import Awaitable, Callable, Collection, Iterator
from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address

LATE_S = 1.2
"""Seconds that a late device waits before each answer."""
OVERSIZED_BYTES = 48 * 1024
"""Bytes that are put behind a datagram that is too long: below the 65,507 that UDP carries."""
FLOOD_RATE, FLOOD_S = 1000, 5.0
"""Datagrams a second of a device that floods, and for how many seconds after it was asked."""
BYTE_PAUSE_S = 0.002
LORIS_PAUSE_S = 1.0
BOMB_BYTES = 256 << 20
"""Bytes that a zip bomb unpacks to; packed it is a thousandth."""
ENDLESS_BYTES = 64 << 20
"""Bytes of a header that does not end, at the most: the lab has an end."""
ELSEWHERE = "203.0.113.66"
"""Where a redirecting device sends people: an address of nobody (RFC 5737), outside every scope."""


class Mood(StrEnum):
    """One way to be difficult."""

    LATE = "late"
    DOUBLED = "doubled"
    OVERSIZED = "oversized"
    SILENT_AFTER_FIRST = "silent-after-first"
    CLOSING_EARLY = "closing-early"
    BYTE_BY_BYTE = "byte-by-byte"
    LYING = "lying"
    REDIRECTING = "redirecting"
    FLOODING = "flooding"
    SLOW_LORIS = "slow-loris"
    ZIP_BOMB = "zip-bomb"
    ENDLESS_HEADER = "endless-header"
    UNICAST_ONLY = "unicast-only"
    MUTE = "mute"
    FORGETFUL = "forgetful"


def somewhere_else(address: str) -> str:
    """Return an address outside every lab network, spelled with as many characters where that is possible.

    >>> somewhere_else("192.0.2.10"), somewhere_else("192.0.2.100")
    ('198.18.0.1', '198.18.0.66')
    """
    candidates = ("198.18.0.1", "198.18.0.66", "198.18.99.66", "198.18.199.66", "198.18.199.166")
    return next((other for other in candidates if len(other) == len(address)), candidates[-1])


def lie(payload: bytes, own: IPv4Address) -> bytes:
    """Return what a device says with its own address, as text or as four bytes, replaced by another."""
    other = somewhere_else(str(own))
    told = re.sub(rb"(?<![\d.])" + re.escape(str(own).encode()) + rb"(?![\d])", other.encode(), payload)
    return told.replace(own.packed, IPv4Address(other).packed)


def datagrams(payload: bytes, moods: Collection[Mood]) -> Iterator[bytes]:
    """Give what a device sends for one answer."""
    told = payload + b" " * OVERSIZED_BYTES if Mood.OVERSIZED in moods else payload
    yield told
    if Mood.DOUBLED in moods:
        yield told


def redirection(path: str) -> bytes:
    """Return an answer that sends the asker to somebody else."""
    return (
        f"HTTP/1.1 302 Found\r\nLocation: http://{ELSEWHERE}{path}\r\nContent-Length: 0\r\n"
        "Connection: close\r\n\r\n"
    ).encode()


@lru_cache(maxsize=1)
def zip_bomb() -> bytes:
    """Return an HTTP answer of some hundred kilobytes that unpacks to BOMB_BYTES."""
    packed = gzip.compress(bytes(1 << 20), compresslevel=9) * (BOMB_BYTES >> 20)
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
        f"Content-Length: {len(packed)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + packed


Send = Callable[[bytes], Awaitable[None]]


async def utter(send: Send, payload: bytes, moods: Collection[Mood]) -> None:
    """Send one answer on a stream, in the way of the moods; whoever calls closes the stream."""
    if Mood.LATE in moods:
        await asyncio.sleep(LATE_S)
    if Mood.ENDLESS_HEADER in moods:
        await _endless(send, payload)
    elif Mood.SLOW_LORIS in moods:
        await _in_bytes(send, payload, LORIS_PAUSE_S)
    elif Mood.BYTE_BY_BYTE in moods:
        await _in_bytes(send, payload, BYTE_PAUSE_S)
    elif Mood.CLOSING_EARLY in moods:
        await send(payload[: len(payload) // 2])
    else:
        await send(payload)


async def _in_bytes(send: Send, payload: bytes, pause_s: float) -> None:
    for value in payload:
        await send(bytes([value]))
        await asyncio.sleep(pause_s)


async def _endless(send: Send, payload: bytes) -> None:
    await send(payload.partition(b"\r\n")[0] + b"\r\n")
    line = b"X-Again: " + b"and on " * 1000 + b"\r\n"
    for _ in range(ENDLESS_BYTES // len(line)):
        await send(line)
