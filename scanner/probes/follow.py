"""What an answer leads to: addresses that devices name (XAddrs, LOCATIONs, redirects) as new targets.

A device must not steer the scanner: every target made here passes the guard like any other, and a name is
followed only on the device that said it, or where the guard lets it.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from scanner.model import IPAddress, Observation, Target

MAX_URL = 512
_OFFICE = ("{http://schemas.xmlsoap.org/ws/2006/02/devprof}", "{http://schemas.microsoft.com/")
"""Namespaces of the Devices Profile and of what Windows builds on it: computers, printers, scanners."""
_DEVICE_SERVICE = re.compile(r"device_?service|/onvif/devices?$", re.IGNORECASE)
"""Which of the services that a device lists answers without a password: asking each of them is seven connections."""
_DESCRIPTION_KEYS = frozenset({"ssdp.location"})
_REDIRECT_KEYS = frozenset({"http.location", "http.meta_refresh"})


def leads(observation: Observation) -> Iterator[Target]:
    """Give the targets that an observation names; `protocol` is "onvif", "upnp" or "http"."""
    base = _base(observation)
    office = _is_office(observation)
    for key, value in observation.facts:
        if (key == "wsd.xaddr" and not office) or (key == "onvif.xaddr" and _DEVICE_SERVICE.search(value)):
            yield from _target("onvif", value, base, "XAddr")
        elif key in _DESCRIPTION_KEYS:
            yield from _target("upnp", value, base, "LOCATION")
        elif key in _REDIRECT_KEYS and base:
            yield from _target("http", value, base, "redirect")


def _is_office(observation: Observation) -> bool:
    """Tell whether WS-Discovery types are those of PCs and printers only: their services are none of ours."""
    types = [value for key, value in observation.facts if key == "wsd.qualified_type"]
    return bool(types) and all(value.startswith(_OFFICE) for value in types)


def _base(observation: Observation) -> str:
    source = observation.message.source
    if source.host is None or observation.message.protocol != "http":
        return ""
    name = f"[{source.host}]" if source.host.version == 6 else str(source.host)
    return f"http://{name}:{source.port or 80}/"


def _target(protocol: str, url: str, base: str, reason: str) -> Iterator[Target]:
    """Give the target of a URL with a literal address; names are not resolved, that would be a packet elsewhere."""
    if len(url) > MAX_URL:
        return
    try:
        parts = urlsplit(urljoin(base, url.strip()) if base else url.strip())
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host: IPAddress = ip_address((parts.hostname or "").partition("%")[0])
    except ValueError:
        return
    if parts.scheme not in {"http", "https"} or host.is_unspecified or host.is_multicast:
        return
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "https":
        reason += " (TLS)"
    yield Target(protocol=protocol, host=host, port=port, path=path, reason=reason)


def is_secure(target: Target) -> bool:
    """Tell whether a target that was named must be asked with TLS."""
    return target.reason.endswith("(TLS)")
