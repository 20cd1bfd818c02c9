"""What a scan will send, said before the first packet: addresses, questions, packets, pace, time, interfaces."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scanner.errors import ScopeError, UsageError
from scanner.model import IPAddress
from scanner.probes.interfaces import Interface
from scanner.probes.ports import LIVENESS, PORTS
from scanner.probes.questions import Asker, Question, questions
from scanner.scope import Scope
from scanner.targets import Addresses

RATES = {"polite": 200.0, "normal": 1000.0, "fast": 5000.0}
"""Packets a second, in all, of each timing."""
DISCOVERY_S = {"polite": 6.0, "normal": 4.0, "fast": 3.0}
"""How long answers to groups are waited for: WS-Discovery devices spread theirs over half a second and more."""
LIVING_SHARE = 0.15
"""Share of a network's addresses that is assumed to live, for the estimate only."""
PACKETS_PER_SERVICE = 60
"""Packets of ours for one living device's services, measured in the lab at profile `standard`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A scan as it will be done. `links` are the interfaces used, `skipped` the others with their reason.

    `credentials` is the name of the operator's file of them, "" without one.
    """

    scope: Scope
    links: tuple[Interface, ...]
    skipped: tuple[Interface, ...]
    profile: str
    timing: str
    rate: float
    host_timeout_s: float
    questions: tuple[Question, ...]
    ports: tuple[int, ...]
    raw: bool
    credentials: str = ""

    @property
    def targets(self) -> Addresses:
        """Every address that may be asked."""
        return self.scope.allowed

    @property
    def is_dual(self) -> bool:
        """Tell whether a device may be a target by its IPv4 and by its IPv6 address."""
        return len({version for version, _, _ in self.targets.ranges}) > 1

    @property
    def liveness(self) -> tuple[int, ...]:
        """The ports at which addresses beyond our links are asked whether they live."""
        return LIVENESS[self.profile]

    @property
    def swept(self) -> Addresses:
        """The addresses that are asked one by one; in wide IPv6 networks those are asked who are heard."""
        return self.targets.walkable

    @property
    def on_link(self) -> Addresses:
        """Those of them that are on one of our own links."""
        return self.targets.within(Addresses.of(r for link in self.links for r in link.networks.ranges))

    @property
    def routed(self) -> Addresses:
        """Those that a router is between."""
        return self.targets.without(self.on_link)

    @property
    def packets(self) -> int:
        """The packets that will be sent, estimated: the sweep exactly, the living by a guess at their number."""
        groups = sum(len(q.groups) for q in self.questions) * max(1, len(self.links))
        knocks = len(self.liveness)
        near = self.swept.within(self.on_link).count
        sweep = (self.swept.count - near) * knocks + near * (2 if self.raw else knocks)
        living = int(self.swept.count * LIVING_SHARE) or 1
        each = len(self.ports) + PACKETS_PER_SERVICE + sum(1 for q in self.questions if q.unicast)
        return groups + sweep + min(living, 2000) * each

    @property
    def seconds(self) -> float:
        """The time that it will take, estimated from the packet budget."""
        return self.packets / self.rate + DISCOVERY_S[self.timing]

    @property
    def own(self) -> frozenset[IPAddress]:
        """This machine's own addresses: it does not ask itself, except on loopback."""
        links = (*self.links, *self.skipped)
        return frozenset(a.ip for link in links for a in link.addresses if not a.ip.is_loopback)

    @property
    def usable(self) -> tuple[Interface, ...]:
        """The interfaces by which packets may leave: those of the targets' links, else any that is up and real."""
        return self.links or tuple(link for link in self.skipped if not link.skipped)

    @property
    def unused(self) -> tuple[tuple[str, str], ...]:
        """The interfaces that are not used, with the reason."""
        return tuple(
            (link.name, link.skipped or "none of its addresses is in scope") for link in self.skipped
        )

    def record(self) -> dict[str, object]:
        """Return the plan as plain values, for the report's run and for `--dry-run --json`."""
        return {
            "targets": str(self.targets),
            "exclude": str(self.scope.exclude),
            "addresses": self.swept.count,
            "profile": self.profile,
            "timing": self.timing,
            "rate": self.rate,
            "host_timeout_s": self.host_timeout_s,
            "questions": sorted({question.protocol for question in self.questions}),
            "ports": list(self.ports),
            "raw": self.raw,
            "packets": self.packets,
            "seconds": round(self.seconds, 1),
            "interfaces": [link.name for link in self.links],
            "skipped": dict(self.unused),
            "credentials": bool(self.credentials),
        }

    def _keys(self) -> str:
        return (
            f"credentials of {self.credentials} for their devices" if self.credentials else "no credentials"
        )

    def sentence(self) -> str:
        """Return the one line that is printed before the first packet."""
        where = ", ".join(link.name for link in self.links) or "no interface of its own link"
        wide = self.targets.without(self.swept)
        heard = f" and whoever is heard in {wide}" if wide else ""
        return (
            f"Scanning {self.targets} ({self.swept.count} addresses{heard}, {len(self.questions)} questions, "
            f"{len(self.ports)} TCP ports of the living) at {self.rate:g} packets/s, about {self.packets} packets, "
            f"{_duration(self.seconds)}, via {where}; {self._keys()}."
        )


def make_plan(
    scope: Scope,
    found: Iterable[Interface],
    *,
    targets: Addresses,
    exclude: Addresses,
    today: date,
    profile: str = "standard",
    timing: str = "polite",
    max_rate: float | None = None,
    host_timeout_s: float = 120.0,
    raw: bool = False,
    credentials: str = "",
) -> Plan:
    """Return the plan of a scan; raises ScopeError or UsageError where it may not or cannot be done."""
    if profile not in PORTS:
        raise UsageError(f"unknown profile {profile!r}; known are {', '.join(PORTS)}")
    if timing not in RATES:
        raise UsageError(f"unknown timing {timing!r}; known are {', '.join(RATES)}")
    if max_rate is not None and max_rate <= 0:
        raise UsageError("--max-rate must be more than 0 packets/s")
    narrowed = scope.narrow(targets, exclude, today)
    everything = tuple(found)
    links = tuple(link for link in everything if not link.skipped)
    if not everything:
        raise ScopeError("this machine has no network interface")
    return Plan(
        scope=narrowed,
        links=tuple(link for link in links if _concerns(link, narrowed)),
        skipped=tuple(link for link in everything if link.skipped or not _concerns(link, narrowed)),
        profile=profile,
        timing=timing,
        rate=min(RATES[timing], max_rate) if max_rate else RATES[timing],
        host_timeout_s=host_timeout_s,
        questions=questions(profile, _asker(links)),
        ports=PORTS[profile],
        raw=raw,
        credentials=credentials,
    )


def _concerns(link: Interface, scope: Scope) -> bool:
    """Tell whether an interface's own networks hold any address in scope: no question goes out elsewhere."""
    return bool(link.networks.within(scope.allowed))


def _asker(links: tuple[Interface, ...]) -> Asker:
    for link in links:
        for address in link.ipv4:
            if link.mac:
                return Asker(host=address.ip, mac=link.mac)
    return Asker()


def link_of(links: Iterable[Interface], host: IPAddress) -> Interface | None:
    """Return the interface whose own network an address is in."""
    return next((link for link in links if link.reaches(host)), None)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"about {seconds:.0f} s"
    return f"about {seconds / 60:.0f} min" if seconds < 5400 else f"about {seconds / 3600:.1f} h"
