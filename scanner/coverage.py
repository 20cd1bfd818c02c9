"""What a run looked at and what it did not: an auditor's first question, answered from what the run kept.

Pure: counts, devices and what a scan remembers go in, `Coverage` and `Reach` come out. Nothing that was alive
is left out: who said something without saying who they are is listed with what they said.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from scanner.model import (
    Coverage,
    Device,
    IPAddress,
    LinkUse,
    Observation,
    Reach,
    Refusal,
    Subject,
    Unasked,
)
from scanner.targets import Addresses

if TYPE_CHECKING:
    from collections import Counter

    from scanner.probes.scan import Scan

MAX_HOSTS = 100_000
"""Subjects of which a few words are remembered."""
MAX_SAID = 4
"""Facts of one subject that are remembered for the coverage."""
MAX_WORDS = 80
"""Characters of one of them."""
MAX_INPUTS = 4096
"""A number of inputs above which nobody is believed."""
_INPUTS = (
    "sadp.digital_channels", "sadp.analog_channels", "dhip.remote_channels", "dhip.channels", "xiongmai.channels",
    "tvt.channels", "onvif.video_sources", "onvif.profile_sources",
)  # fmt: skip
"""Facts that count inputs; most are said unasked."""
_TELLING = frozenset(
    {
        "server", "title", "realm", "sysdescr", "name", "model", "hostname", "vendor_class", "subject_cn",
        "instance", "type", "types", "ftp", "telnet", "ssh", "smtp", "other", "usn", "status", "friendly_name",
        "product", "service", "open_port", "engine_enterprise",
    }
)  # fmt: skip
"""Last parts of the keys of facts that a person would ask for first."""


class Telling:
    """The first few telling facts of each subject, for those who never say who they are. Bounded."""

    def __init__(self) -> None:
        self._said: dict[Subject, dict[str, None]] = {}
        self._inputs: dict[Subject, int] = {}
        self._users: dict[IPAddress, tuple[str, str]] = {}

    def add(self, observation: Observation) -> None:
        """Keep what is telling of one observation."""
        self._count(observation)
        said = self._said.get(observation.subject)
        if said is None:
            if len(self._said) >= MAX_HOSTS:
                return
            said = self._said[observation.subject] = {}
        if len(said) >= MAX_SAID:
            return
        for key, value in observation.facts:
            if key.rsplit(".", 1)[-1] in _TELLING and len(said) < MAX_SAID:
                said[f"{key}: {value[:MAX_WORDS]}"] = None

    def inputs(self, device: Device) -> int | None:
        """Return how many inputs a recorder says that it has, the most that it said; None where it said nothing."""
        names = {*map(str, device.addresses), *device.macs}
        counts = [n for subject, n in self._inputs.items() if {str(subject.host), subject.mac} & names]
        return max(counts, default=None)

    def notes(self, device: Device) -> tuple[str, ...]:
        """Return what a device told its owner and no attribute holds: its users, counted."""
        found = [self._users[host] for host in device.addresses if host in self._users]
        return (f"{found[0][0]} users, {found[0][1]} of them administrators",) if found else ()

    def _count(self, observation: Observation) -> None:
        facts = dict(observation.facts)
        numbers = [int(facts[key]) for key in _INPUTS if facts.get(key, "").isdecimal()]
        if numbers and len(self._inputs) < MAX_HOSTS and observation.subject.channel is None:
            most = min(MAX_INPUTS, max(numbers))
            self._inputs[observation.subject] = max(most, self._inputs.get(observation.subject, 0))
        host = observation.subject.host
        if "onvif.users" in facts and host is not None and len(self._users) < MAX_HOSTS:
            self._users[host] = (facts["onvif.users"], facts.get("onvif.administrators", "0"))

    def of(self, names: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return what the subjects of these names (addresses or MACs) said; the silent are left out."""
        wanted = frozenset(names)
        found: dict[str, dict[str, None]] = {}
        for subject, said in self._said.items():
            for name in {str(subject.host), subject.mac} & wanted if said else ():
                if name:
                    found.setdefault(name, {}).update(said)
        return {name: tuple(said)[:MAX_SAID] for name, said in sorted(found.items())}


class Read(Protocol):
    """What coverage asks of whoever read the messages: counts, times, failures."""

    messages: "Counter[str]"
    unreadable: "Counter[str]"
    failed: dict[str, str]
    telling: Telling
    first: datetime | None
    last: datetime | None


def coverage_of(
    reading: Read,
    devices: tuple[Device, ...],
    sources: Sequence[str],
    packets: int,
    damages: tuple[str, ...],
    reach: Reach | None = None,
) -> Coverage:
    """Return the coverage of what was read; `damages` are sentences, and each makes it incomplete."""
    unidentified = _unidentified(devices, reach)
    return Coverage(
        sources=tuple(sources),
        packets=packets,
        messages=dict(sorted(reading.messages.items())),
        first=reading.first,
        last=reading.last,
        unidentified=unidentified,
        said=reading.telling.of(unidentified),
        not_seen=tuple(
            f"recorder {name_of(device)}: {_inputs(reading.telling.inputs(device))}contents not seen"
            for device in devices
            if device.kind == "recorder" and not device.channels
        ),
        failures=damages + tuple(_failures(reading)),
        complete=not damages and (reach is None or _is_whole(reach)),
        reach=reach,
    )


def _is_whole(reach: Reach) -> bool:
    """Tell whether a scan left out nothing but what it was told to."""
    return not reach.problems and all(gap.why in WANTED for gap in reach.not_asked)


def _inputs(count: int | None) -> str:
    return f"{count:,} input{'' if count == 1 else 's'}, " if count else ""


