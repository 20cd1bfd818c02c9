"""What a scan recorded is a folder like any other: read back, it gives the identity that it expects."""

from datetime import date

import pytest
from conftest import ROOT

from scanner.errors import ScannerError
from scanner.fingerprints import load
from scanner.model import Attribute
from scanner.pipeline import Reading, devices_of
from scanner.recorder import Recorder, record
from scanner.recordings import read_folder, read_folders

ON = date(2026, 11, 24)
NAMES = (
    "hikvision-ds-2cd2385g1-i-5.6.2",
    "dahua-ipc-hdw5421s-2.400",
    "axis-m1065-lw-9.80.1",
    "hp-laserjet-m1536dnf",
    "foscam-hd-videomain",
)
ORIGINALS = {r.name: r for r in read_folders(ROOT / "fixtures" / "devices")}


def devices(recording):
    return devices_of(recording.messages(), load(), Reading(strict=True), ON)


def said(device):
    return {a: device.value(a) for a in (Attribute.KIND, Attribute.BRAND, Attribute.MAKER, Attribute.MODEL)}


@pytest.mark.parametrize("name", NAMES)
def test_a_masked_folder_is_the_same_device_and_not_this_one(name, tmp_path):
    original = ORIGINALS[name]
    found = devices(original)
    (folder,) = record(list(original.messages()), found, tmp_path, load(), ON, key=b"k")
    masked = read_folder(folder)
    (before,) = [d for d in found if original.address in d.addresses]
    (after,) = [d for d in devices(masked) if masked.address in d.addresses]
    assert said(before) == said(after)
    assert masked.expect["kind"] == after.kind
    assert masked.expect.get("maker") == after.value(Attribute.MAKER)
    assert "Not as in the scan" not in masked.note
    assert masked.source.startswith("COMPLETE")
    assert masked.mac != original.mac
    assert (masked.mac or "")[:8] == (original.mac or "")[:8]
    everything = b"".join(a.payload + a.request for a in masked.answers)
    assert bytes.fromhex((original.mac or "0" * 12).replace(":", "")).hex().encode() not in everything.lower()
    assert (original.mac or "x").encode() not in everything.lower()
    serial = before.value(Attribute.SERIAL)
    assert not serial or serial.encode() not in everything


def test_two_of_a_kind_get_two_folders_and_addresses_of_their_own(tmp_path):
    original = ORIGINALS[NAMES[0]]
    found = devices(original)
    for _ in range(2):
        record(list(original.messages()), found, tmp_path, load(), ON)
    folders = sorted(path.name for path in tmp_path.iterdir())
    assert len(folders) == 2
    assert folders[1].endswith("-2")


def test_questions_and_neighbours_are_not_recorded(tmp_path):
    from dataclasses import replace

    original = ORIGINALS[NAMES[0]]
    messages = list(original.messages())
    search = replace(messages[0], protocol="ssdp", payload=b"M-SEARCH * HTTP/1.1\r\n\r\n", request=b"")
    probe = replace(
        messages[0], protocol="wsdiscovery", payload=b"<e:Envelope><d:Probe></d:Probe></e:Envelope>"
    )
    arp = replace(messages[0], protocol="arp", payload=b"x")
    asked = replace(messages[0], protocol="http", payload=b"GET / HTTP/1.1\r\n\r\n", request=b"")
    (folder,) = record([*messages, search, probe, arp, asked], devices(original), tmp_path, load(), ON)
    assert len(read_folder(folder).answers) == len(original.answers)


def test_a_device_that_said_nothing_has_no_folder(tmp_path):
    original = ORIGINALS[NAMES[0]]
    assert record([], devices(original), tmp_path, load(), ON) == []


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path):
    original = ORIGINALS[NAMES[0]]
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ScannerError, match="cannot be written"):
        record(list(original.messages()), devices(original), blocked, load(), ON)


def test_the_recorder_is_bounded_and_counts_what_it_lost():
    recorder = Recorder(max_bytes=3000)
    for message in ORIGINALS[NAMES[0]].messages():
        recorder.take(message)
    assert recorder.lost > 0
    assert sum(len(m.payload) for m in recorder.messages) <= 3000


def test_a_capture_of_what_was_received_replays_to_the_same(tmp_path):
    from dataclasses import replace
    from ipaddress import IPv4Interface

    from scanner.capture import open_capture
    from scanner.identity import Sightings
    from scanner.model import Endpoint
    from scanner.probes.interfaces import Interface
    from scanner.probes.pcapout import write_capture
    from scanner.probes.plan import make_plan
    from scanner.scope import scope_of
    from scanner.targets import Addresses, parse_targets

    link = Interface(
        name="eth0", index=2, addresses=(IPv4Interface("192.0.2.250/24"),), mac="02:00:00:00:00:09"
    )
    targets = parse_targets(["192.0.2.0/24"])
    plan = make_plan(scope_of(targets), [link], targets=targets, exclude=Addresses(), today=ON)
    sightings, messages = Sightings(), []
    for name in NAMES[:3]:
        recording = ORIGINALS[name]
        for message in recording.messages():
            sightings.add(message.time, recording.mac, recording.address, stated=True)
            messages.append(replace(message, mac=None, destination=Endpoint(port=message.destination.port)))
    path = tmp_path / "out.pcap"
    assert write_capture(messages, path, plan, sightings.judge()) == len(messages)
    found = devices_of(open_capture(path), load(), Reading(strict=True), ON)
    for name in NAMES[:3]:
        (device,) = [d for d in found if ORIGINALS[name].address in d.addresses]
        assert device.value(Attribute.MAKER) == ORIGINALS[name].expect.get("maker")
        assert device.macs == (ORIGINALS[name].mac,)
