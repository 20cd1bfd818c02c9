"""Device descriptions in the wild: Axis, WeMo, D-Link and broken ones."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.protocols.upnp import FACTS, MAX_DEVICES, MAX_PROPERTIES, normal_uuid, read_description

AXIS = b"""<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion>
<device>
<deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType>
<friendlyName>AXIS M1065-LW - ACCC8E000001</friendlyName>
<manufacturer>AXIS</manufacturer>
<manufacturerURL>http://www.axis.com/</manufacturerURL>
<modelDescription>AXIS M1065-LW Network Camera</modelDescription>
<modelName>AXIS M1065-LW</modelName>
<modelNumber>M1065-LW</modelNumber>
<serialNumber>ACCC8E000001</serialNumber>
<UDN>uuid:Upnp-BasicDevice-1_0-ACCC8E000001</UDN>
<iconList><icon><url>/i.png</url></icon></iconList>
<serviceList><service><serviceType>urn:axis-com:service:BasicServiceId:1</serviceType></service></serviceList>
<presentationURL>http://10.0.0.1:80/</presentationURL>
</device></root>"""


def test_axis():
    assert read_description(AXIS) == (
        ("upnp.device_type", "urn:schemas-upnp-org:device:Basic:1"),
        ("upnp.friendly_name", "AXIS M1065-LW - ACCC8E000001"),
        ("upnp.manufacturer", "AXIS"),
        ("upnp.manufacturer_url", "http://www.axis.com/"),
        ("upnp.model_description", "AXIS M1065-LW Network Camera"),
        ("upnp.model_name", "AXIS M1065-LW"),
        ("upnp.model_number", "M1065-LW"),
        ("upnp.serial_number", "ACCC8E000001"),
        ("upnp.udn", "uuid:Upnp-BasicDevice-1_0-ACCC8E000001"),
        ("upnp.uuid", "Upnp-BasicDevice-1_0-ACCC8E000001"),
        ("upnp.service_type", "urn:axis-com:service:BasicServiceId:1"),
        ("upnp.presentation_url", "http://10.0.0.1:80/"),
    )


def test_makers_own_elements_and_embedded_devices():
    found = read_description(
        b"<root><device><macAddress>94103E41C205</macAddress><firmwareVersion>WeMo_WW_2.00</firmwareVersion>"
        b"<binaryState>0</binaryState><iconVersion>1|2</iconVersion><wifiPassword>x</wifiPassword>"
        b"<deviceList><device><deviceType>urn:x:InternetGatewayDevice:1</deviceType></device></deviceList>"
        b"</device></root>"
    )
    assert found == (
        ("upnp.property", "macAddress=94103E41C205"),
        ("upnp.mac", "94:10:3e:41:c2:05"),
        ("upnp.firmware", "WeMo_WW_2.00"),
        ("upnp.property", "binaryState=0"),
        ("upnp.property", "iconVersion=1|2"),
        ("upnp.device_type", "urn:x:InternetGatewayDevice:1"),
    )


@pytest.mark.parametrize(
    "broken",
    [
        AXIS.replace(b' xmlns="urn:schemas-upnp-org:device-1-0"', b""),
        AXIS.replace(b"</device></root>", b""),
        AXIS + b"\n\0",
        b"\xef\xbb\xbf" + AXIS,
        AXIS.replace(b"<root ", b'<root xmlns:pnpx="a" ').replace(
            b"<device>", b"<device><pnpx:X_a/><dlna:b>c</dlna:b>"
        ),
    ],
)
def test_damage(broken):
    found = dict(read_description(broken))
    assert (found["upnp.manufacturer"], found["upnp.serial_number"]) == ("AXIS", "ACCC8E000001")


@pytest.mark.parametrize(
    "body", [b"", b"<root/>", b"<html><device/></html>", b"<scpd><device/></scpd>", b"{}"]
)
def test_others_give_nothing(body):
    assert read_description(body) == ()


def test_bounds():
    found = read_description(b"<root><device>" + b"<x>1</x><y>2</y>" * 500 + b"</device></root>")
    assert len(found) <= MAX_PROPERTIES
    many = (
        b"<root>"
        + b"".join(b"<device><deviceType>%d</deviceType></device>" % i for i in range(50))
        + b"</root>"
    )
    assert len(read_description(many)) == MAX_DEVICES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uuid:38323636-4558-4dda-9188-cda0e6000001", "38323636-4558-4dda-9188-cda0e6000001"),
        ("UUID:{3832363645584DDA9188CDA0E6000001}", "38323636-4558-4dda-9188-cda0e6000001"),
        ("urn:uuid:38323636-4558-4dda-9188-cda0e6000001 ", "38323636-4558-4dda-9188-cda0e6000001"),
        ("uuid:Insight-1_0-221517K0101769::upnp:rootdevice", "Insight-1_0-221517K0101769"),
        ("uuid:", ""),
    ],
)
def test_normal_uuid(text, expected):
    assert normal_uuid(text) == expected


@given(st.text(st.sampled_from("<>/device rootUDNmacAddress:uuid0123-"), max_size=300))
@settings(max_examples=150, deadline=None)
def test_nothing_breaks_it(text):
    for key, _ in read_description(f"<root><device>{text}</device></root>".encode()):
        assert key in FACTS
