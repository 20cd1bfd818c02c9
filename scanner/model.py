"""The nouns, in the order in which they flow: target → message → observation → evidence → device → finding.

Every record is frozen, slotted and built by keyword. Times are aware and UTC, addresses are `ipaddress`
objects, MAC addresses are lower-case text with colons, wire bytes are `bytes` and everything read from them
is `str`. Nothing here performs I/O.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address

IPAddress = IPv4Address | IPv6Address

SURVEILLANCE_KINDS = frozenset({"camera", "recorder", "encoder", "intercom", "vms"})
"""Kinds of device this census is about; any other kind of thing is reported as "other" with its name."""


class Outcome(StrEnum):
    """How asking ended. "Nobody answered" and "could not ask" are different facts."""

    ANSWERED = "answered"
    SILENT = "silent"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    MALFORMED = "malformed"
    FORBIDDEN = "forbidden"
    FAILED = "failed"


class Attribute(StrEnum):
    """What a piece of evidence can speak of. Closed: a new attribute is a change of the report's schema."""

    KIND = "kind"
    BRAND = "brand"
    MAKER = "maker"
    MODEL = "model"
    FIRMWARE = "firmware"
    SERIAL = "serial"
    MAC = "mac"
    UUID = "uuid"
    NAME = "name"
    LOCATION = "location"
    CAPABILITY = "capability"


class Strength(StrEnum):
    """How much one piece of evidence is worth. Weak evidence never concludes alone."""

    STRONG = "strong"
    MEDIUM = "medium"
    WEAK = "weak"


class About(StrEnum):
    """Whether evidence speaks of the label (what the seller printed) or the plumbing (what the maker built)."""

    LABEL = "label"
    PLUMBING = "plumbing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One end of an exchange: an address, a port where the transport has one."""

    host: IPAddress | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Somebody to ask: which protocol, where, and why. `host` is None when a group is asked."""

    protocol: str
    host: IPAddress | None
    port: int
    path: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one question ended, or how one message could not be read; `detail` says why in words."""

    target: Target
    outcome: Outcome
    time: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What one endpoint said, as it was on the wire: the seam between I/O and everything else.

    `payload` is what `source` sent: a datagram's payload, an HTTP request or response as far as it was kept,
    a server's TLS handshake flight, the body of a link-layer frame. `request` is what had been asked of
    `source`, where that is known. `mac` is the link-layer source address, where a link layer was seen.
    """

    time: datetime
    protocol: str
    source: Endpoint
    destination: Endpoint = Endpoint()
    mac: str | None = None
    request: bytes = b""
    payload: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The device that an observation describes; not always the one that sent the message.

    `channel` names an input of a recorder when the observation is about the camera behind it.
    """

    host: IPAddress | None = None
    mac: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Facts read from one message about one subject: pairs of a dotted key ("http.server") and a text."""

    subject: Subject
    message: Message
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One claim about one subject, with what it rests on: `fact` of `observation`, read by `fingerprint`."""

    subject: Subject
    attribute: Attribute
    value: str
    strength: Strength
    about: About
    fingerprint: str
    fact: tuple[str, str]
    observation: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A value that lost, with the confidence that it had."""

    value: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """What the evidence for one attribute adds up to; contested when a rival comes too close."""

    value: str
    confidence: float
    contested: bool = False
    rivals: tuple[Rival, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a device stands, in the words of the operator's zones: the smallest zone that holds its address.

    `sensitivity` is the operator's own word; a list may be held against some sensitivities only.
    """

    site: str = ""
    zone: str = ""
    building: str = ""
    floor: str = ""
    sensitivity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One thing on the network, however many addresses, names and protocols it speaks through.

    `kind` is one of SURVEILLANCE_KINDS, "other" or "unknown"; `what` names the thing when it is "other"
    ("printer"). `parent` is the id of the recorder that a channel belongs to. `place` is there where the operator
    described zones.
    """

    id: str
    kind: str
    what: str = ""
    addresses: tuple[IPAddress, ...] = ()
    macs: tuple[str, ...] = ()
    conclusions: Mapping[Attribute, Conclusion] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    parent: str | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    place: Place | None = None

    def value(self, attribute: Attribute) -> str | None:
        """Return the concluded value of an attribute, or None where nothing was concluded."""
        conclusion = self.conclusions.get(attribute)
        return conclusion.value if conclusion else None

    @property
    def is_surveillance(self) -> bool:
        """Tell whether the device is of a kind that this census is about."""
        return self.kind in SURVEILLANCE_KINDS


class Verdict(StrEnum):
    """What a list says of a device. Undetermined is never a pass."""

    LISTED = "listed"
    POSSIBLE = "possible"
    UNDETERMINED = "undetermined"
    NOT_LISTED = "not-listed"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One device against one version of one list, with the chain brand → maker → parent → entry."""

    device: str
    list: str
    version: str
    verdict: Verdict
    entry: str | None = None
    clause: str | None = None
    chain: tuple[str, ...] = ()
    reason: str = ""
    waiver: str | None = None


