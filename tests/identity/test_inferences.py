"""What is inferred where a device does not say it: its label, its kind; and where nothing may be inferred."""

from datetime import date
from ipaddress import ip_address

import pytest
from handmade import heard
from scapy.layers.dhcp import BOOTP, DHCP

from scanner.model import Attribute

ON = date(2026, 11, 27)
HOST = ip_address("192.0.2.77")


def device(*answers: tuple[str, bytes], mac: str | None = None):
    (found,) = heard(*answers, mac=mac)
    return found


def page(title: str) -> tuple[str, bytes]:
    body = f"<html><head><title>{title}</title></head></html>".encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return "http", head + body


REALM = (
    "rtsp",
    b'RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\nWWW-Authenticate: Digest realm="IP Camera(C1214)", nonce="0"\r\n\r\n',
)
OPTIONS = ("rtsp", b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n")


def test_a_maker_whose_block_it_is_lends_the_label():
    own = device(REALM, mac="44:19:b6:00:00:01")
    assert (own.value(Attribute.BRAND), own.conclusions[Attribute.BRAND].confidence) == ("Hikvision", 0.4)
    assert device(REALM, mac="02:00:00:00:00:01").value(Attribute.BRAND) is None


def test_one_who_builds_for_others_lends_none():
    server = ("http", b"HTTP/1.1 200 OK\r\nServer: Cross Web Server\r\nContent-Length: 0\r\n\r\n")
    found = device(server, mac="00:18:ae:00:00:01")
    assert (found.value(Attribute.MAKER), found.value(Attribute.BRAND)) == ("TVT", None)


def test_who_speaks_rtsp_on_a_camera_makers_block_is_a_camera():
    assert device(OPTIONS, mac="00:02:d1:00:00:01").kind == "camera"
    assert device(OPTIONS, mac="00:17:88:00:00:01").kind != "camera"


@pytest.mark.parametrize("title", ["Cosmos", "Motion", "Umbrella", "Defender", "Login", "Unity"])
def test_a_name_alone_makes_nothing_a_camera(title):
    assert not device(page(title)).is_surveillance


def test_a_name_and_what_it_is_suffice():
    found = device(page("TOSHIBA Network Camera - User Login"))
    assert (found.kind, found.value(Attribute.BRAND)) == ("camera", "Toshiba")


def test_a_realm_that_is_a_mac_tells_whose_block_it_is():
    challenge = REALM[1].replace(b"IP Camera(C1214)", b"c47905200001")
    assert device(("rtsp", challenge)).value(Attribute.MAKER) == "Uniview"


def onvif(manufacturer: str, model: str) -> tuple[str, bytes]:
    told = f"<tds:Manufacturer>{manufacturer}</tds:Manufacturer><tds:Model>{model}</tds:Model>"
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Body>'
        f"<tds:GetDeviceInformationResponse>{told}</tds:GetDeviceInformationResponse></s:Body></s:Envelope>"
    ).encode()
    return "http", b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n\r\n" + body


@pytest.mark.parametrize(
    ("manufacturer", "said", "brand", "model"),
    [
        ("tp-link", "Tapo C200", "Tapo", "C200"),
        ("TP-Link", "VIGI C340", "VIGI", "C340"),
        ("TP-Link", "Kasa KC120", "Kasa", "KC120"),
        ("HIKVISION", "EZVIZ C6N", "EZVIZ", "C6N"),
        ("TP-LINK", "TL-IPC43AN-4", "TP-Link", "TL-IPC43AN-4"),
        ("AXIS", "AXIS P3245-LV", "Axis", "P3245-LV"),
    ],
)
def test_a_line_beside_its_companys_name_is_the_label(manufacturer, said, brand, model):
    found = device(onvif(manufacturer, said))
    assert (found.value(Attribute.BRAND), found.value(Attribute.MODEL)) == (brand, model)
    assert not found.conclusions[Attribute.BRAND].contested


def test_who_makes_door_stations_alone_makes_no_camera_by_speaking_onvif():
    assert device(onvif("Zenitel", "TCIV-3+")).kind == "intercom"
    assert device(onvif("Nobody We Know", "TCIV-3+")).kind == "camera"
    assert device(onvif("Urmet", "A-1")).kind == "camera", "Urmet sells cameras as well"


def test_words_outdo_what_a_maker_mostly_makes():
    assert device(onvif("Zenitel", "Network Camera")).kind == "camera"


def description(maker: str, model: str) -> tuple[str, bytes]:
    body = (
        '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>'
        "<deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType>"
        f"<manufacturer>{maker}</manufacturer><modelName>{model}</modelName></device></root>"
    ).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    return "http", head + body


@pytest.mark.parametrize("model", ["AXIS C1310-E", "Axis C1310-E"])
def test_the_kind_is_told_by_the_model_however_the_label_is_written(model):
    assert device(description("AXIS", model)).kind == "other"
    assert device(description("AXIS", model.replace("C1310-E", "P3245-LV"))).kind == "camera"


def named(name: str) -> tuple[str, bytes]:
    options = DHCP(options=[("message-type", "request"), ("hostname", name), "end"])
    return "dhcp", bytes(BOOTP(chaddr=bytes.fromhex("020000000001"), ciaddr=str(HOST)) / options)


@pytest.mark.parametrize("name", ["C100", "C210", "Avigilon-PC", "hikvision-laptop", "Rhombus", "Eve-PC2"])
def test_a_host_is_no_camera_for_a_name_that_anybody_may_give(name):
    assert device(named(name)).kind == "unknown"


@pytest.mark.parametrize(
    ("name", "kind", "brand"),
    [
        ("C520WS", "camera", "Tapo"),
        ("Foscam-R2C", "camera", "Foscam"),
        ("hikvision-nvr", "recorder", "Hikvision"),
        ("HL_CAM3P-D03F27000001", "camera", "Wyze"),
        ("AMC0957EE72D5819C5", "camera", "Amcrest"),
    ],
)
def test_a_host_that_its_maker_has_named_is_known(name, kind, brand):
    found = device(named(name))
    assert (found.kind, found.value(Attribute.BRAND)) == (kind, brand)
