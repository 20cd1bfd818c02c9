"""A store as this program writes it now, as SQL: `make_store.py > form-NNNN.sql`.

Run before a new migration is added: the file that it prints is what users have by then.
"""

import sqlite3
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent)]

from store_kit import AXIS, HIKVISION, SONY, heard, night  # noqa: E402 - found by the line above

from scanner.store import open_store  # noqa: E402


def main() -> None:
    """Write five nights in which everything happens that leaves rows, and print the file as SQL."""
    nights = (
        heard(AXIS) + heard(HIKVISION),
        heard(AXIS),
        heard(AXIS) + heard(SONY),
        heard(SONY),
        heard(AXIS),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "census.sqlite"
        with open_store(str(path)) as store:
            for day, messages in enumerate(nights):
                store.save(night(messages, day=day), messages[:2], site="hall")
            store.begin("hall")
        with sqlite3.connect(path) as db:
            print("\n".join(db.iterdump()))


if __name__ == "__main__":
    main()
