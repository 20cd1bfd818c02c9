"""When a site is due, what a round is called, and how its addresses are shared out. Pure.

Both ends compute the same names: a sensor that was cut off made the very round that the centre had queued meanwhile.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from scanner.errors import UsageError
from scanner.targets import Addresses, Range, parse_targets

NAMES = UUID("6f2f5d4e-0f53-5c55-9a0e-8b7d6f3c1a10")
"""The namespace of our identifiers (RFC 9562 section 5.5)."""
MAX_SHARDS = 64


def round_id(site: str, due: datetime) -> UUID:
    """Return the name of the round of a site that falls due at a time.

    >>> str(round_id("hall", datetime(2026, 11, 27, 2, tzinfo=UTC)))
    '3bcb4fd5-1303-5c96-a69c-ce9445000d9b'
    """
    return uuid5(NAMES, f"round\n{site}\n{due.astimezone(UTC).isoformat()}")


def run_id(round_name: UUID, shard: int) -> UUID:
    """Return the name of what one shard of a round found."""
    return uuid5(NAMES, f"run\n{round_name}\n{shard}")


def check_schedule(schedule: str) -> str:
    """Return a schedule of five fields as cron has them; UsageError for anything else."""
    from croniter import croniter

    if len(schedule.split()) != 5 or not croniter.is_valid(schedule):
        raise UsageError(f"{schedule!r} is no schedule: five fields as cron has them, in UTC, as '0 2 * * *'")
    return schedule


def last_due(schedule: str, now: datetime) -> datetime:
    """Return the latest time at or before `now` at which a schedule falls due.

    >>> last_due("0 2 * * *", datetime(2026, 11, 27, 1, 59, tzinfo=UTC)).isoformat()
    '2026-11-26T02:00:00+00:00'
    """
    from croniter import croniter

    now = now.astimezone(UTC)
    if croniter.match(schedule, now):
        return now.replace(second=0, microsecond=0)
    found: datetime = croniter(schedule, now).get_prev(datetime)
    return found


def next_due(schedule: str, now: datetime) -> datetime:
    """Return the first time after `now` at which a schedule falls due."""
    from croniter import croniter

    found: datetime = croniter(schedule, now.astimezone(UTC)).get_next(datetime)
    return found


def narrowed(allowed: Addresses, wanted: Sequence[str]) -> Addresses:
    """Return the addresses that a centre asks for; none named means all that the scope allows.

    Raises UsageError for an address outside the scope: the centre can ask for less, never for more.
    """
    if not wanted:
        return allowed
    asked = parse_targets(wanted)
    beyond = asked.without(allowed)
    if beyond:
        raise UsageError(f"{spelled(beyond)[0]} is outside this sensor's scope file: refused")
    return asked


def shard(addresses: Addresses, number: int, shards: int) -> Addresses:
    """Return a site's share for one of its jobs: contiguous, disjoint, sizes differing by one at most.

    >>> ten = parse_targets(["10.0.0.0-9"])
    >>> [spelled(shard(ten, number, 3)) for number in range(3)]
    [['10.0.0.0-10.0.0.3'], ['10.0.0.4-10.0.0.6'], ['10.0.0.7-10.0.0.9']]
    """
    size, longer = divmod(addresses.count, shards)
    start = number * size + min(number, longer)
    end = start + size + (number < longer)
    taken: list[Range] = []
    passed = 0
    for version, first, last in addresses.ranges:
        length = last - first + 1
        low, high = max(start, passed), min(end, passed + length)
        if low < high:
            taken.append((version, first + low - passed, first + high - 1 - passed))
        passed += length
    return Addresses(tuple(taken))


def spelled(addresses: Addresses) -> list[str]:
    """Return addresses as targets that `scan` reads."""
    return str(addresses).split(", ") if addresses else []
