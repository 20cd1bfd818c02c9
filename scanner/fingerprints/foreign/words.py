"""Others' words for vendors and kinds of device → ours.

Kinds are compared in lower case without hyphens; a word that is not here says nothing. nmap's words are those
of its book's chapter on version detection, Recog's those of its content (`hw.device`).
"""

from collections.abc import Mapping

from scanner.vendors import Vendors

MAX_WORDS = 4
"""Words of a product's name that a vendor's name may have."""

KINDS: Mapping[str, str] = {
    "access control": "access-control",
    "access point": "access-point",
    "adsl modem": "modem",
    "adsl router": "router",
    "alarm panel": "alarm-panel",
    "audio encoder": "audio-codec",
    "av receiver": "av-receiver",
    "bridge": "switch",
    "broadband router": "router",
    "building automation": "building-controller",
    "cable modem": "modem",
    "cloud network video recorder": "recorder",
    "console server": "console-server",
    "copier": "printer",
    "desktop": "pc",
    "device server": "serial-server",
    "display controller": "av-controller",
    "docsis cable modem": "modem",
    "dsl modem": "modem",
    "dslam": "dslam",
    "dvr": "recorder",
    "environment control": "building-controller",
    "ethernet adapter": "fieldbus-adapter",
    "firewall": "firewall",
    "game console": "game-console",
    "handheld scanner": "barcode-reader",
    "hmi controller": "operator-panel",
    "hub": "hub",
    "hypervisor": "hypervisor",
    "industrial control": "plc",
    "ip camera": "camera",
    "jtag adapter": "debug-probe",
    "kvm": "kvm",
    "laptop": "pc",
    "light bulb": "smart-light",
    "lights out management": "management-controller",
    "load balancer": "load-balancer",
    "management processor": "management-controller",
    "media device": "media-player",
    "media gateway": "voip-gateway",
    "media player": "media-player",
    "mobile phone": "phone",
    "multifunction device": "printer",
    "multiplexer": "switch",
    "nas": "nas",
    "network audio": "speaker",
    "network scanner": "scanner",
    "onboard administrator": "management-controller",
    "pbx": "pbx",
    "pda": "phone",
    "pdu": "pdu",
    "phone": "phone",
    "plc": "plc",
    "point of sale": "pos-terminal",
    "power meter": "energy-meter",
    "power relay": "relay-board",
    "print server": "print-server",
    "printer": "printer",
    "proxy server": "web-proxy",
    "relay controller": "relay-board",
    "remote management": "management-controller",
    "router": "router",
    "scanner": "scanner",
    "sensor": "sensor",
    "sip gateway": "voip-gateway",
    "smart tv": "tv",
    "storage": "nas",
    "storage appliance": "storage-array",
    "storage misc": "nas",
    "switch": "switch",
    "tablet": "tablet",
    "tape library": "tape-library",
    "terminal server": "console-server",
    "test instrument": "test-instrument",
    "thin client": "thin-client",
    "ups": "ups",
    "usb server": "usb-server",
    "video conferencing": "conference",
    "video decoder": "video-decoder",
    "video encoder": "encoder",
    "voip": "voip-phone",
    "voip adapter": "voip-gateway",
    "voip gateway": "voip-gateway",
    "voip phone": "voip-phone",
    "voip server": "pbx",
    "vpn": "vpn-gateway",
    "wap": "access-point",
    "web cam": "camera",
    "web proxy": "web-proxy",
    "webcam": "camera",
    "wireless controller": "wireless-controller",
    "wireless presenter": "conference",
    "wlan repeater": "wifi-repeater",
}
SURVEILLANCE_WORDS = frozenset(
    word for word, kind in KINDS.items() if kind in {"camera", "recorder", "encoder"}
)
"""Words for devices that this census is about."""


def kind_of(word: str | None) -> str | None:
    """Return our noun for a kind of device, or None.

    >>> kind_of("IP Camera"), kind_of("storage-misc"), kind_of("Whiteboard")
    ('camera', 'nas', None)
    """
    return KINDS.get(word.casefold().replace("-", " ")) if word else None


def vendor_in(text: str, vendors: Vendors) -> str | None:
    """Return the vendor that a product's name begins with, under our name for it; the longest name counts.

    A product that begins with none of the names we know gives None.
    """
    words = text.replace("/", " ").split()[:MAX_WORDS]
    for length in range(len(words), 0, -1):
        known = vendors.canonical(" ".join(words[:length]))
        if known is not None:
            return known
    return None
