"""Three buildings with the same addresses, killed sensors, a server that goes: nothing is lost, nothing is doubled."""

import psycopg
import pytest
from fleet_lab import BUILDINGS, RECORDINGS
from fleet_rounds import rounds
from postgres import server

from scanner.model import Attribute
from scanner.recordings import read_folder
from scanner.store import open_store

ROUNDS = 2


@pytest.mark.slow
def test_rounds_under_random_trouble(tmp_path):
    with server() as pg:
        here, _ = rounds(pg, tmp_path, ROUNDS, seed=11)
        check(here, ROUNDS)


def check(here, count: int) -> None:
    """Every round is one complete run of its site with that site's devices, and each device is there once."""
    with psycopg.connect(here.url) as db:
        found = db.execute("SELECT state, count(*) FROM fleet_rounds GROUP BY state").fetchall()
        assert found == [("complete", 3 * count)]
        assert db.execute("SELECT count(*) FROM fleet_inbox").fetchone() == (3 * count,)
    with open_store(here.url) as store:
        assert sorted(run.site for run in store.runs()) == sorted(list(BUILDINGS) * count)
        for site, names in BUILDINGS.items():
            wanted = {read_folder(RECORDINGS / name).expect["maker"] for name in names}
            makers = [
                device.value(Attribute.MAKER)
                for where, device, _ in store.devices(site)
                if device.is_surveillance
            ]
            assert sorted(makers) == sorted(wanted), site
            assert len(store.runs(site)) == count
