"""SOAP answers of real devices (public captures, shortened to what is read), and the grammars around them."""

from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.protocols._protocol import Facts, Protocol
from scanner.protocols.onvif import FACTS, add_scopes, add_uuid, read_soap, service_address, split_scopes

DECLARED = Protocol(name="onvif", title="ONVIF", parse=lambda _: (), facts=FACTS)
SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
TDS = "http://www.onvif.org/ver10/device/wsdl"
TT = "http://www.onvif.org/ver10/schema"


def envelope(body, prefix="SOAP-ENV", namespaces=None, declaration='<?xml version="1.0" encoding="UTF-8"?>'):
    declared = {prefix: SOAP12, "tds": TDS, "tt": TT, **(namespaces or {})}
    text = " ".join(f'xmlns:{key}="{uri}"' for key, uri in declared.items())
    xml = f"{declaration}<{prefix}:Envelope {text}><{prefix}:Body>{body}</{prefix}:Body></{prefix}:Envelope>"
    return xml.encode()


def facts(body):
    found = {}
    for key, value in read_soap(body):
        assert DECLARED.declares(key)
        found.setdefault(key, []).append(value)
    return found


def services(*pairs):
    items = "".join(
        f"<tds:Service><tds:Namespace>{namespace}</tds:Namespace><tds:XAddr>{url}</tds:XAddr></tds:Service>"
        for namespace, url in pairs
    )
    return f"<tds:GetServicesResponse>{items}</tds:GetServicesResponse>"


def test_device_information_of_a_rebadged_hikvision():
    body = (
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>TRENDnet</tds:Manufacturer><tds:Model>TV-IP320PI</tds:Model>"
        "<tds:FirmwareVersion>V5.3.4 build 160830</tds:FirmwareVersion>"
        "<tds:SerialNumber>TV-IP320PI20161206AAWR863642784</tds:SerialNumber><tds:HardwareId>88</tds:HardwareId>"
        "</tds:GetDeviceInformationResponse>"
    )
    namespaces = {
        "soapenc": "http://www.w3.org/2003/05/soap-encoding",
        "tnsn": "http://www.eventextension.com/2011/event/topics",
        "extwsd": "http://www.onvifext.com/onvif/ext/ver10/wsdl",
    }
    found = facts(envelope(body, "env", namespaces))
    assert found["onvif.call"] == ["GetDeviceInformationResponse"]
    assert found["onvif.manufacturer"] == ["TRENDnet"]
    assert found["onvif.model"] == ["TV-IP320PI"]
    assert found["onvif.firmware"] == ["V5.3.4 build 160830"]
    assert found["onvif.serial"] == ["TV-IP320PI20161206AAWR863642784"]
    assert found["onvif.hardware_id"] == ["88"]
    assert found["onvif.prefix"] == ["env"]
    assert "extwsd=http://www.onvifext.com/onvif/ext/ver10/wsdl" in found["onvif.namespace_prefix"]
    assert "http://www.eventextension.com/2011/event/topics" in found["onvif.namespace"]
    assert "onvif.standalone" not in found


def test_own_hikvision_capabilities():
    body = (
        "<tds:GetCapabilitiesResponse><tds:Capabilities>"
        "<tt:Device><tt:XAddr>http://10.10.1.65/onvif/device_service</tt:XAddr></tt:Device>"
        "<tt:Events><tt:XAddr>http://10.10.1.65/onvif/Events</tt:XAddr></tt:Events>"
        "<tt:Extension><hikxsd:hikCapabilities><hikxsd:XAddr>http://10.10.1.65/onvif/hik_ext</hikxsd:XAddr>"
        "</hikxsd:hikCapabilities></tt:Extension></tds:Capabilities></tds:GetCapabilitiesResponse>"
    )
    found = facts(envelope(body, "env", {"hikxsd": "http://www.onvifext.com/onvif/ext/ver10/schema"}))
    assert found["onvif.service_path"] == ["/onvif/device_service", "/onvif/Events", "/onvif/hik_ext"]
    assert found["onvif.xaddr_port"] == ["80"]
    assert "hikxsd=http://www.onvifext.com/onvif/ext/ver10/schema" in found["onvif.namespace_prefix"]


