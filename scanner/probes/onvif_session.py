"""What an ONVIF device tells its owner: the clock first, then where its services are, then what they know.

Clock and services are asked of everybody without a credential. Of the addresses that a device names only the path
is used, at the address and port that answered: a wrong XAddr leads nowhere, and nobody is led elsewhere.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from scanner.probes import onvif_wsdl as wsdl
from scanner.probes.login import Login, Question
from scanner.probes.session import Session
from scanner.protocols._xml import Element, read_xml
from scanner.protocols.onvif import read_soap

MAX_TOKENS = 4
"""Analytics configurations of one device that are asked about: a recorder has one for each of its inputs."""
MAX_PATH = 256
NAMESPACES = {
    "http://www.onvif.org/ver10/device/wsdl": "devicemgmt",
    "http://www.onvif.org/ver10/media/wsdl": "media",
    "http://www.onvif.org/ver20/media/wsdl": "media2",
    "http://www.onvif.org/ver20/ptz/wsdl": "ptz",
    "http://www.onvif.org/ver20/analytics/wsdl": "analytics",
    "http://www.onvif.org/ver10/search/wsdl": "search",
}
"""Namespaces of the services that are asked, by the name that onvif-zeep has for them, or would have."""
_PROFILES2 = (
    'application/soap+xml; charset=utf-8; action="http://www.onvif.org/ver20/media/wsdl/GetProfiles"',
    (
        b'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
        b'<GetProfiles xmlns="http://www.onvif.org/ver20/media/wsdl"><Type>All</Type></GetProfiles>'
        b"</s:Body></s:Envelope>"
    ),
)
"""GetProfiles of the second media service (Profile T), which onvif-zeep has no WSDL for: with all configurations, else
a device tells tokens and names only (Media 2 service specification, section 5.2.1)."""
CATEGORIES = {"Media": "media", "PTZ": "ptz", "Analytics": "analytics", "Search": "search"}
"""Elements of GetCapabilities that name them."""
_PLAIN = (
    "GetDeviceInformation",
    "GetScopes",
    "GetNetworkInterfaces",
    "GetUsers",
    "GetProfiles",
    "GetAudioSources",
    "GetAudioOutputs",
    "GetNodes",
    "GetRecordingSummary",
)
_BY_TOKEN = ("GetSupportedAnalyticsModules", "GetSupportedRules")


async def ask_onvif(session: Session, login: Login, path: str) -> None:
    """Ask an ONVIF device service all that this program wants to know; answers go where the login's sink is."""
    await _read_clock(session, login, path)
    paths = {"devicemgmt": path, **await _services(session, login, path)}
    profiles = None
    for call in _PLAIN:
        service = wsdl.REQUESTS[call][0]
        if service not in paths or login.over:
            continue
        reply = await login.ask(session, _question(call, paths[service]))
        profiles = reply if call == "GetProfiles" else profiles
    if "media2" in paths and profiles is None and not login.over:
        profiles = await login.ask(session, _soap(*_PROFILES2, paths["media2"]))
    tokens = _analytics(profiles.body) if profiles is not None else []
    for token in tokens if "analytics" in paths else ():
        for call in _BY_TOKEN:
            await login.ask(session, _question(call, paths["analytics"], token))


def _question(call: str, path: str, token: str = "") -> Question:
    kind, envelope = wsdl.request(call)
    return _soap(kind, wsdl.with_token(envelope, token) if token else envelope, path)


def _soap(kind: str, body: bytes, path: str) -> Question:
    return Question(path=path, method="POST", headers=(("Content-Type", kind),), body=body, soap=True)


async def _read_clock(session: Session, login: Login, path: str) -> None:
    """Learn by how much the device's clock is off ours: its tokens are dated by its own."""
    before = login.now()
    reply = await login.anonymous(session, _question("GetSystemDateAndTime", path))
    if reply is None:
        return
    ours = before + (login.now() - before) / 2
    for key, value in read_soap(reply.body):
        if key == "onvif.time_utc":
            login.skew = datetime.fromisoformat(value).replace(tzinfo=UTC) - ours


async def _services(session: Session, login: Login, path: str) -> dict[str, str]:
    """Return the paths of the services that a device has, by asking in the new way, then in the old one."""
    for call, read in (("GetServices", _by_namespace), ("GetCapabilities", _by_category)):
        reply = await login.anonymous(session, _question(call, path))
        root = read_xml(reply.body) if reply is not None else None
        found = dict(read(root)) if root is not None else {}
        if found:
            return found
    return {}


def _by_namespace(root: Element) -> Iterator[tuple[str, str]]:
    for service in root.find_all("Service"):
        name, path = NAMESPACES.get(service.text_of("Namespace").strip()), _path(service.text_of("XAddr"))
        if name and path:
            yield name, path


def _by_category(root: Element) -> Iterator[tuple[str, str]]:
    for category, name in CATEGORIES.items():
        element = root.find(category)
        path = _path(element.text_of("XAddr")) if element is not None else ""
        if path:
            yield name, path


def _path(address: str) -> str:
    """Return the path of a service address, whatever host it names; "" where there is none that may be asked."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    safe = path.startswith("/") and path.isascii() and path.isprintable() and " " not in path
    return path if safe and len(path) <= MAX_PATH else ""


def _analytics(body: bytes) -> list[str]:
    """Return the tokens of the analytics configurations in a list of profiles, each once."""
    root = read_xml(body)
    names = ("VideoAnalyticsConfiguration", "Analytics")  # of the first and of the second media service
    found = [element for name in names for element in root.find_all(name)] if root is not None else []
    tokens = dict.fromkeys(token for element in found if (token := element.attribute("token")))
    return list(tokens)[:MAX_TOKENS]
