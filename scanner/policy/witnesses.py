"""What shows a device's maker, in words that people read: "answers SADP, serial format DS-…, MAC registered to …".

Evidence names the fact that it read by its key; each key has one phrase here, most of them by the last part of
the key. What the device wrote is quoted, and cut: it is a stranger's text.
"""

from collections.abc import Iterable

from scanner.identity.conclusions import LINE
from scanner.model import Evidence

MAX_QUOTED = 40
"""Characters of a device's own text that are quoted."""

_SERVICES = {
    "sadp": "SADP",
    "dhip": "DHIP",
    "dvrip": "DVRIP",
    "tvt": "TVT's search",
    "xiongmai": "Xiongmai's search",
    "uniview": "Uniview's search",
    "hanwha": "Hanwha's search",
    "bosch": "Bosch's search",
    "reolink": "Reolink's search",
    "tplink": "TP-Link's search",
    "kasa": "Kasa's search",
    "foscam": "Foscam's search",
    "vstarcam": "VStarcam's search",
    "v380": "V380's search",
    "vivotek": "Vivotek's search",
    "ubiquiti": "Ubiquiti's search",
}
_WHOLE = {
    "link.registrant": "MAC registered to {}",
    "onvif.service_path": "ONVIF paths such as {}",
    "onvif.namespace": "ONVIF namespace {}",
    "onvif.namespace_prefix": "ONVIF namespaces",
    "rtsp.public": "the order of its RTSP methods",
    "http.body": "its web page",
    "http.location": "its login page {}",
    "http.meta_refresh": "its login page {}",
    "http.header_names": "the spelling of its HTTP headers",
    "wsd.scope_order": "the order of its scopes",
    "wsd.xaddr_port": "ONVIF on port {}",
    "onvif.xaddr_port": "ONVIF on port {}",
    "onvif.standalone": "the form of its SOAP",
    "rtsp.content_base": "stream path {}",
    "rtsp.sdp.attribute": 'stream attribute "{}"',
    "rtsp.sdp.origin": 'stream origin "{}"',
    "dns.query": "asks the name server for {}",
    "banner.hex": "the bytes that it greets with",
}
_LAST = {
    "serial": "serial format {}",
    "firmware": "firmware format {}",
    "realm": 'realm "{}"',
    "server": 'server "{}"',
    "title": 'title "{}"',
    "uuid": "UUID format {}",
    "manufacturer": 'manufacturer "{}"',
    "model": "model number {}",
    "model_name": "model number {}",
    "sysdescr": 'SNMP description "{}"',
    "sysobjectid": "SNMP object {}",
    "favicon_mmh3": "its icon",
    "favicon_md5": "its icon",
    "session": 'stream "{}"',
    "hardware_id": 'hardware id "{}"',
    "object": "SNMP object {}",
    "realm_mac": "realm that is its MAC",
    "hostname": 'host name "{}"',
}


def witnesses(evidence: Iterable[Evidence], most: int) -> str:
    """Return the first `most` different phrases for some evidence, in its order, and how many more there are."""
    phrases = list(dict.fromkeys(phrase(item) for item in evidence))
    more = f" and {len(phrases) - most} more" if len(phrases) > most else ""
    return ", ".join(phrases[:most]) + more


def phrase(item: Evidence) -> str:
    """Return what one item of evidence read, as a clause of a sentence."""
    key, text = item.fact
    protocol, _, field = key.partition(".")
    if item.fingerprint.startswith("relations/brand"):
        return "its label"
    if field == "answer":
        return f"answers {_SERVICES.get(protocol, protocol)}"
    quoted = text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"
    if item.fingerprint.partition("/")[2].startswith(LINE):
        return f"the line that its model {quoted} is of"
    pattern = _WHOLE.get(key) or _LAST.get(key.rpartition(".")[2])
    if pattern is None and protocol == "tls":
        pattern = 'certificate of "{}"'
    if pattern is None and ".scope" in key:
        pattern = 'scope "{}"'
    if pattern is None and protocol == "banner":
        pattern = f'{field} greeting "{{}}"'
    if pattern is None and field.startswith(("xml.", "json.")):
        pattern = f'{field.partition(".")[2]} "{{}}"'
    return (pattern or f'{key} "{{}}"').replace("{}", quoted, 1)
