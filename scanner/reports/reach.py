"""How far a live scan reached, in words and as plain values: what was asked, who lives, what was left out and why."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from scanner.model import Coverage, Outcome, Reach, Visit
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted

MAX_LINES = 8
"""Hosts, destinations and problems of one kind that are told singly; the JSON has all."""
_LOST = (Outcome.TIMEOUT.value, Outcome.SILENT.value)


def lines(reach: Reach) -> Iterator[str]:
    """Yield what an auditor asks first, a line each."""
    asked = "all" if reach.asked_count >= reach.planned else f"{reach.asked_count:,} of"
    yield (
        f"Asked {plain(reach.asked)}: {asked} {counted(reach.planned, 'address')}; "
        f"{len(reach.alive):,} alive, {reach.identified:,} identified"
    )
    used = ", ".join(link.name for link in reach.links if not link.skipped) or "none of its own link"
    unused = ", ".join(f"{link.name} ({link.skipped})" for link in reach.links if link.skipped)
    yield plain(f"Interfaces: {used}" + (f"; not used: {unused}" if unused else ""))
    yield _pace(reach)
    yield from _several("Not asked", [f"{gap.addresses}: {gap.why}" for gap in reach.not_asked])
    yield from _several("Could not be done", reach.problems)
    yield from _visits(reach)
    if reach.heard:
        yield plain(f"Heard outside the scope, not asked: {', '.join(reach.heard[:MAX_LINES])}") + _more(
            reach.heard
        )
    yield from _several(
        "Named by a device, outside the scope, not asked",
        [f"{item.host}:{item.port} ({item.reason})" for item in reach.forbidden],
    )


def _visits(reach: Reach) -> Iterator[str]:
    """Yield how it went with the operator's credentials: the good counted, the others told."""
    if not reach.visits:
        return
    counts = Counter(visit.outcome for visit in reach.visits)
    yield f"With credentials: {', '.join(f'{count:,} {plain(outcome)}' for outcome, count in sorted(counts.items()))}"
    told = [visit for visit in reach.visits if visit.why]
    yield from _several("Credentials", [f"{v.address}: {v.outcome}: {v.why} ({v.entry})" for v in told])


def _pace(reach: Reach) -> str:
    achieved = reach.packets / reach.seconds if reach.seconds else 0.0
    lost = sum(ends.get(name, 0) for ends in reach.outcomes.values() for name in _LOST)
    text = (
        f"Sent {counted(reach.packets, 'packet')} in {reach.seconds:.0f} s, {achieved:,.0f} a second of "
        f"{reach.rate:,.0f} allowed"
    )
    return f"{text}; {counted(lost, 'question')} to the living went unanswered" if lost else text


def _several(lead: str, items: "tuple[str, ...] | list[str]") -> Iterator[str]:
    yield from (plain(f"{lead}: {item}") for item in items[:MAX_LINES])
    if len(items) > MAX_LINES:
        yield f"{lead}: {len(items) - MAX_LINES} more, see --json"


def _more(items: tuple[str, ...]) -> str:
    return f" and {len(items) - MAX_LINES} more" if len(items) > MAX_LINES else ""


def unidentified(coverage: Coverage) -> Iterator[str]:
    """Yield who was alive without saying who they are, with what they said."""
    told = [f"{name} ({'; '.join(said)})" for name, said in coverage.said.items()]
    yield from _several("Alive, not identified", told)


def record(reach: Reach) -> dict[str, Any]:
    """Return a reach as plain values for JSON."""
    return {
        "asked": reach.asked,
        "planned": reach.planned,
        "asked_count": reach.asked_count,
        "alive": [str(host) for host in reach.alive],
        "identified": reach.identified,
        "not_asked": [{"addresses": gap.addresses, "why": plain(gap.why)} for gap in reach.not_asked],
        "interfaces": [
            {"name": plain(link.name), "addresses": list(link.addresses), "skipped": plain(link.skipped)}
            for link in reach.links
        ],
        "problems": [plain(problem) for problem in reach.problems],
        "pace": {"packets": reach.packets, "rate": reach.rate, "seconds": reach.seconds},
        "outcomes": {protocol: dict(ends) for protocol, ends in reach.outcomes.items()},
        "forbidden": [
            {"host": item.host, "port": item.port, "reason": plain(item.reason), "count": item.count}
            for item in reach.forbidden
        ],
        "heard": list(reach.heard),
        **({"credentials": [_visit(visit) for visit in reach.visits]} if reach.visits else {}),
    }


def _visit(visit: Visit) -> dict[str, str]:
    return {
        "address": str(visit.address),
        "entry": plain(visit.entry),
        "outcome": visit.outcome,
        "why": plain(visit.why),
    }
