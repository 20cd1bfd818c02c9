"""How long a reader waits for the HTML page of a large network: `python tests/bench/bench_pages.py`.

In Debian's Chromium, the page of so many devices (copies of the recorded building at other addresses, each with its
evidence) beside a bare table of the same rows: no style, no details, and the sorting that everybody writes first.
Timed is what a reader waits for: from opening, a click or a key to the next frame on the screen. Two seconds pass
before the first action, as with a reader. The accessibility checker runs on what a search leaves, for it takes minutes
on everything. The median of some rounds counts; both pages are opened in turn.
"""

import argparse
import html
import re
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from browser import DESKTOP, Visit, browsing

from scanner.model import Device, Endpoint, Evidence, Place, Report, Trend
from scanner.pipeline import replay
from scanner.reports import render

FIXTURES = Path(__file__).resolve().parent.parent.parent / "fixtures"
NOTICED_MS = 200
"""Milliseconds up to which an answer does not feel like waiting (people notice from 100 to 200)."""
READS_MS = 2000
"""Milliseconds that a reader looks at a page before doing anything."""
BUILDINGS = ("Town Hall", "Library", "Civic Centre", "Car Park", "Leisure Centre", "Depot", "Museum")
A_NET = 70
"""Devices in each network of 256 addresses."""
FRAME = "await new Promise(done => requestAnimationFrame(() => setTimeout(done)))"


