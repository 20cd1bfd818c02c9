"""What the store knows decides who is a stranger: devices of earlier runs, by address, MAC and serial number."""

from datetime import UTC, date, datetime

import pytest
from guarded_kit import device, sheet

from scanner.credentials import Grant, Ledger, Withheld, grant
from scanner.credentials.remembered import Remembered
from scanner.model import Coverage, Report
from scanner.store import open_store

MAC, OTHER = "44:19:b6:00:00:01", "3c:8c:f8:00:00:02"


@pytest.fixture
def memory(tmp_path):
    earlier = Report(
        tool={"name": "camcensus", "version": "0"},
        data={"fingerprints": "0", "lists": {}},
        run={"mode": "scan", "as_of": "2026-11-26"},
        devices=(device(mac=MAC),),
        findings=(),
        coverage=Coverage(first=datetime(2026, 11, 26, tzinfo=UTC)),
        as_of=date(2026, 11, 26),
    )
    with open_store(str(tmp_path / "store.db")) as store:
        store.save(earlier, site="hall")
        yield Remembered.of_store(store, "hall"), Remembered.of_store(store, "elsewhere")


@pytest.mark.parametrize(("mac", "given"), [(MAC, Grant), (OTHER, Withheld), (None, Withheld)])
def test_who_stands_where_another_was_known(memory, mac, given, tmp_path):
    here, elsewhere = memory
    credentials = sheet(tmp_path)
    assert isinstance(grant(device(mac=mac), credentials, Ledger(), [here]), given)
    assert isinstance(grant(device(mac=mac), credentials, Ledger(), [elsewhere]), Grant)
    assert isinstance(grant(device("127.0.0.9", mac=mac), credentials, Ledger(), [here]), Grant)


def test_an_address_alone_is_enough_for_who_is_known(memory, tmp_path):
    here, elsewhere = memory
    credentials = sheet(tmp_path, 'address = "127.0.0.0/24"')
    assert isinstance(grant(device(mac=MAC), credentials, Ledger(), [here]), Grant)
    assert isinstance(grant(device(mac=MAC), credentials, Ledger(), [elsewhere]), Withheld)
