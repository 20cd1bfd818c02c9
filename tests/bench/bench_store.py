"""The store beside plain SQL on the same rows, as devices and nights grow.

For each database: a first night, then nights in which one device in a hundred changed, each timed beside the SQL that
reads the known devices and writes the same changed rows; a diff and a check of all lists beside the SQL that reads the
rows they need. Then the rows of many more such nights are put in by plain SQL, and the same is measured again, so that
growth with the nights that are kept shows. The last lines are the verdict, by the median of the nights.
Run: `python tests/bench/bench_store.py [--devices N] [--nights N] [--kept N] [--only sqlite|postgresql]`.
"""

import argparse
import gc
import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path
from statistics import median
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "store")]

from sqlalchemy import bindparam, delete, insert, select, text, update  # noqa: E402

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
from scanner.store.tables import findings, runs, states  # noqa: E402
from scanner.vendors import vendors  # noqa: E402

ON = date(2026, 11, 24)
MAKERS = ("Hikvision", "Dahua", "Axis", "Uniview", "Bosch", "Sony", "Hanwha Vision", "Vivotek")
LISTS = ("us-ndaa-889", "us-fcc-covered", "uk-wms-2022")
LIMIT = 5.0


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
    taken = time.perf_counter() - started  # what was written is on the disk by now, as a night's is
    with store.transaction() as db:
        db.execute(delete(states).where(states.c.since == 10**8))
        db.execute(update(states).where(states.c.until == 10**8).values(until=None))
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


def fill(store, nights: int, count: int, chance: random.Random) -> None:
    """Put in the rows that so many more nights would have left, one device in a hundred changed in each."""
    latest = store.find("latest")
    with store.transaction() as db:
        run = dict(db.execute(select(runs).where(runs.c.id == latest.id)).mappings().one())
        held = {
            row["device"]: dict(row)
            for row in db.execute(select(states).where(states.c.until.is_(None))).mappings()
        }
        names = sorted(held)
        old, since = [], dict.fromkeys(names, 0)
        for number in range(run["number"] + 1, run["number"] + nights + 1):
            db.execute(insert(runs).values({**run, "id": str(uuid4()), "number": number, "whole": None}))
            for name in chance.sample(names, max(1, count // 100)):
                old.append({**held[name], "since": since[name] or held[name]["since"], "until": number})
                since[name] = number
        db.execute(delete(states).where(states.c.until.is_(None), states.c.device == bindparam("b_d")),
                   [{"b_d": name} for name, number in since.items() if number])  # fmt: skip
        for start in range(0, len(old), 5000):
            db.execute(insert(states), old[start : start + 5000])
        fresh = [{**held[name], "since": number} for name, number in since.items() if number]
        for start in range(0, len(fresh), 5000):
            db.execute(insert(states), fresh[start : start + 5000])


def night(store, found: list[Device], number: int, count: int, chance: random.Random) -> list[float]:
    """Write one night and read it again; returns the factors by which each takes longer than the plain SQL."""
    for place in chance.sample(range(count), max(1, count // 100)):
        found[place] = device(place, number)
    tonight = report(found, number)
    write, (run, _) = timed(lambda: store.save(tonight))
    later, earlier = store.runs("", limit=2)
    plain = plain_write(store, "", max(1, count // 100))
    diff, changes = timed(lambda: store.diff(earlier.id, later.id))
    assert len(changes) >= max(1, count // 100)
    base_diff = plain_diff(store, later.number)
    before = store.report(run)
    check, _ = timed(lambda: hold_against(before, on=ON))
    whole = timed(lambda: hold_against(store.report(run), on=ON))[0]
    base = plain_read(store, "")
    pairs = ((write, plain), (diff, base_diff), (check, base), (whole, base))
    figures = [value for ours, theirs in pairs for value in (ours, theirs, ours / theirs)]
    print(f"  {later.number:>8}" + "".join(f"{figure:>8.2f}" for figure in figures), flush=True)
    return [ours / theirs for ours, theirs in pairs]


def measure(url: str, count: int, nights: int, kept: int) -> None:
    """Write nights into a store and print how it compares, early and late."""
    chance = random.Random(1)
    found = [device(number) for number in range(count)]
    with open_store(url) as store:
        first, _ = timed(lambda: store.save(report(found, 0)))
        print(f"  the first night, every device new: {first:.1f} s")
        heads = ("night", *("write", "plain", "x"), *("diff", "plain", "x"), *("check", "plain", "x"))
        print("  " + "".join(f"{head:>8}" for head in (*heads, "read", "plain", "x")))
        few = [night(store, found, number, count, chance) for number in range(1, nights)]
        fill(store, kept, count, chance)
        many = [night(store, found, number, count, chance) for number in range(nights, 2 * nights - 1)]
        print(f"  on disk: {_size(store, url) / 1e6:,.0f} MB after {2 * nights - 1 + kept} nights")
    for place, what in enumerate(
        ("a night's write", "a diff", "a check of all lists", "reading it all first")
    ):
        early, late = (median(row[place] for row in rows) for rows in (few, many))
        word = "within 5x" if late <= LIMIT else "NOT within 5x"
        print(f"  {what}: {early:.1f}x with few nights kept, {late:.1f}x with many: {word}")


def _size(store, url: str) -> int:
    if url.startswith("sqlite"):
        return sum(p.stat().st_size for p in Path(url.removeprefix("sqlite:///")).parent.glob("*"))
    with store.reading() as db:
        return db.execute(text("SELECT pg_database_size(current_database())")).scalar()


def main() -> None:
    """Measure both databases; without the cycle collector, whose passes would fall on one side or the other."""
    gc.disable()
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--devices", type=int, default=5_000)
    options.add_argument("--nights", type=int, default=3, help="written for real, before and after")
    options.add_argument("--kept", type=int, default=395, help="put in by plain SQL in between")
    options.add_argument("--only", default="")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="camcensus-store-") as folder:
        if chosen.only in {"", "sqlite"}:
            print(
                f"SQLite, {chosen.devices} devices, {chosen.kept} nights kept, one device in a hundred changed"
            )
            measure(f"sqlite:///{folder}/bench.sqlite", chosen.devices, chosen.nights, chosen.kept)
        if chosen.only in {"", "postgresql"}:
            from postgres import server

            with server() as pg:
                print(f"PostgreSQL, {chosen.devices} devices, {chosen.kept} nights kept")
                measure(pg.fresh("bench"), chosen.devices, chosen.nights, chosen.kept)


if __name__ == "__main__":
    main()
