"""The store beside plain SQL on the same rows, as devices and nights grow.

For each database: a first night, then nights in which one device in a hundred changed, each timed beside the SQL that
reads the known devices and writes the same changed rows; at the end a diff and a check of all lists beside the SQL that
reads the rows they need. Prints the figures after the first nights and after the last, so that growth shows.
Run: `python tests/bench/bench_store.py [--devices N] [--nights N] [--only sqlite|postgresql]`.
"""

import argparse
import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "store")]

from sqlalchemy import bindparam, insert, select, update  # noqa: E402

from scanner.model import (  # noqa: E402
    About,
    Attribute,
    Conclusion,
    Coverage,
    Device,
    Endpoint,
    Evidence,
    Message,
    Observation,
    Report,
    Strength,
    Subject,
)
from scanner.pipeline import hold_against  # noqa: E402
from scanner.policy import judge, load_lists  # noqa: E402
from scanner.store import open_store  # noqa: E402
from scanner.store.tables import devices as known  # noqa: E402
from scanner.store.tables import findings, states  # noqa: E402
from scanner.vendors import vendors  # noqa: E402

ON = date(2026, 11, 24)
MAKERS = ("Hikvision", "Dahua", "Axis", "Uniview", "Bosch", "Sony", "Hanwha Vision", "Vivotek")
LISTS = ("us-ndaa-889",)


def device(number: int, version: int = 0) -> Device:
    """Return a camera with what a scan usually finds of one."""
    host, maker = ip_address(0x0A000000 + number), MAKERS[number % len(MAKERS)]
    mac = f"44:19:b6:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
    said = {
        Attribute.BRAND: maker,
        Attribute.MAKER: maker,
        Attribute.MODEL: f"M-{number % 97}",
        Attribute.FIRMWARE: f"V{version}.{number % 7}",
        Attribute.SERIAL: f"{maker[:2].upper()}{number:010d}",
    }
    subject = Subject(host=host, mac=mac)
    message = Message(
        time=datetime(2026, 11, 24, tzinfo=UTC), protocol="onvif", source=Endpoint(host=host, port=80)
    )
    evidence = tuple(
        Evidence(
            subject=subject, attribute=attribute, value=value, strength=Strength.STRONG, about=About.PLUMBING,
            fingerprint=f"bench/{attribute}", fact=(f"onvif.{attribute}", value),
            observation=Observation(subject=subject, message=message, facts=()),
        )
        for attribute, value in said.items()
    )  # fmt: skip
    conclusions = {
        a: Conclusion(value=v, confidence=0.9, evidence=(e,))
        for (a, v), e in zip(said.items(), evidence, strict=True)
    }
    return Device(
        id=f"{number:010x}",
        kind="camera",
        addresses=(host,),
        macs=(mac,),
        conclusions=conclusions,
        evidence=evidence,
    )


def report(found: list[Device], night: int) -> Report:
    """Return the report of a night."""
    lists = load_lists(LISTS)
    return Report(
        tool={"name": "bench", "version": "0"},
        data={"fingerprints": "0", "lists": {one.id: one.version.isoformat() for one in lists}},
        run={"mode": "scan", "night": night},
        devices=tuple(found),
        findings=judge(found, lists, vendors(), on=ON),
        coverage=Coverage(sources=("10.0.0.0/8",), complete=True),
        as_of=ON,
    )


def plain_write(store, site: str, changed: int) -> float:
    """Do by plain SQL what a night does: read who is known and what is said of them, write as many rows as changed."""
    started = time.perf_counter()
    with store.transaction() as db:
        rows = db.execute(
            select(known.c.id, known.c.known, known.c.digest, known.c.missed).where(known.c.site == site)
        ).fetchall()
        db.execute(
            select(findings.c.device, findings.c.list, findings.c.record).where(
                findings.c.site == site, findings.c.until.is_(None)
            )
        ).fetchall()
        sample = (
            db.execute(select(states).where(states.c.site == site, states.c.until.is_(None)).limit(changed))
            .mappings()
            .all()
        )
        db.execute(
            update(states)
            .where(states.c.device == bindparam("b_d"), states.c.until.is_(None))
            .values(until=10**8),
            [{"b_d": row["device"]} for row in sample],
        )
        db.execute(insert(states), [{**row, "since": 10**8} for row in sample])
        db.execute(
            update(known).where(known.c.id == bindparam("b_d")).values(missed=0),
            [{"b_d": row["device"]} for row in sample],
        )
        taken = time.perf_counter() - started
        db.rollback()
    assert rows
    return taken


