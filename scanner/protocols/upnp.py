"""UPnP device descriptions: the XML that an SSDP LOCATION leads to, as pairs of facts.

Strategy: the document is found by the local name of its root and read by local names only, since namespaces
and their spelling vary (UPnP Device Architecture 1.1, §2.3). Of embedded devices only their types and UUIDs are
kept: their names are often those of the library ("MiniUPnP"), not of the box they sit in. What makers add of
their own is kept as "name=value".
"""

from collections.abc import Iterator

from scanner.protocols._protocol import parse_mac
from scanner.protocols._secrets import is_secret
from scanner.protocols._xml import Element, read_xml

MAX_DEVICES = 8
"""Devices of one description, embedded ones included, that are read."""
MAX_PROPERTIES = 48
"""Elements of a maker's own that are kept of each device."""

Pair = tuple[str, str]

_FACTS = {
    "devicetype": "upnp.device_type",
    "friendlyname": "upnp.friendly_name",
    "manufacturer": "upnp.manufacturer",
    "manufacturerurl": "upnp.manufacturer_url",
    "modelname": "upnp.model_name",
    "modelnumber": "upnp.model_number",
    "modeldescription": "upnp.model_description",
    "modelurl": "upnp.model_url",
    "serialnumber": "upnp.serial_number",
    "udn": "upnp.udn",
    "presentationurl": "upnp.presentation_url",
    "upc": "upnp.upc",
    "firmwareversion": "upnp.firmware",
}
_OF_EMBEDDED = frozenset({"upnp.device_type", "upnp.service_type", "upnp.udn", "upnp.uuid"})
FACTS = (*_FACTS.values(), "upnp.uuid", "upnp.service_type", "upnp.mac", "upnp.property")
"""Every key that `read_description` may give."""


def is_description(root: Element) -> bool:
    """Tell whether a document is a device description: a `root` that holds a `device`."""
    return root.is_named("root") and root.child("device") is not None


def read_description(body: bytes) -> tuple[Pair, ...]:
    """Read a description and return its facts as (key, text) pairs; () where the body is none."""
    root = read_xml(body)
    return description_facts(root) if root is not None and is_description(root) else ()


def description_facts(root: Element) -> tuple[Pair, ...]:
    """Return the facts of a description that has been read already."""
    devices = [element for element in root.walk() if element.is_named("device")][:MAX_DEVICES]
    embedded = (pair for device in devices[1:] for pair in _device_facts(device) if pair[0] in _OF_EMBEDDED)
    return tuple(dict.fromkeys([*(_device_facts(devices[0]) if devices else ()), *embedded]))


def _device_facts(device: Element) -> Iterator[Pair]:
    """Yield what one device says of itself, without the devices embedded in it."""
    properties = 0
    for child in device.children:
        key = _FACTS.get(child.name.lower())
        if child.is_named("serviceList"):
            yield from (("upnp.service_type", found.text) for found in child.find_all("serviceType"))
        elif not child.text or child.is_named("deviceList") or child.is_named("iconList"):
            continue
        elif key:
            yield key, child.text
        elif properties < MAX_PROPERTIES and not is_secret(child.name):
            properties += 1
            yield "upnp.property", f"{child.name}={child.text}"
        yield from _keys(child)


def _keys(child: Element) -> Iterator[Pair]:
    """Yield what tells two devices of one model apart: the UUID in its one spelling, a MAC address."""
    if child.is_named("UDN"):
        yield "upnp.uuid", normal_uuid(child.text)
    if child.is_named("macAddress") and (mac := parse_mac(child.text)):
        yield "upnp.mac", mac


def normal_uuid(text: str) -> str:
    """Return the identifier in a UDN, USN or endpoint address, a UUID in lower case with its four dashes.

    Devices also send identifiers that are no UUIDs; those come back as sent, without prefix and suffix.

    >>> normal_uuid("uuid:4D454930-0000-1000-8000-080023112233::upnp:rootdevice")
    '4d454930-0000-1000-8000-080023112233'
    >>> normal_uuid("uuid:Upnp-BasicDevice-1_0-ACCC8E000001")
    'Upnp-BasicDevice-1_0-ACCC8E000001'
    """
    bare = text.strip().partition("::")[0].strip()
    for prefix in ("urn:", "uuid:"):
        bare = bare[len(prefix) :] if bare.lower().startswith(prefix) else bare
    digits = bare.strip("{}").replace("-", "").lower()
    if len(digits) != 32 or not all(c in "0123456789abcdef" for c in digits):
        return bare.strip()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
