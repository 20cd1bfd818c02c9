"""Requests of ONVIF's services as onvif-zeep's WSDLs have them: each service parsed once, each request made once.

onvif-zeep is tamed here and nowhere else. It is imported late, and behind a handler that keeps it from setting up
the root logger. Its camera class is not used: that parses the WSDLs for every camera, talks to it in its
constructor, and leaves an event subscription behind. zeep only writes requests; the answers never meet it, so
that half-broken ones are read by the same reader as recorded ones, without entities and within bounds.
"""

import logging
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

TOKEN = "token-that-is-put-in-later"  # noqa: S105 - a place in a request, not a secret
"""Stands in a request for a token that an earlier answer gives."""
_LOGGERS = ("", "zeep", "zeep.client", "onvif")
_lock = threading.Lock()

REQUESTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "GetSystemDateAndTime": ("devicemgmt", "DeviceBinding", {}),
    "GetServices": ("devicemgmt", "DeviceBinding", {"IncludeCapability": False}),
    "GetCapabilities": ("devicemgmt", "DeviceBinding", {"Category": "All"}),
    "GetDeviceInformation": ("devicemgmt", "DeviceBinding", {}),
    "GetScopes": ("devicemgmt", "DeviceBinding", {}),
    "GetNetworkInterfaces": ("devicemgmt", "DeviceBinding", {}),
    "GetUsers": ("devicemgmt", "DeviceBinding", {}),
    "GetProfiles": ("media", "MediaBinding", {}),
    "GetAudioSources": ("media", "MediaBinding", {}),
    "GetAudioOutputs": ("media", "MediaBinding", {}),
    "GetNodes": ("ptz", "PTZBinding", {}),
    "GetSupportedAnalyticsModules": ("analytics", "AnalyticsEngineBinding", {"ConfigurationToken": TOKEN}),
    "GetSupportedRules": ("analytics", "RuleEngineBinding", {"ConfigurationToken": TOKEN}),
    "GetRecordingSummary": ("search", "SearchBinding", {}),
}
"""For each call: its service as onvif-zeep names it, the binding, and what it is called with."""


def prepare() -> None:
    """Make all requests now; in a thread, since parsing the WSDLs takes half a second of work.

    The parsed documents are let go: they are many small objects, and nothing else is asked of them.
    """
    for call in REQUESTS:
        request(call)
    _document.cache_clear()


@lru_cache(maxsize=len(REQUESTS))
def request(call: str) -> tuple[str, bytes]:
    """Return a call's Content-Type and its envelope."""
    from lxml import etree

    service, binding, arguments = REQUESTS[call]
    with _lock:
        document, namespace = _document(service)
        operation = document.bindings[f"{{{namespace}}}{binding}"].get(call)
        envelope = etree.tostring(operation.create(**arguments).content)
    return f'application/soap+xml; charset=utf-8; action="{namespace}/{call}"', envelope


def with_token(envelope: bytes, token: str) -> bytes:
    """Return a request with a token that an answer gave in its place."""
    return envelope.replace(TOKEN.encode(), escape(token).encode())


@cache
def _document(service: str) -> tuple[Any, str]:
    """Return the parsed WSDL of a service, and its namespace."""
    zeep, services, folder = _library()
    about = services[service]
    return zeep.Client(str(folder / about["wsdl"]), transport=zeep.Transport()).wsdl, about["ns"]


@lru_cache(maxsize=1)
def _library() -> tuple[Any, Any, Path]:
    """Import zeep and onvif-zeep, and leave the loggers as they were.

    While the root logger has a handler, `logging.basicConfig` (which onvif calls on import) does nothing.
    """
    root, guard = logging.getLogger(), logging.NullHandler()
    levels = {name: logging.getLogger(name).level for name in _LOGGERS}
    root.addHandler(guard)
    try:
        import onvif
        import zeep
        from onvif.definition import SERVICES
    finally:
        root.removeHandler(guard)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
    return zeep, SERVICES, Path(onvif.__file__).parents[1] / "wsdl"
