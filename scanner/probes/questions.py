"""Every datagram that a scan may send, in one table: to which group, to which port, from which port.

Only questions: each vendor's protocol has orders on the same port ("set address", "reset"), and none of them
can be built here. What is multicast or broadcast on the link can, where `unicast` says so, also be asked of one
address beyond a router.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from scanner.model import IPAddress
from scanner.protocols import (
    bosch,
    dhip,
    dvrip,
    foscam,
    gvcp,
    hanwha,
    kasa,
    netbios,
    nice,
    panasonic,
    reolink,
    sadp,
    sip,
    snmp,
    sony,
    tplink,
    tvt,
    ubiquiti,
    uniview,
    v380,
    vision360,
    vivotek,
    vstarcam,
    xiongmai,
)

NOBODY = IPv4Address(0)
BROADCAST = IPv4Address("255.255.255.255")
WS_GROUP, WS_GROUP6 = IPv4Address("239.255.255.250"), IPv6Address("ff02::c")
MDNS_GROUP, MDNS_GROUP6 = IPv4Address("224.0.0.251"), IPv6Address("ff02::fb")
DEVICES_PROFILE = "http://schemas.xmlsoap.org/ws/2006/02/devprof"
PROFILES = ("quick", "standard", "deep")

SERVICES = (
    "_services._dns-sd._udp",
    "_axis-video._tcp",
    "_axis-nvr._tcp",
    "_rtsp._tcp",
    "_http._tcp",
    "_hap._tcp",
    "_onvif._tcp",
    "_psia._tcp",
    "_arec._tcp",
    "_dcp._tcp",
    "_device-info._tcp",
    "_ipp._tcp",
    "_printer._tcp",
    "_airplay._tcp",
    "_googlecast._tcp",
    "_smb._tcp",
)
"""DNS-SD types that are asked for: cameras', and those of the devices that are most often mistaken for them."""


SERVICES_AT_ONCE = 6
"""Types in one query: avahi keeps the answer to one within 512 bytes, as RFC 6762, section 6.7, has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One datagram: the protocol whose parser reads its answers, where it goes, what it says.

    `groups` are asked on each link. `listen` is the port that answers come to where that is fixed; 0 means the
    port it was sent from. `profile` is the first profile that asks it.
    """

    protocol: str
    port: int
    payload: bytes
    groups: tuple[IPAddress, ...]
    listen: int = 0
    unicast: bool = True
    profile: str = "standard"
    ttl: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, for the few protocols whose question must say so."""

    host: IPv4Address = NOBODY
    mac: str = "00:00:00:00:00:00"


def questions(profile: str, asker: Asker | None = None) -> tuple[Question, ...]:
    """Return the datagrams of a profile (`quick`, `standard`, `deep`), the most telling first."""
    level = PROFILES.index(profile)
    return tuple(q for q in _all(asker or Asker()) if PROFILES.index(q.profile) <= level)


def _all(asker: Asker) -> Iterable[Question]:
    yield from _ws_discovery()
    for start in range(0, len(SERVICES), SERVICES_AT_ONCE):
        payload = mdns_query(SERVICES[start : start + SERVICES_AT_ONCE])
        yield Question(
            protocol="mdns", port=5353, payload=payload, groups=(MDNS_GROUP, MDNS_GROUP6), profile="quick"
        )
    for target in ("ssdp:all", "upnp:rootdevice"):
        payload = ssdp_search(target)
        yield Question(
            protocol="ssdp", port=1900, payload=payload, groups=(WS_GROUP, WS_GROUP6), profile="quick", ttl=2
        )
    token = _token()
    yield Question(
        protocol="sadp",
        port=37020,
        payload=sadp.question(token),
        groups=(WS_GROUP,),
        listen=37020,
        profile="quick",
    )
    dahua = (IPv4Address(dhip.GROUP), BROADCAST)
    yield Question(protocol="dhip", port=37810, payload=dhip.QUESTION, groups=dahua, profile="quick")
    yield Question(
        protocol="uniview", port=3702, payload=uniview.question(token), groups=(WS_GROUP,), profile="quick"
    )
    yield Question(
        protocol="tvt",
        port=23456,
        payload=tvt.QUESTION,
        groups=(IPv4Address(tvt.GROUP),),
        listen=23456,
        ttl=5,
    )
    yield from _broadcasts(asker)
    yield from _alone(asker)


def _broadcasts(asker: Asker) -> Iterable[Question]:
    """Give the makers' questions to everybody on the link, those that name most makers first."""
    yield _broadcast("xiongmai", 34569, xiongmai.QUESTION, listen=34569, profile="quick")
    yield _broadcast("hanwha", 7701, hanwha.QUESTION, listen=7711)
    yield _broadcast("bosch", 1757, bosch.question(0x63616D63), listen=1758)
    yield _broadcast("vivotek", 10000, vivotek.question(1))
    yield _broadcast("foscam", 10000, foscam.QUESTION, listen=10000)
    ubnt = (BROADCAST, IPv4Address(ubiquiti.GROUP))
    yield Question(protocol="ubiquiti", port=10001, payload=ubiquiti.QUESTION, groups=ubnt)
    yield Question(protocol="ubiquiti", port=10001, payload=ubiquiti.QUESTION_V2, groups=ubnt, profile="deep")
    yield _broadcast("tplink", 20002, tplink.QUESTION)
    yield _broadcast("tplink", 20004, tplink.QUESTION, profile="deep")
    yield _broadcast("kasa", 9999, kasa.QUESTION, profile="deep")
    yield _broadcast("reolink", 2000, reolink.QUESTION, listen=3000)
    for port in sorted(reolink.BCUDP_PORTS):
        yield _broadcast("reolink", port, reolink.question_bcudp(0x63616D63, 3000), listen=3000)
    yield _broadcast("vstarcam", 8600, vstarcam.QUESTION)
    yield _broadcast("v380", v380.PORT, v380.QUESTION, listen=v380.ANSWER_PORT)
    yield _broadcast("sony", 2380, sony.QUESTION, listen=2380)
    yield _broadcast("panasonic", 10670, panasonic.question(asker.mac, asker.host), listen=10669)
    yield _broadcast("dvrip", 5050, dvrip.QUESTION, profile="deep")
    yield _broadcast("vision360", 3600, vision360.QUESTION, profile="deep")
    yield _broadcast("nice", 2007, nice.question(0x6363, 2007), listen=2007, profile="deep")
    yield _broadcast("gvcp", 3956, gvcp.question(1), profile="deep")


