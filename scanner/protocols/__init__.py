"""Every protocol that is read, in one list: a protocol is a file here, a line below and a recording.

Order matters where a port is shared: the first whose `recognise` says yes reads the message.
"""

from scanner.protocols import (
    arp,
    banner,
    bosch,
    cdp,
    dhcp,
    dhcpv6,
    dhip,
    dns,
    dvrip,
    foscam,
    gvcp,
    hanwha,
    http,
    imported,
    kasa,
    lldp,
    mdns,
    ndp,
    netbios,
    nice,
    panasonic,
    reolink,
    rtsp,
    sadp,
    sip,
    snmp,
    sony,
    ssdp,
    tls,
    tplink,
    tvt,
    ubiquiti,
    uniview,
    v380,
    vision360,
    vivotek,
    vstarcam,
    wsdiscovery,
    xiongmai,
)
from scanner.protocols._protocol import Facts, Protocol, clean, mac_text, parse_mac

__all__ = ["PROTOCOLS", "Facts", "Protocol", "by_name", "clean", "declared", "mac_text", "parse_mac"]

PROTOCOLS: tuple[Protocol, ...] = (
    arp.PROTOCOL,
    ndp.PROTOCOL,
    lldp.PROTOCOL,
    cdp.PROTOCOL,
    dhcp.PROTOCOL,
    dhcpv6.PROTOCOL,
    dns.PROTOCOL,
    mdns.PROTOCOL,
    netbios.PROTOCOL,
    snmp.PROTOCOL,
    sip.PROTOCOL,
    uniview.PROTOCOL,
    wsdiscovery.PROTOCOL,
    ssdp.PROTOCOL,
    http.PROTOCOL,
    tls.PROTOCOL,
    rtsp.PROTOCOL,
    banner.PROTOCOL,
    sadp.PROTOCOL,
    dhip.PROTOCOL,
    dvrip.PROTOCOL,
    tvt.PROTOCOL,
    xiongmai.PROTOCOL,
    hanwha.PROTOCOL,
    bosch.PROTOCOL,
    vivotek.PROTOCOL,
    foscam.PROTOCOL,
    vstarcam.PROTOCOL,
    sony.PROTOCOL,
    panasonic.PROTOCOL,
    ubiquiti.PROTOCOL,
    tplink.PROTOCOL,
    kasa.PROTOCOL,
    reolink.PROTOCOL,
    v380.PROTOCOL,
    vision360.PROTOCOL,
    nice.PROTOCOL,
    gvcp.PROTOCOL,
    imported.PROTOCOL,
)

by_name = {protocol.name: protocol for protocol in PROTOCOLS}

LINK_FACTS = ("link.mac", "link.registrant")
"""Facts that no protocol gives but the link layer itself."""


def declared(key: str) -> bool:
    """Tell whether any protocol may give a fact of this key: a fingerprint that asks for another is broken."""
    return key in LINK_FACTS or any(protocol.declares(key) for protocol in PROTOCOLS)
