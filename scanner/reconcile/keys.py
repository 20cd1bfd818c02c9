"""What identifies a device in cells that people typed: addresses, MACs, serial numbers, names; freed of their dress."""

import re
import unicodedata
from ipaddress import ip_address

from scanner.model import IPAddress

_MAC = re.compile(
    r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}(?P<s>[:-])(?:[0-9A-Fa-f]{2}(?P=s)){4}[0-9A-Fa-f]{2}"
    r"|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}|[0-9A-Fa-f]{12})(?![0-9A-Fa-f])"
)
_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w\.)|(?<![\w:])[0-9A-Fa-f:]*:[0-9A-Fa-f:]+(?![\w:])"
)
MIN_SERIAL = 5
"""Characters of a serial number that is worth comparing: a shorter one could be anything."""
FILLERS = frozenset(
    {"", "n a", "na", "none", "unknown", "unbekannt", "inconnu", "tbc", "tbd", "keine", "null", "0"}
)


def macs_in(cell: str) -> tuple[str, ...]:
    """Return the MACs in a cell, lower case with colons.

    >>> macs_in("44-19-B6-00-00-01"), macs_in("4419.b600.0001 (LAN)"), macs_in("4419B6000001")
    (('44:19:b6:00:00:01',), ('44:19:b6:00:00:01',), ('44:19:b6:00:00:01',))
    """
    found = (re.sub(r"[^0-9a-f]", "", text[0].lower()) for text in _MAC.finditer(cell))
    return tuple(":".join(digits[n : n + 2] for n in range(0, 12, 2)) for digits in found if int(digits, 16))


def addresses_in(cell: str) -> tuple[IPAddress, ...]:
    """Return the addresses in a cell, also those in a URL or with a prefix or port.

    >>> addresses_in("http://10.0.0.7:8080/ (old: 10.0.0.8/24)")
    (IPv4Address('10.0.0.7'), IPv4Address('10.0.0.8'))
    """
    found: list[IPAddress] = []
    for text in _ADDRESS.finditer(cell):
        plain = ".".join(str(int(part)) for part in text[0].split(".")) if "." in text[0] else text[0]
        try:
            found.append(ip_address(plain))
        except ValueError:
            continue
    return tuple(address for address in found if not address.is_unspecified)


def serial_key(text: str) -> str:
    """Return a serial number as it is compared; "" for one that is too short or a filler."""
    key = re.sub(r"[^0-9a-z]", "", text.casefold())
    return key if len(key) >= MIN_SERIAL and not is_filler(text) and len(set(key)) > 1 else ""


def name_key(text: str) -> str:
    """Return a name as it is compared: no case, no accents, only letters and digits; "" for a filler."""
    if is_filler(text):
        return ""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", plain))


def is_filler(text: str) -> bool:
    """Tell whether a cell says that nobody knows."""
    return " ".join(re.findall(r"\w+", text.casefold())) in FILLERS
