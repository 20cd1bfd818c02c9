"""Every run is appended to the log, whole or not at all, and a run that could not be logged does not start."""

import json
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest

from scanner.errors import ScannerError
from scanner.probes.audit import Audit, open_log, state_folder
from scanner.scope import scope_of
from scanner.targets import Addresses, parse_targets

START, END = datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_runs_are_appended(tmp_path):
    log = tmp_path / "deep" / "audit.jsonl"
    scope = scope_of(parse_targets(["192.0.2.0/28"])).narrow(
        Addresses(), parse_targets(["192.0.2.3"]), date(2026, 11, 24)
    )
    for number in range(2):
        audit = Audit()
        for host in ("192.0.2.1", "192.0.2.2", "192.0.2.9"):
            audit.sent("http", ip_address(host), 4)
        audit.sent("sadp", ip_address("239.255.255.250"))
        assert audit.packets == 13
        audit.write(log, scope, START, END, f"scan {number}", "complete")
    first, second = (json.loads(line) for line in log.read_text().splitlines())
    assert (first["command"], second["command"]) == ("scan 0", "scan 1")
    assert first["networks"] == "192.0.2.0/28"
    assert first["exclude"] == "192.0.2.3"
    assert first["sent"] == {
        "http": {"packets": 12, "to": "192.0.2.1-192.0.2.2, 192.0.2.9"},
        "sadp": {"packets": 1, "to": "239.255.255.250"},
    }
    assert first["user"]
    assert (first["started"], first["outcome"]) == ("2026-11-24T08:00:00+00:00", "complete")
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_log_is_in_the_users_state_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "camcensus"
    monkeypatch.setenv("XDG_STATE_HOME", "relative")
    assert state_folder() == Path.home() / ".local/state/camcensus"
    monkeypatch.setattr("sys.platform", "darwin")
    assert state_folder() == Path.home() / "Library/Application Support/camcensus"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert state_folder() == tmp_path / "camcensus"


def test_a_log_that_cannot_be_written_is_a_sentence_before_the_run(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ScannerError, match="--audit-log names another"):
        open_log(blocked / "audit.jsonl")
    assert open_log(tmp_path / "new" / "a.jsonl").exists()