def _alone(asker: Asker) -> Iterable[Question]:
    """Give what no group is asked: each living host answers for itself, if at all."""
    yield Question(protocol="snmp", port=161, payload=snmp.QUESTION, groups=())
    yield Question(protocol="netbios", port=137, payload=netbios.QUESTION, groups=())
    tag = _token().int & 0xFFFFFFFF
    yield Question(
        protocol="sip", port=5060, payload=sip.question(asker.host, tag), groups=(), profile="deep"
    )


def _broadcast(
    protocol: str, port: int, payload: bytes, *, listen: int = 0, profile: str = "standard"
) -> Question:
    return Question(
        protocol=protocol, port=port, payload=payload, groups=(BROADCAST,), listen=listen, profile=profile
    )


def _token() -> uuid.UUID:
    return uuid.uuid4()


def _ws_discovery() -> Iterable[Question]:
    """Give four probes: typed with the prefix on Types, typed `tds:Device`, untyped, and for what is no camera.

    Some firmware answers only one of them (ZoneMinder pull request 1410, openHAB issue 9022). Printers and PCs
    answer the last, and wsdd nothing else: a false friend is told apart by what it says it is.
    """
    kinds = (
        ('xmlns:dn="http://www.onvif.org/ver10/network/wsdl"', "dn:NetworkVideoTransmitter", "quick"),
        ('xmlns:tds="http://www.onvif.org/ver10/device/wsdl"', "tds:Device", "quick"),
        ("", "", "standard"),
        (f'xmlns:wsdp="{DEVICES_PROFILE}"', "wsdp:Device", "standard"),
    )
    for declared, types, profile in kinds:
        payload = ws_probe(_token(), declared, types)
        yield Question(
            protocol="wsdiscovery", port=3702, payload=payload, groups=(WS_GROUP, WS_GROUP6), profile=profile
        )


def ws_probe(message: uuid.UUID, declared: str, types: str) -> bytes:
    """Return a WS-Discovery 2005/04 Probe (section 5.2) as SOAP 1.2."""
    wanted = f"<d:Types {declared}>{types}</d:Types>" if types else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
        ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
        f"<e:Header><w:MessageID>uuid:{message}</w:MessageID>"
        '<w:To e:mustUnderstand="true">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>'
        '<w:Action e:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action>'
        f"</e:Header><e:Body><d:Probe>{wanted}</d:Probe></e:Body></e:Envelope>"
    ).encode()


def ssdp_search(target: str) -> bytes:
    """Return an M-SEARCH (UPnP Device Architecture 1.1, section 1.3.2) with a second to answer in."""
    return (
        "M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\n"
        f'MAN: "ssdp:discover"\r\nMX: 1\r\nST: {target}\r\n\r\n'
    ).encode()


def mdns_query(services: Iterable[str]) -> bytes:
    """Return one query for service types that asks for unicast answers (RFC 6762, section 5.4)."""
    from zeroconf._dns import DNSQuestion
    from zeroconf._protocol.outgoing import DNSOutgoing
    from zeroconf.const import _CLASS_IN, _CLASS_UNIQUE, _FLAGS_QR_QUERY, _TYPE_PTR

    outgoing = DNSOutgoing(_FLAGS_QR_QUERY, multicast=True)
    for service in services:
        outgoing.add_question(DNSQuestion(f"{service}.local.", _TYPE_PTR, _CLASS_IN | _CLASS_UNIQUE))
    return outgoing.packets()[0]
