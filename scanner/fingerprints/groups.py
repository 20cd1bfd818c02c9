"""Keys under one name: what a device says of itself in words is read alike, whichever protocol carries it.

An entry whose `match` is "said" is held against every fact of the keys below. A maker's grammar of model names or
the words "network camera" need then be written once, not once a protocol; each protocol remains a witness of its
own, because evidence keeps the key of the fact it read. Names that an owner gives (host names, scopes "name",
mDNS instances) are not among them: people call a PC "camera server". Nobody calls one "DS-2CD2143G2-I", though: a
maker's grammar of model names is held against such names too.
"""

from functools import lru_cache

SAID = "said"
NAMED = "named"
"""The group of names: no entry asks for it, those of a vendor that read a model from what is said belong to it."""
MEMBERS = {
    SAID: frozenset(
        """
        http.title http.realm http.server http.generator http.xml.DeviceInfo.model http.json.data.propertyList.ProdNbr
        http.pair.model http.pair.deviceType http.pair.system_info_modelname http.json.value.DevInfo.model
        http.xml.Envelope.Body.GetDeviceSettingsResponse.ModelName
        upnp.model_name upnp.model_number upnp.model_description
        onvif.model onvif.scope.hardware wsd.scope.hardware wsd.scope.model
        rtsp.server rtsp.realm rtsp.sdp.session rtsp.sdp.information
        snmp.sysdescr banner.ftp banner.telnet banner.ssh banner.other
        mdns.model mdns.hardware dhcp.vendor_class dhcpv6.vendor_class
        tls.subject_cn tls.subject_o tls.subject_ou sip.server sip.user_agent ssdp.server
        lldp.system_description lldp.med.model cdp.platform
        sadp.model uniview.model tvt.model bosch.model vivotek.model sony.model
        panasonic.model channel.model ubiquiti.model tplink.model kasa.model gvcp.model import.product
        """.split()  # noqa: SIM905 - a paragraph of keys reads better than fifty quoted strings
    ),
    NAMED: frozenset(
        """
        dhcp.hostname dhcp.fqdn mdns.instance wsd.scope.name onvif.scope.name onvif.hostname upnp.friendly_name
        snmp.sysname netbios.name
        """.split()  # noqa: SIM905 - as above
    ),
}

SAME_AS = {
    "channel.model": ("onvif.model", "wsd.scope.hardware"),
    "channel.serial": ("onvif.serial",),
    "channel.firmware": ("onvif.firmware",),
}
"""Keys whose texts are of the same grammar as others': what a recorder says of a camera, the camera would say."""


@lru_cache(maxsize=1024)
def groups_of(key: str) -> tuple[str, ...]:
    """Return the other names under which entries may ask for a key of facts.

    >>> groups_of("http.title"), groups_of("dhcp.hostname")
    (('said',), ())
    """
    return (*(name for name, keys in MEMBERS.items() if key in keys), *SAME_AS.get(key, ()))
