"""Servers that nobody here wrote are found and named by a scan, and the false friends among them are no cameras."""

import functools

import pytest
from lab_guests import SERVERS, missing
from lab_scenarios import inside

LACKING = missing()
pytestmark = pytest.mark.skipif(
    bool(LACKING), reason=f"third-party servers are missing: apt-get install {' '.join(LACKING)}"
)
AXIS = {"kind": "camera", "brand": "Axis", "maker": "Axis"}
EXPECTED = {
    "avahi": AXIS | {"model": "M5014"},
    "wsdiscovery": AXIS | {"model": "M2036-LE", "name": "AXIS M2036-LE", "capabilities": ["ONVIF Profile S"]},
    "wsdd": {"kind": "other", "what": "pc"},
    "minidlna": {"kind": "other", "what": "server", "name": "Holiday films"},
    "snmpd": {"kind": "unknown"},
    "nginx": {"kind": "camera", "maker": "Hikvision"},
    "gstreamer": {"kind": "unknown"},
}
SAID = {"snmpd": "snmp.engine_enterprise: 8072", "gstreamer": "rtsp.server: GStreamer RTSP server"}


@functools.cache
def told():
    return inside("lab_guests:everybody")


@pytest.mark.parametrize("name", SERVERS)
def test_it_is_what_it_is(name):
    found = [
        {key: value for key, value in device.items() if key != "firmware"} for device in told()["found"][name]
    ]
    assert found == [EXPECTED[name]], told()["logs"][name]


@pytest.mark.parametrize(("name", "said"), SAID.items())
def test_who_lives_without_saying_who_it_is_is_listed_with_what_it_said(name, said):
    assert said in told()["said"][name], told()["logs"][name]


def test_each_of_them_was_heard_by_its_own_protocol():
    assert {"mdns", "wsdiscovery", "ssdp", "snmp", "http", "tls", "rtsp"} <= set(told()["messages"])
    assert {address for _, address, _ in SERVERS.values()} <= set(told()["alive"])
    assert told()["forbidden"] == []
