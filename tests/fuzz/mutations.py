"""Recorded bytes, damaged at random: the seeds of the fuzzer and what is done to them.

Seeds are every message of the fixtures and every hostile input, so that a mutation begins inside the grammar of a
protocol and not outside it. All randomness comes from the generator given: a number names a case.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

from scanner.capture import open_capture
from scanner.model import Message
from scanner.recordings import read_folder

ROOT = Path(__file__).resolve().parents[2]
MAX_BYTES = 1 << 20
EDGES = (
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\0\0\0\0",
    b"\xff\xff\xff\xff",
    b"\x7f\xff\xff\xff",
    b"\r\n",
    b"\r\n\r\n",
)
WORDS = (
    b"<",
    b">",
    b"<!--",
    b"]]>",
    b"&#0;",
    b"%00",
    b"{",
    b"[" * 200,
    b'"',
    b"\\",
    b"\x1b[2J",
    "\u202e".encode(),
)
DEVICES = ("devices", "unsettled")


def seeds() -> dict[str, list[Message]]:
    """Return recorded messages by protocol."""
    found: dict[str, list[Message]] = defaultdict(list)
    for message in _recorded():
        found[message.protocol].append(message)
    return found


def _recorded() -> Iterator[Message]:
    for kind in DEVICES:
        for folder in sorted((ROOT / "fixtures" / kind).glob("*/device.toml")):
            yield from read_folder(folder.parent).messages()
    for path in _small("captures/*.pcap*"):
        yield from open_capture(path)


def captures() -> list[Path]:
    """Return the small captures of the fixtures, sound and hostile."""
    return [*_small("captures/*.pcap*"), *_small("hostile/capture-*")]


def _small(pattern: str) -> list[Path]:
    return sorted(path for path in (ROOT / "fixtures").glob(pattern) if path.stat().st_size < MAX_BYTES)


def damaged(data: bytes, chance: random.Random, others: Callable[[], bytes]) -> bytes:
    """Return bytes with one to six things done to them; `others` gives another seed to splice in."""
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        data = chance.choice(WAYS)(data, chance, others)[:MAX_BYTES]
    return data


def _place(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((1, 1, 2, 4, 16, 200)))


def _flip(data: bytes, chance: random.Random, _others: Callable[[], bytes]) -> bytes:
    start, _ = _place(data, chance)
    return (
        data[:start]
        + bytes(b ^ 1 << chance.randrange(8) for b in data[start : start + 1])
        + data[start + 1 :]
    )


def _cut(data: bytes, chance: random.Random, _others: Callable[[], bytes]) -> bytes:
    return data[: _place(data, chance)[0]]


def _drop(data: bytes, chance: random.Random, _others: Callable[[], bytes]) -> bytes:
    start, end = _place(data, chance)
    return data[:start] + data[end:]


def _repeat(data: bytes, chance: random.Random, _others: Callable[[], bytes]) -> bytes:
    start, end = _place(data, chance)
    return data[:start] + data[start:end] * chance.choice((2, 3, 50, 1000)) + data[end:]


def _edge(data: bytes, chance: random.Random, _others: Callable[[], bytes]) -> bytes:
    start, _ = _place(data, chance)
    edge = chance.choice(EDGES)
    return data[:start] + edge + data[start + len(edge) * chance.randrange(2) :]


def _word(data: bytes, chance: random.Random, _others: Callable[[], bytes]) -> bytes:
    start, _ = _place(data, chance)
    return data[:start] + chance.choice(WORDS) * chance.choice((1, 1, 1, 500)) + data[start:]


def _splice(data: bytes, chance: random.Random, others: Callable[[], bytes]) -> bytes:
    other = others()
    return data[: _place(data, chance)[0]] + other[_place(other, chance)[0] :]


WAYS = (_flip, _flip, _cut, _drop, _repeat, _edge, _word, _splice)
