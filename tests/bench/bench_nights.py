"""Thirty nights as scans of a lab, each by the whole command: `python tests/bench/bench_nights.py`.

The same script as tests/nightly/test_nightly_thirty.py, but every night is a building on a wire of its own that is
really scanned, and the killed night is a process that is killed while it scans. Prints what each night told and how
long it took; the verdict is whether every night told exactly what was done to the house.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
SCAN_BEGINS_S = 3.0
"""How long the killed run may scan before it is killed."""
NO_HOOK = '[[notify]]\nurl_env = "CAMCENSUS_HOOK"\n'


def main() -> int:
    """Run the nights inside a network namespace; the exit code is 1 if a night told anything else."""
    from scanner.lab import run_inside

    os.environ["PYTHONPATH"] = os.pathsep.join([str(TESTS / "nightly"), str(TESTS / "bench")])
    sys.path[:0] = [str(TESTS / "nightly"), str(TESTS / "bench")]
    with tempfile.TemporaryDirectory() as folder:
        return run_inside("bench_nights:inside", folder)


def inside(folder: str) -> int:
    """Be the process inside the lab."""
    from thirty_nights import CONFIG, House, thirty

    home = Path(folder)
    os.environ["XDG_DATA_HOME"] = str(home / "data")
    os.environ["XDG_STATE_HOME"] = str(home / "state")
    config = CONFIG.replace(NO_HOOK, "") + '[pace]\ntiming = "fast"\n'
    house = House(home, scanned, config)
    try:
        told = thirty(house, killed, halves=False)
    except AssertionError as error:
        print(f"verdict: not exactly: {error}")
        return 1
    quiet = sum(not events for events in told)
    print(f"verdict: {len(told)} nights told exactly what happened, {quiet} of them nothing")
    return 0


def scanned(house, *, empty: bool = False, cut: int = 0) -> tuple[int, str, str]:
    """Be a night: the devices of the house on a wire, scanned."""
    from thirty_nights import called

    from scanner.lab import build, building_of

    del cut  # a wire cannot be cut in two as a capture can
    started = time.monotonic()
    with build(building_of([] if empty else house.devices.values())):
        code, out, err = called(house.words())
    events = json.loads(out) if out else []
    print(f"{house.day}  {time.monotonic() - started:5.1f} s  {len(events)} told", flush=True)
    for event in events:
        print(f"    {event['kind']}: {event['sentence']}")
    return code, out, err


def killed(house) -> None:
    """Be a night that is killed while it scans."""
    from scanner.lab import build, building_of

    words = [sys.executable, "-m", "scanner", *house.words()]
    with build(building_of(house.devices.values())), subprocess.Popen(words) as process:
        time.sleep(SCAN_BEGINS_S)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert process.returncode == -signal.SIGKILL
    print(f"{house.day}  killed while it scanned", flush=True)
    house.day += timedelta(days=1)


if __name__ == "__main__":
    sys.exit(main())
