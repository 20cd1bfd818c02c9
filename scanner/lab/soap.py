"""What a camera of the lab answers to its owner where nobody recorded an answer: ONVIF, ISAPI, Dahua, Uniview.

The grammar is the specifications'; names and numbers are nobody's. Where a device was recorded its own answers
are served as they were, and these only fill the gaps.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

SOAP = "http://www.w3.org/2003/05/soap-envelope"
SCHEMA = "http://www.onvif.org/ver10/schema"
SERVICES = {
    "device_service": "http://www.onvif.org/ver10/device/wsdl",
    "Media": "http://www.onvif.org/ver10/media/wsdl",
    "Media2": "http://www.onvif.org/ver20/media/wsdl",
    "PTZ": "http://www.onvif.org/ver20/ptz/wsdl",
    "Analytics": "http://www.onvif.org/ver20/analytics/wsdl",
    "Search": "http://www.onvif.org/ver10/search/wsdl",
    "Events": "http://www.onvif.org/ver10/events/wsdl",
}
MEDIA, SECOND = frozenset({"Media", "Media2"}), "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """A camera behind a recorder, as the recorder tells of it."""

    name: str
    model: str
    serial: str = ""
    firmware: str = ""
    maker: str = ""
    address: str = ""
    mac: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What a device knows of itself: texts, how many of what, which rules; `rules` and `modules` are QNames.

    `media` are its media services of SERVICES: Profile T asks for the second and not for the first.
    """

    maker: str = "HIKVISION"
    model: str = "DS-2CD2042WD-I"
    firmware: str = "V5.4.5 build 170124"
    serial: str = "DS-2CD2042WD-I20170301AAWR712345678"
    mac: str = "44:19:b6:00:00:01"
    second_mac: str = ""
    name: str = "Gate"
    location: str = "yard"
    sources: int = 1
    ptz: bool = False
    audio_in: int = 0
    audio_out: int = 0
    users: int = 2
    recordings: int = 0
    rules: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    behind: tuple[Behind, ...] = field(default=())
    media: tuple[str, ...] = ("Media",)


def envelope(inner: str) -> str:
    """Return a SOAP envelope around a body's content."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}" xmlns:tt="{SCHEMA}" '
        'xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl" '
        'xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:tan="http://www.onvif.org/ver20/analytics/wsdl" '
        'xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" '
        'xmlns:tse="http://www.onvif.org/ver10/search/wsdl" xmlns:tev="http://www.onvif.org/ver10/events/wsdl" '
        'xmlns:wsa="http://www.w3.org/2005/08/addressing" xmlns:ter="http://www.onvif.org/ver10/error">'
        f"<s:Body>{inner}</s:Body></s:Envelope>"
    )


def fault(code: str, text: str) -> str:
    """Return a SOAP fault as ONVIF has it: a sender's fault with a subcode."""
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode></s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{text}</s:Text></s:Reason></s:Fault>'
    )


