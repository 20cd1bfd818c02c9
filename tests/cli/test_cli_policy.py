"""The commands about lists and waivers: what they print, what they write, what they refuse."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scanner.cli import run
from scanner.policy import find_list, load_waivers
from scanner.policy.loading import LISTS

LATER = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def newer(tmp_path):
    path = tmp_path / "newer.toml"
    text = (LISTS / "us-ndaa-889.toml").read_text()
    held = find_list("us-ndaa-889").version.isoformat()
    path.write_text(
        text.replace(f"version = {held}", "version = 2031-01-01").replace("ZTE Corp", "ZTE Group Corp")
    )
    return path


def test_plain_lists_tells_of_those_that_are_not_held_by_default(capsys):
    assert run(["lists"]) == 0
    out = capsys.readouterr().out
    assert out.index("us-ndaa-889: John") < out.index("On request") < out.index("us-bis-entity: Entity List")
    assert out.index("Not confirmed") < out.index("us-vt-2019")


def test_one_list_is_shown_with_its_sources(capsys):
    assert run(["lists", "show", "ca-qc-2023"]) == 0
    out = capsys.readouterr().out
    assert "names      Zhejiang Dahua Technology Co., Ltd., since 2023-12-21" in out
    assert "source     Press release of the ministry, 2023-12-22: https://www.newswire.ca/" in out
    assert run(["lists", "show", "us-vt-2019", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert (record["confirmed"], record["origin"]) == (False, "shipped")


def test_a_newer_list_is_validated_compared_and_installed(newer, capsys):
    assert run(["lists", "validate", str(newer)]) == 0
    assert capsys.readouterr().out == "newer.toml is a list: us-ndaa-889 of 2031-01-01, 5 names\n"
    assert run(["lists", "diff", "us-ndaa-889", str(newer)]) == 0
    out = capsys.readouterr().out
    assert "~ list: version: 2026-11-23 → 2031-01-01" in out
    assert "- ZTE Corporation: named, from 2018-08-13" in out
    assert "+ ZTE Group Corporation: named, from 2018-08-13" in out
    assert run(["lists", "update", "--file", str(newer)]) == 0
    assert "us-ndaa-889 of 2031-01-01 is in use now" in capsys.readouterr().out
    assert run(["lists", "update", "--file", str(newer)]) == 2
    assert "the same as what is in use: 2031-01-01" in capsys.readouterr().err
    assert run(["lists", "--list", "us-ndaa-889", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["origin"] == "installed"


@pytest.mark.parametrize(
    "words",
    [["show"], ["show", "a", "b"], ["diff", "a"], ["gossip"], ["update", "x"], ["show", "x", "--file", "y"]],
)
def test_words_that_do_not_fit_are_told_what_fits(words, capsys):
    assert run(["lists", *words]) == 2
    assert "show ID, validate FILE, diff A B, update --file FILE" in capsys.readouterr().err


def test_update_without_a_file_asks_for_one(capsys):
    assert run(["lists", "update"]) == 2
    assert "--file FILE" in capsys.readouterr().err


WAIVE = ["--list", "us-ndaa-889", "--owner", "facilities", "--reason", "roof", "--ticket", "FAC-12"]


def test_a_waiver_is_written(tmp_path, capsys):
    path = tmp_path / "waivers.toml"
    words = ["waive", "192.0.2.7", *WAIVE, "--expires", LATER, "--waivers", str(path)]
    assert run(words) == 0
    assert "device 192.0.2.7, us-ndaa-889: FAC-12, facilities, until" in capsys.readouterr().err
    (waiver,) = load_waivers(path)
    assert (waiver.device, waiver.expires.isoformat()) == ("192.0.2.7", LATER)
    assert run(words) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([*WAIVE, "--expires", LATER], "a waiver must say whom it covers"),
        (["--maker", "Dahua", *WAIVE, "--expires", "2020-01-01"], "--expires: 2020-01-01 is past"),
        (["--network", "10.0.0.0/40", *WAIVE, "--expires", LATER], "waiver 1: network: "),
        (["x", *WAIVE[2:], "--list", "no-list", "--expires", LATER], "there is no list 'no-list'"),
    ],
)
def test_a_waiver_that_cannot_be_is_refused(tmp_path, capsys, words, said):
    path = tmp_path / "waivers.toml"
    assert run(["waive", *words, "--waivers", str(path)]) != 0
    assert said in capsys.readouterr().err
    assert not path.exists()


def test_the_configuration_says_where_waivers_are(tmp_path, capsys):
    config = tmp_path / "camcensus.toml"
    config.write_text('networks = ["192.168.1.0/24"]\n')
    words = ["waive", "192.0.2.7", *WAIVE, "--expires", LATER, "--config", str(config)]
    assert run(words) == 2
    assert "camcensus.toml names no file of waivers" in capsys.readouterr().err
    (tmp_path / "waivers.toml").write_text("\ufeffschema = 1\n")
    config.write_text('waivers = "waivers.toml"\n')
    assert run(words) == 0
    assert len(load_waivers(tmp_path / "waivers.toml")) == 1


def test_what_asks_the_store_asks_the_one_of_the_configuration(tmp_path, fixtures, capsys):
    capture = fixtures / "captures" / "building.pcapng"
    config = tmp_path / "camcensus.toml"
    config.write_text('site = "hall"\nstore = "mine.sqlite"\n')
    words = ["--config", str(config)]
    for _ in range(2):
        url = str(tmp_path / "mine.sqlite")
        assert run(["replay", str(capture), "--store", url, "--site", "hall", "--fail-on", "none", "-q"]) == 0
    assert run(["replay", str(capture), "--store", url, "--site", "other", "--fail-on", "none", "-q"]) == 0
    capsys.readouterr()
    assert run(["diff", *words]) == 0
    assert run(["store", "verify", *words]) == 0
    assert run(["store", "info", "--json", *words]) == 0
    told = capsys.readouterr()
    assert "No changes." in told.out
    assert {one["site"] for one in json.loads(told.out.partition("\n")[2])["runs"]} == {"hall"}
    assert run(["devices", "--json", *words]) == 0
    assert {one["site"] for one in json.loads(capsys.readouterr().out)} == {"hall"}
