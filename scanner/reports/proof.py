"""Why a maker was concluded, in a few words: what the device did that only this maker's devices do."""

from scanner.identity.conclusions import BRAND_RELATION
from scanner.model import Attribute, Device, Evidence, Strength

MAX_PROOFS = 3
"""Witnesses that are named; `explain` has all of them."""

_ANSWERS = {
    "sadp": "answers SADP",
    "dhip": "answers DHIP",
    "dvrip": "answers DVRIP",
    "uniview": "answers Uniview's probe",
    "tvt": "answers MHED",
    "xiongmai": "answers Xiongmai's search",
    "hanwha": "answers Hanwha's installer",
    "bosch": "answers Bosch's search",
    "foscam": "answers Foscam's search",
    "vivotek": "answers Vivotek's search",
    "ubiquiti": "answers Ubiquiti's discovery",
    "tplink": "answers TP-Link's discovery",
    "reolink": "answers Reolink's search",
    "v380": "answers V380's search",
    "vstarcam": "answers VStarcam's search",
    "wsd": "WS-Discovery template",
    "onvif": "ONVIF service",
    "http": "web server",
    "upnp": "UPnP description",
    "ssdp": "SSDP",
    "rtsp": "RTSP server",
    "tls": "certificate",
    "mdns": "mDNS service",
    "link": "MAC registrant",
    "dhcp": "DHCP client",
    "snmp": "SNMP",
    "banner": "greeting",
}
_FIELDS = {"serial": "serial number format", "firmware": "firmware format", "realm": "login realm"}


def proof(device: Device) -> str:
    """Return the strongest witnesses of the concluded maker as one clause; "" where there is no maker.

    A device that says who made it by its label only is told as such.
    """
    maker = device.conclusions.get(Attribute.MAKER)
    if maker is None:
        return ""
    ordered = sorted(maker.evidence, key=lambda item: (_rank(item), item.fact))
    told = dict.fromkeys(phrase(item) for item in ordered if item.value == maker.value)
    return ", ".join(list(told)[:MAX_PROOFS])


def _rank(item: Evidence) -> int:
    if item.fingerprint.startswith(BRAND_RELATION):
        return 9
    return (Strength.STRONG, Strength.MEDIUM, Strength.WEAK).index(item.strength)


def phrase(item: Evidence) -> str:
    """Return in two or three words what kind of thing a piece of evidence is."""
    if item.fingerprint.startswith(BRAND_RELATION):
        return "its label"
    protocol, _, field = item.fact[0].partition(".")
    return _FIELDS.get(field.rsplit(".", 1)[-1]) or _ANSWERS.get(protocol, protocol)