class WaiverState(StrEnum):
    """What became of a waiver in one run. Expired and unused ones are findings of their own."""

    HOLDS = "holds"
    EXPIRED = "expired"
    UNUSED = "unused"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaiverUse:
    """One waiver after a run: whom it speaks of in words, who answers for it, and the devices (ids) that it fits.

    Of one that holds these are the devices that it excuses, of an expired one those that count again.
    """

    selector: str
    list: str
    owner: str
    ticket: str
    reason: str
    expires: date
    state: WaiverState
    devices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """Addresses (ranges as text) that were not asked, or not to the end, and why."""

    addresses: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUse:
    """One network interface of ours: its addresses with their prefix, and why it was not used, if it was not."""

    name: str
    addresses: tuple[str, ...] = ()
    skipped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A destination that something named and the scope forbids: it was not asked. `count` is how often."""

    host: str
    port: int
    reason: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A device for which there was a credential, by the name of its entry: how that ended, and why.

    `outcome` is "accepted", "refused", "withheld" (it may not have it), "no safe way", "no answer" or "not tried".
    """

    address: IPAddress
    entry: str
    outcome: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a live run reached: whom it asked, who lives, what it could not do, and how fast it was.

    `asked` are the ranges planned, `asked_count` of their `planned` addresses were knocked at; `identified` counts
    those of `alive` that said who they are. `outcomes` counts the ends of questions by protocol. `rate` is the
    pace allowed, in packets a second; `seconds` is how long the run took. `heard` are devices outside the scope
    that spoke and were not asked; `problems` are protocols and privileges that were missing, as sentences. `visits`
    are the devices for which the operator gave credentials.
    """

    asked: str
    planned: int
    asked_count: int
    alive: tuple[IPAddress, ...] = ()
    identified: int = 0
    not_asked: tuple[Unasked, ...] = ()
    links: tuple[LinkUse, ...] = ()
    problems: tuple[str, ...] = ()
    packets: int = 0
    rate: float = 0.0
    seconds: float = 0.0
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    forbidden: tuple[Refusal, ...] = ()
    heard: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What was looked at and what was not: an auditor's first question.

    `sources` are the files or ranges read; `unidentified` are addresses (or MACs) that were alive without
    saying who they are, `said` what those said nevertheless; `failures` are damages and messages that could not
    be read, as sentences; `reach` is there for live scans.
    """

    sources: tuple[str, ...] = ()
    packets: int = 0
    messages: Mapping[str, int] = field(default_factory=dict)
    first: datetime | None = None
    last: datetime | None = None
    unidentified: tuple[str, ...] = ()
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    not_seen: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    complete: bool = True
    reach: Reach | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """What one earlier run counted: surveillance devices by maker ("" where unknown) and by worst verdict."""

    time: datetime
    makers: Mapping[str, int]
    verdicts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything one run found. Its JSON form is the contract; every other format is a view of it.

    `history` are earlier runs of the same network, the oldest first, where there is a store. `waivers` tells what
    became of each waiver. `exposures` are findings too, of the list "exposure": about what a device shows and not about
    who made it, so they stand apart and change no verdict.
    """

    tool: Mapping[str, str]
    data: Mapping[str, object]
    run: Mapping[str, object]
    devices: tuple[Device, ...]
    findings: tuple[Finding, ...]
    coverage: Coverage
    as_of: date
    history: tuple[Trend, ...] = ()
    waivers: tuple[WaiverUse, ...] = ()
    exposures: tuple[Finding, ...] = ()
