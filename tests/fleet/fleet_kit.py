"""A centre on a PostgreSQL server, and sensors whose scans are recorded answers."""

from datetime import UTC, datetime
from pathlib import Path

from conftest import ROOT

from scanner.fleet.bundle import Bundle
from scanner.fleet.centre import Centre
from scanner.fleet.database import install
from scanner.fleet.sensor import Sensor
from scanner.fleet.spool import Spool
from scanner.recordings import read_folder

DUE = datetime(2026, 11, 27, 2, tzinfo=UTC)


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