def time_answer(now: datetime) -> str:
    """Return GetSystemDateAndTime's answer for a device's own time."""
    date = f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
    clock = (
        f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
        f"<tt:Second>{now.second}</tt:Second></tt:Time>"
    )
    return envelope(
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone>"
        f"<tt:UTCDateTime>{clock}{date}</tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


def soap_answers(own: Owned, base: str) -> Mapping[str, str]:
    """Return the bodies of a device's ONVIF answers by call; `base` begins its service addresses ("http://h/onvif").

    A call of the second media service ends in SECOND: it shares its name with one of the first.
    """
    return {
        call: envelope(f"<{prefix}:{name}Response>{inner}</{prefix}:{name}Response>")
        for prefix, call, inner in _calls(own, base)
        for name in (call.removesuffix(SECOND),)
    }


def _calls(own: Owned, base: str) -> Iterator[tuple[str, str, str]]:
    services = "".join(
        f"<tds:Service><tds:Namespace>{uri}</tds:Namespace><tds:XAddr>{base}/{name}</tds:XAddr>"
        "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version></tds:Service>"
        for name, uri in SERVICES.items()
        if name not in MEDIA or name in own.media
    )
    yield "tds", "GetServices", services
    yield "tds", "GetCapabilities", _capabilities(own, base)
    yield (
        "tds",
        "GetHostname",
        f"<tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>{own.name}</tt:Name></tds:HostnameInformation>",
    )
    yield (
        "tds",
        "GetDeviceInformation",
        (
            f"<tds:Manufacturer>{own.maker}</tds:Manufacturer><tds:Model>{own.model}</tds:Model>"
            f"<tds:FirmwareVersion>{own.firmware}</tds:FirmwareVersion><tds:SerialNumber>{own.serial}</tds:SerialNumber>"
            "<tds:HardwareId>88</tds:HardwareId>"
        ),
    )
    yield (
        "tds",
        "GetScopes",
        "".join(
            f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>onvif://www.onvif.org/{item}</tt:ScopeItem></tds:Scopes>"
            for item in (
                "Profile/Streaming",
                f"hardware/{own.model}",
                f"name/{own.name}",
                f"location/{own.location}",
            )
        ),
    )
    yield "tds", "GetNetworkInterfaces", _interfaces(own)
    yield (
        "tds",
        "GetUsers",
        "".join(
            f"<tds:User><tt:Username>user{n}</tt:Username><tt:UserLevel>{level}</tt:UserLevel></tds:User>"
            for n, level in enumerate(["Administrator", *["Operator"] * own.users][: own.users])
        ),
    )
    yield from _more_calls(own, base)


def _more_calls(own: Owned, base: str) -> Iterator[tuple[str, str, str]]:
    """Yield what other services than the device's answer."""
    inputs = range(1, own.sources + 1)
    if "Media" in own.media:
        yield "trt", "GetProfiles", "".join(_profile(own, n) for n in inputs)
    if "Media2" in own.media:
        yield "tr2", f"GetProfiles{SECOND}", "".join(_profile2(own, n) for n in inputs)
    yield (
        "trt",
        "GetAudioSources",
        "".join(
            f'<trt:AudioSources token="a{n}"><tt:Channels>1</tt:Channels></trt:AudioSources>'
            for n in range(own.audio_in)
        ),
    )
    yield "trt", "GetAudioOutputs", "".join(f'<trt:AudioOutputs token="o{n}"/>' for n in range(own.audio_out))
    yield "tptz", "GetNodes", _nodes(own)
    yield "tan", "GetSupportedRules", _supported("SupportedRules", "RuleDescription", own.rules)
    yield (
        "tan",
        "GetSupportedAnalyticsModules",
        _supported("SupportedAnalyticsModules", "AnalyticsModuleDescription", own.modules),
    )
    yield (
        "tse",
        "GetRecordingSummary",
        f"<tse:Summary><tt:NumberRecordings>{own.recordings}</tt:NumberRecordings></tse:Summary>",
    )
    yield (
        "tev",
        "CreatePullPointSubscription",
        (
            f"<tev:SubscriptionReference><wsa:Address>{base}/Events/1</wsa:Address></tev:SubscriptionReference>"
            "<wsnt:CurrentTime xmlns:wsnt='http://docs.oasis-open.org/wsn/b-2'>2026-01-01T00:00:00Z</wsnt:CurrentTime>"
            "<wsnt:TerminationTime xmlns:wsnt='http://docs.oasis-open.org/wsn/b-2'>2026-01-01T00:01:00Z</wsnt:TerminationTime>"
        ),
    )


def _capabilities(own: Owned, base: str) -> str:
    media = f"<tt:Media><tt:XAddr>{base}/Media</tt:XAddr><tt:StreamingCapabilities/></tt:Media>"
    media = media if "Media" in own.media else ""
    return (
        f"<tds:Capabilities><tt:Analytics><tt:XAddr>{base}/Analytics</tt:XAddr><tt:RuleSupport>true</tt:RuleSupport>"
        "<tt:AnalyticsModuleSupport>true</tt:AnalyticsModuleSupport></tt:Analytics>"
        f"<tt:Device><tt:XAddr>{base}/device_service</tt:XAddr></tt:Device>"
        f"<tt:Events><tt:XAddr>{base}/Events</tt:XAddr>"
        "<tt:WSSubscriptionPolicySupport>true</tt:WSSubscriptionPolicySupport>"
        "<tt:WSPullPointSupport>true</tt:WSPullPointSupport>"
        "<tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>"
        f"{media}"
        f"<tt:PTZ><tt:XAddr>{base}/PTZ</tt:XAddr></tt:PTZ>"
        f"<tt:Extension><tt:DeviceIO><tt:XAddr>{base}/DeviceIO</tt:XAddr><tt:VideoSources>{own.sources}</tt:VideoSources>"
        f"<tt:VideoOutputs>0</tt:VideoOutputs><tt:AudioSources>{own.audio_in}</tt:AudioSources>"
        f"<tt:AudioOutputs>{own.audio_out}</tt:AudioOutputs><tt:RelayOutputs>0</tt:RelayOutputs></tt:DeviceIO>"
        "</tt:Extension></tds:Capabilities>"
    )


def _interfaces(own: Owned) -> str:
    macs = [("eth0", own.mac, 6), *([("wlan0", own.second_mac, 71)] if own.second_mac else [])]
    return "".join(
        f'<tds:NetworkInterfaces token="{name}"><tt:Enabled>true</tt:Enabled><tt:Info><tt:Name>{name}</tt:Name>'
        f"<tt:HwAddress>{mac}</tt:HwAddress><tt:MTU>1500</tt:MTU></tt:Info>"
        f"<tt:Extension><tt:InterfaceType>{kind}</tt:InterfaceType></tt:Extension></tds:NetworkInterfaces>"
        for name, mac, kind in macs
    )


def _profile(own: Owned, number: int) -> str:
    return (
        f'<trt:Profiles token="p{number}" fixed="true"><tt:Name>main{number}</tt:Name>'
        f'<tt:VideoSourceConfiguration token="v{number}"><tt:Name>{own.name} {number}</tt:Name>'
        "<tt:UseCount>1</tt:UseCount>"
        f'<tt:SourceToken>VideoSource_{number}</tt:SourceToken><tt:Bounds x="0" y="0" width="1920" height="1080"/>'
        f'</tt:VideoSourceConfiguration><tt:VideoAnalyticsConfiguration token="an{number}"><tt:Name>an</tt:Name>'
        "<tt:UseCount>1</tt:UseCount></tt:VideoAnalyticsConfiguration></trt:Profiles>"
    )


def _profile2(own: Owned, number: int) -> str:
    """Return a profile of the second media service (media.wsdl 24.06: MediaProfile, ConfigurationSet)."""
    audio = "".join(
        f'<tr2:{kind} token="{kind}{number}"><tt:Name>{kind}</tt:Name><tt:UseCount>1</tt:UseCount>'
        f"<tt:{token}>{kind}_{number}</tt:{token}></tr2:{kind}>"
        for kind, token, count in (
            ("AudioSource", "SourceToken", own.audio_in),
            ("AudioOutput", "OutputToken", own.audio_out),
        )
        if count >= number
    )
    return (
        f'<tr2:Profiles token="p{number}" fixed="true"><tr2:Name>main{number}</tr2:Name><tr2:Configurations>'
        f'<tr2:VideoSource token="v{number}"><tt:Name>{own.name} {number}</tt:Name><tt:UseCount>1</tt:UseCount>'
        f'<tt:SourceToken>VideoSource_{number}</tt:SourceToken><tt:Bounds x="0" y="0" width="1920" height="1080"/>'
        f'</tr2:VideoSource>{audio}<tr2:Analytics token="an{number}"><tt:Name>an</tt:Name>'
        "<tt:UseCount>1</tt:UseCount></tr2:Analytics></tr2:Configurations></tr2:Profiles>"
    )


def _nodes(own: Owned) -> str:
    space = "http://www.onvif.org/ver10/tptz/PanTiltSpaces/PositionGenericSpace"
    if not own.ptz:
        return ""
    return (
        '<tptz:PTZNode token="PTZNODE"><tt:Name>dome</tt:Name><tt:SupportedPTZSpaces><tt:AbsolutePanTiltPositionSpace>'
        f"<tt:URI>{space}</tt:URI></tt:AbsolutePanTiltPositionSpace></tt:SupportedPTZSpaces>"
        "<tt:MaximumNumberOfPresets>255</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported></tptz:PTZNode>"
    )


def _supported(outer: str, element: str, names: tuple[str, ...]) -> str:
    inner = "".join(f'<tt:{element} Name="{name}"><tt:Parameters/></tt:{element}>' for name in names)
    return f"<tan:{outer}>{inner}</tan:{outer}>"


def pages(own: Owned) -> Mapping[str, tuple[str, str]]:
    """Return what makers' own interfaces answer, by path with its query: content type and body."""
    xml, text, js = "application/xml", "text/plain;charset=utf-8", "application/json"
    found = {
        "/ISAPI/System/deviceInfo": (xml, _device_info(own)),
        "/cgi-bin/magicBox.cgi?action=getSystemInfo": (
            text,
            f"deviceType={own.model}\r\nserialNumber={own.serial}\r\nupdateSerial={own.model}\r\n",
        ),
        "/cgi-bin/magicBox.cgi?action=getSoftwareVersion": (text, f"version={own.firmware}\r\n"),
    }
    found |= _more_pages(own)
    if own.behind:
        found |= {
            "/ISAPI/ContentMgmt/InputProxy/channels": (xml, _input_proxies(own)),
            "/cgi-bin/configManager.cgi?action=getConfig&name=RemoteDevice": (text, _remote_devices(own)),
            "/LAPI/V1.0/Channels/System/ChannelDetailInfos": (js, _channel_details(own)),
        }
    return found


def _more_pages(own: Owned) -> Mapping[str, tuple[str, str]]:
    """Return what Axis's VAPIX and Hanwha's SUNAPI answer; the grammar is that of public clients' tests."""
    js, text = "application/json", "text/plain"
    listed = {"Brand": "AXIS", "ProdNbr": own.model, "Version": own.firmware, "SerialNumber": own.serial}
    sunapi = {"Model": own.model, "SerialNumber": own.serial, "FirmwareVersion": own.firmware}
    user = {"UserID": "recorder-user", "Password": "behind-secret"}
    cameras = [{"Status": "Success", "HTTPPort": 80, "Model": camera.model, **user} for camera in own.behind]
    base = "/axis-cgi/param.cgi?action=list&group=root"
    audio = "".join(
        f"root.Properties.Audio.Source.A0.{way}={'yes' if count else 'no'}\n"
        for way, count in (("Input", own.audio_in), ("Output", own.audio_out))
    )
    device = "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view"
    return {
        "/axis-cgi/basicdeviceinfo.cgi": (js, json.dumps({"data": {"propertyList": listed}})),
        f"{base}.Brand": (text, f"root.Brand.Brand=AXIS\nroot.Brand.ProdNbr={own.model}\n"),
        f"{base}.Properties": (text, f"{audio}root.Properties.Firmware.Version={own.firmware}\n"),
        device: (js, json.dumps({**sunapi, "DeviceType": "NVR" if own.behind else "NWC"})),
        "/stw-cgi/media.cgi?msubmenu=cameraregister&action=view": (
            js,
            json.dumps({"RegisteredCameras": [*cameras, {"Status": "None"}]} if own.behind else {}),
        ),
    }


def _device_info(own: Owned) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><DeviceInfo version="2.0" xmlns="http://www.isapi.org/ver20/XMLSchema">'
        f"<deviceName>{own.name}</deviceName><model>{own.model}</model><serialNumber>{own.serial}</serialNumber>"
        f"<macAddress>{own.mac}</macAddress><firmwareVersion>{own.firmware.split(' ')[0]}</firmwareVersion>"
        f"<firmwareReleasedDate>{own.firmware.partition(' ')[2]}</firmwareReleasedDate>"
        f"<deviceType>{'NVR' if own.behind else 'IPCamera'}</deviceType></DeviceInfo>"
    )


