"""One fingerprint as a record: which fact it reads, what it must look like, and what that says of a device.

The words here are those of the TOML files under data/; `loader` makes the records, `matcher` runs them,
`lint` proves them.
"""

from dataclasses import dataclass
from datetime import date

from scanner.model import SURVEILLANCE_KINDS, About, Attribute, Strength

KINDS = SURVEILLANCE_KINDS | frozenset(
    """
    printer scanner pc server nas phone tablet tv media-player speaker streaming-stick set-top-box game-console
    router access-point switch gateway firewall modem hub smart-plug smart-light appliance sensor thermostat
    scale alarm-panel access-control voip-phone conference projector plc building-controller energy-meter
    robot-vacuum wearable vehicle-charger ups pdu kvm microcontroller virtual-machine machine-vision
    management-controller hypervisor thin-client 3d-printer print-server serial-server usb-server console-server
    fieldbus-adapter operator-panel relay-board test-instrument storage-array tape-library barcode-reader
    pos-terminal payment-terminal pbx voip-gateway load-balancer wireless-controller vpn-gateway web-proxy
    dslam wifi-repeater av-controller av-receiver audio-codec video-decoder action-camera photo-camera
    solar-inverter chime fan garage-door door-lock wall-switch window-covering air-purifier air-conditioner
    heater humidifier irrigation-controller remote-control debug-probe display drone siren
    other-device
    """.split()  # noqa: SIM905 - a paragraph of words reads better than ninety quoted strings
)
"""Nouns that evidence of kind may use. Closed: a new noun is a change of what reports may print."""

Claim = tuple[Attribute, str]

ANSWER = "raw"
"""Last part of a fact key that stands for a whole message, one character a byte ("http.raw"). No protocol
gives it and no shipped entry may ask for it: it is what nmap's patterns are about."""
FOREIGN = ("recog/", "nmap/")
"""Beginnings of the ids of others' entries: `identity` concludes nothing from those alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A further fact that the same observation must hold; `key` may end in "*"."""

    key: str
    pattern: str | None = None
    equals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that must match, what must be read from it, and the other facts of its observation."""

    text: str
    claims: tuple[Claim, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """One entry of a data file. `pattern` is RE2 and is searched in the text; else the text is one of `equals`.

    `vendor` is the canonical name at the top of the file, None for what any device says of itself. `generic`
    entries give way to a vendor's own on the same fact; `shared` ones are known to fit several makers; `known` ones
    speak only where the name that they read is in the vendor table.
    """

    id: str
    vendor: str | None
    match: str
    about: About
    strength: Strength
    pattern: str | None = None
    equals: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    claims: tuple[Claim, ...] = ()
    examples: tuple[Example, ...] = ()
    negatives: tuple[str, ...] = ()
    source: str
    date: date
    confirmed: bool = True
    generic: bool = False
    shared: bool = False
    known: bool = False
    note: str = ""
    file: str

    @property
    def has_groups(self) -> bool:
        """Tell whether the pattern reads something from the text: then each text has claims of its own."""
        return self.pattern is not None and "(?P<" in self.pattern

    @property
    def worth(self) -> Strength:
        """Return the strength of the evidence: what nobody confirmed is weak, whatever the entry says."""
        return self.strength if self.confirmed else Strength.WEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A fingerprint that fits a text, and what it claims: constants and groups, cleaned."""

    fingerprint: Fingerprint
    claims: tuple[Claim, ...]
