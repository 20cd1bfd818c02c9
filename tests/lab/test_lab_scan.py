"""The third road: what the lab's devices say on the wire is understood as it is when it is read from their folders."""

import functools

import pytest
from lab_scenarios import IPV4 as FOLDERS
from lab_scenarios import floors, inside

from scanner.lab.datagrams import RULES
from scanner.probes.questions import questions

UP_S = 10.0
"""How long sixty devices may need to be up."""
SCAN_S = 60.0
"""A network of 254 addresses with 235 devices took 35 seconds on a machine that was busy with other things."""


@functools.cache
def found():
    """All folders, on as few wires as their addresses allow, asked for everything there is a question for."""
    return inside("every_folder", "deep")


@functools.cache
def sheets():
    return {name: sheet for floor in found() for name, sheet in floor["devices"].items()}


@functools.cache
def demo():
    return inside("demo")


@pytest.mark.parametrize("recording", FOLDERS, ids=lambda r: r.name)
class TestScanned:
    def test_what_it_said_is_what_is_concluded(self, recording):
        sheet = sheets()[recording.name]
        if sheet["given"] or sheet["parsed"]:
            assert sheet["scanned"] == sheet["parsed"]
        else:  # recorded answers that no question of the scan leads to, and no MAC: alive at the most
            assert sheet["scanned"] in ([], [{"kind": "unknown"}])

    def test_all_that_it_expects_is_concluded_where_all_was_asked(self, recording):
        sheet = sheets()[recording.name]
        assert not sheet["whole"] or sheet["scanned"] == [sheet["expect"]]

    def test_one_connection_at_a_time(self, recording):
        assert sheets()[recording.name]["together"] <= 1


def askable(recording) -> bool:
    """Whether a scan could lead to all of it: not what only an owner, a listener or a community is told, nor a
    description whose place nobody announced."""
    asked = {q.protocol for q in questions("deep")} | {"http", "rtsp", "tls", "banner"}
    paths = {a.path for a in recording.answers if a.protocol == "http"}
    protocols = {a.protocol for a in recording.answers}
    return protocols <= asked - {"snmp"} and (paths <= {"/", "/onvif/device_service"} or "ssdp" in protocols)


def test_most_folders_are_asked_for_all_that_they_hold():
    mine = [recording.name for recording in FOLDERS if askable(recording)]
    whole = [name for name in mine if sheets()[name]["whole"]]
    assert len(mine) > 0.5 * len(FOLDERS)
    assert len(whole) >= 0.8 * len(mine), sorted(set(mine) - set(whole))


def test_every_protocol_that_has_a_question_and_a_recording_was_answered():
    recorded = {a.protocol for r in FOLDERS for a in r.answers}
    asked = {q.protocol for q in questions("deep")} | {"http", "rtsp", "tls", "banner"}
    announced_only = {
        r.name for r in FOLDERS for a in r.answers if a.protocol == "ssdp" and a.payload.startswith(b"NOTIFY")
    }
    given = {name for sheet in sheets().values() for name in sheet["given"]}
    community_only = {"snmp"}  # recorded in versions that want one; snmpd answers ours in test_lab_guests
    assert (recorded & asked) - community_only <= given, announced_only


def test_every_question_of_the_scanner_has_a_rule():
    assert {q.protocol for q in questions("deep")} <= set(RULES)


def test_the_building_is_up_and_scanned_in_time():
    assert max(floor["up"] for floor in found()) < UP_S
    assert max(scan["seconds"] for scan in (*found(), demo())) < SCAN_S


def test_no_port_was_taken_and_the_books_agree_with_the_wire():
    assert [problem for floor in found() for problem in floor["problems"]] == []
    booked, packets = (sum(floor[key] for floor in found()) for key in ("booked", "packets"))
    assert 0.9 < booked / packets < 1.3
    # What is asked of an address where nobody lives is booked and reaches nobody: it outweighs a wire of a few devices.
    lived_in = [floor for floor, living in zip(found(), floors(FOLDERS), strict=True) if len(living) > 50]
    assert lived_in
    assert all(0.7 < floor["booked"] / floor["packets"] < 1.5 for floor in lived_in)


def test_a_wire_holds_each_address_once():
    first, second = FOLDERS[:2]
    assert floors([first, second]) == [[first, second]]
    assert floors([first, first, second]) == [[first, second], [first]]


class TestDemo:
    def test_everybody_is_found_also_beyond_the_router(self):
        sheets = {name: sheet for name, sheet in demo()["devices"].items() if sheet["given"]}
        assert [name for name, sheet in sheets.items() if sheet["scanned"] != sheet["parsed"]] == []
        assert len(demo()["far"]) >= 5

    def test_one_connection_at_a_time_with_raw_sockets_too(self):
        assert {sheet["together"] for sheet in demo()["devices"].values()} <= {0, 1}

    def test_copies_are_devices_of_their_own(self):
        copies = [name for name in demo()["devices"] if name.rpartition("#")[2].isdigit()]
        assert len(copies) >= 3
        assert all(demo()["devices"][name]["scanned"][0]["kind"] == "camera" for name in copies)

    def test_the_camera_on_its_factory_address_is_heard_and_not_asked(self):
        (name,) = [name for name in demo()["devices"] if name.endswith("#factory")]
        sheet = demo()["devices"][name]
        assert sheet["scanned"][0]["maker"] == "Hikvision"
        assert demo()["addresses"][name] in demo()["heard"]
        assert (sheet["connections"], sheet["packets"]) == (0, 0)

    def test_a_camera_with_onvif_off_is_known_by_what_else_it_says(self):
        (name,) = [name for name in demo()["devices"] if name.endswith("#no-onvif")]
        sheet = demo()["devices"][name]
        assert "wsdiscovery" not in sheet["given"]
        assert (sheet["scanned"][0]["maker"], sheet["scanned"][0]["kind"]) == ("Hikvision", "camera")

    def test_the_one_that_answers_only_when_asked_alone_is_found(self):
        (name,) = [name for name, moods in demo()["moods"].items() if moods]
        assert "wsdiscovery" in demo()["devices"][name]["given"]

    def test_kinds_of_a_building(self):
        kinds = {sheet["scanned"][0]["kind"] for sheet in demo()["devices"].values() if sheet["scanned"]}
        assert {"camera", "recorder", "other"} <= kinds
        assert 40 <= len(demo()["devices"]) <= 100
