"""The sentence: devices = conclude(identify(observe(messages))); and the report that is made of it.

Messages stream through; what is kept is bounded. A message that was read before is not read again, facts that
a subject repeats are kept once, and of each message that became evidence a short excerpt of its bytes stays.
A parser that fails costs its own message only: the failure is counted and said in the coverage.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scanner import __version__
from scanner.coverage import Telling, coverage_of, reach_of
from scanner.errors import ScannerError
from scanner.fingerprints import Knowledge, identify, load
from scanner.identity import Bindings, Sightings, conclude
from scanner.model import (
    Coverage,
    Device,
    Endpoint,
    Evidence,
    IPAddress,
    Message,
    Observation,
    Report,
    Subject,
)
from scanner.policy import PolicyList, Waiver, account, judge, load_lists
from scanner.protocols import PROTOCOLS, Protocol, by_name
from scanner.vendors import vendors
from scanner.vendors.mac import MacKind, describe_mac
from scanner.vendors.registry import REGISTRY_DATE
from scanner.zones import NOWHERE, Map

if TYPE_CHECKING:
    from scanner.probes.scan import Scan

MAX_READ = 500_000
"""Messages whose digest is remembered, so that repeats cost nothing."""
MAX_FACTS_EACH = 500
"""Observations of one subject in one protocol that are kept; a chatty stranger does not fill the memory."""
EXCERPT_BYTES = 2048
"""Bytes of a message that stay with its evidence."""

_LINK_GROUPS = (ip_network("224.0.0.0/24"), ip_network("255.255.255.255/32"), ip_network("ff02::/16"))
"""Groups of one link (RFC 5771 section 4, RFC 4291 section 2.7) and limited broadcast."""
_STATING = frozenset({"arp", "ndp", "dhcp", "dhcpv6", "lldp", "cdp"})
"""Protocols whose subject's MAC and address belong together because the sender says so."""


class Reading:
    """Reads messages into observations, each set of facts once a subject, and gathers the rest beside them.

    Beside the observations there are counts, sightings of who is where, and failures. With `strict` an exception
    of a parser passes through: tests run that way, users do not.
    """

    def __init__(self, protocols: Mapping[str, Protocol] = by_name, *, strict: bool = False) -> None:
        self.sightings = Sightings()
        self.messages: Counter[str] = Counter()
        self.unreadable: Counter[str] = Counter()
        self.failed: dict[str, str] = {}
        self.telling = Telling()
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._protocols = protocols
        self._strict = strict
        self._read: set[bytes] = set()
        self._known: set[tuple[Subject, str, int]] = set()
        self._kept: Counter[tuple[Subject, str]] = Counter()

    def read(self, message: Message) -> Iterator[Observation]:
        """Give what is new in one message."""
        self._count(message)
        if message.protocol == "link" or not self._is_new(message):
            return
        for observation in self._parse(message):
            self._sight(observation)
            if self._is_news(observation):
                self.telling.add(observation)
                yield replace(observation, message=_shortened(message))

    def _count(self, message: Message) -> None:
        self.messages[message.protocol] += 1
        self.first = message.time if self.first is None else min(self.first, message.time)
        self.last = message.time if self.last is None else max(self.last, message.time)
        on_link = _stays_on_link(message.destination.host)
        self.sightings.add(message.time, message.mac, message.source.host, stated=on_link)

    def _is_new(self, message: Message) -> bool:
        if len(self._read) >= MAX_READ:
            self._read.clear()
        head = f"{message.protocol} {message.mac} {message.source.host} {message.source.port}".encode()
        whole = head + b"\0" + message.request[:512] + b"\0" + message.payload
        digest = hashlib.blake2b(whole, digest_size=16).digest()
        if digest in self._read:
            return False
        self._read.add(digest)
        return True

    def _sight(self, observation: Observation) -> None:
        subject, message = observation.subject, observation.message
        self.sightings.add(message.time, subject.mac, subject.host, stated=_states(observation))
        if message.mac and any(key == "ndp.router" for key, _ in observation.facts):
            self.sightings.add_router(message.mac)

    def _is_news(self, observation: Observation) -> bool:
        """Tell whether a subject says this for the first time; a chatty one is cut off at MAX_FACTS_EACH."""
        bucket = (observation.subject, observation.message.protocol)
        key = (*bucket, hash(observation.facts))
        if key in self._known or self._kept[bucket] >= MAX_FACTS_EACH or len(self._known) >= MAX_READ:
            return False
        self._known.add(key)
        self._kept[bucket] += 1
        return True

    def _parse(self, message: Message) -> tuple[Observation, ...]:
        protocol = self._protocols.get(message.protocol)
        try:
            found = protocol.parse(message) if protocol else ()
        except Exception as error:  # the one boundary: one reader's bug costs no other device
            if self._strict:
                raise
            start = message.payload[:16].hex(" ")
            why = f"{type(error).__name__} on a message of {message.source.host}: {start} …"
            self.failed[message.protocol] = why
            found = ()
        if not found:
            self.unreadable[message.protocol] += 1
        return found


