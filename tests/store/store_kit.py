"""Stores to test with, on both databases, and reports made of recorded devices."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from ipaddress import ip_address

from conftest import ROOT

from scanner.coverage import coverage_of
from scanner.fingerprints import load
from scanner.model import Attribute, Message, Report
from scanner.pipeline import Reading, judge_again, replay
from scanner.recordings import read_folder

ON = date(2026, 11, 24)
CAPTURES = sorted((ROOT / "fixtures" / "captures").glob("*.pcap*"))
HIKVISION = "hikvision-ds-2cd2385g1-i-5.6.2"
AXIS = "axis-m1065-lw-9.80.1"
SONY = "sony-snc-ch110-3.0.0"


def replayed(name: str) -> Report:
    (path,) = [p for p in CAPTURES if p.name.startswith(name)]
    return replay([path], on=ON)


def heard(name: str, *, address: str | None = None, mac: str | None = None) -> list[Message]:
    """What a recorded device says; elsewhere, or as another specimen, if so wished."""
    folder = read_folder(ROOT / "fixtures" / "devices" / name)
    host = ip_address(address) if address else folder.address
    return [
        replace(
            message,
            mac=mac or folder.mac,
            source=replace(message.source, host=host),
            payload=message.payload.replace(str(folder.address).encode(), str(host).encode()),
        )
        for message in folder.messages()
    ]


def night(messages, *, day: int = 0, complete: bool = True, lists=("us-ndaa-889",), waivers=()) -> Report:
    """The report of a night in which these messages were heard."""
    empty = Report(
        tool={}, data={}, run={"mode": "scan", "started": f"2026-11-{day + 1:02d}"}, devices=(), findings=(),
        coverage=coverage_of(Reading(), (), ["192.0.2.0/24"], 10, () if complete else ("the switch was down",)),
        as_of=ON,
    )  # fmt: skip
    moved = [replace(message, time=message.time + timedelta(days=day)) for message in messages]
    return judge_again(empty, moved, on=ON, lists=lists, waivers=waivers, knowledge=load())


def one(report: Report, name: str):
    """The one device of a report whose address, model or id is this."""
    (found,) = [d for d in report.devices if name in {d.id, d.value(Attribute.MODEL), *map(str, d.addresses)}]
    return found


__all__ = ["datetime"]
