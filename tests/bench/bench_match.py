"""How fast facts meet fingerprints, and how that grows with their number: `python tests/bench/bench_match.py`.

Timed on the same observations and the same patterns: this package's matcher, the same with twice as many
fingerprints (the patterns again with other literals), and what one would write first: a loop over all
fingerprints that asks each whether its key is the fact's and Python's `re` whether its pattern fits; then that
loop with the fingerprints sorted by key beforehand. The loops are timed on a sample, for they would take
minutes. Texts repeat as they do on a network: so many distinct ones, drawn again and again. CPU time of one
core; the first sight of a text costs more, and is timed apart.
"""

import argparse
import random
import re
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path

from scanner.fingerprints import Fingerprint, Knowledge, identify
from scanner.fingerprints.lint import read_all
from scanner.fingerprints.loader import DATA
from scanner.model import Endpoint, Message, Observation, Subject

FEWEST = 900
"""Fingerprints of the first run: the shipped ones, and where they are fewer, copies with other literals."""
WANTED_SPEED, WANTED_GROWTH = 50, 1 / 3
SEED = 20261123
ROUNDS = 3
"""How often each way is timed; the best round counts, for other programs disturb the others."""

Search = Callable[[list[Observation]], int]
"""A way of matching: observations in, the number of fingerprints that fit out."""


def with_other_literals(fingerprints: Iterable[Fingerprint], generation: int) -> list[Fingerprint]:
    """Return copies whose patterns cost as much and whose literals differ."""
    copies = []
    for position, known in enumerate(fingerprints):
        literal = f"Vq{generation}x{position}"
        copies.append(
            replace(
                known,
                id=f"{known.id}+{generation}",
                pattern=None if known.pattern is None else f"{literal}-(?:{known.pattern})|{literal}$",
                equals=tuple(f"{literal}-{text}" for text in known.equals),
            )
        )
    return copies