def observe(messages: Iterable[Message], reading: Reading) -> Iterator[Observation]:
    """Read messages into observations; `reading` keeps what is not an observation."""
    for message in messages:
        yield from reading.read(message)


@lru_cache(maxsize=8192)
def _stays_on_link(host: IPAddress | None) -> bool:
    """Tell whether routers never pass on what is sent to an address: then its frame shows the sender's own MAC."""
    return host is not None and any(host in group for group in _LINK_GROUPS if group.version == host.version)


def _states(observation: Observation) -> bool:
    """Tell whether the subject's MAC was claimed by the device itself rather than seen on a frame."""
    mac = observation.subject.mac
    if mac is None:
        return False
    if observation.message.protocol in _STATING:
        return True
    return any(value == mac and key.rsplit(".", 1)[-1].endswith("mac") for key, value in observation.facts)


def _shortened(message: Message) -> Message:
    if len(message.payload) <= EXCERPT_BYTES and len(message.request) <= EXCERPT_BYTES:
        return message
    return replace(message, payload=message.payload[:EXCERPT_BYTES], request=message.request[:EXCERPT_BYTES])


def registrants(bindings: Bindings) -> Iterator[Observation]:
    """Say of each MAC on the link who registered its block: the one fact that no message carries.

    A block that others are known to squat names nobody; the device's notes say so.
    """
    for mac in sorted(bindings.seen):
        told = describe_mac(mac)
        organisation = None if told.kind is MacKind.SQUATTED else told.registrant
        facts = (("link.mac", mac), *((("link.registrant", organisation),) if organisation else ()))
        message = Message(time=bindings.seen[mac][0], protocol="link", source=Endpoint(), mac=mac)
        yield Observation(subject=Subject(mac=mac), message=message, facts=facts)


def devices_of(
    messages: Iterable[Message], knowledge: Knowledge, reading: Reading, on: date
) -> tuple[Device, ...]:
    """Return the devices that messages speak of: the whole flow between bytes and policy."""
    return devices_from(identify(observe(messages, reading), knowledge), knowledge, reading, on)


def devices_from(
    evidence: Iterable[Evidence], knowledge: Knowledge, reading: Reading, on: date
) -> tuple[Device, ...]:
    """Return the devices that evidence speaks of, with what the link layer adds to it."""
    told = list(evidence)
    bindings = reading.sightings.judge()
    told.extend(identify(registrants(bindings), knowledge))
    return tuple(
        replace(device, notes=device.notes + notes) if (notes := reading.telling.notes(device)) else device
        for device in conclude(told, bindings, vendors(), on)
    )


def gather(
    messages: Iterable[Message], reading: Reading, knowledge: Knowledge
) -> tuple[list[Evidence], bool]:
    """Return the evidence of messages, read to their end or until the operator interrupts; and whether they ended."""
    told: list[Evidence] = []
    try:
        for item in identify(observe(messages, reading), knowledge):
            told.append(item)  # noqa: PERF402 - what an interruption leaves is the point
    except KeyboardInterrupt:
        return told, False
    return told, True


