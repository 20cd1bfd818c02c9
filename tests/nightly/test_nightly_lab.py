"""Four nights on a real wire: a lab is scanned by the whole command, and what it tells is what was done to the lab."""

import functools
import json
import tempfile

import pytest

from scanner.lab import run_inside

HIKVISION = "Hikvision DS-2CD2385G1-I camera at 192.0.2.10"
SILENCE = (
    "the run was incomplete, nobody is counted as missing: none of the 4 known devices answered: taken for a fault of "
    "the network"
)
NIGHTS = [
    ("the base", [("knowledge", "first run: 3 surveillance devices found; later runs tell what changes")], 0),
    (
        "one is new, one has another address",
        [
            ("appeared", "Sony SNC-CH110 camera at 192.0.2.74: not listed (us-ndaa-889)"),
            ("moved", "Dahua IPC-HDW5421S camera is at 192.0.2.100, was at 192.0.2.30"),
        ],
        0,
    ),
    (
        "the switch is down",
        [("failed", SILENCE)],
        1,
    ),
    ("the switch is up", [], 0),
]


@functools.cache
def told():
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        assert run_inside("nightly_scenarios:nights", folder, output=output) == 0
        output.seek(0)
        return json.load(output)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(NIGHTS)), ids=[night[0] for night in NIGHTS])
def test_a_night_on_the_wire(number):
    _, events, code = NIGHTS[number]
    found = told()[number]
    assert found["err"] == ""
    assert [tuple(event) for event in found["events"]] == events
    assert found["code"] == code
