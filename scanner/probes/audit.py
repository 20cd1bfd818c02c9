"""What was sent where, by whom, on whose word: one line a run, appended to a log that is never rewritten."""

import getpass
import json
import os
import socket
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

from scanner.errors import ScannerError
from scanner.model import IPAddress
from scanner.scope import Scope
from scanner.targets import Addresses


class Audit:
    """Counts packets by protocol and destination while a run goes on; `write` appends them to the log."""

    def __init__(self) -> None:
        self._packets: Counter[str] = Counter()
        self._hosts: dict[str, set[IPAddress]] = {}

    def sent(self, protocol: str, host: IPAddress, packets: int = 1) -> None:
        """Book packets of a protocol to a destination."""
        self._packets[protocol] += packets
        self._hosts.setdefault(protocol, set()).add(host)

    @property
    def packets(self) -> int:
        """All packets booked."""
        return sum(self._packets.values())

    def write(
        self, log: Path, scope: Scope, started: datetime, ended: datetime, command: str, outcome: str
    ) -> None:
        """Append the run to the log as one line of JSON; the line is written at once or not at all."""
        log.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(self._record(scope, started, ended, command, outcome), sort_keys=True) + "\n"
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def _record(
        self, scope: Scope, started: datetime, ended: datetime, command: str, outcome: str
    ) -> dict[str, object]:
        return {
            "authorised_by": scope.authorised_by,
            "command": command,
            "ended": ended.isoformat(),
            "exclude": str(scope.exclude),
            "host": socket.gethostname(),
            "networks": str(scope.networks),
            "outcome": outcome,
            "reference": scope.reference,
            "scope_sha256": scope.digest,
            "sent": {
                protocol: {"packets": self._packets[protocol], "to": str(_ranges(hosts))}
                for protocol, hosts in sorted(self._hosts.items())
            },
            "site": scope.site,
            "started": started.isoformat(),
            "user": _user(),
        }


def state_folder() -> Path:
    """Return where this user's program state belongs: the XDG state folder, or what macOS and Windows have."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "camcensus"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "camcensus"
    wanted = os.environ.get("XDG_STATE_HOME", "")
    return (Path(wanted) if Path(wanted).is_absolute() else Path.home() / ".local" / "state") / "camcensus"


def open_log(path: Path | None) -> Path:
    """Return the log of a run, after a look whether it can be written; None stands for the user's own.

    A run that could not be logged is not started: raises ScannerError.
    """
    log = path or state_folder() / "audit.jsonl"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.open("ab").close()
    except OSError as error:
        raise ScannerError(
            f"the audit log {log} cannot be written ({error.strerror or error}); --audit-log names another"
        ) from error
    return log


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def _ranges(hosts: set[IPAddress]) -> Addresses:
    return Addresses.of((host.version, int(host), int(host)) for host in hosts)
