"""Devices into NetBox: dry first, whole, idempotent, and never against what a person wrote there."""

import doctest
import json
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from conftest import ROOT
from netbox_server import TOKEN, netbox
from reported import HOSTILES, devices, hostile, report

from scanner.cli import run
from scanner.errors import ScannerError
from scanner.model import Place
from scanner.netbox import Sync, pynetbox_box, wanted, wanted_devices
from scanner.pipeline import replay
from scanner.reports import render


def synced(server, made, *, apply=True, site="Town Hall"):
    sync = Sync(box=pynetbox_box(server.url, TOKEN), apply=apply)
    sync.run(list(wanted_devices(made, site)))
    return sync.actions


def kept(server, path):
    return list(server.store.objects[path].values())


@cache
def building():
    return replay([ROOT / "fixtures" / "captures" / "building.pcapng"], on=date(2026, 11, 23))


def test_examples_in_docstrings_hold():
    assert not doctest.testmod(wanted).failed


def test_a_dry_run_writes_nothing_and_foretells_everything():
    with netbox() as server:
        foretold = synced(server, building(), apply=False)
        assert server.store.writes == 0
        done = synced(server, building())
        assert [(a.verb, a.path, a.name) for a in foretold] == [(a.verb, a.path, a.name) for a in done]


def test_the_second_run_changes_nothing():
    with netbox() as server:
        synced(server, building())
        before = server.store.writes
        assert [action for action in synced(server, building()) if action.verb != "differs"] == []
        assert server.store.writes == before
        synced(server, building(), apply=False)


def test_every_surveillance_device_is_there_with_all_that_belongs_to_it():
    made = building()
    with netbox() as server:
        server.store.create("ipam/prefixes", {"prefix": "192.0.2.0/24"})
        synced(server, made)
        found = {item["asset_tag"]: item for item in kept(server, "dcim/devices")}
        for device in made.devices:
            assert (f"camcensus-{device.id}" in found) == device.is_surveillance
        expected = {mac for device in made.devices if device.is_surveillance for mac in device.macs}
        assert {item["mac_address"] for item in kept(server, "dcim/mac-addresses")} == expected
        carried = [item.get("primary_mac_address") for item in kept(server, "dcim/interfaces")]
        assert len(list(filter(None, carried))) == len(expected)
        lengths = Counter(item["address"].partition("/")[2] for item in kept(server, "ipam/ip-addresses"))
        assert lengths["24"] > 20
        assert not [item for item in kept(server, "ipam/ip-addresses") if item["address"].startswith("fe80")]
        hikvision = next(
            item for item in found.values() if item["name"].startswith("Hikvision DS-2CD2385G1-I")
        )
        shown = server.store.shown("dcim/devices", hikvision["id"])
        assert shown["device_type"]["manufacturer"]["name"] == "Hikvision"
        assert shown["role"]["slug"] == "camera"
        assert [tag["slug"] for tag in shown["tags"]] == ["camcensus", "camcensus-listed"]
        assert shown["primary_ip4"]["address"] == "192.0.2.10/24"


def person(server, **more):
    """What somebody entered by hand: a device with one interface and the MAC of a camera."""
    store = server.store
    store.create("dcim/manufacturers", {"name": "Annke", "slug": "annke"})
    store.create("dcim/device-types", {"manufacturer": 1, "model": "C800", "slug": "c800"})
    store.create("dcim/device-roles", {"name": "CCTV", "slug": "cctv"})
    store.create("dcim/sites", {"name": "Depot", "slug": "depot"})
    store.create(
        "dcim/devices", {"name": "gate", "device_type": 1, "role": 1, "site": 1, "comments": "mine", **more}
    )
    store.create("dcim/interfaces", {"device": 1, "name": "eth0", "type": "100base-tx"})
    store.create(
        "dcim/mac-addresses",
        {
            "mac_address": "44:19:B6:00:00:01",
            "assigned_object_type": "dcim.interface",
            "assigned_object_id": 1,
        },
    )


def test_a_device_that_a_person_entered_is_found_by_mac_filled_and_not_overwritten():
    with netbox() as server:
        person(server)
        actions = synced(server, report())
        gate = kept(server, "dcim/devices")[0]
        assert (gate["name"], gate["comments"], gate["site"]) == ("gate", "mine", 1)
        assert gate["asset_tag"] == "camcensus-aa00000001"
        assert [tag["slug"] for tag in gate["tags"]] == ["camcensus", "camcensus-listed"]
        assert len([item for item in kept(server, "dcim/interfaces") if item["device"] == 1]) == 1
        told = [action.detail for action in actions if action.verb == "differs"]
        assert told == [
            "manufacturer: NetBox says Annke, seen Hikvision",
            "model: NetBox says C800, seen I91BF",
        ]
        assert len(kept(server, "dcim/devices")) == 4


