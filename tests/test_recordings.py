"""Three roads, one identity: a recorded device parsed, and replayed from a capture in which nothing is in order."""

import io
import random
from datetime import date
from pathlib import Path

import pytest
from conftest import ROOT

from scanner.capture import open_capture
from scanner.capture.writer import PcapWriter, frames_of
from scanner.errors import KnowledgeError
from scanner.fingerprints import load
from scanner.identity.conclusions import THRESHOLD
from scanner.model import Attribute, Device
from scanner.pipeline import Reading, devices_of
from scanner.protocols import by_name
from scanner.recordings import EXPECTABLE, Recording, read_folder, read_folders

FOLDERS = read_folders(ROOT / "fixtures" / "devices")
UNSETTLED = read_folders(ROOT / "fixtures" / "unsettled")
ON = date(2026, 11, 27)


def conclude(messages, recording: Recording) -> Device:
    found = devices_of(messages, load(), Reading(strict=True), ON)
    mine = [d for d in found if recording.address in d.addresses or recording.mac in d.macs]
    assert len(mine) == 1, found
    return mine[0]


def identity(device: Device) -> dict[str, object]:
    known = {
        a.value: device.value(a)
        for a in Attribute
        if device.value(a) and a.value in EXPECTABLE and a.value != "kind"
    }
    known["kind"] = device.kind
    if device.what:
        known["what"] = device.what
    if device.capabilities:
        known["capabilities"] = list(device.capabilities)
    return known


def capture_of(recording: Recording, *, shuffle: int | None = None, mtu: int = 1500) -> io.BytesIO:
    """A capture of the recording; shuffled, the packets of each message come in random order (after a handshake)."""
    file = io.BytesIO()
    writer = PcapWriter(file)
    for number, message in enumerate(recording.messages(), 1):
        frames = frames_of(message, mtu=mtu, ident=number)
        if shuffle is not None:
            kept = 3 if by_name[message.protocol].tcp else 0
            rest = frames[kept:]
            random.Random(shuffle + number).shuffle(rest)
            frames = frames[:kept] + rest
        for frame in frames:
            writer.add(message.time, frame)
    file.seek(0)
    return file


@pytest.mark.parametrize("recording", FOLDERS, ids=lambda r: r.name)
class TestRoads:
    def test_parsed(self, recording):
        assert identity(conclude(recording.messages(), recording)) == dict(recording.expect)

    def test_replayed(self, recording):
        assert identity(conclude(open_capture(capture_of(recording)), recording)) == dict(recording.expect)

    def test_replayed_in_pieces_out_of_order(self, recording):
        pieces = capture_of(recording, shuffle=7, mtu=576)
        assert identity(conclude(open_capture(pieces), recording)) == dict(recording.expect)

    def test_has_provenance(self, recording):
        assert len(recording.source) > 10
        assert recording.date <= ON


@pytest.mark.parametrize("recording", UNSETTLED, ids=lambda r: r.name)
class TestUnsettled:
    """What is not known yet may be missing, never wrong."""

    def test_is_not_settled(self, recording):
        """A recording that comes out exactly belongs in fixtures/devices."""
        assert identity(conclude(recording.messages(), recording)) != dict(recording.expect)

    def test_no_wrong_maker(self, recording):
        device = conclude(recording.messages(), recording)
        if recording.expect["kind"] != "other":
            assert device.value(Attribute.MAKER) in {None, recording.expect.get("maker")}

    def test_nothing_else_is_a_camera(self, recording):
        """By evidence of its own; what is only inferred from the maker's business says so by its confidence."""
        device = conclude(recording.messages(), recording)
        if recording.expect["kind"] == "other":
            kind = device.conclusions.get(Attribute.KIND)
            assert not device.is_surveillance or (kind and kind.confidence <= THRESHOLD)


def test_there_are_enough_kinds_of_recordings():
    makers = {r.expect.get("maker") for r in FOLDERS} - {None}
    rebrands = [
        r for r in FOLDERS if {"brand", "maker"} <= set(r.expect) and r.expect["brand"] != r.expect["maker"]
    ]
    recorders = [r for r in FOLDERS if r.expect["kind"] == "recorder"]
    assert (len(FOLDERS) >= 20, len(makers) >= 15, len(rebrands) >= 5, len(recorders) >= 2) == (True,) * 4


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("schema = 1", "missing table"),
        (
            '[expect]\nbrnd = "x"\n[origin]\nsource="s"\ndate=2026-01-01\n[network]\naddress="192.0.2.1"',
            "brnd",
        ),
        ("[expect", "device.toml"),
    ],
)
def test_a_broken_folder_is_named(tmp_path: Path, text: str, said: str):
    (tmp_path / "device.toml").write_text(text)
    with pytest.raises(KnowledgeError, match=said):
        read_folder(tmp_path)
