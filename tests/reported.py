"""A report made by hand: every verdict, other things, hostile names, damages."""

from datetime import UTC, date, datetime
from ipaddress import ip_address

from handmade import device, evidence

from scanner.model import Attribute, Coverage, Report
from scanner.policy import judge, load_lists
from scanner.vendors import vendors

ON = date(2026, 11, 23)
HOSTILE = "Door\x1b[31m[bold red]\u202ecam\n[/bold red][link=http://x]\x9b0m=cmd()"


def devices():
    return (
        device(
            "Axis",
            "Axis",
            identifier="aa00000004",
            host="192.0.2.9",
            mac="00:40:8c:00:00:01",
            model="M1065-LW",
        ),
        device(
            "Hikvision",
            "Annke",
            identifier="aa00000001",
            host="192.0.2.10",
            mac="44:19:b6:00:00:01",
            model="I91BF",
            name=HOSTILE,
        ),
        device(
            "Dahua",
            identifier="aa00000002",
            host="192.0.2.100",
            mac="3c:ef:8c:00:00:01",
            contested=True,
            rivals=[("Axis", 0.9)],
        ),
        device(identifier="aa00000003", host="fe80::1", mac="02:00:00:00:00:01", kind="recorder"),
        device(
            identifier="bb00000001", host="192.0.2.20", mac="00:1b:a9:00:00:01", kind="other", what="printer"
        ),
        device(
            identifier="bb00000002", host="192.0.2.21", mac="00:1b:a9:00:00:02", kind="other", what="printer"
        ),
        device(identifier="bb00000003", host="192.0.2.22", mac="00:1b:a9:00:00:03", kind="other", what="pc"),
        device(identifier="cc00000001", host="192.0.2.30", mac="00:1b:a9:00:00:04", kind="unknown"),
    )


def report(found=None, lists=(), **coverage):
    found = devices() if found is None else found
    chosen = load_lists(lists)
    return Report(
        tool={"name": "camcensus", "version": "0.1.0"},
        data={
            "fingerprints": "2026-11-23+abc",
            "lists": {item.id: item.version.isoformat() for item in chosen},
        },
        run={"mode": "replay", "sources": ["building.pcapng"]},
        devices=found,
        findings=judge(found, chosen, vendors(), on=ON),
        coverage=Coverage(
            sources=("building.pcapng",),
            packets=1234,
            messages={"sadp": 3, "http": 20},
            first=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
            last=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
            unidentified=("192.0.2.30",),
            **coverage,
        ),
        as_of=ON,
    )


__all__ = ["HOSTILE", "ON", "Attribute", "device", "devices", "evidence", "ip_address", "report"]
