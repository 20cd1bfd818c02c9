"""Nights inside the lab, in a process of its own: each a building that is really scanned by `camcensus run`."""

import contextlib
import io
import json
import os
from ipaddress import ip_address
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
site = "Town Hall"
networks = ["192.0.2.0/25"]
lists = ["us-ndaa-889"]
store = "census.sqlite"
audit_log = "audit.jsonl"
[pace]
timing = "fast"
profile = "quick"
"""


def nights(folder: str) -> int:
    """Be four nights: the base, a move and an arrival, the switch down, the switch up; print what each told."""
    from scanner.lab.copies import copy_of
    from scanner.recordings import read_folder

    home = Path(folder)
    os.environ["XDG_DATA_HOME"] = str(home / "data")
    (home / "camcensus.toml").write_text(CONFIG)
    names = ("axis-m1065-lw-9.80.1", "dahua-ipc-hdw5421s-2.400", "hikvision-ds-2cd2385g1-i-5.6.2")
    axis, dahua, hikvision = (read_folder(ROOT / "fixtures" / "devices" / name) for name in names)
    sony = read_folder(ROOT / "fixtures" / "devices" / "sony-snc-ch110-3.0.0")
    moved = copy_of(dahua, dahua.name, ip_address("192.0.2.100"))
    base, after = [axis, dahua, hikvision], [axis, moved, hikvision, sony]
    told = [_night(home, devices) for devices in (base, after, [], after)]
    os.write(1, json.dumps(told).encode())
    return 0


def _night(home: Path, devices) -> dict[str, object]:
    from scanner.cli import run
    from scanner.lab import build, building_of

    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    with build(building_of(devices)), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["run", "--config", str(home / "camcensus.toml"), "--json"])
    out.flush()
    said = out.buffer.getvalue().decode()
    events = [(event["kind"], event["sentence"]) for event in json.loads(said)] if said else []
    return {"code": code, "events": events, "err": err.getvalue()}
