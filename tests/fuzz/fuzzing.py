"""The fuzzer: damaged recordings into every reader and into the capture reader, each case against the clock.

Run at length by `make fuzz` (`--seconds N`, `--seed N` to repeat a run); a short run is part of the tests. A case
fails if anything is raised, if it takes longer than PATIENCE_S, or if it gives more facts than a reader may.
"""

import argparse
import io
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mutations import captures, damaged, seeds

from scanner.capture import open_capture
from scanner.errors import CaptureError
from scanner.fingerprints import identify, load
from scanner.model import Message
from scanner.pipeline import Reading, observe
from scanner.protocols import PROTOCOLS

PATIENCE_S = 5.0
"""A reader takes milliseconds for a message; a second is a machine that is busy, five are a loop."""
MAX_FACTS = 20_000


class FuzzError(AssertionError):
    """A case failed; the message holds what is needed to repeat it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One damaged input: what it is for, and its bytes."""

    name: str
    number: int
    payload: bytes
    request: bytes = b""


def cases(seed: int) -> Iterator[tuple[Case, Message | None]]:
    """Yield damaged messages, a protocol after the other, and now and then a damaged capture; without end."""
    chance = random.Random(seed)
    known = seeds()
    everything = [message for messages in known.values() for message in messages]
    files = [path.read_bytes() for path in captures()]
    number = 0
    while True:
        for protocol in PROTOCOLS:
            number += 1
            seed_message = chance.choice(known.get(protocol.name) or everything)
            payload = damaged(seed_message.payload, chance, lambda: chance.choice(everything).payload)
            request = seed_message.request
            if request and not chance.randrange(4):
                request = damaged(request, chance, lambda: chance.choice(everything).request)
            case = Case(name=protocol.name, number=number, payload=payload, request=request)
            yield case, replace(seed_message, protocol=protocol.name, payload=payload, request=request)
        number += 1
        data = damaged(chance.choice(files), chance, lambda: chance.choice(files))
        yield Case(name="capture", number=number, payload=data), None


def run(seed: int, seconds: float) -> int:
    """Feed cases for some seconds; returns how many, raises FuzzError for the first that fails."""
    knowledge, end, done = load(), time.monotonic() + seconds, 0
    for case, message in cases(seed):
        started = time.monotonic()
        try:
            facts = _capture(case.payload) if message is None else _message(message, knowledge)
        except Exception as error:
            raise FuzzError(_told(case, seed, f"{type(error).__name__}: {error}")) from error
        took = time.monotonic() - started
        if took > PATIENCE_S:
            raise FuzzError(_told(case, seed, f"took {took:.1f} s"))
        if facts > MAX_FACTS:
            raise FuzzError(_told(case, seed, f"gave {facts} facts"))
        done += 1
        if time.monotonic() > end:
            return done
    return done


def _message(message: Message, knowledge: object) -> int:
    reading = Reading(strict=True)
    observations = list(observe([message], reading))
    list(identify(observations, knowledge))
    return sum(len(observation.facts) for observation in observations)


def _capture(data: bytes) -> int:
    try:
        capture = open_capture(io.BytesIO(data), name="case")
    except CaptureError:
        return 0
    messages = sum(1 for _ in capture)
    assert capture.stats.packets >= 0
    return messages // 10


def _told(case: Case, seed: int, what: str) -> str:
    return (
        f"{case.name}: {what}; case {case.number} of seed {seed}; "
        f"request {case.request[:200].hex()}, payload ({len(case.payload)} bytes) {case.payload[:400].hex()}"
    )


def main() -> None:
    """Fuzz for as long as asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=300)
    options.add_argument("--seed", type=int, default=None, help="a number names a run [default: the time]")
    chosen = options.parse_args()
    seed = int(time.time()) if chosen.seed is None else chosen.seed
    print(f"{run(seed, chosen.seconds)} cases, seed {seed}: nothing raised, nothing hung")


if __name__ == "__main__":
    main()
