"""A report's devices as people ask for them: the worst verdict first, and how many of each.

A device is counted once, under the worst that any list says of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.model import Device, Finding, Report, Verdict

ORDER = (Verdict.LISTED, Verdict.POSSIBLE, Verdict.UNDETERMINED, Verdict.WAIVED, Verdict.NOT_LISTED)
"""Verdicts, the worst first. A waived one was worse than not listed before somebody answered for it."""

_RANKS = {verdict: rank for rank, verdict in enumerate(ORDER)}
_TALLIED = (Verdict.LISTED, Verdict.POSSIBLE, Verdict.UNDETERMINED, Verdict.NOT_LISTED)
_UPPER = frozenset({"pc", "nas", "tv", "plc", "ups", "pdu", "kvm", "vms"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A device with what the lists say of it; `verdict` is the worst of the findings.

    `behind` is the address of its recorder, "" for who stands on the network.
    """

    device: Device
    verdict: Verdict
    findings: tuple[Finding, ...]
    behind: str = ""

    @property
    def decisive(self) -> tuple[Finding, ...]:
        """Return the findings that say the worst."""
        return tuple(finding for finding in self.findings if finding.verdict is self.verdict)


def rank(report: Report) -> tuple[Ranked, ...]:
    """Return the devices that have findings, the worst verdict first, then by address, MAC and id."""
    by_device: dict[str, list[Finding]] = {}
    for finding in report.findings:
        by_device.setdefault(finding.device, []).append(finding)
    homes = {device.id: str(device.addresses[0]) for device in report.devices if device.addresses}
    ranked = [
        Ranked(
            device=device,
            verdict=worst(found),
            findings=tuple(found),
            behind=homes.get(device.parent or "", device.parent or ""),
        )
        for device in report.devices
        if (found := by_device.get(device.id))
    ]
    return tuple(sorted(ranked, key=lambda item: (ORDER.index(item.verdict), *place(item.device))))


def worst_of_each(findings: Iterable[Finding]) -> dict[str, Verdict]:
    """Return the worst verdict of each device that has findings, by its id."""
    held: dict[str, Verdict] = {}
    for finding in findings:
        before = held.get(finding.device)
        if before is None or _RANKS[finding.verdict] < _RANKS[before]:
            held[finding.device] = finding.verdict
    return held


def worst(findings: Iterable[Finding]) -> Verdict:
    """Return the worst verdict of some findings; there must be one."""
    return min((finding.verdict for finding in findings), key=ORDER.index)


def place(device: Device) -> tuple[object, ...]:
    """Return the key by which devices are sorted: IPv4 before IPv6, in numerical order, then MAC, then id."""
    first = min(device.addresses, key=lambda a: (a.version, int(a)), default=None)
    return (first is None, first.version if first else 0, int(first) if first else 0, device.macs, device.id)


def tally(verdicts: Iterable[Verdict]) -> str:
    """Return verdicts counted in one line: "41 devices: 12 listed, 3 possible, 8 undetermined, 18 not listed"."""
    counts = Counter(verdicts)
    total = counts.total()
    parts = [f"{counts[verdict]} {verdict.replace('-', ' ')}" for verdict in _TALLIED]
    if counts[Verdict.WAIVED]:
        parts.append(f"{counts[Verdict.WAIVED]} waived")
    return f"{counted(total, 'device')}: {', '.join(parts)}"


def others(report: Report) -> Mapping[str, int]:
    """Return how many things of which kind are in the report without a finding; "" for an unknown kind."""
    found = {finding.device for finding in report.findings}
    rest = [device for device in report.devices if device.id not in found]
    return Counter(device.what if device.kind == "other" else "" for device in rest)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the right form.

    >>> counted(1, "printer"), counted(3, "switch"), counted(2, "pc"), counted(2, "gateway"), counted(1200, "battery")
    ('1 printer', '3 switches', '2 PCs', '2 gateways', '1,200 batteries')
    """
    shown = noun.upper() if noun in _UPPER else noun.replace("-", " ")
    if number == 1:
        return f"1 {shown}"
    if shown.endswith(("s", "ch", "x")) and noun not in _UPPER:
        return f"{number:,} {shown}es"
    if shown.endswith("y") and shown[-2:-1] not in "aeiou":
        return f"{number:,} {shown[:-1]}ies"
    return f"{number:,} {shown}s"
