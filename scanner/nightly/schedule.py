"""When the run is due: a systemd timer or a line for cron, and whether a missed one is to be caught up with.

systemd catches up by itself (`Persistent=true`). cron does not: its line asks every hour, and the run asks itself
whether it is due, which costs a moment and lets a machine that was off at night run in the morning.
"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from scanner.errors import ScannerError

SYSTEM_UNITS = Path("/etc/systemd/system")
USER_UNITS = Path(".config") / "systemd" / "user"
CRON_FOLDER = Path("/etc/cron.d")
UNIT = "camcensus"
_CALENDAR: Mapping[str, str] = {"day": "*-*-*", "week": "Mon *-*-*", "month": "*-*-01"}
_DAYS: Mapping[str, int] = {"day": 1, "week": 7, "month": 31}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be run and when: the words that start the program, its configuration, the time of day, how often."""

    program: tuple[str, ...]
    config: Path
    at: str
    every: str

    @property
    def command(self) -> str:
        """The command line of the run."""
        return shlex.join([*self.program, "run", "--config", str(self.config)])


def units(job: Job, *, system: bool) -> dict[str, str]:
    """Return the systemd units of a job by file name. Those of the system wait for the network and are confined."""
    network = "After=network-online.target\nWants=network-online.target\n" if system else ""
    secrets = "/etc/camcensus/environment" if system else "%h/.config/camcensus/environment"
    service = (
        f"[Unit]\nDescription=Census of surveillance devices\n{network}\n"
        f"[Service]\nType=oneshot\nExecStart={_escaped(job.command)}\n"
        f"# what url_env and the like name, a line each: NAME=value\nEnvironmentFile=-{secrets}\n"
        "Nice=10\nNoNewPrivileges=true\nPrivateTmp=true\nProtectKernelTunables=true\n"
        "# 3 is a finding at the threshold that the configuration names, not a failure\nSuccessExitStatus=3\n"
    )
    timer = (
        f"[Unit]\nDescription=Census of surveillance devices, every {job.every} at {job.at}\n\n"
        f"[Timer]\nOnCalendar={_CALENDAR[job.every]} {job.at}:00\n"
        "# a night on which the machine was off is caught up with\nPersistent=true\n"
        "RandomizedDelaySec=5min\n\n[Install]\nWantedBy=timers.target\n"
    )
    return {f"{UNIT}.service": service, f"{UNIT}.timer": timer}


def _escaped(command: str) -> str:
    return command.replace("%", "%%")


def cron_line(job: Job, user: str = "") -> str:
    """Return a line for cron: it asks every hour whether the run is due. `user` is for files in /etc/cron.d."""
    minute = int(job.at.partition(":")[2])
    who = f"{user} " if user else ""
    return f"{minute} * * * * {who}{job.command.replace('%', chr(92) + '%')} --if-due\n"


def write(files: Mapping[Path, str]) -> None:
    """Write files whole, their folders too; ScannerError where one cannot be written."""
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.part")
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        except OSError as error:
            raise ScannerError(f"{path} cannot be written: {error.strerror or error}") from error


def enabling(*, system: bool) -> str:
    """Return the command that switches the timer on."""
    control = "systemctl" if system else "systemctl --user"
    return f"{control} daemon-reload && {control} enable --now {UNIT}.timer"


def is_due(now: datetime, last: datetime | None, at: str, every: str) -> bool:
    """Tell whether a run is due: none has begun since the last time at which one should have.

    Both times are aware; the time of day is that of `now`'s zone.
    """
    if last is None:
        return True
    return last < latest(now, at, every)


def latest(now: datetime, at: str, every: str) -> datetime:
    """Return the last moment, not after `now`, at which a run should have begun."""
    hour, minute = map(int, at.split(":"))
    day = now.date()
    for back in range(_DAYS[every] + 1):
        moment = datetime.combine(day - timedelta(days=back), time(hour, minute), now.tzinfo)
        if moment <= now and _falls(moment, every):
            return moment
    raise AssertionError(f"no {every} has a day on which it falls")


def _falls(moment: datetime, every: str) -> bool:
    return every == "day" or (moment.weekday() == 0 if every == "week" else moment.day == 1)