def test_services_of_a_uniview_without_name():
    found = facts(
        envelope(
            services(
                (TDS, "http://192.168.1.127:80/onvif/device_service"),
                ("http://www.onvif.org/ver10/plus/wsdl", "http://192.168.1.127:80/onvif/plus"),
            ),
            namespaces={"tplt": "http://www.onvif.org/ver10/plus/schema"},
        )
    )
    assert found["onvif.service_namespace"] == [TDS, "http://www.onvif.org/ver10/plus/wsdl"]
    assert found["onvif.service_path"] == ["/onvif/device_service", "/onvif/plus"]
    assert found["onvif.xaddr"][0] == "http://192.168.1.127:80/onvif/device_service"


def test_services_of_pelco_with_namespaces_that_are_urns():
    found = facts(
        envelope(services(("urn:schemas-pelco-com:onvif:led:1", "http://10.10.1.66/onvif/device_service")))
    )
    assert found["onvif.service_namespace"] == ["urn:schemas-pelco-com:onvif:led:1"]


def test_dahua_writes_standalone_and_its_own_prefixes():
    body = "<tds:GetCapabilitiesResponse><tds:Capabilities/></tds:GetCapabilitiesResponse>"
    declaration = '<?xml version="1.0" encoding="utf-8" standalone="yes" ?>'
    found = facts(envelope(body, "s", {"sc": "http://www.w3.org/2003/05/soap-encoding"}, declaration))
    assert found["onvif.standalone"] == ["true"]
    assert found["onvif.prefix"] == ["s"]
    assert "sc=http://www.w3.org/2003/05/soap-encoding" in found["onvif.namespace_prefix"]


def test_scopes_of_an_axis():
    items = [
        "type/video_encoder",
        "Profile/Streaming",
        "hardware/Q6045-E",
        "name/AXIS%20Q6045-E",
        "type/ptz",
        "location/",
    ]
    scopes = "".join(
        f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>onvif://www.onvif.org/{item}</tt:ScopeItem></tds:Scopes>"
        for item in items
    )
    found = facts(envelope(f"<tds:GetScopesResponse>{scopes}</tds:GetScopesResponse>"))
    assert found["onvif.scope"][3] == "onvif://www.onvif.org/name/AXIS%20Q6045-E"
    assert found["onvif.scope.name"] == ["AXIS Q6045-E"]
    assert found["onvif.scope.type"] == ["video_encoder", "ptz"]
    assert found["onvif.scope_order"] == ["type profile hardware name type location"]
    assert "onvif.scope.location" not in found


def test_interfaces_name_the_address_in_use():
    body = """<tds:GetNetworkInterfacesResponse><tds:NetworkInterfaces token="eth0"><tt:Enabled>true</tt:Enabled>
      <tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>00:40:8C:FA:B7:54</tt:HwAddress></tt:Info>
      <tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config>
        <tt:Manual><tt:Address>10.10.1.20</tt:Address></tt:Manual>
        <tt:FromDHCP><tt:Address>192.168.0.19</tt:Address></tt:FromDHCP>
        <tt:DHCP>true</tt:DHCP></tt:Config></tt:IPv4>
      </tds:NetworkInterfaces></tds:GetNetworkInterfacesResponse>"""
    found = facts(envelope(body))
    assert found["onvif.mac"] == ["00:40:8c:fa:b7:54"]
    assert found["onvif.interface"] == ["eth0"]
    assert found["onvif.address"] == ["192.168.0.19"]
    static = facts(envelope(body.replace("<tt:DHCP>true", "<tt:DHCP>false")))
    assert static["onvif.address"] == ["10.10.1.20"]


