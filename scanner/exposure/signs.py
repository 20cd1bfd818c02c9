"""What shows an exposure and is no evidence of who a device is: gathered while messages are read, bounded, pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from scanner.credentials.traces import carries_credentials
from scanner.model import Device, IPAddress, Observation

MAX_HOSTS = 100_000
MAX_CERTIFICATES = 8
"""Certificates of one host that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What matters of a certificate: the port that showed it, its last day, its names, whether it signs itself."""

    port: int
    last_day: date | None
    subject: str
    self_signed: bool


@dataclass(slots=True)
class HostSigns:
    """The signs of one host."""

    told_anybody: str = ""
    telnet: set[int] = field(default_factory=set)
    web: set[int] = field(default_factory=set)
    tls: set[int] = field(default_factory=set)
    certificates: dict[int, Certificate] = field(default_factory=dict)


class Signs:
    """Collects signs by the address of who sent them."""

    def __init__(self) -> None:
        self._hosts: dict[IPAddress, HostSigns] = {}

    def add(self, observation: Observation) -> None:
        """Keep what an observation shows."""
        source, protocol = observation.message.source, observation.message.protocol
        if source.host is None or source.port is None or protocol not in {"http", "tls", "banner"}:
            return
        signs = self._hosts.get(source.host)
        if signs is None:
            if len(self._hosts) >= MAX_HOSTS:
                return
            signs = self._hosts[source.host] = HostSigns()
        facts = dict(observation.facts)
        if protocol == "banner":
            if "banner.telnet" in facts or "banner.telnet_options" in facts:
                signs.telnet.add(source.port)
        elif protocol == "tls":
            _add_certificate(signs, source.port, facts)
        elif "http.status" in facts:
            signs.web.add(source.port)
            _add_openness(signs, observation, facts)

    def of(self, device: Device) -> HostSigns:
        """Return the signs of a device, at all of its addresses."""
        return _joined(self._hosts[host] for host in device.addresses if host in self._hosts)


def _add_openness(signs: HostSigns, observation: Observation, facts: dict[str, str]) -> None:
    """Note that device information was given to somebody who had shown no credentials."""
    request = observation.message.request
    answered = facts.get("onvif.call") == "GetDeviceInformationResponse" and "onvif.model" in facts
    if answered and request and not carries_credentials(request):
        signs.told_anybody = facts["onvif.model"]


def _add_certificate(signs: HostSigns, port: int, facts: dict[str, str]) -> None:
    if "tls.version" not in facts and "tls.subject" not in facts:
        return
    signs.tls.add(port)
    if "tls.not_after" in facts and len(signs.certificates) < MAX_CERTIFICATES:
        signs.certificates[port] = Certificate(
            port=port,
            last_day=_day(facts["tls.not_after"]),
            subject=facts.get("tls.subject", ""),
            self_signed=facts.get("tls.self_signed") == "true",
        )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def _joined(found: Iterable[HostSigns]) -> HostSigns:
    whole = HostSigns()
    for signs in found:
        whole.told_anybody = whole.told_anybody or signs.told_anybody
        whole.telnet |= signs.telnet
        whole.web |= signs.web
        whole.tls |= signs.tls
        whole.certificates |= signs.certificates
    return whole
