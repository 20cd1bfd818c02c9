"""What a recorder tells of the cameras behind it → one observation for each input, about the camera and not its sender.

Readers of HTTP bodies without a port of their own: Hikvision's list of input proxies (ISAPI), Dahua's table of
remote devices (HTTP API), Uniview's details of channels (LAPI), Hanwha's registered cameras (SUNAPI), and ONVIF's
profiles, which name sources and nothing more. Inputs are numbered from 1 in all of them, so that one input told twice
is one camera. An input without a camera gives nothing. Sources: the makers' documented interfaces, as public clients
read them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from scanner.model import Message, Observation, Subject
from scanner.protocols._address import text_host
from scanner.protocols._json import read_json
from scanner.protocols._protocol import Facts, parse_mac
from scanner.protocols._xml import Element, read_xml
from scanner.protocols.onvif_able import video_sources

MAX_CHANNELS = 512
"""Inputs of one recorder that are read; the largest on the market have 256."""
MAX_LINES = 20_000
_REMOTE = re.compile(
    r"(?m)^table\.RemoteDevice\.uuid:System_CONFIG_NETCAMERA_INFO_(\d{1,4})\.(\w{1,40})=([^\r\n]{0,300})"
)
_UNSET = frozenset({"", "0.0.0.0", "ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00"})  # noqa: S104 - no address, in words
_REGISTERED = frozenset({"Success", "ConnectFail"})
"""Statuses in RegisteredCameras of an input that has a camera, as the one public client reads them."""
_PROTOCOL_NAMES = frozenset({"onvif", "rtsp", "private", "general", "custom", "psia", "openapi", "auto"})
"""What stands in a field for the maker where the recorder only knows how it talks to the camera."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One input, and what the recorder says of the camera at it."""

    number: int
    name: str = ""
    maker: str = ""
    protocol: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    mac: str = ""
    address: str = ""
    source: str = ""

    @property
    def has_camera(self) -> bool:
        """Tell whether anything shows that a camera is there."""
        known = (self.model, self.serial, self.firmware, self.mac, self.address, self.source)
        return any(text.strip() not in _UNSET for text in known)


def read_channels(body: bytes, text: str) -> tuple[Channel, ...]:
    """Return the inputs with cameras of which the body of an answer tells; () for any other body."""
    found = _channels(body, text)
    return tuple(item for item in found if 0 < item.number <= MAX_CHANNELS and item.has_camera)


def channel_observations(message: Message, channels: Iterable[Channel]) -> Iterator[Observation]:
    """Yield an observation for each input of which a message tells: about the camera there."""
    for channel in channels:
        who = Subject(host=message.source.host, mac=message.mac, channel=str(channel.number))
        yield from _facts(channel).about(message, who)


def _facts(channel: Channel) -> Facts:
    facts = Facts()
    maker = channel.maker if channel.maker.casefold() not in _PROTOCOL_NAMES else ""
    for key, value in (
        ("channel.number", channel.number),
        ("channel.name", channel.name),
        ("channel.maker", maker),
        ("channel.protocol", channel.protocol),
        ("channel.model", channel.model),
        ("channel.serial", channel.serial),
        ("channel.firmware", channel.firmware),
        ("channel.mac", parse_mac(channel.mac) if channel.mac not in _UNSET else None),
        ("channel.address", str(text_host(channel.address) or "") if channel.address not in _UNSET else None),
        ("channel.source", channel.source),
    ):
        facts.add(key, value)
    return facts


def _channels(body: bytes, text: str) -> Iterable[Channel]:
    head = text[:4096]
    if "InputProxyChannel" in head:
        root = read_xml(body)
        return _isapi(root) if root is not None else ()
    if "table.RemoteDevice." in head:
        return _dahua(text)
    if '"DetailInfos"' in head or '"DeviceInfos"' in head:
        return _lapi(text)
    if '"RegisteredCameras"' in head:
        return _sunapi(text)
    if "GetProfilesResponse" in head:
        root = read_xml(body)
        return _onvif(root) if root is not None else ()
    return ()