def time_answer(year=2018, month=2, second=59):
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        "<tt:TimeZone><tt:TZ>MST7MDT,M3.2.0,M11.1.0</tt:TZ></tt:TimeZone>"
        f"<tt:UTCDateTime><tt:Time><tt:Hour>23</tt:Hour><tt:Minute>9</tt:Minute><tt:Second>{second}</tt:Second></tt:Time>"
        f"<tt:Date><tt:Year>{year}</tt:Year><tt:Month>{month}</tt:Month><tt:Day>27</tt:Day></tt:Date></tt:UTCDateTime>"
        "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def test_clock():
    found = facts(envelope(time_answer()))
    assert found["onvif.time_utc"] == ["2018-02-27T23:09:59Z"]
    assert found["onvif.time_zone"] == ["MST7MDT,M3.2.0,M11.1.0"]


@pytest.mark.parametrize(
    "wrong", [{"month": 13}, {"year": 99999}, {"second": "x"}, {"year": 0}, {"month": "²"}]
)
def test_clock_that_shows_no_time(wrong):
    found = facts(envelope(time_answer(**wrong)))
    assert "onvif.time_utc" not in found
    assert found["onvif.time_type"] == ["Manual"]


@pytest.mark.parametrize(
    ("body", "key", "value"),
    [
        (
            (
                "<tds:GetHostnameResponse><tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>DCS-6511</tt:Name>"
                "</tds:HostnameInformation></tds:GetHostnameResponse>"
            ),
            "onvif.hostname",
            "DCS-6511",
        ),
        (
            "<tds:GetWsdlUrlResponse><tds:WsdlUrl>http://192.168.0.19/wsdl/onvif/</tds:WsdlUrl></tds:GetWsdlUrlResponse>",
            "onvif.wsdl_url",
            "http://192.168.0.19/wsdl/onvif/",
        ),
        (
            (
                "<tds:GetEndpointReferenceResponse><tds:GUID>urn:uuid:CEA94000-FB96-11B3-8260-686DBC5CB15D</tds:GUID>"
                "</tds:GetEndpointReferenceResponse>"
            ),
            "onvif.uuid_mac",
            "68:6d:bc:5c:b1:5d",
        ),
        (
            (
                '<trt:GetVideoSourcesResponse><trt:VideoSources token="0"/><trt:VideoSources token="1"/>'
                "</trt:GetVideoSourcesResponse>"
            ),
            "onvif.video_sources",
            "2",
        ),
    ],
)
def test_other_calls(body, key, value):
    assert facts(envelope(body, namespaces={"trt": "http://www.onvif.org/ver10/media/wsdl"}))[key] == [value]


def test_refusal_tells_codes_and_reason():
    fault = (
        "<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>ter:NotAuthorized</env:Value>"
        '</env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">Sender not Authorized</env:Text></env:Reason>'
        "<env:Detail><env:Text>more</env:Text></env:Detail></env:Fault>"
    )
    found = facts(envelope(fault, "env"))
    assert found["onvif.call"] == ["Fault"]
    assert found["onvif.fault"] == ["env:Sender", "ter:NotAuthorized"]
    assert found["onvif.fault_text"] == ["Sender not Authorized"]


def test_fault_of_soap_1_1():
    body = b"""<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"
      xmlns:tds="http://www.onvif.org/">
      <SOAP-ENV:Body><SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode>
      <faultstring>HTTP GET method not implemented</faultstring>
      </SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>"""
    found = facts(body)
    assert found["onvif.fault"] == ["SOAP-ENV:Client"]
    assert found["onvif.fault_text"] == ["HTTP GET method not implemented"]


def test_default_namespace_and_unbound_prefixes():
    call = "GetDeviceInformationResponse"
    body = f"<Envelope><Body><{call}><tds:Model>IPC</tds:Model></{call}></Body></Envelope>"
    assert facts(body.encode())["onvif.model"] == ["IPC"]


