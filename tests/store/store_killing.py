"""A writer that is killed with -9 at random moments, again and again: `python store_killing.py URL TIMES SEED`.

The writer is a fork that has everything in memory and does nothing but write; it says which run it finished before it
begins the next. After each death the store is opened and held against what was said. Prints what was found as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from store_kit import AXIS, HIKVISION, SONY, heard, night  # noqa: E402 - found by the line above

from scanner.store import open_store  # noqa: E402

LONGEST_S = 0.4


def nights():
    """Nights that differ in devices and values, so that every one writes into every table."""
    axis, sony, hikvision = heard(AXIS), heard(SONY), heard(HIKVISION)
    crowd = [
        message
        for number in range(2, 30)
        for message in heard(AXIS, address=f"198.51.100.{number}", mac=f"00:40:8c:00:01:{number:02x}")
    ]
    moved = heard(AXIS, address="192.0.2.200", mac="00:40:8c:00:00:99")
    sets = (axis + hikvision, sony + crowd, axis + sony + hikvision + crowd, moved + crowd)
    return [(night(messages, day=day), messages) for day, messages in enumerate(sets)]


def write(url, told, series):
    """Write nights for ever; a number is said when a run is begun, its id when it is finished."""
    position = 0
    while True:
        report, messages = series[position % len(series)]
        with open_store(url) as store:
            run = store.begin("hall", "scan")
            os.write(told, f"begun {run}\n".encode())
            store.finish(run, replace(report, run={**report.run, "n": position}), messages)
            os.write(told, f"finished {run}\n".encode())
        position += 1


def killed_once(url, series, after_s):
    """Return the runs that a writer said to have begun and finished before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            write(url, writing, series)
        finally:
            os._exit(9)
    os.close(writing)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reading) as lines:
        words = [
            line.split() for line in lines.read().splitlines() if line.endswith(tuple("0123456789abcdef"))
        ]
    begun = {word[1] for word in words if word[0] == "begun" and len(word[1]) == 36}
    finished = [word[1] for word in words if word[0] == "finished" and len(word[1]) == 36]
    return begun, finished, os.WIFSIGNALED(status)


def kills(url, times, seed):
    """Kill a writer so many times; returns what was found each time, added up."""
    chance, series = random.Random(seed), nights()
    said, open_runs, faults = [], set(), []
    died = unfinished = 0
    for turn in range(times):
        begun, finished, by_signal = killed_once(url, series, chance.uniform(0, LONGEST_S))
        died += by_signal
        said += finished
        open_runs |= begun - set(finished)
        with open_store(url) as store:
            faults += [f"turn {turn}: {fault}" for fault in look(store, said, open_runs, deep=turn % 10 == 9)]
            unfinished = sum(run.number is None for run in store.runs(unfinished=True))
    return {"died": died, "finished": len(said), "unfinished": unfinished, "faults": faults}


def look(store, said, open_runs, *, deep):
    """Yield what is wrong: a finished run that is lost, numbers with holes, a half run that counts as one."""
    runs = store.runs("hall")
    known = {run.id for run in runs}
    yield from (f"lost: {run}" for run in said if run not in known)
    if sorted(run.number for run in runs) != list(range(1, len(runs) + 1)):
        yield f"numbers: {sorted(run.number for run in runs)[:20]}"
    # a run may be finished and the writer dead before it could say so: that one must be whole
    for run in known if deep else known & open_runs:
        report = store.report(run)
        if len(report.devices) != next(one.devices for one in runs if one.id == run):
            yield f"half: {run}"
    if store.engine.dialect.name == "sqlite" and deep:
        with store.transaction() as db:
            told = db.exec_driver_sql("PRAGMA integrity_check").scalar()
        if told != "ok":
            yield f"integrity: {told}"


if __name__ == "__main__":
    print(json.dumps(kills(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))))