def many(count: int) -> Report:
    """Return a report of so many devices with places and a past."""
    found = replay([FIXTURES / "captures" / "building.pcapng"], on=date(2026, 11, 27))
    by_device = {d.id: [f for f in found.findings if f.device == d.id] for d in found.devices}
    devices, findings = [], []
    for number in range(count):
        old = found.devices[number % len(found.devices)]
        devices.append(_copy(old, number))
        findings += [replace(f, device=devices[-1].id) for f in by_device[old.id]]
    past = tuple(
        Trend(time=datetime(2026, month, 3, tzinfo=UTC), makers={}, verdicts={"listed": count // 4 + month})
        for month in range(1, 11)
    )
    return replace(found, devices=tuple(devices), findings=tuple(findings), history=past)


def _copy(old: Device, number: int) -> Device:
    address = ip_address(int(ip_address("10.20.0.0")) + number // A_NET * 256 + number % A_NET * 3 + 1)
    moved = {id(item): _moved(item, address, number) for item in old.evidence}
    conclusions = {
        attribute: replace(held, evidence=tuple(moved.get(id(item), item) for item in held.evidence))
        for attribute, held in old.conclusions.items()
    }
    return replace(
        old,
        id=f"{number:010x}",
        addresses=(address,),
        macs=(f"02:00:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}",),
        conclusions=conclusions,
        evidence=tuple(moved.values()),
        place=Place(
            site="Borough", building=BUILDINGS[number // A_NET % len(BUILDINGS)], floor=str(number % 4)
        ),
    )


def _moved(item: Evidence, address: object, number: int) -> Evidence:
    told = item.observation.message
    source = Endpoint(host=address, port=told.source.port)
    message = replace(told, source=source, time=told.time + timedelta(seconds=number))
    return replace(item, observation=replace(item.observation, message=message))


def bare(page: str) -> str:
    """Return the rows of a page as a table without anything else."""
    rows = re.findall(r'<tr role="row" class="r".*?</tr>', page, re.DOTALL)
    cells = [
        "".join(
            f"<td>{html.escape(html.unescape(re.sub('<[^>]+>', '', cell)))}</td>"
            for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        )
        for row in rows
    ]
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<!doctype html><meta charset=utf-8><title>bare</title><table><tbody>{body}</tbody></table>"


def opened(browser: object, path: Path) -> tuple[Visit, float]:
    """Return a page and how many milliseconds passed until it was whole on the screen."""
    begin = time.perf_counter()
    visit = Visit(browser, path, **DESKTOP)
    visit.page.evaluate(f"async () => {{ {FRAME} }}")
    return visit, (time.perf_counter() - begin) * 1000


def timed(visit: Visit, action: str) -> float:
    """Return how many milliseconds passed from an action to the next frame."""
    script = f"async () => {{ const begin = performance.now(); {action}; {FRAME}; return performance.now() - begin }}"
    return float(visit.page.evaluate(script))


BARE_SORT = """const body = document.querySelector('tbody'); const rows = [...body.rows];
    rows.sort((a, b) => a.cells[2].textContent < b.cells[2].textContent ? -1 : 1); body.append(...rows)"""
SEARCH = """const box = document.getElementById('search'); box.value = %r;
    document.getElementById('tools').dispatchEvent(new Event('change'))"""
ACTIONS = {
    "sort by maker": "document.querySelector('.sort[data-key=maker]').click()",
    "sort by address": "document.querySelector('.sort[data-key=address]').click()",
    "sort by device": "document.querySelector('.sort[data-key=title]').click()",
    "filter: listed off": "document.querySelector('[value=listed]').click()",
    "filter: listed on": "document.querySelector('[value=listed]').click()",
    "search, first time": SEARCH % "hikvision",
    "search again": SEARCH % "10.20.5.",
    "search cleared": SEARCH % "",
    "open a line": "document.querySelector('.open').click()",
}


def round_of(browser: object, ours: Path, plain: Path) -> dict[str, float]:
    """Return the milliseconds of one round by what was done."""
    visit, found = opened(browser, plain)
    told = {"bare: open": found, "bare: sort by maker": timed(visit, BARE_SORT)}
    visit.close()
    visit, found = opened(browser, ours)
    visit.page.wait_for_timeout(READS_MS)
    told |= {"open": found, **{name: timed(visit, action) for name, action in ACTIONS.items()}}
    visit.close()
    return told


def complaints(browser: object, path: Path) -> list[str]:
    """Return what the accessibility checker finds in the page, with few rows shown and one of them open."""
    from axe_playwright_python.base import AXE_FILE_PATH

    visit = Visit(browser, path, **DESKTOP)
    visit.page.evaluate(f"() => {{ {SEARCH % '10.20.5.'} }}")
    visit.page.evaluate("document.querySelector('.open').click()")
    visit.page.evaluate(AXE_FILE_PATH.read_text())
    found = visit.page.evaluate("axe.run(document.querySelector('#devices'))")
    visit.close()
    return [fault["id"] for fault in found["violations"]] + visit.complaints


def main() -> int:
    """Print the table and the verdict; the exit code is 1 if a reader would notice a pause."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    wish = parser.parse_args()
    report = many(wish.devices)
    begin = time.perf_counter()
    page = render(report, "html")
    print(
        f"{wish.devices:,} devices: written in {time.perf_counter() - begin:.1f} s, {len(page.encode()) / 1e6:.1f} MB"
    )
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        ours, plain = Path(folder) / "page.html", Path(folder) / "bare.html"
        ours.write_text(page)
        plain.write_text(bare(page))
        rounds = [round_of(browser, ours, plain) for _ in range(wish.rounds)]
        faults = complaints(browser, ours)
    middle = {name: statistics.median(told[name] for told in rounds) for name in rounds[0]}
    for name, value in middle.items():
        print(f"  {name:<22}{value:>8,.0f} ms")
    slowest = max(ACTIONS, key=lambda name: middle[name])
    fine = middle[slowest] <= NOTICED_MS and not faults
    opens, sorts = (middle[name] / middle[f"bare: {name}"] for name in ("open", "sort by maker"))
    print(
        f"{'fine' if fine else 'NOT fine'}: opens in {opens:.2f} and sorts in {sorts:.2f} of the bare table's time; "
        f"slowest is {slowest!r} with {middle[slowest]:.0f} ms of {NOTICED_MS}; the accessibility checker finds "
        f"{', '.join(faults) or 'nothing'}"
    )
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
