"""The maker behind the label: what firmware says by itself names him; a label alone says no more than it can."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path

import pytest
from handmade import heard

from scanner.fingerprints import load
from scanner.model import Attribute, Device, Endpoint, Message
from scanner.pipeline import Reading, devices_of
from scanner.recordings import Recording, read_folders
from scanner.vendors import vendors
from scanner.vendors.vendor import Makes

ON = date(2026, 11, 27)
HOST = ip_address("192.0.2.77")
UNKNOWN, MIXED = "Quellmark", "Speco"
"""A label that the vendor table does not have, and one that has had three makers."""
DEVICES = Path(__file__).parent.parent.parent / "fixtures" / "devices"
SURE = 0.6
"""The weight of one piece of evidence of medium strength, which is enough to name a maker."""

Answer = tuple[str, bytes]


def device(*answers: Answer, mac: str | None = None) -> Device:
    (found,) = heard(*answers, mac=mac)
    return found


def http(*headers: str, body: str = "", status: str = "200 OK") -> Answer:
    text = "".join(f"{line}\r\n" for line in headers)
    return "http", f"HTTP/1.1 {status}\r\n{text}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def challenge(protocol: str, realm: str) -> Answer:
    head = f'WWW-Authenticate: Digest realm="{realm}", nonce="0"'
    if protocol == "http":
        return http(head, status="401 Unauthorized")
    return "rtsp", f"RTSP/1.0 401 Unauthorized\r\nCSeq: 2\r\n{head}\r\n\r\n".encode()


def options(*headers: str) -> Answer:
    lines = "".join(f"{line}\r\n" for line in headers)
    return "rtsp", f"RTSP/1.0 200 OK\r\nCSeq: 1\r\n{lines}\r\n".encode()


def description(*lines: str) -> Answer:
    body = "\r\n".join(("v=0", *lines, "t=0 0", "m=video 0 RTP/AVP 96", ""))
    head = (
        f"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Type: application/sdp\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return "rtsp", (head + body).encode()


def information(label: str, firmware: str = "1.0", serial: str = "1") -> Answer:
    fields = {
        "Manufacturer": label,
        "Model": "QX-1",
        "FirmwareVersion": firmware,
        "SerialNumber": serial,
        "HardwareId": "1",
    }
    inner = "".join(f"<tds:{name}>{value}</tds:{name}>" for name, value in fields.items())
    body = (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><e:Body><tds:GetDeviceInformationResponse>'
        f"{inner}</tds:GetDeviceInformationResponse></e:Body></e:Envelope>"
    )
    return http("Content-Type: application/soap+xml", body=body)


def services(path: str, port: int = 80) -> Answer:
    address = f"http://192.0.2.77:{port}{path}"
    body = (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><e:Body><tds:GetServicesResponse><tds:Service>'
        f"<tds:Namespace>http://www.onvif.org/ver10/media/wsdl</tds:Namespace><tds:XAddr>{address}</tds:XAddr>"
        "</tds:Service></tds:GetServicesResponse></e:Body></e:Envelope>"
    )
    return http("Content-Type: application/soap+xml", body=body)


def scopes(*values: str, uuid: str = "0cbc0d5b-a7a1-47c7-bb60-85c878bb540e", port: int = 80) -> Answer:
    listed = " ".join(f"onvif://www.onvif.org/{value}" for value in values)
    return "wsdiscovery", (
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" '
        'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
        'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" '
        'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><e:Body><d:ProbeMatches><d:ProbeMatch>'
        f"<a:EndpointReference><a:Address>urn:uuid:{uuid}</a:Address></a:EndpointReference>"
        f"<d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>{listed}</d:Scopes>"
        f"<d:XAddrs>http://192.0.2.77:{port}/onvif/device_service</d:XAddrs>"
        "</d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
    ).encode()


NEUTRAL = "http://www.std-cgi.com/ver20/XMLSchema"
"""The namespace of ISAPI in firmware that Hikvision builds for others."""

PLUMBING: tuple[tuple[str, Answer | None, str], ...] = (
    ("Hikvision", challenge("rtsp", "IP Camera(C1214)"), ""),
    ("Hikvision", challenge("http", "DVRNVRDVS"), ""),
    ("Hikvision", http("Server: App-webs/"), ""),
    ("Hikvision", http("Server: DNVRS-Webs"), ""),
    ("Hikvision", http(body='<script>location="/doc/page/login.asp?_1"</script>'), ""),
    ("Hikvision", services("/onvif/onvif_ext"), ""),
    ("Hikvision", scopes("name/QX-1", uuid="cea94000-fb96-11b3-8260-020000000001"), ""),
    (
        "Hikvision",
        scopes(
            "type/video_encoder", "Profile/Streaming", "Profile/G", "hardware/QX-1", "name/QX", "location/x"
        ),
        "",
    ),
    ("Hikvision", information("", "V5.5.0 build 170725"), ""),
    ("Hikvision", information("", serial="QX-120161206AAWR863642784"), ""),
    (
        "Hikvision",
        http(body=f'<DeviceInfo version="1.0" xmlns="{NEUTRAL}"><model>QX-1</model></DeviceInfo>'),
        "",
    ),
    ("Hikvision", None, "44:19:b6:00:00:01"),
    ("Dahua", challenge("rtsp", "Login to 4K049EBPAG1D7E7"), ""),
    ("Dahua", challenge("http", "Login to 907F3C6C73FEDA77"), ""),
    ("Dahua", options("Server: Rtsp Server/3.0"), ""),
    (
        "Dahua",
        scopes("location/country/china", "name/QX", "hardware/QX-1", "extension/unique_identifier"),
        "",
    ),
    ("Dahua", information("", "2.800.0000000.13.R"), ""),
    ("Dahua", information("", serial="6C01E93PAG69A7D"), ""),
    ("Dahua", description("s=Media Server", "a=packetization-supported:DH"), ""),
    ("Dahua", http("CONNECTION: close", body="<title>WEB SERVICE</title>"), ""),
    ("Dahua", None, "14:a7:8b:00:00:01"),
    ("Uniview", services("/onvif/plus"), ""),
    ("Uniview", information("", "QIPC-B2202.3.73.C06290.NB.230628"), ""),
    ("Uniview", information("", "IPC_G6106-B0005P11D1812C03"), ""),
    ("Uniview", information("", serial="210231T2H63235000045"), ""),
    ("Uniview", scopes("version/GIPC-B6215.1.68.NB.240617"), ""),
    ("Uniview", description("s=VCP IPC Realtime stream"), ""),
    ("Uniview", None, "48:ea:63:00:00:01"),
    ("TVT", http("Server: Cross Web Server"), ""),
    ("TVT", http(body="NVMS-9000"), ""),
    ("TP-Link", scopes("name/QX", "hardware/QX-1", "Profile/Streaming", "location/x", "type/NVT"), ""),
    ("TVT", None, "58:5b:69:00:00:01"),
    ("Tiandy", scopes("location/city/tianjin"), ""),
    ("Tiandy", scopes("firmware/APP_V3.3.0.20200606"), ""),
    ("Tiandy", information("", "APP_V3.3.0.20200606"), ""),
    ("Tiandy", None, "3c:da:6d:00:00:01"),
    ("Xiongmai", options("Server: H264DVR 1.0"), ""),
    ("Xiongmai", challenge("rtsp", "4453c7aab6dbf00c"), ""),
    ("Xiongmai", http(body="<title>NETSurveillance WEB</title>"), ""),
    ("Xiongmai", services("/onvif/telecom_service", 8899), ""),
    ("Xiongmai", scopes("name/NVT", "hardware/IPC-model", port=8899), ""),
    ("Xiongmai", scopes("name/QX", uuid="a0b1c2d3-5566-7788-99aa-001231000001"), ""),
    ("Xiongmai", information("", "V5.00.R02.00030747.10010.349f17..ONVIF 16.12"), ""),
    ("Herospeed", scopes("name/QX", "hardware/QX-1", port=8999), ""),
    ("Herospeed", None, "2c:6f:51:00:00:01"),
    ("Jovision", scopes("hardware/NVT-HI3516CS"), ""),
    ("Jovision", None, "e0:62:90:00:00:01"),
    ("RaySharp", None, "00:23:63:00:00:01"),
    ("Sunell", None, "00:1c:27:00:00:01"),
    ("Dynacolor", None, "00:d0:89:00:00:01"),
    ("Vivotek", None, "00:02:d1:00:00:01"),
    ("Hanwha Vision", challenge("rtsp", "iPOLiS"), ""),
    ("Hanwha Vision", None, "00:09:18:00:00:01"),
    ("HiChip", options("Server: Hipcam RealServer/V1.0"), ""),
    ("HiChip", scopes("name/QX", uuid="5f5a69c2-e0ae-504f-829b-020000000001"), ""),
    ("Reolink", description('s=Session streamed by "preview"'), ""),
    ("Juan", http("Server: JAWS/1.0"), ""),
    ("TBK", http(body="<title>DVR Login</title>"), ""),
)
"""Maker; what a device of his says in one answer whoever sells it, or its MAC: each must name him alone."""


RECORDED = [one for one in read_folders(DEVICES) if one.expect.get("maker") in {row[0] for row in PLUMBING}]


def labelled(label: str, answer: Answer | None) -> Iterator[Answer]:
    """Yield an answer and the device information of a device sold as `label`; device information holds both."""
    if answer and b"GetDeviceInformationResponse" in answer[1]:
        text = answer[1].partition(b"\r\n\r\n")[2]
        named = text.replace(b"<tds:Manufacturer><", f"<tds:Manufacturer>{label}<".encode())
        yield http("Content-Type: application/soap+xml", body=named.decode())
        return
    if answer:
        yield answer
    yield information(label)


@pytest.mark.parametrize("label", [UNKNOWN, MIXED])
@pytest.mark.parametrize(("maker", "answer", "mac"), PLUMBING)
def test_plumbing_names_the_maker_under_any_label(maker: str, answer: Answer | None, mac: str, label: str):
    found = device(*labelled(label, answer), mac=mac or None)
    concluded = found.conclusions.get(Attribute.MAKER)
    assert concluded is not None
    assert (concluded.value, concluded.contested) == (maker, False)
    assert concluded.confidence >= SURE
    assert found.value(Attribute.BRAND) in ({MIXED} if label == MIXED else {UNKNOWN, None})


@pytest.mark.parametrize("recording", RECORDED, ids=lambda recording: recording.name)
def test_a_mixed_label_never_turns_a_recorded_maker(recording: Recording):
    """Each recorded device of a maker who builds for others keeps its maker when a mixed label is added."""
    label = Message(
        time=datetime(2026, 1, 2, tzinfo=UTC),
        protocol="http",
        source=Endpoint(host=recording.address, port=80),
        mac=recording.mac,
        payload=information(MIXED)[1],
    )
    found = devices_of([*recording.messages(), label], load(), Reading(strict=True), ON)
    (mine,) = (one for one in found if recording.address in one.addresses)
    assert mine.value(Attribute.MAKER) == recording.expect["maker"]


def test_a_label_alone_names_its_maker_only_where_he_makes_all_of_it():
    known = [v for v in vendors().all if v.surveillance and v.makes is not Makes.NONE]
    assert len(known) > 450
    for vendor in known:
        found = device(information(vendor.name))
        relation = vendors().maker_of(vendor.name, ON)
        maker = found.conclusions.get(Attribute.MAKER)
        assert (maker and maker.value) == (relation and relation.to_name), vendor.name
        assert maker is None or maker.confidence >= SURE
        assert found.value(Attribute.BRAND) in {vendor.name, relation and relation.to_name}


@pytest.mark.parametrize(
    "label", ["Lorex", "Provision-ISR", "Annke", "Pelco", "Swann", "Honeywell", "ABUS", "Q-See"]
)
def test_a_label_with_several_makers_leaves_him_open(label: str):
    found = device(information(label))
    assert found.value(Attribute.BRAND) == label
    assert found.value(Attribute.MAKER) in (None, "Pelco")
