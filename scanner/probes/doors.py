"""Where a device may be asked with a credential: the ONVIF services and web servers that answered in the scan."""

from dataclasses import dataclass, field

from scanner.model import IPAddress, Observation, Target
from scanner.protocols._text import read_head

_REFUSALS = frozenset({"401", "403"})
"""Statuses by which a service says that it is there, and for others."""
MAX_DOORS = 8
"""Ports of one device that are remembered for each kind of door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One port of a device, the path where a service was found, and whether it speaks TLS."""

    port: int
    path: str
    secure: bool


@dataclass(slots=True)
class _Ports:
    onvif: dict[int, str] = field(default_factory=dict)
    web: dict[int, None] = field(default_factory=dict)
    tls: set[int] = field(default_factory=set)


class Doors:
    """Collects doors from what is observed while a scan goes on."""

    def __init__(self) -> None:
        self._hosts: dict[IPAddress, _Ports] = {}

    def see(self, observation: Observation) -> None:
        """Note what an observation says of its sender's ports."""
        source, protocol = observation.message.source, observation.message.protocol
        if source.host is None or source.port is None or protocol not in {"http", "tls"}:
            return
        ports = self._hosts.setdefault(source.host, _Ports())
        if protocol == "tls":
            ports.tls.add(source.port)
            return
        facts = dict(observation.facts)
        if "http.status" in facts and len(ports.web) < MAX_DOORS:
            ports.web[source.port] = None
        path = facts.get("http.path", "")
        answered = facts.get("onvif.call", "").endswith("Response")
        refused = "/onvif/" in path and (
            facts.get("http.status") in _REFUSALS or facts.get("onvif.call") == "Fault"
        )
        if (answered or refused) and source.port not in ports.onvif and len(ports.onvif) < MAX_DOORS:
            ports.onvif[source.port] = _path(observation.message.request)

    def name(self, host: IPAddress, targets: "list[Target]") -> None:
        """Note ONVIF services that an answer named and that nobody has asked yet."""
        ports = self._hosts.setdefault(host, _Ports())
        for target in targets:
            if target.protocol == "onvif" and target.port not in ports.onvif and len(ports.onvif) < MAX_DOORS:
                ports.onvif[target.port] = target.path

    def onvif(self, host: IPAddress) -> Door | None:
        """Return the ONVIF device service of a host: the one with TLS, else the first that answered."""
        ports = self._hosts.get(host)
        if ports is None or not ports.onvif:
            return None
        port = next((p for p in ports.onvif if p in ports.tls), next(iter(ports.onvif)))
        return Door(port=port, path=ports.onvif[port], secure=port in ports.tls)

    def web(self, host: IPAddress) -> Door | None:
        """Return the web server of a host: the one with TLS, else the first that answered."""
        ports = self._hosts.get(host)
        if ports is None or not ports.web:
            return None
        port = next((p for p in ports.web if p in ports.tls), next(iter(ports.web)))
        return Door(port=port, path="/", secure=port in ports.tls)


def _path(request: bytes) -> str:
    head = read_head(request)
    words = head.start_line.split(" ") if head else []
    return words[1] if len(words) > 1 and words[1].startswith("/") else "/onvif/device_service"
