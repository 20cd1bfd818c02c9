"""Without a centre: what sites export, read at one desk, is the inventory that a centre would have."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fleet_kit import DUE, centre, heard
from postgres import server
from test_fleet_ingest import SCANNED, bundle, hand_in

from scanner.cli.saving import stored
from scanner.fleet.bundle import pack
from scanner.fleet.ingest import Ingestion
from scanner.pipeline import judge_again
from scanner.reports.as_json import device_record, finding_record
from scanner.store import open_store
from scanner.store.exchange import read_runs, write_runs

SITES = {
    "hall": heard("hikvision-ds-2cd2385g1-i-5.6.2", "axis-m1065-lw-9.80.1"),
    "school": heard("sony-snc-ch110-3.0.0", "dahua-ipc-hdw5421s-2.400"),
}
LISTS = ("us-ndaa-889", "us-fcc-covered")


@pytest.fixture(scope="module")
def pg():
    with server() as one:
        yield one


def told(store):
    """What a report on all sites tells: devices, each at its site, and findings."""
    report = stored(store, None)
    return (
        [device_record(device) for device in report.devices],
        [finding_record(finding) for finding in report.findings],
    )


def test_a_desk_that_reads_exports_has_what_a_centre_has(pg, tmp_path):
    here = centre(pg.fresh("without"), *SITES, shards=1)
    open_store(here.url).close()
    here.add_sensor("one", "hall")
    desk = str(tmp_path / "desk.sqlite")
    for site, messages in SITES.items():
        round_name = here.ask(site, DUE)
        hand_in(here, round_name, 0, bundle_of(round_name, site, messages), site)
        Ingestion(here, LISTS).take_in(round_name)
        at_site, file = str(tmp_path / f"{site}.sqlite"), tmp_path / f"{site}.runs"
        scanned = judge_again(replace(SCANNED, run={"mode": "scan"}), messages, on=DUE.date(), lists=LISTS)
        with open_store(at_site) as store:
            store.save(scanned, messages, site=site)
            assert write_runs(store, file, None) == 1
        with open_store(desk) as store:
            assert read_runs(store, file) == (1, 0)
            assert read_runs(store, file) == (0, 1)
    with open_store(desk) as one, open_store(here.url) as fleet:
        assert told(one) == told(fleet)
        assert [device["place"]["site"] for device in told(one)[0]] == ["hall", "hall", "school", "school"]


def bundle_of(round_name, site, messages):
    ended = DUE + timedelta(minutes=1)
    return pack(bundle(round_name, 0, messages, site=site, shards=1, ended=ended))