def plain_read(store, site: str) -> float:
    """Read by plain SQL the rows that a report needs: every state and finding that holds."""
    started = time.perf_counter()
    with store.reading() as db:
        db.execute(
            select(states.c.device, states.c.record).where(states.c.site == site, states.c.until.is_(None))
        ).fetchall()
        db.execute(
            select(findings.c.device, findings.c.list, findings.c.record).where(
                findings.c.site == site, findings.c.until.is_(None)
            )
        ).fetchall()
    return time.perf_counter() - started


def plain_diff(store, number: int) -> float:
    """Read by plain SQL the rows that began or ended in the last run, on both sides."""
    started = time.perf_counter()
    with store.reading() as db:
        for column in (states.c.since, states.c.until):
            db.execute(select(states).where(states.c.site == "", column == number)).fetchall()
        for column in (findings.c.since, findings.c.until):
            db.execute(select(findings).where(findings.c.site == "", column == number)).fetchall()
    return time.perf_counter() - started


def timed(work) -> tuple[float, object]:
    """Return how long something took, and what it gave."""
    started = time.perf_counter()
    given = work()
    return time.perf_counter() - started, given


def measure(url: str, count: int, nights: int) -> None:
    """Write nights into a store and print how it compares, early and late."""
    chance = random.Random(1)
    found = [device(number) for number in range(count)]
    with open_store(url) as store:
        first, _ = timed(lambda: store.save(report(found, 0)))
        print(f"  the first night, every device new: {first:.1f} s")
        heads = ("night", "write", "plain", "x", "diff", "plain", "x", "check", "plain", "x")
        print("  " + "".join(f"{head:>8}" for head in heads))
        runs = store.runs("")
        shown = {2, 3, nights // 2, nights - 1}
        for number in range(1, nights):
            for place in chance.sample(range(count), max(1, count // 100)):
                found[place] = device(place, number)
            tonight = report(found, number)
            write, (run, _) = timed(lambda night=tonight: store.save(night))
            runs = store.runs("", limit=2)
            if number in shown:
                plain = plain_write(store, "", max(1, count // 100))
                diff, changes = timed(lambda pair=runs: store.diff(pair[1].id, pair[0].id))
                assert changes
                base_diff = plain_diff(store, number + 1)
                check, _ = timed(lambda run=run: hold_against(store.report(run), on=ON))
                base = plain_read(store, "")
                figures = (
                    write,
                    plain,
                    write / plain,
                    diff,
                    base_diff,
                    diff / base_diff,
                    check,
                    base,
                    check / base,
                )
                print(f"  {number:>8}" + "".join(f"{figure:>8.2f}" for figure in figures))
        if url.startswith("sqlite"):
            size = sum(p.stat().st_size for p in Path(url.removeprefix("sqlite:///")).parent.glob("*"))
            print(f"  on disk: {size / 1e6:.0f} MB after {nights} nights")


def main() -> None:
    """Measure both databases."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--devices", type=int, default=5_000)
    options.add_argument("--nights", type=int, default=20)
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="camcensus-store-") as folder:
        if chosen.only in {"", "sqlite"}:
            print(
                f"SQLite, {chosen.devices} devices, {chosen.nights} nights, one device in a hundred changed each night"
            )
            measure(f"sqlite:///{folder}/bench.sqlite", chosen.devices, chosen.nights)
        if chosen.only in {"", "postgresql"}:
            from postgres import server

            with server() as pg:
                print(f"PostgreSQL, {chosen.devices} devices, {chosen.nights} nights")
                measure(pg.fresh("bench"), chosen.devices, chosen.nights)


if __name__ == "__main__":
    main()
