"""One run of a configuration at a time: a lock that dies with whoever holds it.

The lock is the operating system's, on an open file; the file itself stays. Whoever is killed leaves nothing behind
that a later run would trip over: what stands in the file then is who held it last, for the sentence and for the
question when a run began last.
"""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from scanner.errors import ScannerError

MAX_NOTE = 4096


class HeldError(ScannerError):
    """Another run of the same configuration is going on."""


@contextmanager
def only_one(path: Path, started: datetime) -> Iterator[None]:
    """Hold the lock for the length of a `with`; HeldError where another process holds it, ScannerError where none can.

    `started` is noted as the time of the run.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise ScannerError(f"the lock {path} cannot be written: {error.strerror or error}") from error
    with file:
        if not _take(file):
            raise HeldError(f"another run is going on{_who(path)}: this one was not begun")
        file.truncate(0)
        file.write(json.dumps({"process": os.getpid(), "started": started.isoformat()}))
        file.flush()
        yield


def last_started(path: Path) -> datetime | None:
    """Return when the last run under a lock began, None where nobody knows."""
    note = _note(path)
    try:
        return datetime.fromisoformat(str(note["started"])) if note else None
    except (KeyError, ValueError):
        return None


def _who(path: Path) -> str:
    note = _note(path)
    return f" since {note['started']}, process {note['process']}" if note and len(note) == 2 else ""


def _note(path: Path) -> dict[str, object] | None:
    try:
        with path.open(encoding="utf-8") as file:
            found = json.loads(file.read(MAX_NOTE))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _take(file: IO[str]) -> bool:
    """Take the lock of an open file, at once or not at all."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
