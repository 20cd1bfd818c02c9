"""WS-Discovery datagrams: answers of real devices (public captures), and the quirks reported of others."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Endpoint, Message, Subject
from scanner.protocols.wsdiscovery import MAX_MATCHES, PROTOCOL, parse, recognise

MAC = "c4:d6:55:3f:df:ab"
NAMESPACES = (
    'xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope" '
    'xmlns:wsa="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
    'xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl" '
    'xmlns:tds="http://www.onvif.org/ver10/device/wsdl"'
)
FOSCAM = f"""<?xml version="1.0" encoding="utf-8" ?>
<SOAP-ENV:Envelope {NAMESPACES}><SOAP-ENV:Header>
<wsa:MessageID>urn:uuid:79b1ee85-221d-c86e-e6b1-af7c67f3419b</wsa:MessageID>
<wsa:Action SOAP-ENV:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</wsa:Action>
</SOAP-ENV:Header><SOAP-ENV:Body><d:ProbeMatches><d:ProbeMatch>
<wsa:EndpointReference><wsa:Address>urn:uuid:88d87a05-d7f7-7e45-b1e9-C4D6553FDFAB</wsa:Address></wsa:EndpointReference>
<d:Types>dn:NetworkVideoTransmitter</d:Types>
<d:Scopes>onvif://www.onvif.org/type/manufacturer/FOSCAM onvif://www.onvif.org/type/video_encoder
onvif://www.onvif.org/name/C1 onvif://www.onvif.org/hardware/C1 onvif://www.onvif.org/Profile/Streaming
onvif://www.onvif.org/location/country/china onvif://www.onvif.org/location/city/Shenzhen </d:Scopes>
<d:XAddrs>http://10.0.0.227:888/onvif/device_service</d:XAddrs><d:MetadataVersion>0</d:MetadataVersion>
</d:ProbeMatch></d:ProbeMatches></SOAP-ENV:Body></SOAP-ENV:Envelope>""".encode()
AMCREST = b"""<?xml version="1.0" encoding="utf-8" standalone="yes" ?><s:Envelope
xmlns:sc="http://www.w3.org/2003/05/soap-encoding" xmlns:s="http://www.w3.org/2003/05/soap-envelope"
xmlns:dn="http://www.onvif.org/ver10/network/wsdl" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"
xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">
<s:Header><a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action></s:Header><s:Body>
<d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>uuid:278b1b37-153c-452d-b316-d2ed4e99e6a2</a:Address>
</a:EndpointReference><d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>
<d:Scopes>onvif://www.onvif.org/location/country/china onvif://www.onvif.org/name/Amcrest
onvif://www.onvif.org/hardware/IP2M-841B onvif://www.onvif.org/Profile/Streaming
onvif://www.onvif.org/type/Network_Video_Transmitter onvif://www.onvif.org/extension/unique_identifier
onvif://www.onvif.org/Profile/Q/Operational</d:Scopes><d:XAddrs>http://10.0.0.154:8088/onvif/device_service</d:XAddrs>
<d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"""
EPR = "urn:uuid:08a6f3cd-312c-4810-837e-fb2859be05bb"


def match(xaddrs="", scopes="", epr=EPR, types="dn:NetworkVideoTransmitter", name="d:ProbeMatch"):
    return (
        f"<{name}><wsa:EndpointReference><wsa:Address>{epr}</wsa:Address></wsa:EndpointReference><d:Types>{types}</d:Types>"
        f"<d:Scopes>{scopes}</d:Scopes><d:XAddrs>{xaddrs}</d:XAddrs><d:MetadataVersion>10</d:MetadataVersion></{name}>"
    )


def envelope(body, header=""):
    inner = f"<SOAP-ENV:Header>{header}</SOAP-ENV:Header><SOAP-ENV:Body>{body}</SOAP-ENV:Body>"
    return f"<SOAP-ENV:Envelope {NAMESPACES}>{inner}</SOAP-ENV:Envelope>".encode()


def answer(*matches):
    return envelope(f"<d:ProbeMatches>{''.join(matches)}</d:ProbeMatches>")


def read(payload, source="10.0.0.227"):
    endpoint = Endpoint(host=ip_address(source) if source else None, port=3702)
    return parse(
        Message(
            time=datetime(2026, 3, 1, tzinfo=UTC),
            protocol="wsdiscovery",
            source=endpoint,
            mac=MAC,
            payload=payload,
        )
    )


def facts(seen, key):
    return [value for known, value in seen.facts if known == key]


def test_foscam():
    (seen,) = read(FOSCAM)
    assert seen.subject == Subject(host=ip_address("10.0.0.227"), mac=MAC)
    assert facts(seen, "wsd.action") == ["probematches"]
    assert facts(seen, "wsd.epr") == ["urn:uuid:88d87a05-d7f7-7e45-b1e9-C4D6553FDFAB"]
    assert facts(seen, "wsd.uuid") == ["88d87a05-d7f7-7e45-b1e9-c4d6553fdfab"]
    assert facts(seen, "wsd.uuid_mac") == [MAC]
    assert facts(seen, "wsd.types") == ["NetworkVideoTransmitter"]
    assert facts(seen, "wsd.scope.location") == ["country/china", "city/Shenzhen"]
    assert facts(seen, "wsd.scope_order") == ["type type name hardware profile location location"]
    assert facts(seen, "wsd.xaddr") == ["http://10.0.0.227:888/onvif/device_service"]
    assert facts(seen, "wsd.xaddr_port") == ["888"]
    assert facts(seen, "wsd.metadata_version") == ["0"]
    assert facts(seen, "wsd.prefix") == ["SOAP-ENV"]


def test_amcrest_is_written_by_dahuas_hand():
    (seen,) = read(AMCREST, "10.0.0.154")
    assert facts(seen, "wsd.epr") == ["uuid:278b1b37-153c-452d-b316-d2ed4e99e6a2"]
    assert facts(seen, "wsd.type") == ["NetworkVideoTransmitter", "Device"]
    assert facts(seen, "wsd.qualified_type")[1] == "{http://www.onvif.org/ver10/device/wsdl}Device"
    assert "onvif://www.onvif.org/extension/unique_identifier" in facts(seen, "wsd.scope")
    assert facts(seen, "wsd.scope.profile") == ["Streaming", "Q/Operational"]
    assert facts(seen, "wsd.standalone") == ["true"]
    assert facts(seen, "wsd.prefix") == ["s"]


def test_axis_names_its_link_local_address_first():
    (seen,) = read(
        answer(match("http://169.254.180.212/onvif/device_service http://10.0.0.246/onvif/device_service")),
        "10.0.0.246",
    )
    assert seen.subject == Subject(host=ip_address("10.0.0.246"), mac=MAC)
    assert len(facts(seen, "wsd.xaddr")) == 2
    assert facts(seen, "wsd.proxy") == []


def test_several_matches_are_several_observations():
    seen = read(
        answer(
            match("http://192.168.254.2/onvif/device_service", epr="uuid:1"),
            match("http://192.168.254.3:80/onvif/device_service", epr="uuid:2"),
            match("http://10.0.0.227/onvif/device_service", epr="uuid:3"),
        )
    )
    assert [str(one.subject.host) for one in seen] == ["192.168.254.2", "192.168.254.3", "10.0.0.227"]
    assert [one.subject.mac for one in seen] == [None, None, MAC]
    assert [facts(one, "wsd.proxy") for one in seen] == [["true"], ["true"], []]


@pytest.mark.parametrize(
    "xaddrs",
    [
        "",
        "SERVICE_URI",
        "http://0.0.0.0:8080/onvif/device_service",
        "http://127.0.0.1/onvif/device_service",
        "http://169.254.7.7/onvif/device_service",
        "http://203.0.114.9/onvif/device_service",
        "http://8.8.8.8/onvif/device_service",
        "http://camera.local/onvif/device_service",
        "http://[fe80::1]/onvif/device_service",
        "http://[fd00::7]/onvif/device_service",
        "http://192.168.254.2/onvif/device_service SERVICE_URI",
        "http://192.168.254.2/onvif/device_service http://10.0.0.227/onvif/device_service",
        "http://192.168.254.2/onvif/device_service http://8.8.8.8/onvif/device_service",
    ],
)
def test_addresses_that_never_become_the_subject(xaddrs):
    (seen,) = read(answer(match(xaddrs)))
    assert seen.subject == Subject(host=ip_address("10.0.0.227"), mac=MAC)
    assert facts(seen, "wsd.proxy") == []


def test_ipv6_source_with_ipv4_address_is_one_device():
    (seen,) = read(answer(match("http://10.0.0.227/onvif/device_service")), "fe80::1")
    assert seen.subject.host == ip_address("fe80::1")


def test_link_local_source_with_unique_local_address_is_one_device():
    (seen,) = read(answer(match("http://[fd00::7]/onvif/device_service")), "fe80::1")
    assert seen.subject.host == ip_address("fe80::1")


def test_unknown_source_takes_nothing_from_the_addresses():
    (seen,) = read(answer(match("http://10.0.0.227/x")), None)
    assert seen.subject.host is None


@pytest.mark.parametrize("action", ["Hello", "Bye"])
def test_announcements(action):
    (seen,) = read(envelope(match("http://10.0.0.227/x", name=f"d:{action}")))
    assert facts(seen, "wsd.action") == [action.lower()]
    assert facts(seen, "wsd.epr") == [EPR]


def test_resolve_matches():
    (seen,) = read(envelope(f"<d:ResolveMatches>{match(name='d:ResolveMatch')}</d:ResolveMatches>"))
    assert facts(seen, "wsd.action") == ["resolvematches"]


def test_match_without_scopes():
    (seen,) = read(answer("<d:ProbeMatch><d:XAddrs>http://10.0.0.227/x</d:XAddrs></d:ProbeMatch>"))
    assert facts(seen, "wsd.scope") == []
    assert facts(seen, "wsd.xaddr_port") == ["80"]


def test_match_without_its_wrapper():
    (seen,) = read(envelope(match()))
    assert facts(seen, "wsd.action") == ["probematches"]
    assert facts(seen, "wsd.epr") == [EPR]


def test_answer_without_matches():
    (seen,) = read(answer())
    assert facts(seen, "wsd.action") == ["probematches"]


def test_scopes_with_line_ends_blanks_and_escapes():
    scopes = (
        "\r\nonvif://www.onvif.org/location/Hong Kong\r\nonvif://www.onvif.org/name/VIGI%20C350\r\nhttp:123"
    )
    (seen,) = read(answer(match(scopes=scopes)))
    assert facts(seen, "wsd.scope.location") == ["Hong Kong"]
    assert facts(seen, "wsd.scope.name") == ["VIGI C350"]
    assert "http:123" in facts(seen, "wsd.scope")


def test_port_type_beside_the_address():
    epr = "<d:ProbeMatch><wsa:EndpointReference><wsa:Address>uuid:3fa1fe68-b915-4053-a3e1-003192abcdef</wsa:Address>"
    (seen,) = read(answer(f"{epr}<wsa:PortType>ttl</wsa:PortType></wsa:EndpointReference></d:ProbeMatch>"))
    assert facts(seen, "wsd.port_type") == ["ttl"]
    assert facts(seen, "wsd.uuid_mac") == ["00:31:92:ab:cd:ef"]


def test_windows_pc_of_the_other_dialect_without_prefixes():
    body = """<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Body>
      <Hello xmlns="http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01"
        xmlns:wsdp="http://schemas.xmlsoap.org/ws/2006/02/devprof"
        xmlns:pub="http://schemas.microsoft.com/windows/pub/2005/07">
      <EndpointReference><Address>urn:uuid:747f3d96-68a7-43f1-8cbe-e8d6dadd0358</Address></EndpointReference>
      <Types>wsdp:Device pub:Computer</Types><MetadataVersion>4</MetadataVersion></Hello></Body></Envelope>"""
    (seen,) = read(body.encode(), "10.0.2.15")
    assert facts(seen, "wsd.dialect") == ["2009/01"]
    assert facts(seen, "wsd.prefix") == []
    assert facts(seen, "wsd.types") == ["Device Computer"]
    assert facts(seen, "wsd.qualified_type") == [
        "{http://schemas.xmlsoap.org/ws/2006/02/devprof}Device",
        "{http://schemas.microsoft.com/windows/pub/2005/07}Computer",
    ]


@pytest.mark.parametrize(("name", "action"), [("Probe", "probe"), ("Resolve", "resolve")])
def test_questions_say_only_what_is_looked_for(name, action):
    scopes = "<d:Scopes>onvif://www.onvif.org/name/AXIS</d:Scopes>"
    (seen,) = read(
        envelope(f"<d:{name}><d:Types>dn:NetworkVideoTransmitter tds:Device</d:Types>{scopes}</d:{name}>")
    )
    assert seen.facts == (("wsd.action", action), ("wsd.types", "NetworkVideoTransmitter Device"))


def test_fault_of_a_hikvision():
    fault = (
        "<SOAP-ENV:Fault><SOAP-ENV:Code><SOAP-ENV:Value>SOAP-ENV:Sender</SOAP-ENV:Value><SOAP-ENV:Subcode>"
        "<SOAP-ENV:Value>d:MatchingRuleNotSupported</SOAP-ENV:Value></SOAP-ENV:Subcode></SOAP-ENV:Code><SOAP-ENV:Reason>"
        "<SOAP-ENV:Text>the xml format error</SOAP-ENV:Text></SOAP-ENV:Reason></SOAP-ENV:Fault>"
    )
    (seen,) = read(envelope(fault))
    assert seen.facts == (
        ("wsd.action", "fault"),
        ("wsd.fault", "SOAP-ENV:Sender"),
        ("wsd.fault", "d:MatchingRuleNotSupported"),
        ("wsd.fault_text", "the xml format error"),
    )


def test_univiews_own_probe_is_left_to_its_reader():
    body = '<u:UniviewProbeMatches xmlns:u="http://www.uniview.com/Ver10/Device/wsdl"><u:UniviewProbeMatch/></u:UniviewProbeMatches>'
    action = "<wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</wsa:Action>"
    assert not recognise(envelope(body, action))
    assert read(envelope(body, action)) == ()
    assert recognise(FOSCAM)


def test_cut_datagram_gives_what_is_whole():
    (seen,) = read(FOSCAM[: FOSCAM.index(b"<d:Scopes>") + 60])
    assert facts(seen, "wsd.types") == ["NetworkVideoTransmitter"]
    (header,) = read(FOSCAM[: FOSCAM.index(b"<SOAP-ENV:Body>")])
    assert facts(header, "wsd.action") == ["probematches"]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"M-SEARCH * HTTP/1.1\r\n\r\n",
        b"<Probe><Types>inquiry</Types></Probe>",
        b"Envelope",
        envelope("<d:Other/>"),
    ],
)
def test_what_is_no_discovery_gives_nothing(payload):
    assert read(payload) == ()


def test_number_of_matches_is_bounded():
    assert len(read(answer(*(match(epr=f"uuid:{n}") for n in range(300))))) == MAX_MATCHES


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(FOSCAM)), st.integers(0, len(FOSCAM)))
def test_no_bytes_raise_or_give_undeclared_facts(noise, start, stop):
    for payload in (noise, b"<Envelope><Body>" + noise, FOSCAM[:start] + noise + FOSCAM[stop:]):
        for seen in read(payload):
            assert all(PROTOCOL.declares(key) and len(value) <= 1024 for key, value in seen.facts)
