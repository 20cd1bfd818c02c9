"""What makers of cameras build beside cameras is no camera, though it answers the maker's own discovery and ONVIF.

Model names are those of the makers' catalogues; each is put where a device of the maker tells its model.
"""

import json
from datetime import date
from struct import pack

import pytest
from handmade import heard
from scapy.layers.dhcp import BOOTP, DHCP

from scanner.model import SURVEILLANCE_KINDS

ON = date(2026, 11, 27)


def _known(protocol: str, payload: bytes, request: bytes = b"") -> str:
    (device,) = heard((protocol, payload, request))
    return device.what or device.kind


def _sadp(model: str) -> str:
    answer = f"<ProbeMatch><Types>inquiry</Types><DeviceDescription>{model}</DeviceDescription></ProbeMatch>"
    return _known("sadp", b'<?xml version="1.0" encoding="UTF-8"?>' + answer.encode())


def _dhip(model: str) -> str:
    told = {"method": "client.notifyDevInfo", "params": {"deviceInfo": {"DeviceType": model, "HttpPort": 80}}}
    body = json.dumps(told).encode()
    head = b"\x20\0\0\0DHIP" + bytes(8) + pack("<IIII", len(body), 0, len(body), 0)
    return _known("dhip", head + body)


def _onvif(manufacturer: str, model: str) -> str:
    told = f"<d:Manufacturer>{manufacturer}</d:Manufacturer><d:Model>{model}</d:Model>"
    body = (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:d="http://www.onvif.org/ver10/device/wsdl">'
        f"<s:Body><d:GetDeviceInformationResponse>{told}</d:GetDeviceInformationResponse></s:Body></s:Envelope>"
    )
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n\r\n"
    return _known(
        "http", head + body.encode(), b"POST /onvif/device_service HTTP/1.1\r\nHost: device\r\n\r\n"
    )


def _title(title: str) -> str:
    page = f"HTTP/1.1 200 OK\r\n\r\n<html><head><title>{title}</title></head></html>"
    return _known("http", page.encode(), b"GET / HTTP/1.1\r\nHost: device\r\n\r\n")


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("DS-3E1318P-EI", "switch"),
        ("DS-3WAP622E-SI", "access-point"),
        ("DS-PWA96-M-WE", "alarm-panel"),
        ("DS-K1T671TM-3XF", "access-control"),
        ("DS-K3B501", "access-control"),
        ("DS-6910UDI", "video-decoder"),
        ("DS-QAZ1307G1-BE", "speaker"),
        ("DS-D5B65RB/D", "display"),
        ("CS-T31-16B-EU", "smart-plug"),
        ("CS-RC3-TWT2", "robot-vacuum"),
        ("DS-KC001", "unknown"),
        ("DS-3D201R-20AE", "unknown"),
        ("DS-2CD2143G2-I", "camera"),
        ("DS-2ZZ9999", "camera"),
        ("DS-7608NI-K2/8P", "recorder"),
    ],
)
def test_what_answers_hikvisions_discovery_is_what_its_model_says(model, kind):
    assert _sadp(model) == kind


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("DH-PFS4218-16ET-190", "switch"),
        ("DHI-ARC3000H-W2", "alarm-panel"),
        ("DHI-ASI7213Y-V3", "access-control"),
        ("NVD0405DU-4I-8K", "video-decoder"),
        ("DH-VCS-SH30", "speaker"),
        ("IPC-HDW5421S", "camera"),
    ],
)
def test_what_answers_dahuas_discovery_is_what_its_model_says(model, kind):
    assert _dhip(model) == kind


@pytest.mark.parametrize(
    ("manufacturer", "model", "kind"),
    [
        ("UNIVIEW", "OET-213H-BTS1", "access-control"),
        ("Uniview", "ADU8704-E", "video-decoder"),
        ("Hanwha Vision", "SPA-H110W", "speaker"),
        ("Hanwha Techwin", "SPD-152", "video-decoder"),
        ("AXIS", "A1601", "access-control"),
        ("AXIS", "C1310-E", "speaker"),
        ("AXIS", "P3245-LV", "camera"),
        ("Hanwha Vision", "XND-A9084RV", "camera"),
    ],
)
def test_who_speaks_onvif_is_no_camera_for_that_alone(manufacturer, model, kind):
    assert _onvif(manufacturer, model) == kind


@pytest.mark.parametrize(
    "title",
    [
        "AXIS C1310-E Network Horn Speaker",
        "AXIS A1601 Network Door Controller",
        "AXIS T8508 PoE+ Network Switch",
        "AXIS D4100-E Network Strobe Siren",
        "Milesight UG65",
        "D-Link DIR-825",
        "DWC-1000",
        "TL-WR841N",
        "Panasonic PT-RZ970 Projector",
        "OctoPrint Login",
        "PiKVM Login",
    ],
)
def test_other_products_of_makers_of_cameras_are_known_by_their_page(title):
    assert _title(title) not in SURVEILLANCE_KINDS | {"unknown"}


@pytest.mark.parametrize(
    "name", ["Imou-Plug", "blink-sync-module", "Hikvision-PC", "Dahua-Switch", "EZVIZ-T31"]
)
def test_a_label_in_a_host_name_makes_no_camera_of_a_plug_or_a_computer(name):
    packet = BOOTP(chaddr=bytes.fromhex("00005e005301"), ciaddr="192.0.2.77")
    packet /= DHCP(options=[("message-type", "request"), ("hostname", name), "end"])
    assert _known("dhcp", bytes(packet)) not in SURVEILLANCE_KINDS


@pytest.mark.parametrize("name", ["hikvision-cam1", "Foscam-R2C"])
def test_a_label_and_no_such_word_in_a_host_name_makes_a_camera(name):
    packet = BOOTP(chaddr=bytes.fromhex("00005e005301"), ciaddr="192.0.2.77")
    packet /= DHCP(options=[("message-type", "request"), ("hostname", name), "end"])
    assert _known("dhcp", bytes(packet)) == "camera"