def test_broken_answer_gives_what_is_readable():
    good = envelope("<tds:GetDeviceInformationResponse><tds:Model>A & B</tds:Model><tds:SerialNumber>77")
    assert facts(good[: good.index(b"</SOAP-ENV:Body")])["onvif.model"] == ["A & B"]


def test_chinese_answer():
    text = envelope(
        "<tds:GetDeviceInformationResponse><tds:Model>网络摄像机</tds:Model></tds:GetDeviceInformationResponse>",
        declaration='<?xml version="1.0" encoding="gb2312"?>',
    )
    assert facts(text.decode().encode("gb2312"))["onvif.model"] == ["网络摄像机"]


def test_empty_body_still_shows_the_hand():
    assert facts(envelope(""))["onvif.prefix"] == ["SOAP-ENV"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Envelope</body></html>",
        envelope("<tds:GetSystemDateAndTime/>"),
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><u:GetStatusResponse/></s:Body></s:Envelope>',
        b"<s:Envelope><s:Body><s:Fault><faultstring>UPnPError</faultstring></s:Fault></s:Body></s:Envelope>",
        b'<!DOCTYPE Envelope [<!ENTITY a SYSTEM "file:///etc/passwd">]><Envelope>&a;</Envelope>',
    ],
)
def test_requests_and_other_documents_give_nothing(body):
    assert read_soap(body) == ()


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("http://192.168.1.10/onvif/device_service", "192.168.1.10", 80, "/onvif/device_service"),
        ("HTTPS://192.168.1.10", "192.168.1.10", 443, "/"),
        ("http://0.0.0.0:8080/onvif", None, 8080, "/onvif"),
        ("http://[fe80::1%25eth0]:8899/x", "fe80::1", 8899, "/x"),
        ("http://[2001:db8::5]/x", "2001:db8::5", 80, "/x"),
        ("http://camera.local:2020/x", None, 2020, "/x"),
        ("http://10.0.0.1:99999/x", "10.0.0.1", None, "/x"),
        ("http://fd00::5/onvif", "fd00::5", 80, "/onvif"),
        ("SERVICE_URI", None, None, ""),
        ("http://[broken", None, None, ""),
        ("", None, None, ""),
    ],
)
def test_grammar_of_service_addresses(text, host, port, path):
    found = service_address(text)
    assert (found.host, found.port, found.path) == (ip_address(host) if host else None, port, path)
    assert found.text == text


def test_credentials_in_an_address_are_not_kept():
    found = service_address("http://admin:secret@10.0.0.1/onvif")
    assert found.text == "http://10.0.0.1/onvif"
    assert found.host == ip_address("10.0.0.1")


def scope_facts(*scopes):
    collected = Facts()
    add_scopes(collected, "wsd", scopes)
    return collected.pairs()


@pytest.mark.parametrize(
    ("scope", "fact"),
    [
        ("onvif://www.onvif.org/MAC/C0-56-E3-F9-55-68", ("wsd.scope.mac", "c0:56:e3:f9:55:68")),
        ("onvif://www.onvif.org/macaddr/88263f8d6525", ("wsd.scope.mac", "88:26:3f:8d:65:25")),
        ("onvif://www.onvif.org/mfr/ipcamera", ("wsd.scope.manufacturer", "ipcamera")),
        ("onvif://www.onvif.org/FirmwareVersion/1.2.3", ("wsd.scope.firmware", "1.2.3")),
        ("onvif://www.onvif.org/location/country/china", ("wsd.scope.location", "country/china")),
        ("onvif://www.onvif.org/type/manufacturer/FOSCAM", ("wsd.scope.type", "manufacturer/FOSCAM")),
        ("onvif://www.onvif.org/Name/IPCAM", ("wsd.scope.name", "IPCAM")),
        ("onvif://www.onvif.org/name/HD+IPC", ("wsd.scope.name", "HD IPC")),
        ("onvif://www.onvif.org/hardware/FI9821W+", ("wsd.scope.hardware", "FI9821W+")),
        ("onvif://www.onvif.org/hardware/HD_PREDATOR", ("wsd.scope.hardware", "HD_PREDATOR")),
        (
            "onvif://www.onvif.org/hardware/TC-C32TS%20SPEC%3AI8%2FA",
            ("wsd.scope.hardware", "TC-C32TS SPEC:I8/A"),
        ),
        ("onvif://www.onvif.org/firmware/APP_V3.3.0.20200606", ("wsd.scope.firmware", "APP_V3.3.0.20200606")),
        ("onvif://www.onvif.org/name/%C9%E3%CF%F1%BB%FA", ("wsd.scope.name", "摄像机")),
    ],
)
def test_grammar_of_scopes(scope, fact):
    assert fact in scope_facts(scope)


