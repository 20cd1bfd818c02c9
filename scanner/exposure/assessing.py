"""Devices against what counts as an exposure → findings of the list "exposure". Pure: the day is passed in.

`listed` is an exposure that was seen, or a firmware in a range that was read at its source; `possible` is one of which
that is not certain. Nothing is "not listed" here: what was not asked shows nothing. Only surveillance devices are
assessed. Waivers for the list apply as elsewhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from scanner.exposure.knowledge import Exploited, Exposures, load_exposures
from scanner.exposure.signs import HostSigns, Signs
from scanner.fingerprints.matcher import compile_pattern
from scanner.identity.age import built_on
from scanner.model import Attribute, Device, Finding, Verdict
from scanner.policy.waivers import Waiver

LIST = "exposure"
"""The id of the list, for --list and for waivers."""

COUNTS = "exposure_counts"
"""Key of a report's run that says that exposures count for the exit code."""

Shown = tuple[str, Verdict, str]
"""Id of a kind of exposure, whether it is certain, and what shows it."""
Told = tuple[str, Verdict, str, str]
"""Id of an exposure, whether it is certain, the reason in words, and the source."""


class Exposing:
    """What a report needs for its exposures: the signs, and which lists its reader asked for (none means the usual).

    Without signs nothing is assessed: a report that was made before keeps what it had.
    """

    def __init__(self, signs: Signs | None, asked: Sequence[object] = ()) -> None:
        self._signs = signs
        self._asked = signs is not None and LIST in asked
        self._held = signs is not None and (self._asked or not asked or "all" in asked)

    @property
    def held(self) -> tuple[str, ...]:
        """The id of the list, if devices are held against it."""
        return (LIST,) if self._held else ()

    @property
    def version(self) -> dict[str, object]:
        """Which data was used, for the report."""
        return {LIST: load_exposures().version.isoformat()} if self._held else {}

    @property
    def wish(self) -> dict[str, object]:
        """Whether exposures count for the exit code: only where somebody named the list."""
        return {COUNTS: True} if self._asked else {}

    def of(
        self, devices: Iterable[Device], *, on: date, live: bool, waivers: Sequence[Waiver]
    ) -> tuple[Finding, ...]:
        """Return the exposures of devices, () where the list is not asked for."""
        if self._signs is None or not self._held:
            return ()
        return assess(devices, self._signs, load_exposures(), on=on, live=live, waivers=waivers)


def assess(
    devices: Iterable[Device],
    signs: Signs,
    known: Exposures,
    *,
    on: date,
    live: bool,
    waivers: Sequence[Waiver] = (),
) -> tuple[Finding, ...]:
    """Return the exposures of devices on a day, in the order of the devices, then by id.

    `live` tells that ports were asked, so that what did not answer is known not to be there.
    """
    found = []
    for device in devices:
        if device.is_surveillance:
            kinds = _titled(_kinds(device, signs.of(device), known, on, live=live), known)
            told = sorted((*kinds, *_exploited(device, known)))
            found += [_waived(item, device, waivers, on) for item in _findings(device, known, told)]
    return tuple(found)


def _titled(shown: Iterable[Shown], known: Exposures) -> Iterator[Told]:
    for name, verdict, why in shown:
        kind = known.kinds[name]
        yield name, verdict, f"{kind.title}; {why}", kind.source


def _findings(device: Device, known: Exposures, told: Iterable[Told]) -> Iterator[Finding]:
    for name, verdict, reason, source in told:
        yield Finding(
            device=device.id,
            list=LIST,
            version=known.version.isoformat(),
            verdict=verdict,
            entry=name,
            clause=source,
            reason=reason,
        )


def _catalogue(item: Exploited) -> str:
    since = (
        f"known to be exploited since {item.added.isoformat()} (CISA)"
        if item.added
        else "not in CISA's catalogue"
    )
    return f"{since}; {item.source}"


def _kinds(device: Device, signs: HostSigns, known: Exposures, on: date, *, live: bool) -> Iterator[Shown]:
    if signs.told_anybody:
        yield "anonymous-device-information", Verdict.LISTED, f"it told {signs.told_anybody}"
    if live and signs.web and not signs.tls:
        yield "unencrypted-management", Verdict.LISTED, f"HTTP at {_ports(signs.web)}"
    if signs.telnet:
        yield "telnet", Verdict.LISTED, f"at {_ports(signs.telnet)}"
    for certificate in sorted(signs.certificates.values(), key=lambda item: item.port)[:1]:
        if certificate.last_day and certificate.last_day < on:
            why = f"port {certificate.port}, until {certificate.last_day.isoformat()}"
            yield "certificate-expired", Verdict.LISTED, why
        if certificate.self_signed and (name := _named(device, certificate.subject)):
            yield "certificate-default", Verdict.POSSIBLE, f"port {certificate.port}, self-signed by {name!r}"
    firmware = device.value(Attribute.FIRMWARE)
    built = built_on(firmware, on) if firmware else None
    if built and _years_before(on, known.years) > built:
        yield (
            "old-firmware",
            Verdict.LISTED,
            f"{firmware}, built {built.isoformat()}, more than {known.years} years ago",
        )


def _named(device: Device, subject: str) -> str:
    """Return the maker or brand of a device if its certificate's subject names it."""
    names = [device.value(attribute) for attribute in (Attribute.MAKER, Attribute.BRAND)]
    return next((name for name in names if name and name.casefold() in subject.casefold()), "")


def _ports(ports: Iterable[int]) -> str:
    return f"port {', '.join(map(str, sorted(ports)))}"


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - years, day=28)


def _exploited(device: Device, known: Exposures) -> Iterator[Told]:
    maker, brand, model, firmware = (
        device.value(attribute)
        for attribute in (Attribute.MAKER, Attribute.BRAND, Attribute.MODEL, Attribute.FIRMWARE)
    )
    if model is None:
        return
    told = set[str]()
    for item in known.exploited:
        wanted, shown = (item.maker, maker) if item.maker else (item.brand, brand)
        fits = wanted == shown and compile_pattern(item.model).search(model) and item.has(firmware)
        if fits and item.cve not in told:  # what is confirmed stands first in the data
            told.add(item.cve)
            which = "every version has it" if item.every_version else f"firmware {firmware}"
            doubt = "" if item.confirmed else "; no source that was read names this model and version"
            doubt += _contested(device, item)
            verdict = Verdict.POSSIBLE if doubt else Verdict.LISTED
            yield item.cve, verdict, f"{item.title}; {model}, {which}{doubt}", _catalogue(item)


def _contested(device: Device, item: Exploited) -> str:
    """Return that what an entry matched is contested, "" where it is settled."""
    asked = [Attribute.MAKER if item.maker else Attribute.BRAND, Attribute.MODEL]
    asked += [] if item.every_version else [Attribute.FIRMWARE]
    open_ = [a.value for a in asked if (c := device.conclusions.get(a)) is not None and c.contested]
    return f"; its {' and '.join(open_)} {'is' if len(open_) == 1 else 'are'} contested" if open_ else ""


def _waived(finding: Finding, device: Device, waivers: Sequence[Waiver], on: date) -> Finding:
    for waiver in waivers:
        if waiver.covers(device, LIST) and waiver.live(on):
            reason = f"{finding.verdict}, waived ({waiver}): {finding.reason}"
            return replace(finding, verdict=Verdict.WAIVED, waiver=str(waiver), reason=reason)
    return finding
