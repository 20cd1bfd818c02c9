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
    "av receiver": "media-player",
    "bridge": "switch",
    "broadband router": "router",
    "building automation": "building-controller",
    "cable modem": "modem",
    "cloud network video recorder": "recorder",
    "copier": "printer",
    "desktop": "pc",
    "docsis cable modem": "modem",
    "dsl modem": "modem",
    "dvr": "recorder",
    "environment control": "building-controller",
    "firewall": "firewall",
    "game console": "game-console",
    "handheld scanner": "scanner",
    "hmi controller": "plc",
    "hub": "hub",
    "industrial control": "plc",
    "ip camera": "camera",
    "kvm": "kvm",
    "laptop": "pc",
    "light bulb": "smart-light",
    "media device": "media-player",
    "media player": "media-player",
    "mobile phone": "phone",
    "multifunction device": "printer",
    "multiplexer": "switch",
    "nas": "nas",
    "network audio": "speaker",
    "network scanner": "scanner",
    "pda": "phone",
    "pdu": "pdu",
    "phone": "phone",
    "plc": "plc",
    "power meter": "energy-meter",
    "printer": "printer",
    "print server": "printer",
    "router": "router",
    "scanner": "scanner",
    "sensor": "sensor",
    "smart tv": "tv",
    "storage": "nas",
    "storage misc": "nas",
    "switch": "switch",
    "tablet": "tablet",
    "ups": "ups",
    "video conferencing": "conference",
    "video decoder": "encoder",
    "video encoder": "encoder",
    "voip": "voip-phone",
    "voip adapter": "gateway",
    "voip gateway": "gateway",
    "voip phone": "voip-phone",
    "wap": "access-point",
    "web cam": "camera",
    "webcam": "camera",
    "wireless presenter": "conference",
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