def replay(
    sources: Sequence[Path | BinaryIO],
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    knowledge: Knowledge | None = None,
    strict: bool = False,
    mode: str = "replay",
    taking: Callable[[Message], None] | None = None,
) -> Report:
    """Return the report on recorded captures, read in the order given as one network at one time.

    `on` is the day whose lists and relations hold; `lists` are ids, none meaning all that are enabled; `mode` is
    what the report says was done; `taking` is given every message. An interruption (Ctrl-C) ends the reading, not the
    report: it is incomplete.
    Raises CaptureError for what is not a capture and UsageError for an unknown list.
    """
    from scanner.capture import beside, open_capture

    chosen = load_lists(tuple(lists))
    reading = Reading(strict=strict)
    captures = [beside(capture, source) for source in sources for capture in [open_capture(source)]]
    if not captures:
        raise ScannerError("nothing to replay: name at least one capture file")
    knowledge = knowledge or load()
    told, whole = gather(_taken(captures, taking), reading, knowledge)
    devices = devices_from(told, knowledge, reading, on)
    names = [c.name for c in captures]
    damages = tuple(f"{c.name}: {damage}" for c in captures for damage in c.stats.damages)
    packets = sum(c.stats.packets for c in captures)
    return _report(
        {"mode": mode, "sources": names, **({} if whole else {"interrupted": True})},
        devices,
        coverage_of(reading, devices, names, packets, damages + _interruption(whole)),
        knowledge=knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def _taken(
    captures: Iterable[Iterable[Message]], taking: Callable[[Message], None] | None
) -> Iterator[Message]:
    """Yield the messages of captures, each shown to whoever keeps them."""
    for capture in captures:
        for message in capture:
            if taking:
                taking(message)
            yield message


def judge_again(
    before: Report,
    messages: Iterable[Message],
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    knowledge: Knowledge | None = None,
) -> Report:
    """Return the report that today's knowledge makes of the messages behind an earlier one: no packet is sent.

    What was asked and reached stays as it was then; who is who, who made it and what the lists say is concluded anew.
    """
    chosen, knowledge, reading = load_lists(tuple(lists)), knowledge or load(), Reading()
    told, _ = gather(messages, reading, knowledge)
    devices = devices_from(told, knowledge, reading, on)
    then = before.coverage
    coverage = coverage_of(reading, devices, then.sources, then.packets, then.failures, then.reach)
    return _report(
        {key: value for key, value in before.run.items() if key != "as_of"},
        devices,
        replace(coverage, complete=then.complete),
        knowledge=knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def hold_against(
    before: Report,
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
) -> Report:
    """Return an earlier report with its devices held against lists of another day; what they are stays."""
    made = _report(
        {key: value for key, value in before.run.items() if key != "as_of"},
        before.devices,
        before.coverage,
        knowledge=None,
        lists=load_lists(tuple(lists)),
        waivers=waivers,
        zones=zones,
        on=on,
    )
    return replace(made, data={**made.data, "fingerprints": before.data.get("fingerprints", "")})


def import_report(
    messages: Iterable[Message],
    sources: Sequence[str],
    damages: Sequence[str],
    *,
    on: date,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    knowledge: Knowledge | None = None,
    strict: bool = False,
) -> Report:
    """Return the report on messages that other scanners' results were turned into.

    `damages` may fill up while the messages are read: it is looked at afterwards.
    """
    chosen, knowledge, reading = load_lists(tuple(lists)), knowledge or load(), Reading(strict=strict)
    told, whole = gather(messages, reading, knowledge)
    devices = devices_from(told, knowledge, reading, on)
    return _report(
        {"mode": "import", "sources": list(sources), **({} if whole else {"interrupted": True})},
        devices,
        coverage_of(reading, devices, sources, 0, tuple(damages) + _interruption(whole)),
        knowledge=knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def scan_report(
    scan: "Scan",
    *,
    on: date,
    ended: datetime,
    lists: Sequence[str | PolicyList] = (),
    waivers: Sequence[Waiver] = (),
    zones: Map = NOWHERE,
    interrupted: bool = False,
) -> Report:
    """Return the report on a live scan, also on one that was interrupted: then it is incomplete.

    `ended` is when the scan ended, `on` the day whose lists and relations hold.
    """
    chosen, found, plan = load_lists(tuple(lists)), scan.findings, scan.plan
    devices = devices_from(found.evidence, found.knowledge, found.reading, on)
    reach = reach_of(scan, devices, ended)
    coverage = coverage_of(
        found.reading, devices, [reach.asked], scan.audit.packets, _interruption(not interrupted), reach
    )
    run = {
        "mode": "scan",
        "started": _instant(found.started),
        "ended": _instant(ended),
        "plan": plan.record(),
        "scope": plan.scope.record(),
        **({"interrupted": True} if interrupted else {}),
    }
    complete = coverage.complete and found.complete
    return _report(
        run,
        devices,
        replace(coverage, complete=complete),
        knowledge=found.knowledge,
        lists=chosen,
        waivers=waivers,
        zones=zones,
        on=on,
    )


def _report(
    run: Mapping[str, object],
    devices: tuple[Device, ...],
    coverage: Coverage,
    *,
    knowledge: Knowledge | None,
    lists: Sequence[PolicyList],
    waivers: Sequence[Waiver],
    zones: Map,
    on: date,
) -> Report:
    devices = zones.placed(devices)
    findings = judge(devices, lists, vendors(), on=on, waivers=waivers)
    narrowed = {item.id: list(item.zones) for item in lists if item.zones}
    return Report(
        tool={"name": "camcensus", "version": __version__},
        data={
            "fingerprints": knowledge.version if knowledge else "",
            "registry": REGISTRY_DATE.isoformat(),
            "lists": {item.id: item.version.isoformat() for item in lists},
            "lists_checked": {item.id: item.checked.isoformat() for item in lists},
            **({"lists_zones": narrowed} if narrowed else {}),
        },
        run={**run, "as_of": on.isoformat()},
        devices=devices,
        findings=findings,
        coverage=coverage,
        as_of=on,
        waivers=account(waivers, devices, findings, [item.id for item in lists], on=on),
    )


def _interruption(whole: bool) -> tuple[str, ...]:
    return () if whole else ("interrupted: the rest was not asked or read",)


def _instant(time: datetime | None) -> str | None:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z") if time else None


__all__ = [
    "PROTOCOLS",
    "Reading",
    "devices_from",
    "devices_of",
    "gather",
    "import_report",
    "observe",
    "registrants",
    "replay",
    "scan_report",
]
