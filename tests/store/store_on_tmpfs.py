"""The store on a file system of its own that is small, then full, then read-only; run inside a mount namespace.

`unshare --mount [--user --map-root-user] python store_on_tmpfs.py` prints what happened as JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from store_kit import AXIS, SONY, heard, night  # noqa: E402 - found by the line above

from scanner.errors import ScannerError  # noqa: E402
from scanner.store import open_store  # noqa: E402


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def sentence(act):
    try:
        act()
    except ScannerError as error:
        return str(error)
    return "done"


def whole(url):
    with open_store(url, create=False) as store:
        return [len(store.report(run.id).devices) for run in store.runs()]


def main():
    folder = Path(tempfile.mkdtemp())
    mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder))
    url = f"sqlite:///{folder / 'census.sqlite'}"
    report, messages = night(heard(AXIS)), heard(AXIS)
    with open_store(url) as store:
        store.save(report, messages)
    noise = [replace(messages[0], payload=os.urandom(4000)) for _ in range(500)]
    told = {"full while it writes": sentence(lambda: save(url, night(messages, day=1), noise))}
    told["after that"] = whole(url)
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        while sentence_of_write(file):
            pass
    told["full"] = sentence(lambda: save(url, night(heard(AXIS) + heard(SONY), day=1), messages))
    told["after full"] = whole(url)
    filler.unlink()
    told["room again"] = sentence(lambda: save(url, night(heard(AXIS), day=1), messages))
    told["with room"] = whole(url)
    mount("-o", "remount,ro", str(folder))
    told["read only"] = sentence(lambda: save(url, report, messages))
    told["read all the same"] = whole(url)
    print(json.dumps(told))


def sentence_of_write(file):
    try:
        return file.write(b"x" * 4096)
    except OSError:
        return 0


def save(url, report, messages):
    with open_store(url) as store:
        store.save(report, messages)


if __name__ == "__main__":
    main()