def _failures(reading: Read) -> Iterator[str]:
    for name, count in sorted(reading.unreadable.items()):
        if count:
            yield f"{name}: {count} unreadable messages"
    for name, failure in sorted(reading.failed.items()):
        yield f"{name}: {failure}"


def _unidentified(devices: tuple[Device, ...], reach: Reach | None) -> tuple[str, ...]:
    silent = [name_of(device) for device in devices if not is_identified(device)]
    known = {address for device in devices for address in device.addresses}
    bare = [str(host) for host in reach.alive if host not in known] if reach else []
    return (*silent, *bare)


def is_identified(device: Device) -> bool:
    """Tell whether anything was concluded about a device: its kind, or any name of it."""
    return device.kind != "unknown" or bool(device.conclusions)


def name_of(device: Device) -> str:
    """Return what a person would call a device: its first address, else its MAC, else its id."""
    return str(device.addresses[0]) if device.addresses else device.macs[0] if device.macs else device.id


EXCLUDED, OURSELVES = "excluded", "this machine itself"
TOO_WIDE = "too wide to ask every address: those were asked who were heard there"
WANTED = frozenset({EXCLUDED, OURSELVES, TOO_WIDE})
"""Reasons for not asking that leave nothing incomplete."""


def reach_of(scan: "Scan", devices: tuple[Device, ...], ended: datetime) -> Reach:
    """Return how far a scan reached."""
    plan, found = scan.plan, scan.findings
    alive = tuple(sorted(found.alive, key=_numerically))
    known = {address for device in devices if is_identified(device) for address in device.addresses}
    return Reach(
        asked=str(plan.targets),
        planned=plan.swept.count,
        asked_count=scan.done,
        alive=alive,
        identified=sum(1 for host in alive if host in known),
        not_asked=tuple(_not_asked(scan)),
        links=(
            *(LinkUse(name=link.name, addresses=tuple(map(str, link.addresses))) for link in plan.links),
            *(LinkUse(name=name, skipped=why) for name, why in plan.unused),
        ),
        problems=tuple(dict.fromkeys(found.problems)),
        packets=scan.audit.packets,
        rate=plan.rate,
        seconds=round((ended - found.started).total_seconds(), 1) if found.started else 0.0,
        outcomes=_by_protocol(scan),
        forbidden=tuple(
            Refusal(host=host, port=port, reason=reason, count=count)
            for (host, port, reason), count in sorted(found.forbidden.items())
        ),
        heard=tuple(_heard(devices, found.heard, plan.targets)),
        visits=tuple(sorted(scan.visits, key=lambda visit: _numerically(visit.address))),
    )


def _not_asked(scan: "Scan") -> Iterator[Unasked]:
    plan = scan.plan
    excluded = plan.scope.networks.within(plan.scope.exclude)
    if excluded:
        yield Unasked(addresses=str(excluded), why=EXCLUDED)
    for host in sorted((host for host in plan.own if host in plan.targets), key=_numerically):
        yield Unasked(addresses=str(host), why=OURSELVES)
    for host in sorted(scan.findings.cut, key=_numerically):
        yield Unasked(addresses=str(host), why="not asked to the end: it took longer than --host-timeout")
    for host, why in sorted(scan.left_alone().items(), key=lambda item: _numerically(item[0])):
        yield Unasked(addresses=str(host), why=f"not asked to the end: {why}")
    yield from _not_sent(scan)
    wide = plan.targets.without(plan.swept)
    if wide:
        yield Unasked(addresses=str(wide), why=TOO_WIDE)
    yield from _not_finished(scan)


def _not_sent(scan: "Scan") -> Iterator[Unasked]:
    """Give the addresses to which nothing could be sent, by the reason."""
    by_why: dict[str, list[IPAddress]] = {}
    for host, why in scan.unsent.items():
        by_why.setdefault(why, []).append(host)
    for why, hosts in sorted(by_why.items()):
        yield Unasked(addresses=str(_ranges(hosts)), why=why)


def _not_finished(scan: "Scan") -> Iterator[Unasked]:
    """Give the living that were not asked to the end, and how many addresses nobody came to."""
    unfinished = scan.findings.alive - scan.findings.through - scan.findings.cut
    for name, nets in scan.findings.lost.items():
        behind = [host for host in unfinished if host in nets]
        if behind:
            yield Unasked(addresses=str(_ranges(behind)), why=f"not asked to the end: {name} went away")
        unfinished = unfinished.difference(behind)
    if unfinished:
        yield Unasked(addresses=str(_ranges(unfinished)), why="not asked to the end: the run ended before")
    left = scan.plan.swept.count - scan.done - len(scan.unsent)
    if left > 0:
        yield Unasked(addresses=f"{left} of {scan.plan.swept}", why="the run ended before")


def _ranges(hosts: Iterable[IPAddress]) -> Addresses:
    return Addresses.of((host.version, int(host), int(host)) for host in hosts)


def _by_protocol(scan: "Scan") -> Mapping[str, Mapping[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for (protocol, outcome), count in scan.findings.outcomes.items():
        counted.setdefault(protocol, {})[outcome.value] = count
    return {protocol: dict(sorted(ends.items())) for protocol, ends in sorted(counted.items())}


def _heard(devices: tuple[Device, ...], heard: set[IPAddress], targets: Addresses) -> Iterator[str]:
    """Name who spoke from outside the scope; other addresses of devices inside it are no strangers."""
    inside = {a for d in devices if any(a in targets for a in d.addresses) for a in d.addresses}
    for host in sorted(heard - inside, key=_numerically):
        yield str(host)


def _numerically(host: IPAddress) -> tuple[int, int]:
    return host.version, int(host)
