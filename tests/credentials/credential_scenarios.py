"""A building of locked devices, scanned by its owner: run inside the lab, prints what everybody knows afterwards."""

import contextlib
import io
import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
USER, PASSWORD = "wachdienst", "Gh3im/n1s&ü%"
SECRET_OF_ONE = "0nly-the-c4non"


def building(kind: str):
    """The honest building, or one in which a stranger has taken the place of one of its cameras."""
    from scanner.lab import Building, Placed
    from scanner.lab.guarded import Ask, Lock, Oddity
    from scanner.lab.soap import Behind, Owned
    from scanner.recordings import read_folder

    def placed(name, address, password=PASSWORD, **lock):
        from ipaddress import IPv4Address

        from scanner.lab import copy_of

        recording = read_folder(ROOT / "fixtures" / "devices" / name)
        moved = copy_of(recording, recording.name, IPv4Address(address), recording.mac or "00:40:8c:00:00:0a")
        said = {key: moved.expect[key] for key in ("model", "firmware", "serial") if key in moved.expect}
        said |= {"maker": moved.expect["brand"]} if "brand" in moved.expect else {}
        knows = replace(Owned(**said), **lock.pop("own", {}), mac=moved.mac)
        return Placed(recording=moved, lock=Lock(user=USER, password=password, own=knows, **lock))

    own = {"ptz": True, "audio_in": 1, "rules": ("tt:LineDetector",), "name": "大门"}
    behind = (
        Behind(name="Gate", model="DS-2CD2042WD-I", serial="DS-2CD2042WD-I20170301AAWR700000001"),
        Behind(name="Yard", model="IPC-HDW5421S", firmware="2.400.0000.14.R", maker="ONVIF"),
    )
    recorder = {"serial": "DS-7608NI-K20820180101CCRR123456789WCVU", "behind": behind}
    odd = frozenset
    honest = [
        placed("hikvision-ds-2cd2012-i-5.2.0", "192.0.2.11", skew_s=-86400.0 * 30, own=own),
        placed(
            "trendnet-tv-ip320pi-5.3.4",
            "192.0.2.12",
            ask=Ask.HTTP,
            stale_after=2,
            oddities=odd({Oddity.GB2312}),
        ),
        placed(
            "hikvision-ds-2df7276-ael-5.1.6",
            "192.0.2.13",
            own=own,
            oddities=odd({Oddity.HALF_BROKEN, Oddity.WRONG_XADDRS}),
        ),
        placed(
            "axis-q6045-e-5.55.1.2",
            "192.0.2.14",
            ask=Ask.HTTP_SHA256,
            oddities=odd({Oddity.EVERYTHING_LOCKED}),
        ),
        placed("pelco-d6230l-2.9.0.4", "192.0.2.15", slow_s=0.2, oddities=odd({Oddity.CLOSING})),
        placed("canon-vb-s30d-1.3.3", "192.0.2.16", password=SECRET_OF_ONE),
        placed("hikvision-ds-7608ni-k2-3.4.94", "192.0.2.17", ask=Ask.HTTP, own=recorder),
        placed("sony-snc-ch110-3.0.0", "192.0.2.18", ask=Ask.BASIC),
    ]
    if kind == "rogue":  # the same answers from the same address; only its MAC is its own
        first = honest[0]
        honest = [replace(first, recording=replace(first.recording, mac="00:0c:29:00:00:66"))]
    return Building(devices=tuple(honest))


def owner(words: str) -> int:
    """Run command lines in a building; tells output, the devices' accounts, and what the process list showed."""
    from scanner.cli import run
    from scanner.lab import build

    wish = json.loads(words)
    os.environ["XDG_STATE_HOME"] = wish["state"]
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    seen: set[str] = set()
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(seen, over), daemon=True)
    watcher.start()
    codes = []
    with (
        build(building(wish["building"])) as lab,
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        for command in wish["commands"]:
            codes += [run(command)]
        accounts = lab.accounts()
    over.set()
    watcher.join()
    out.flush()
    answer = {
        "codes": codes,
        "out": out.buffer.getvalue().decode(),
        "err": err.getvalue(),
        "processes": sorted(seen),
        "devices": {
            name.partition("#")[0]: {
                "failures": a.failures,
                "locked": a.locked,
                "heard": [h.decode("latin-1") for h in a.heard],
                "together": a.together,
            }
            for name, a in accounts.items()
        },
    }
    os.write(1, json.dumps(answer).encode())
    return 0


def _watch(seen: set[str], over: threading.Event) -> None:
    """Look at the process list again and again, as anybody on the machine may."""
    while not over.is_set():
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                seen.add(path.read_bytes().replace(b"\0", b" ").decode("latin-1"))
        time.sleep(0.1)
