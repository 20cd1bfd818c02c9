"""What an owner is told by ONVIF's other services: counts and names, nobody's own."""

import pytest

from scanner.fingerprints import load
from scanner.lab.soap import Owned, soap_answers
from scanner.model import Attribute
from scanner.protocols.onvif import read_soap

OWN = Owned(
    ptz=True,
    audio_in=1,
    audio_out=1,
    users=3,
    recordings=2,
    second_mac="44:19:b6:00:00:02",
    rules=("tt:LineDetector", "hik:FaceDetection", "tt:LicensePlateRecognition", "tt:OccupancyCounting"),
    modules=("tt:CellMotionEngine", "axis:MotionTracking"),
)


def facts(call, own=OWN):
    return read_soap(soap_answers(own, "http://192.0.2.7/onvif")[call].encode())


def able(*calls, own=OWN):
    """Return the capabilities that the shipped fingerprints read from answers."""
    found = set()
    for call in calls:
        pairs = facts(call, own)
        for key, value in pairs:
            for hit in load().match(key, value, pairs):
                found |= {text for attribute, text in hit.claims if attribute is Attribute.CAPABILITY}
    return found


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("GetNodes", {"ptz"}),
        ("GetSupportedRules", {"line-crossing", "face-detection", "plate-recognition", "people-counting"}),
        ("GetSupportedAnalyticsModules", {"motion-detection", "auto-tracking"}),
        ("GetAudioSources", {"audio-in"}),
        ("GetAudioOutputs", {"audio-out"}),
        ("GetCapabilities", {"audio-in", "audio-out", "two-way-audio"}),
        ("GetRecordingSummary", {"local-recording"}),
        ("GetNetworkInterfaces", {"wifi"}),
    ],
)
def test_what_it_is_able_to(call, expected):
    assert able(call) == expected


def test_a_plain_camera_is_able_to_nothing_of_that():
    calls = (
        "GetNodes",
        "GetSupportedRules",
        "GetAudioSources",
        "GetAudioOutputs",
        "GetCapabilities",
        "GetRecordingSummary",
    )
    assert able(*calls, "GetNetworkInterfaces", own=Owned()) == set()


def test_users_are_counted_and_not_named():
    found = facts("GetUsers")
    assert ("onvif.users", "3") in found
    assert ("onvif.administrators", "1") in found
    assert not any("user0" in value for _, value in found)


def test_both_interfaces_are_read():
    found = facts("GetNetworkInterfaces")
    assert [v for k, v in found if k == "onvif.mac"] == ["44:19:b6:00:00:01", "44:19:b6:00:00:02"]


def test_inputs_are_counted():
    assert ("onvif.video_sources", "16") in facts("GetCapabilities", Owned(sources=16))
    assert ("onvif.profile_sources", "16") in facts("GetProfiles", Owned(sources=16))


def test_a_lens_that_zooms_is_no_ptz():
    text = soap_answers(OWN, "http://x")["GetNodes"].replace("AbsolutePanTilt", "AbsoluteZoom")
    assert ("onvif.ptz_movement", "zoom") in read_soap(text.encode())
    assert ("onvif.ptz_movement", "pan-tilt") not in read_soap(text.encode())
