"""One run at a time: also beside a run that was killed, and whoever holds the lock is told of."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from scanner.errors import ScannerError
from scanner.nightly.lock import HeldError, last_started, only_one

NOW = datetime(2026, 11, 27, 2, 30, tzinfo=UTC)
HOLD = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from scanner.nightly.lock import only_one
with only_one(Path(sys.argv[1]), datetime(2026, 11, 26, 2, 30, tzinfo=UTC)):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    path = tmp_path / "state" / "run.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield path, process
        process.kill()


def test_a_second_run_is_told_who_holds_the_first(holder):
    path, process = holder
    with pytest.raises(HeldError) as caught, only_one(path, NOW):
        pass
    said = f"another run is going on since 2026-11-26T02:30:00+00:00, process {process.pid}: this one was not begun"
    assert str(caught.value) == said


def test_a_killed_run_leaves_nothing_that_holds(holder):
    path, process = holder
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with only_one(path, NOW):
        assert last_started(path) == NOW
    assert last_started(path) == NOW


def test_one_after_the_other(tmp_path):
    path = tmp_path / "run.lock"
    assert last_started(path) is None
    for hour in (1, 2):
        with only_one(path, NOW.replace(hour=hour)):
            pass
    assert last_started(path) == NOW.replace(hour=2)


@pytest.mark.parametrize("note", ["", "gossip", "[]", '{"started": 3}', '{"started": "soon", "process": 1}'])
def test_whatever_stands_in_the_file_the_lock_works(tmp_path, note):
    path = tmp_path / "run.lock"
    path.write_text(note)
    assert last_started(path) is None
    with only_one(path, NOW):
        assert last_started(path) == NOW


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(ScannerError, match=r"the lock .* cannot be written"),
        only_one(tmp_path / "file" / "x", NOW),
    ):
        pass


def test_the_lock_is_held_until_the_end_also_of_a_failing_run(tmp_path):
    path = tmp_path / "run.lock"
    with pytest.raises(RuntimeError), only_one(path, NOW):
        raise RuntimeError("the run fails")
    started = time.monotonic()
    with only_one(path, NOW):
        assert time.monotonic() - started < 1
