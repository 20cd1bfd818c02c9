"""The fleet at a glance: a line a sensor for people, gauges for Prometheus. Pure: states and the time go in."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from scanner.fleet.centre import SiteState

LATE_S = 120.0
"""Seconds without a hello after which a sensor is called silent; it says hello four times a minute."""
SKEW_S = 5.0
"""Seconds of a clock's difference that are worth a word: results are filed by time."""


def condition(state: SiteState, now: datetime) -> str:
    """Return what to worry about, in words; "ok" for nothing.

    >>> condition(SiteState(site="hall"), datetime.now().astimezone())
    'no sensor'
    """
    if not state.sensor:
        return "no sensor"
    if state.revoked:
        return "revoked"
    if state.seen is None:
        return "never seen"
    worries = []
    if (now - state.seen).total_seconds() > LATE_S:
        worries.append("silent")
    if state.skew_s is not None and abs(state.skew_s) > SKEW_S:
        worries.append(f"clock {state.skew_s:+.0f} s")
    if state.last_state == "incomplete":
        worries.append("last round incomplete")
    if state.last_state == "empty":
        worries.append("last round empty")
    return ", ".join(worries) or "ok"


def rows(states: Iterable[SiteState], now: datetime) -> list[tuple[str, ...]]:
    """Return the cells of the status table: site, sensor, seen, last complete run, open, coverage, version, state."""
    return [
        (
            state.site,
            state.sensor,
            ago(state.seen, now),
            ago(state.last_complete, now),
            str(state.open_rounds or ""),
            state.coverage,
            state.version,
            condition(state, now) + (f": {state.said}" if state.said else ""),
        )
        for state in states
    ]


COLUMNS = ("site", "sensor", "seen", "last complete", "open", "coverage", "version", "state")


def table(states: Iterable[SiteState], now: datetime) -> str:
    """Return the status table as text; what sensors said of themselves is made harmless."""
    from scanner.reports.columns import aligned

    return aligned(COLUMNS, rows(states, now)) or "No sites yet: camcensus centre add-site makes one.\n"


def ago(time: datetime | None, now: datetime) -> str:
    """Return how long ago a time was, in the largest unit that is one or more."""
    if time is None:
        return "never"
    seconds = max(0, int((now - time).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit} ago"
    return f"{seconds} s ago"


def metrics(states: Sequence[SiteState], now: datetime) -> str:
    """Return gauges in Prometheus' text format; labels are sites and sensors, never devices."""
    lines: list[str] = []
    sensors = [state for state in states if state.sensor and not state.revoked]
    sites = {state.site: state for state in states}.values()
    for name, words, values in (
        (
            "sensor_seen_seconds",
            "Time since a sensor last said hello.",
            [(_labels(s), (now - s.seen).total_seconds()) for s in sensors if s.seen],
        ),
        (
            "sensor_clock_skew_seconds",
            "A sensor's clock less the centre's.",
            [(_labels(s), s.skew_s) for s in sensors if s.skew_s is not None],
        ),
        (
            "site_last_complete_seconds",
            "Time since the last complete round of a site.",
            [
                (_label("site", s.site), (now - s.last_complete).total_seconds())
                for s in sites
                if s.last_complete
            ],
        ),
        (
            "site_open_rounds",
            "Rounds that wait for results.",
            [(_label("site", s.site), s.open_rounds) for s in sites],
        ),
    ):
        lines += [f"# HELP camcensus_{name} {words}", f"# TYPE camcensus_{name} gauge"]
        lines += [f"camcensus_{name}{{{labels}}} {value:.10g}" for labels, value in values]
    return "\n".join(lines) + "\n"


def _labels(state: SiteState) -> str:
    return f"{_label('site', state.site)},{_label('sensor', state.sensor)}"


def _label(name: str, value: str) -> str:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    return f'{name}="{escaped}"'
