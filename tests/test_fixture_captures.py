"""Captures yield what their lists say, scripts make their files again, and nasty input costs nothing."""

import importlib.util
import io
import json
import time
import tomllib
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT

from scanner.capture import open_capture
from scanner.errors import CaptureError
from scanner.model import Attribute, Device, Endpoint, Message, Report
from scanner.pipeline import replay
from scanner.protocols import PROTOCOLS
from scanner.recordings import read_folders
from scanner.reports import render

CAPTURES = ROOT / "fixtures" / "captures"
SCRIPTS = sorted(CAPTURES.glob("make_*.py"))
LISTS = sorted(CAPTURES.glob("*.toml"))
NASTY = sorted(path for path in (ROOT / "fixtures" / "hostile").iterdir() if path.suffix != ".md")
CERTIFICATES = ROOT / "fixtures" / "devices" / "make_certificates.py"
ON = date(2026, 11, 24)
MAX_SECONDS = 2.0
MAX_CAPTURE = 1_500_000
CONCLUDED = (Attribute.BRAND, Attribute.MAKER, Attribute.MODEL)


def module(path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A script imported under a name of its own, with its neighbours importable and no main run."""
    monkeypatch.syspath_prepend(str(path.parent))
    spec = importlib.util.spec_from_file_location(f"fixture_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def capture_of(listing: Path) -> Path:
    (found,) = (path for path in CAPTURES.glob(f"{listing.stem}.pcap*"))
    return found


def read(listing: Path) -> Report:
    return replay([capture_of(listing)], on=ON, strict=True)


def matching(devices: tuple[Device, ...], wanted: dict[str, str]) -> list[Device]:
    """By MAC where the list gives one: an address can be somebody else's claim."""
    if "mac" in wanted:
        return [device for device in devices if wanted["mac"] in device.macs]
    return [device for device in devices if ip_address(wanted["address"]) in device.addresses]


def told(device: Device) -> dict[str, str]:
    known = {"kind": device.kind} | ({"what": device.what} if device.what else {})
    return known | {a.value: str(device.value(a)) for a in CONCLUDED if device.value(a)}


@pytest.mark.parametrize("listing", LISTS, ids=lambda path: path.stem)
class TestCaptures:
    def test_yields_what_its_list_says(self, listing):
        report = read(listing)
        wanted = tomllib.loads(listing.read_text(encoding="utf-8"))["device"]
        for entry in wanted:
            (device,) = matching(report.devices, entry)
            expected = {key: value for key, value in entry.items() if key not in {"mac", "address"}}
            assert told(device) == expected, entry
            if "address" in entry:
                assert ip_address(entry["address"]) in device.addresses

    def test_nothing_else_is_surveillance(self, listing):
        report = read(listing)
        wanted = tomllib.loads(listing.read_text(encoding="utf-8"))["device"]
        known = {device.id for entry in wanted for device in matching(report.devices, entry)}
        assert [d.addresses for d in report.devices if d.is_surveillance and d.id not in known] == []

    def test_replays_to_the_same_bytes(self, listing):
        once, again = (render(read(listing), "json") for _ in range(2))
        assert once == again
        assert json.loads(once)

    def test_is_small(self, listing):
        assert 0 < capture_of(listing).stat().st_size < MAX_CAPTURE


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_makes_its_files_again(script, monkeypatch):
    made = module(script, monkeypatch).make()
    name = script.stem.removeprefix("make_")
    assert {"toml"} < set(made)
    for ending, content in made.items():
        assert content == (CAPTURES / f"{name}.{ending}").read_bytes(), ending


def test_every_capture_has_script_and_list():
    names = {path.stem for path in CAPTURES.glob("*.pcap*")}
    assert names == {path.stem for path in LISTS} == {path.stem.removeprefix("make_") for path in SCRIPTS}


def test_certificates_are_made_again(monkeypatch):
    script = module(CERTIFICATES, monkeypatch)
    for number, (folder, subject) in enumerate(script.SUBJECTS.items(), 1):
        text = script.hexadecimal(subject, script.certificate(subject, number))
        assert text == (script.place(folder) / "certificate.hex").read_text(encoding="ascii")


def test_recorded_devices_are_told_apart():
    folders = read_folders(CERTIFICATES.parent)
    macs = [recording.mac for recording in folders if recording.mac]
    assert len(set(macs)) == len(macs)


def asked_and_answered(name: str, request: bytes, payload: bytes) -> Message:
    source = Endpoint(host=ip_address("192.0.2.9"), port=80)
    when = datetime(2026, 1, 1, tzinfo=UTC)
    return Message(
        time=when, protocol=name, source=source, mac="02:00:00:00:00:09", request=request, payload=payload
    )


def messages_or_refusal(path: Path) -> int | str:
    """How many messages a capture gives, or the sentence with which it is refused."""
    try:
        return sum(1 for _ in open_capture(io.BytesIO(path.read_bytes()), name=path.name))
    except CaptureError as refusal:
        return str(refusal)


@pytest.mark.parametrize("nasty", NASTY, ids=lambda path: path.name)
class TestNasty:
    def test_no_reader_minds(self, nasty):
        raw = nasty.read_bytes()
        for protocol in PROTOCOLS:
            begun = time.perf_counter()
            if protocol.recognise:
                assert protocol.recognise(raw) in {True, False}
            for request in (b"", raw):
                found = protocol.parse(asked_and_answered(protocol.name, request, raw))
                assert all(protocol.declares(key) for one in found for key, _ in one.facts)
            assert time.perf_counter() - begun < MAX_SECONDS, protocol.name

    def test_the_capture_reader_refuses_or_reads(self, nasty):
        begun = time.perf_counter()
        outcome = messages_or_refusal(nasty)
        assert time.perf_counter() - begun < MAX_SECONDS
        assert nasty.name in outcome if isinstance(outcome, str) else outcome < 1000
