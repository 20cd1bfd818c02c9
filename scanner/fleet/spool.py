"""What a sensor has found and not handed in yet, and the last it heard of its centre: files in a folder of its own.

A bundle is written whole under another name and renamed, so that a sensor that is killed leaves a bundle or none. They
are handed in in the order of their rounds; a bundle leaves the folder when the centre has it. Which rounds are done
stays, so that a job that comes again is answered with what is there.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from scanner.errors import ScannerError

MAX_DONE = 2000
"""Runs whose names are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What the centre last asked of the site: when, in how many shards, and which targets (none: the whole scope)."""

    site: str
    schedule: str | None = None
    shards: int = 1
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spooled:
    """A bundle on disk: its run, its round, and whether it is whole."""

    path: Path
    run: UUID
    round: UUID
    due: datetime
    shard: int
    shards: int
    complete: bool

    def read(self) -> bytes:
        """Return its bytes."""
        return self.path.read_bytes()


def default_folder(site: str) -> Path:
    """Return where the sensor of a site keeps its results, in the user's data folder."""
    from scanner.folders import data_folder

    name = "".join(c if c.isalnum() or c in "-_" else "-" for c in site)
    return data_folder() / "sensor" / name


class Spool:
    """The folder of one sensor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ScannerError(f"the folder {folder} cannot be made: {error.strerror}") from error

    def put(self, bundle: bytes, about: Spooled) -> None:
        """Keep a bundle; it is there as a whole or not at all."""
        name = f"{about.due:%Y%m%dT%H%M%SZ}-{about.shard:02d}-{about.run}"
        (self.folder / f"{name}.json").write_text(json.dumps(_record(about)))
        _write(self.folder / f"{name}.bundle", bundle)
        self._remember(about.run)

    def waiting(self) -> Iterator[Spooled]:
        """Yield the bundles that are not handed in, the oldest round first."""
        for path in sorted(self.folder.glob("*.bundle")):
            try:
                record = json.loads(path.with_suffix(".json").read_text())
            except (OSError, ValueError):
                continue  # its twin is not there: a bundle of nobody
            yield _spooled(path, record)

    def drop(self, one: Spooled) -> None:
        """Forget a bundle that the centre has."""
        one.path.unlink(missing_ok=True)
        one.path.with_suffix(".json").unlink(missing_ok=True)

    def put_aside(self, one: Spooled) -> Path:
        """Move a bundle that the centre will not have out of the way of the others; returns where it is now."""
        aside = self.folder / "refused"
        aside.mkdir(exist_ok=True)
        for path in (one.path.with_suffix(".json"), one.path):
            path.replace(aside / path.name)
        return aside / one.path.name

    def is_done(self, run: UUID) -> bool:
        """Tell whether a run was made here, handed in or not."""
        return str(run) in self._done()

    def orders(self) -> Orders | None:
        """Return what the centre last asked for, or None if it never was reached."""
        try:
            record = json.loads((self.folder / "orders").read_text())
            return Orders(**{**record, "targets": tuple(record["targets"])})
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def orders_since(self) -> datetime | None:
        """Return when the orders that hold were first heard."""
        try:
            return datetime.fromtimestamp((self.folder / "orders").stat().st_mtime, UTC)
        except OSError:
            return None

    def keep_orders(self, orders: Orders) -> None:
        """Remember what the centre asks for; written only when it is new."""
        if orders != self.orders():
            _write(self.folder / "orders", json.dumps(asdict(orders)).encode())

    def _done(self) -> list[str]:
        try:
            return (self.folder / "done").read_text().split()
        except OSError:
            return []

    def _remember(self, run: UUID) -> None:
        _write(self.folder / "done", "\n".join([*self._done(), str(run)][-MAX_DONE:]).encode())


def _write(path: Path, data: bytes) -> None:
    """Write a file whole: under another name, to the disk, then renamed."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _record(about: Spooled) -> dict[str, object]:
    return {
        "run": str(about.run),
        "round": str(about.round),
        "due": about.due.isoformat(),
        "shard": about.shard,
        "shards": about.shards,
        "complete": about.complete,
    }


def _spooled(path: Path, record: dict[str, object]) -> Spooled:
    return Spooled(
        path=path,
        run=UUID(str(record["run"])),
        round=UUID(str(record["round"])),
        due=datetime.fromisoformat(str(record["due"])),
        shard=int(str(record["shard"])),
        shards=int(str(record["shards"])),
        complete=record["complete"] is True,
    )