def _input_proxies(own: Owned) -> str:
    channels = "".join(
        f"<InputProxyChannel><id>{n}</id><name>{camera.name}</name><sourceInputPortDescriptor>"
        f"<proxyProtocol>{camera.maker or 'HIKVISION'}</proxyProtocol>"
        f"<addressingFormatType>ipaddress</addressingFormatType><ipAddress>{camera.address}</ipAddress><managePortNo>8000</managePortNo><srcInputPort>1</srcInputPort>"
        f"<userName>recorder-user</userName><password>behind-secret</password><streamType>auto</streamType>"
        f"<model>{camera.model}</model>"
        f"<serialNumber>{camera.serial}</serialNumber><firmwareVersion>{camera.firmware}</firmwareVersion>"
        "</sourceInputPortDescriptor></InputProxyChannel>"
        for n, camera in enumerate(own.behind, 1)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?><InputProxyChannelList version="2.0"'
    return f'{head} xmlns="http://www.hikvision.com/ver20/XMLSchema">{channels}</InputProxyChannelList>'


def _remote_devices(own: Owned) -> str:
    lines = [
        f"table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_{n}.{key}={value}"
        for n, camera in enumerate(own.behind)
        for key, value in (
            ("Address", camera.address),
            ("DeviceType", camera.model),
            ("Enable", "true"),
            ("Mac", camera.mac or "ff:ff:ff:ff:ff:ff"),
            ("Name", camera.name),
            ("Password", "behind-secret"),
            ("ProtocolType", "Onvif"),
            ("SerialNo", camera.serial),
            ("UserName", "recorder-user"),
            ("Vendor", camera.maker),
            ("Version", camera.firmware),
        )
    ]
    empty = f"table.RemoteDevice.uuid:System_CONFIG_NETCAMERA_INFO_{len(own.behind)}.Enable=false"
    return "\r\n".join([*lines, empty, ""])


def _channel_details(own: Owned) -> str:
    items = ",".join(
        f'{{"ID":{n},"Name":"{camera.name}","Status":1,"Manufacturer":"{camera.maker}","DeviceModel":"{camera.model}",'
        f'"SerialNum":"{camera.serial}","MACAddress":"{camera.mac}","AddressInfo":{{"Address":"{camera.address}"}}}}'
        for n, camera in enumerate(own.behind, 1)
    )
    return f'{{"Response":{{"ResponseCode":0,"Data":{{"Nums":{len(own.behind)},"DetailInfos":[{items}]}}}}}}'
