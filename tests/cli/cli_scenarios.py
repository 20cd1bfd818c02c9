"""Commands run inside the lab, each in a process of its own: three devices on a wire, and the words of a command."""

import contextlib
import io
import json
import os
import signal
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("hikvision-ds-2cd2385g1-i-5.6.2", "dahua-ipc-hdw5421s-2.400", "hp-laserjet-m1536dnf")


def command(words: str) -> int:
    """Run a command line in the lab; after so many seconds somebody presses Ctrl-C, or pulls the cable."""
    from scanner.cli import run
    from scanner.lab import build, building_of
    from scanner.lab.network import pull_the_plug
    from scanner.recordings import read_folder

    wish = json.loads(words)
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    recordings = [read_folder(ROOT / "fixtures" / "devices" / name) for name in NAMES]
    with build(building_of(recordings)), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        timers = [
            threading.Timer(wish["interrupt_s"], os.kill, (os.getpid(), signal.SIGINT)),
            threading.Timer(wish["unplug_s"], pull_the_plug),
        ]
        wanted = [timer for timer in timers if timer.interval]
        for timer in wanted:
            timer.daemon = True
            timer.start()
        code = run(wish["words"])
        for timer in wanted:
            timer.cancel()
    out.flush()
    answer = {"code": code, "out": out.buffer.getvalue().decode(), "err": err.getvalue()}
    os.write(1, json.dumps(answer).encode())
    return 0