def test_a_serial_finds_a_device_unless_two_have_it():
    camera = devices()[0]
    serial = replace(
        camera, conclusions={**camera.conclusions, "serial": replace(camera.conclusions["model"], value="S1")}
    )
    with netbox() as server:
        person(server, serial="S1")
        synced(server, report(found=(serial,)))
        assert len(kept(server, "dcim/devices")) == 1
    with netbox() as server:
        person(server, serial="S1")
        server.store.create(
            "dcim/devices", {"name": "twin", "device_type": 1, "role": 1, "site": 1, "serial": "S1"}
        )
        synced(server, report(found=(serial,)))
        assert len(kept(server, "dcim/devices")) == 3


def test_an_address_is_not_taken_from_another_device():
    with netbox() as server:
        person(server)
        server.store.create(
            "ipam/ip-addresses",
            {"address": "192.0.2.9/24", "assigned_object_type": "dcim.interface", "assigned_object_id": 1},
        )
        actions = synced(server, report(found=(devices()[0],)))
        assert [a.detail for a in actions if a.verb == "differs"] == ["192.0.2.9 belongs to gate in NetBox"]
        assert kept(server, "ipam/ip-addresses")[0]["assigned_object_id"] == 1


def test_an_address_that_nobody_holds_is_assigned():
    with netbox() as server:
        server.store.create("ipam/ip-addresses", {"address": "192.0.2.9/23", "status": "reserved"})
        synced(server, report(found=(devices()[0],)))
        (address,) = kept(server, "ipam/ip-addresses")
        assert (address["address"], address["status"], address["assigned_object_id"]) == (
            "192.0.2.9/23",
            "reserved",
            1,
        )


def test_a_verdict_that_changes_changes_the_tag_and_keeps_the_others():
    with netbox() as server:
        synced(server, report())
        gate = next(item for item in kept(server, "dcim/devices") if item["asset_tag"].endswith("aa00000001"))
        server.store.create("extras/tags", {"name": "Roof", "slug": "roof"})
        gate["tags"].append({"name": "Roof", "slug": "roof"})
        made = report()
        cleared = replace(made, findings=tuple(f for f in made.findings if f.device != "aa00000001"))
        synced(server, cleared)
        assert [tag["slug"] for tag in gate["tags"]] == ["camcensus", "roof"]


def test_sites_are_those_of_the_zones_else_the_one_given():
    placed = replace(devices()[0], place=Place(site="Library"))
    with netbox() as server:
        synced(server, report(found=(placed, devices()[1])))
        assert [site["slug"] for site in kept(server, "dcim/sites")] == ["town-hall", "library"]


def test_an_older_netbox_has_macs_on_interfaces():
    with netbox("4.1", own_macs=False) as server:
        synced(server, report())
        assert {item["mac_address"] for item in kept(server, "dcim/interfaces")} == {
            device.macs[0] for device in devices() if device.is_surveillance
        }
        before = server.store.writes
        synced(server, report())
        assert server.store.writes == before


@pytest.mark.parametrize("kind", HOSTILES)
def test_no_string_of_a_device_is_refused_or_becomes_markup(kind):
    made = hostile(HOSTILES[kind])
    made = replace(made, devices=made.devices[:2])
    with netbox() as server:
        synced(server, made)
        before = server.store.writes
        for device in kept(server, "dcim/devices"):
            assert device["comments"].startswith("Seen by camcensus: `")
            assert "\n<" not in device["comments"]
        synced(server, made, apply=False)
        assert server.store.writes == before


def test_requests_are_few_where_devices_are_many():
    with netbox() as server:
        synced(server, building())
        server.asked.clear()
        synced(server, building())
        count = sum(1 for device in building().devices if device.is_surveillance)
        assert len(server.asked) < count


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "kept.json"
    path.write_text(render(report(), "json"))
    return path


def test_the_command_is_dry_until_told(source, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("NETBOX_TOKEN", TOKEN)
    with netbox() as server:
        words = ["netbox", str(source), "--url", server.url, "--site", "Town Hall"]
        assert run(words) == 0
        out = capsys.readouterr().out
        assert out.endswith("created.\n")
        assert "A dry run; --apply does it: " in out
        assert server.store.writes == 0
        assert run([*words, "--apply", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)[0]["verb"] == "create"
        assert len(kept(server, "dcim/devices")) == 4
        assert run([*words, "--apply"]) == 0
        assert capsys.readouterr().out == "Done: nothing to do.\n"


def test_faults_are_one_sentence(source, capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("NETBOX_TOKEN", raising=False)
    with netbox() as server:
        words = ["netbox", str(source), "--url", server.url, "--site", "Town Hall"]
        assert run(words) == 2
        assert "put it into a file for --token-file" in capsys.readouterr().err
        token = tmp_path / "token"
        token.write_text("wrong\n")
        assert run([*words, "--token-file", str(token)]) == 1
        assert "NetBox refused to list dcim/devices" in capsys.readouterr().err
        token.write_text(f"{TOKEN}\n")
        assert run([*words[:4], "--token-file", str(token)]) == 2
        assert "name one with --site" in capsys.readouterr().err
        server.version = "soon"
        assert run([*words, "--token-file", str(token)]) == 1
        assert "does not answer as NetBox does" in capsys.readouterr().err
    with pytest.raises(ScannerError, match="does not answer as NetBox does"):
        pynetbox_box(server.url, TOKEN)