def texts_of(fingerprints: Iterable[Fingerprint], distinct: int, rng: random.Random) -> list[tuple[str, str]]:
    """Return so many distinct facts: the examples, and the like with other numbers or words in other order."""
    seeds = [(f.match.replace("*", "x-powered-by"), e.text) for f in fingerprints for e in f.examples]
    facts = dict.fromkeys(seeds[: distinct // 3])
    while len(facts) < distinct:
        key, text = rng.choice(seeds)
        words = re.sub(r"\d", lambda _: str(rng.randrange(10)), text).split(" ")
        if rng.random() < 0.5:
            rng.shuffle(words)
        facts[key, f"{' '.join(words)} {rng.randrange(10**4)}"] = None
    return list(facts)


def observations_of(facts: list[tuple[str, str]], count: int, rng: random.Random) -> list[Observation]:
    """Return observations of one fact each, drawn from the given ones."""
    host = ip_address("192.0.2.1")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    message = Message(time=now, protocol="http", source=Endpoint(host=host))
    known = [Observation(subject=Subject(host=host), message=message, facts=(fact,)) for fact in facts]
    return rng.choices(known, k=count)


def plain_loop(fingerprints: Iterable[Fingerprint]) -> Search:
    """Return the plain way: every fingerprint, one after another, by Python's `re`."""
    patterns = [(known.match, pattern) for known in fingerprints for pattern in _compiled(known)]

    def search(observations: list[Observation]) -> int:
        hits = 0
        for observation in observations:
            for key, text in observation.facts:
                for wanted, pattern in patterns:
                    if wanted == key and pattern.search(text):
                        hits += 1
        return hits

    return search


def loop_by_key(fingerprints: Iterable[Fingerprint]) -> Search:
    """Return the same with the patterns of each key in a list of their own."""
    patterns: dict[str, list[re.Pattern[str]]] = {}
    for known in fingerprints:
        patterns.setdefault(known.match, []).extend(_compiled(known))

    def search(observations: list[Observation]) -> int:
        hits = 0
        for observation in observations:
            for key, text in observation.facts:
                for pattern in patterns.get(key, ()):
                    if pattern.search(text):
                        hits += 1
        return hits

    return search


def matcher(knowledge: Knowledge) -> Search:
    """Return this package's way."""

    def search(observations: list[Observation]) -> int:
        hits, match = 0, knowledge.match
        for observation in observations:
            for key, text in observation.facts:
                hits += len(match(key, text, observation.facts))
        return hits

    return search


def _compiled(known: Fingerprint) -> list[re.Pattern[str]]:
    if known.pattern is not None:
        return [re.compile(_python(known.pattern))]
    return [re.compile(f"^{re.escape(text)}$") for text in known.equals]


def _python(pattern: str) -> str:
    r"""Return an RE2 pattern as Python's `re` wants it: flags at the beginning, `\x{…}` as `\U…`."""
    pattern = re.sub(r"\\x\{([0-9A-Fa-f]+)\}", lambda found: f"\\U{found[1]:0>8}", pattern)
    flags = "".join(sorted(set(re.findall(r"\(\?([ims]+)\)", pattern)))[:1])
    bare = re.sub(r"\(\?[ims]+\)", "", pattern)
    return f"(?{flags}){bare}" if flags else bare


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def seconds(work: Callable[[], object]) -> float:
    """Return the CPU time that something takes, once."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def timed(
    name: str, fingerprints: int, search: Search, observations: list[Observation], rounds: int = 1
) -> float:
    """Print and return the microseconds per observation of one way, the best of so many rounds."""
    hits = 0

    def run() -> None:
        nonlocal hits
        hits = search(observations)

    each = min(seconds(run) for _ in range(rounds)) / len(observations) * 1e6
    say(f"{name:<44}{fingerprints:>6} fingerprints {each:>9.3f} µs each, {hits} hits in {len(observations)}")
    return each


def main() -> None:
    """Run the comparison and print it."""
    options = arguments()
    rng = random.Random(SEED)
    shipped, _ = read_all([options.data])
    once, generation = list(shipped), 0
    while len(once) < FEWEST:
        generation += 1
        once += with_other_literals(shipped, generation)[: FEWEST - len(once)]
    twice = once + with_other_literals(once, generation + 1)
    facts = texts_of(shipped, 2 * options.distinct, rng)
    known, fresh = (
        [observation for fact in part for observation in observations_of([fact], 1, rng)]
        for part in (facts[: options.distinct], facts[options.distinct :])
    )
    compare(once, twice, known, fresh, rng.choices(known, k=options.observations), options.sample)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Time the matcher against plain loops.")
    parser.add_argument("--observations", type=int, default=1_000_000)
    parser.add_argument("--distinct", type=int, default=6_000, help="distinct facts among them")
    parser.add_argument(
        "--data", type=Path, default=DATA, help="folder of fingerprints (default: the shipped)"
    )
    parser.add_argument("--sample", type=int, default=2_000, help="observations that the loops are timed on")
    return parser.parse_args()


def compare(
    once: list[Fingerprint],
    twice: list[Fingerprint],
    every: list[Observation],
    fresh: list[Observation],
    observations: list[Observation],
    sample: int,
) -> None:
    """Time all ways and print the ratios; `every` holds each distinct observation once, `fresh` others still."""
    say(f"{len(observations)} observations of {len(every)} distinct facts\n")
    slow = timed("plain loop of re", len(once), plain_loop(once), observations[:sample], ROUNDS)
    timed("loop of re, sorted by key", len(once), loop_by_key(once), observations[:sample], ROUNDS)
    known, doubled = Knowledge(tuple(once), "bench"), Knowledge(tuple(twice), "bench")
    timed("matcher, every text for the first time", len(once), matcher(known), every)
    timed("matcher, likewise, twice the fingerprints", len(twice), matcher(doubled), every)
    timed("matcher, others, its automata warm", len(once), matcher(known), fresh)
    timed("matcher, likewise, twice the fingerprints", len(twice), matcher(doubled), fresh)
    fast = timed("matcher", len(once), matcher(known), observations, ROUNDS)
    double = timed("matcher, twice the fingerprints", len(twice), matcher(doubled), observations, ROUNDS)
    evidence = seconds(lambda: sum(1 for _ in identify(observations, known))) / len(observations) * 1e6
    say(
        f"{'identify: matching and making the evidence':<44}{len(once):>6} fingerprints {evidence:>9.3f} µs each"
    )
    reached = slow / fast >= WANTED_SPEED and double / fast - 1 < WANTED_GROWTH
    say(
        f"\n{slow / fast:.0f} times as fast as the loop; twice the fingerprints cost {double / fast - 1:+.1%}: "
        f"{'reached' if reached else 'NOT REACHED'} (wanted: {WANTED_SPEED} times, less than {WANTED_GROWTH:.0%} more)"
    )


if __name__ == "__main__":
    main()
