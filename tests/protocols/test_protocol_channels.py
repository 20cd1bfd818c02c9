"""Cameras behind recorders, as four makers' interfaces tell of them: one observation an input, about the camera."""

from datetime import UTC, date, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.fingerprints import load
from scanner.lab.soap import Behind, Owned, pages, soap_answers
from scanner.model import Attribute, Endpoint, Message
from scanner.pipeline import Reading, devices_of
from scanner.protocols.channels import channel_observations, read_channels
from scanner.protocols.http import parse

HOST = ip_address("192.0.2.9")
HIK = "DS-2CD2042WD-I20170301AAWR712345678"
CAMERAS = (
    Behind(
        name="Gate", model="DS-2CD2042WD-I", serial=HIK, firmware="V5.4.5 build 170124", address="10.1.1.4"
    ),
    Behind(
        name="Yard", model="IPC-HDW5421S", firmware="2.400.0000.14.R", mac="e0:50:8b:00:00:01", maker="Onvif"
    ),
)
ISAPI = "/ISAPI/ContentMgmt/InputProxy/channels"
DAHUA = "/cgi-bin/configManager.cgi?action=getConfig&name=RemoteDevice"
LAPI = "/LAPI/V1.0/Channels/System/ChannelDetailInfos"


def message(body, path="/", kind="application/xml", second=0):
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return Message(
        time=datetime(2026, 1, 1, 0, 0, second, tzinfo=UTC),
        protocol="http",
        source=Endpoint(host=HOST, port=80),
        request=f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
        payload=head + body,
    )


def page(path, own=None):
    kind, text = pages(own or Owned(behind=CAMERAS))[path]
    return message(text.encode(), path, kind)


def told(*messages):
    return {o.subject.channel: dict(o.facts) for m in messages for o in parse(m) if o.subject.channel}


@pytest.mark.parametrize("path", [ISAPI, DAHUA, LAPI])
def test_each_input_is_told_with_its_camera(path):
    found = told(page(path))
    assert set(found) == {"1", "2"}
    assert found["1"]["channel.model"] == "DS-2CD2042WD-I"
    assert found["1"]["channel.serial"] == HIK
    assert found["1"]["channel.address"] == "10.1.1.4"
    assert "channel.address" not in found["2"]


def test_an_input_that_is_switched_off_or_empty_is_nobody():
    assert "3" not in told(page(DAHUA))
    assert told(page(LAPI, Owned(behind=(Behind(name="empty", model=""),)))) == {}


def test_how_a_recorder_talks_to_a_camera_is_not_its_maker():
    assert "channel.maker" not in told(page(DAHUA))["2"]
    assert told(page(DAHUA))["2"]["channel.mac"] == "e0:50:8b:00:00:01"


@pytest.mark.parametrize(("sources", "inputs"), [(1, set()), (4, {"1", "2", "3", "4"})])
def test_profiles_show_inputs_where_there_are_several_sources(sources, inputs):
    body = soap_answers(Owned(sources=sources), "http://x")["GetProfiles"].encode()
    assert set(told(message(body))) == inputs


class TestDevices:
    def devices(self, *messages):
        return devices_of(messages, load(), Reading(strict=True), date(2026, 11, 27))

    def recorder(self, *bodies, own=None):
        serial = "DS-7608NI-K20820180101CCRR123456789WCVU"
        own = own or Owned(model="DS-7608NI-K2", serial=serial, behind=CAMERAS, sources=2)
        info = pages(own)["/ISAPI/System/deviceInfo"][1].encode()
        soap = soap_answers(own, "http://x")
        whole = [info, soap["GetDeviceInformation"].encode(), *bodies]
        return [message(body, second=n) for n, body in enumerate(whole)]

    def test_each_camera_has_a_maker_and_its_recorder(self):
        found = self.devices(*self.recorder(pages(Owned(behind=CAMERAS))[ISAPI][1].encode()))
        (recorder,) = [d for d in found if d.addresses]
        behind = {d.value(Attribute.MODEL): d for d in found if d.parent}
        assert {d.parent for d in behind.values()} == {recorder.id}
        assert behind["DS-2CD2042WD-I"].value(Attribute.MAKER) == "Hikvision"
        assert behind["IPC-HDW5421S"].value(Attribute.MAKER) == "Dahua"
        assert {d.kind for d in behind.values()} == {"camera"}
        assert recorder.kind == "recorder"
        assert [c.split(":")[0] for c in recorder.channels] == ["1", "2"]
        assert "Gate" in recorder.channels[0]

    def test_two_interfaces_that_tell_of_one_input_tell_of_one_camera(self):
        own = Owned(behind=CAMERAS, sources=2)
        bodies = [pages(own)[ISAPI][1].encode(), soap_answers(own, "http://x")["GetProfiles"].encode()]
        assert len([d for d in self.devices(*self.recorder(*bodies)) if d.parent]) == 2

    def test_a_camera_with_four_sensors_is_one_camera(self):
        own = Owned(model="DS-2CD6924F-IS", sources=4)
        bodies = [
            soap_answers(own, "http://x")[call].encode() for call in ("GetDeviceInformation", "GetProfiles")
        ]
        found = self.devices(*[message(b, second=n) for n, b in enumerate(bodies)])
        assert [(d.kind, d.channels, d.parent) for d in found] == [("camera", (), None)]

    def test_a_camera_that_is_also_on_the_network_is_counted_once(self):
        camera = soap_answers(Owned(serial=HIK), "http://x")["GetDeviceInformation"].encode()
        other = message(camera, second=9)
        seen = Message(
            time=other.time,
            protocol="http",
            source=Endpoint(host=ip_address("192.0.2.77"), port=80),
            mac="44:19:b6:00:00:07",
            payload=other.payload,
        )
        found = self.devices(*self.recorder(pages(Owned(behind=CAMERAS))[ISAPI][1].encode()), seen)
        (twice,) = [d for d in found if d.value(Attribute.SERIAL) == HIK and d.macs]
        assert twice.parent
        assert ip_address("192.0.2.77") in twice.addresses
        assert len([d for d in found if d.parent]) == 2

    def test_a_recorder_that_tells_its_own_number_for_an_input_stays_itself(self):
        serial = "DS-7608NI-K20820180101CCRR123456789WCVU"
        own = Owned(
            model="DS-7608NI-K2", serial=serial, behind=(Behind(name="a", model="x1", serial=serial),)
        )
        found = self.devices(*self.recorder(pages(own)[ISAPI][1].encode(), own=own))
        assert len(found) == 2
        assert [d.kind for d in found if not d.parent] == ["recorder"]


@given(
    st.binary(max_size=300),
    st.sampled_from(["<InputProxyChannel>", "table.RemoteDevice.uuid:", '{"DetailInfos":']),
)
@settings(max_examples=100, deadline=None)
def test_damage_raises_nothing(junk, start):
    body = start.encode() + junk
    list(channel_observations(message(b""), read_channels(body, body.decode("latin-1"))))
