"""Raw text of a claim → the value that evidence carries: canonical, normalised, or dropped.

Devices fill fields with placeholders ("General", "MODEL"), spell makers in many ways and write addresses as
they please. Each attribute has one rule here; a rule that gives None says that the text claims nothing.
"""

import re

from scanner.fingerprints.capabilities import capability
from scanner.fingerprints.fingerprint import KINDS
from scanner.model import Attribute
from scanner.protocols import clean, parse_mac
from scanner.vendors import Vendors

MAX_VALUE = 256
"""Characters of one value; longer texts are not names, models or serials."""
MODEL_CODE = re.compile(r"(?:[A-Z]{4,}|\d{3,4}|(?=\S{0,16}\d)(?=\S{0,16}[A-Z])[A-Z0-9]\S+)(?:\s|$)")
"""What may stand behind a label and be a model by itself: letters and digits, a number, a name in capitals."""
_LABELLED = re.compile(r"(\S{2,24}) (.{2,80})")
_TWO_WORDS = re.compile(r"(\S{2,24} \S{2,24}) (.{2,80})")
_DESCRIBED = re.compile(
    r"((?!H26[45] |\d+M?P )(?=\S*[A-Z])(?=(?:\S*\d){3})\S+(?: M[kK] ?[IV]+)?)"
    r"(?i:(?: (?:fixed|mini|ptz|dome|bullet|box|network|ip|hd|ir|indoor|outdoor|thermal|panoramic|turret|fisheye))*"
    r" (?:camera|video server|video encoder|video door station))"
)
"""A model number and words for the kind of thing behind it."""
_UNSET = frozenset({"", "-", "--", "?", "0", "n/a", "na", "none", "null", "(null)", "undefined", "unknown"})


def value_of(attribute: Attribute, raw: str, vendors: Vendors) -> str | None:
    """Return the value that a text claims for an attribute, or None where it claims nothing.

    Names of makers and brands come back canonical where the vendor table knows them and as written where it
    does not; MAC addresses in lower-case colon form; UUIDs in lower case; kinds only from KINDS, capabilities from
    CAPABILITIES.
    """
    text = clean(raw)[:MAX_VALUE]
    if text.casefold() in _UNSET:
        return None
    match attribute:
        case Attribute.BRAND | Attribute.MAKER:
            return None if vendors.is_placeholder(text) else vendors.canonical(text) or text
        case Attribute.MODEL:
            return None if vendors.is_placeholder_model(text) else _without_label(text, vendors)
        case Attribute.SERIAL:
            return text if text.strip("0-:. ") else None
        case Attribute.MAC:
            return parse_mac(text)
        case Attribute.UUID:
            return _uuid(text)
        case Attribute.KIND:
            return text if text in KINDS else None
        case Attribute.CAPABILITY:
            return capability(text)
        case _:
            return text


def _without_label(text: str, vendors: Vendors) -> str:
    """Return a model without the label before it, where what follows is a model by itself, and without its kind behind.

    Protocols differ in both: one field says "AXIS P3265-LVE Dome Camera", the next "P3265-LVE". "Wyze Cam v3" stays as
    it is.
    """
    if described := _DESCRIBED.fullmatch(text):
        return described[1]
    for found in (_LABELLED.match(text), _TWO_WORDS.match(text)):
        if found and MODEL_CODE.match(found[2]) and vendors.canonical(found[1]):
            return _without_label(found[2], vendors)
    return text


def _uuid(text: str) -> str | None:
    """Return a UUID in lower case without "urn:uuid:" and braces; None if it is all zeros or all ones."""
    bare = text.casefold().removeprefix("urn:").removeprefix("uuid:").strip("{} ")
    digits = set(bare) - {"-"}
    return None if digits <= {"0"} or digits == {"f"} else bare