@pytest.mark.parametrize(
    "scope",
    [
        "http:123",
        "urn:schemas-pelco-com:onvif:extensions:1",
        "dvtel://www.dvtel.com/quasar/gen2/x",
        "onvif://www.onvif.org/MAC/unknown",
        "onvif://www.onvif.org/location/",
        "onvif://www.onvif.org/a b/c",
    ],
)
def test_scopes_without_a_value_are_kept_raw_only(scope):
    assert {key for key, _ in scope_facts(scope)} <= {"wsd.scope", "wsd.scope_order"}


def test_lists_of_scopes_as_devices_write_them():
    first = "onvif://www.onvif.org/location/Hong Kong\r\n "
    glued = "onvif://www.onvif.org/name/Aonvif://www.onvif.org/type/ptz http:123 "
    assert split_scopes(first + glued) == (
        "onvif://www.onvif.org/location/Hong Kong",
        "onvif://www.onvif.org/name/A",
        "onvif://www.onvif.org/type/ptz",
        "http:123",
    )


@pytest.mark.parametrize(
    ("text", "uuid", "mac"),
    [
        (
            "urn:uuid:88d87a05-d7f7-7e45-b1e9-C4D6553FDFAB",
            "88d87a05-d7f7-7e45-b1e9-c4d6553fdfab",
            "c4:d6:55:3f:df:ab",
        ),
        ("uuid:1b77a2db-c51d-44b8-bf2d-418760240ab-6", None, None),
        ("uuid:1b77a2db-c51d-44b8-bf2d-418760240ab6-6", "1b77a2db-c51d-44b8-bf2d-418760240ab6", None),
        ("2419d68a2dd221b2a205000000000000", "2419d68a-2dd2-21b2-a205-000000000000", None),
        ("http://10.0.0.1/device", None, None),
    ],
)
def test_grammar_of_endpoints(text, uuid, mac):
    collected = Facts()
    add_uuid(collected, "wsd", text)
    found = dict(collected.pairs())
    assert (found.get("wsd.uuid"), found.get("wsd.uuid_mac")) == (uuid, mac)


GOOD = envelope(time_answer() + services((TDS, "http://10.0.0.1/onvif/device_service")))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(GOOD)), st.integers(0, len(GOOD)))
def test_no_bytes_raise_or_give_undeclared_facts(noise, start, stop):
    for body in (noise, b"<Envelope>" + noise, GOOD[:start] + noise + GOOD[stop:]):
        assert all(len(value) <= 1024 for values in facts(body).values() for value in values)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_no_text_breaks_the_grammars(text):
    assert service_address(text).text is not None
    scope_facts(*split_scopes(text), *split_scopes("onvif://www.onvif.org/" + text))


def test_flood_of_scopes_stays_bounded():
    scopes = "".join(
        f"<tt:ScopeItem>onvif://www.onvif.org/c{n}/{'v' * 900}</tt:ScopeItem>" for n in range(5000)
    )
    found = read_soap(envelope(f"<tds:GetScopesResponse>{scopes}</tds:GetScopesResponse>"))
    assert len(found) <= 400
