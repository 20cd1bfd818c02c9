"""How long each format takes for 5,000 devices, beside the contract itself, and whether any is too slow to wait for.

Run: make bench. The devices are those of the recorded building, again and again at other addresses, so that evidence,
conclusions and findings are as many as they really are. CPU time of one core: other programs disturb the clock.
"""

import sys
import time
from dataclasses import replace
from datetime import date
from ipaddress import IPv4Address
from pathlib import Path

from scanner.model import Report
from scanner.pipeline import replay
from scanner.reports import FORMATS, render
from scanner.reports.from_json import read_report

ROOT = Path(__file__).resolve().parents[2]
COUNT = 5_000
PAGED, PAGED_SHARE = {"pdf"}, 20
"""Formats that are set as pages are timed on a part of the devices: nobody prints 5,000."""
PATIENCE_S = 30.0
"""Seconds that a person waits for a report of 5,000 devices without doubting it."""


def many(count: int = COUNT) -> Report:
    """Return a report of many devices."""
    one = replay([ROOT / "fixtures" / "captures" / "building.pcapng"], on=date(2026, 11, 23))
    found, findings = [], []
    judged: dict[str, list] = {}
    for finding in one.findings:
        judged.setdefault(finding.device, []).append(finding)
    for number in range(count):
        device = one.devices[number % len(one.devices)]
        name = f"{number:010x}"
        address = IPv4Address("198.18.0.0") + number
        mac = f"00:00:5e:{number >> 16:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
        found.append(replace(device, id=name, addresses=(address,), macs=(mac,)))
        findings += [replace(finding, device=name) for finding in judged.get(device.id, ())]
    return replace(one, devices=tuple(found), findings=tuple(findings))


def main() -> int:
    """Measure and print."""
    report = many()
    pieces = sum(len(device.evidence) for device in report.devices)
    print(
        f"{len(report.devices):,} devices, {len(report.findings):,} findings, {pieces:,} pieces of evidence"
    )
    print(f"{'format':<14}{'seconds':>9}{'beside json':>13}{'megabytes':>11}")
    base, slow, text = 0.0, [], ""
    order = sorted((known for known in FORMATS if not known.lacks()), key=lambda known: known.name != "json")
    fewer = many(COUNT // PAGED_SHARE)
    for known in order:
        start = time.process_time()
        made = render(fewer if known.name in PAGED else report, known.name)
        took = time.process_time() - start
        if known.name == "json":
            base, text = took, str(made)
        size = len(made if isinstance(made, bytes) else made.encode())
        note = f"  of {len(fewer.devices):,} devices" if known.name in PAGED else ""
        print(f"{known.name:<14}{took:>9.2f}{took / base:>12.1f}x{size / 1e6:>11.1f}{note}")
        if took > PATIENCE_S:
            slow.append(known.name)
    start = time.process_time()
    read_report(text, "bench")
    took = time.process_time() - start
    print(f"{'json, read':<14}{took:>9.2f}{took / base:>12.1f}x")
    print(
        f"verdict: {'too slow: ' + ', '.join(slow) if slow else f'no format takes longer than {PATIENCE_S:.0f} s'}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