def _isapi(root: Element) -> Iterator[Channel]:
    """Read InputProxyChannelList: one element for each input that has a camera."""
    for channel in islice(root.find_all("InputProxyChannel"), MAX_CHANNELS):
        number = channel.text_of("id")
        if number.isascii() and number.isdigit() and len(number) < 6:
            yield Channel(
                number=int(number),
                name=channel.text_of("name"),
                protocol=channel.text_of("proxyProtocol"),
                model=channel.text_of("model"),
                serial=channel.text_of("serialNumber"),
                firmware=channel.text_of("firmwareVersion"),
                address=channel.text_of("ipAddress"),
            )


def _dahua(text: str) -> Iterator[Channel]:
    """Read the table RemoteDevice; its place N is input N + 1."""
    found: dict[int, dict[str, str]] = {}
    for match in islice(_REMOTE.finditer(text), MAX_LINES):
        found.setdefault(int(match[1]), {})[match[2].casefold()] = match[3].strip()
    for number, device in sorted(found.items()):
        if device.get("enable", "true") == "true":
            yield Channel(
                number=number + 1,
                maker=device.get("vendor", ""),
                protocol=device.get("protocoltype", ""),
                model=device.get("devicetype", ""),
                serial=device.get("serialno", ""),
                firmware=device.get("version", ""),
                mac=device.get("mac", "").lower(),
                address=device.get("address", ""),
            )


def _lapi(text: str) -> Iterator[Channel]:
    """Read ChannelDetailInfos and DeviceInfos: the same inputs, by ID."""
    for item in islice(_objects(read_json(text)), MAX_CHANNELS):
        number = item.get("ID")
        if isinstance(number, int):
            yield Channel(
                number=number,
                name=_word(item, "Name", "ChannelName"),
                maker=_word(item, "Manufacturer"),
                model=_word(item, "DeviceModel", "Model"),
                serial=_word(item, "SerialNumber", "SerialNum"),
                firmware=_word(item, "FirmwareVersion"),
                mac=_word(item, "MACAddress", "MAC").lower(),
                address=_word(item, "Address", "IPAddress") or _word(_inner(item, "AddressInfo"), "Address"),
            )


def _sunapi(text: str) -> Iterator[Channel]:
    """Read RegisteredCameras: its place N is input N + 1; who was never registered has another status."""
    document = read_json(text)
    cameras = document.get("RegisteredCameras") if isinstance(document, dict) else None
    for number, item in enumerate(cameras[:MAX_CHANNELS] if isinstance(cameras, list) else (), 1):
        if isinstance(item, dict) and item.get("Status") in _REGISTERED:
            yield Channel(number=number, model=_word(item, "Model"))


def _objects(document: object) -> Iterator[Mapping[str, object]]:
    """Yield the members of the list that a LAPI answer holds, wherever in its envelope that is."""
    for key in ("Response", "Data"):
        if isinstance(document, dict) and isinstance(document.get(key), dict):
            document = document[key]
    for key in ("DetailInfos", "DeviceInfos"):
        items = document.get(key) if isinstance(document, dict) else None
        if isinstance(items, list):
            yield from (item for item in items if isinstance(item, dict))


def _inner(item: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = item.get(key)
    return found if isinstance(found, dict) else {}


def _word(item: Mapping[str, object], *names: str) -> str:
    return next((value for name in names if isinstance(value := item.get(name), str) and value), "")


def _onvif(root: Element) -> Iterator[Channel]:
    """Read profiles: where they show more than one video source each is an input, in the order of first mention."""
    sources = list(islice(video_sources(root), MAX_CHANNELS))
    if len(sources) > 1:
        for number, (token, name) in enumerate(sources, 1):
            yield Channel(number=number, name=name, source=token)


FACTS = (
    "channel.number",
    "channel.name",
    "channel.maker",
    "channel.protocol",
    "channel.model",
    "channel.serial",
    "channel.firmware",
    "channel.mac",
    "channel.address",
    "channel.source",
)
"""Keys that these readers may give, for the protocol that carries the bodies."""
