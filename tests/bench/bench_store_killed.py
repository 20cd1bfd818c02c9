"""A writer killed with -9 two hundred times on each database: what is lost, what is half.

The same trial as the test's, in full. Says its verdict in the last line and exits with 1 if anything was lost.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))

from postgres import server  # noqa: E402 - the tests' own


def trial(name: str, url: str, times: int) -> bool:
    """Run one trial and print its line; returns whether nothing was lost."""
    done = subprocess.run(
        [sys.executable, TESTS / "store" / "store_killing.py", url, str(times), "2026"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    print(
        f"{name:<12}{found['died']:>8} deaths{found['finished']:>8} finished runs{found['unfinished']:>8} unfinished"
        f"{len(found['faults']):>8} faults"
    )
    for fault in found["faults"][:10]:
        print(f"  {fault}")
    return not found["faults"] and found["died"] == times and found["unfinished"] > 0


def main() -> int:
    """Run both trials."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=200)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory() as folder, server() as pg:
        sound = [
            trial("SQLite", f"sqlite:///{folder}/census.sqlite", times),
            trial("PostgreSQL", pg.fresh("killed"), times),
        ]
    print("verdict: " + ("no finished run lost, no half run counts" if all(sound) else "NOT SOUND"))
    return 0 if all(sound) else 1


if __name__ == "__main__":
    sys.exit(main())
