"""Timers as systemd reads them, lines as cron does, and nights that were missed."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.nightly.schedule import Job, cron_line, enabling, is_due, latest, units

JOB = Job(
    program=("/opt/cam census/bin/camcensus",),
    config=Path("/etc/camcensus/100%.toml"),
    at="02:30",
    every="day",
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_timer_catches_up_and_says_when():
    made = units(JOB, system=True)
    assert set(made) == {"camcensus.service", "camcensus.timer"}
    assert "OnCalendar=*-*-* 02:30:00\n" in made["camcensus.timer"]
    assert "Persistent=true\n" in made["camcensus.timer"]
    command = "ExecStart='/opt/cam census/bin/camcensus' run --config /etc/camcensus/100%%.toml\n"
    assert command in made["camcensus.service"]
    assert "network-online.target" in made["camcensus.service"]
    assert "network-online.target" not in units(JOB, system=False)["camcensus.service"]
    assert (
        enabling(system=False)
        == "systemctl --user daemon-reload && systemctl --user enable --now camcensus.timer"
    )


@pytest.mark.parametrize("every", ["day", "week", "month"])
def test_systemd_understands_the_calendar(every):
    from dataclasses import replace

    timer = units(replace(JOB, every=every), system=True)["camcensus.timer"]
    (calendar,) = [line.partition("=")[2] for line in timer.splitlines() if line.startswith("OnCalendar=")]
    told = subprocess.run(
        ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_cron_asks_every_hour_whether_the_run_is_due():
    command = "'/opt/cam census/bin/camcensus' run --config /etc/camcensus/100\\%.toml --if-due\n"
    assert cron_line(JOB) == f"30 * * * * {command}"
    assert cron_line(JOB, "root").startswith("30 * * * * root ")


DUE = [
    ("never ran", "2026-11-27T12:00", None, "day", True),
    ("ran this night", "2026-11-27T12:00", "2026-11-27T02:31", "day", False),
    ("just before it is due", "2026-11-27T02:29", "2026-11-26T02:31", "day", False),
    ("when it is due", "2026-11-27T02:30", "2026-11-26T02:31", "day", True),
    ("missed a night", "2026-11-27T09:00", "2026-11-26T02:31", "day", True),
    ("by hand, before it was due", "2026-11-27T09:00", "2026-11-27T01:00", "day", True),
    ("weekly, on a Friday", "2026-11-27T09:00", "2026-11-23T02:31", "week", False),
    ("weekly, missed the Monday", "2026-11-27T09:00", "2026-11-22T02:31", "week", True),
    ("monthly", "2026-11-27T09:00", "2026-11-01T02:31", "month", False),
    ("monthly, missed the first", "2026-11-27T09:00", "2026-10-31T02:31", "month", True),
    ("clock set back", "2026-11-27T09:00", "2026-12-24T02:31", "day", False),
]


@pytest.mark.parametrize(
    ("now", "last", "every", "due"), [row[1:] for row in DUE], ids=[row[0] for row in DUE]
)
def test_a_missed_night_is_caught_up_with(now, last, every, due):
    assert is_due(at(now), at(last) if last else None, "02:30", every) is due


@settings(deadline=None)
@given(
    st.integers(1577836800, 1893456000),
    st.sampled_from(["day", "week", "month"]),
    st.times(),
)
def test_the_latest_moment_is_the_last_one_not_after_now(second, every, time):
    now = datetime.fromtimestamp(second, UTC)
    moment = latest(now, time.strftime("%H:%M"), every)
    assert moment <= now
    assert now - moment < timedelta(days={"day": 1, "week": 7, "month": 31}[every])
