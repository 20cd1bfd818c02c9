"""The fleet: rounds under random trouble, and how fast a centre takes in a night of many sites.

First as many rounds of three real buildings (in the lab, addresses overlapping) as asked for, while sensors are
killed, the link is cut and the server restarts. Then sites of simulated devices, each night handed in as bundles and
taken in by the centre's own code: devices a second, latency a site, growth a night, and how that goes from 10 sites to
many, beside a plain COPY of the same rows.

Run: `python tests/bench/bench_fleet.py [--rounds N] [--sites N] [--devices N] [--nights N]`.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "fleet")]

import psycopg  # noqa: E402
from fleet_kit import centre, heard  # noqa: E402
from fleet_rounds import rounds  # noqa: E402
from postgres import server  # noqa: E402
from psycopg import sql  # noqa: E402
from test_fleet_rounds import check  # noqa: E402

from scanner.fleet.bundle import Bundle, pack  # noqa: E402
from scanner.fleet.centre import Centre  # noqa: E402
from scanner.fleet.ingest import Ingestion  # noqa: E402
from scanner.fleet.rounds import run_id  # noqa: E402
from scanner.model import Message  # noqa: E402
from scanner.pipeline import judge_again  # noqa: E402
from scanner.store import open_store  # noqa: E402

FEW = 10
"""Sites of the fleet that the large one is held against."""
TABLES = ("devices", "states", "findings", "keys", "absences", "runs", "messages")
KINDS = (
    "hikvision-ds-2cd2385g1-i-5.6.2",
    "axis-m1065-lw-9.80.1",
    "dahua-ipc-hdw5421s-2.400",
    "sony-snc-ch110-3.0.0",
)


def night_of(site: int, count: int, night: int) -> list[Message]:
    """Return what a site's devices say: real answers, each on its own address and MAC; a few change each night."""
    messages = []
    for number in range(count):
        name = KINDS[number % len(KINDS)]
        mac = f"44:19:b6:{site & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"
        host = ip_address(0x0A000000 + number + 1)
        drift = night if number % 100 == 0 else 0
        for message in SAID[name][:4]:
            payload = message.payload.replace(b"V5.6.2", f"V5.{drift}.2".encode())
            messages.append(
                replace(message, mac=mac, source=replace(message.source, host=host), payload=payload)
            )
    return messages


SAID = {name: heard(name) for name in KINDS}


def hand_in(here, sites: int, count: int, night: int) -> list[UUID]:
    """Hand in one night of all sites, as their sensors would; returns the rounds."""
    due = datetime(2026, 11, 1, 2, tzinfo=UTC) + timedelta(days=night)
    empty = _empty()
    named = []
    for site in range(sites):
        messages = tuple(night_of(site, count, night))
        round_name = here.ask(f"s{site}", due)
        bundle = Bundle(
            site=f"s{site}", round=round_name, due=due, shard=0, shards=1, sensor=f"sensor-{site}", started=due,
            ended=due, complete=True, report=empty, messages=messages,
        )  # fmt: skip
        with psycopg.connect(here.url, autocommit=True) as db:
            db.execute(
                "INSERT INTO fleet_inbox (run, round, shard, site, sensor, complete, bundle)"
                " VALUES (%s, %s, 0, %s, %s, true, %s)",
                (run_id(round_name, 0), round_name, f"s{site}", f"sensor-{site}", pack(bundle)),
            )
        named.append(round_name)
    return named


def take_in(here, named: Sequence[UUID]) -> list[float]:
    """Take rounds in, as the centre's worker does; returns the seconds of each."""
    ingestion, seconds = Ingestion(here, ("us-ndaa-889",)), []
    for round_name in named:
        started = time.perf_counter()
        ingestion.take_in(round_name)
        seconds.append(time.perf_counter() - started)
    return seconds


def _empty():
    from scanner.model import Coverage, Report

    blank = Report(
        tool={},
        data={},
        run={"mode": "scan"},
        devices=(),
        findings=(),
        coverage=Coverage(),
        as_of=datetime.now(UTC).date(),
    )
    return judge_again(blank, (), on=blank.as_of, lists=("us-ndaa-889",))


def size(url: str) -> int:
    with psycopg.connect(url) as db:
        return db.execute("SELECT pg_database_size(current_database())").fetchone()[0]


def copied(url: str) -> tuple[float, int]:
    """COPY all rows of the store into empty tables of the same form; returns seconds and rows."""
    rows = 0
    with psycopg.connect(url) as db:
        taken = 0.0
        for table in TABLES:
            db.execute(f"CREATE TEMP TABLE copy_{table} (LIKE {table})")
            with db.cursor().copy(f"COPY {table} TO STDOUT (FORMAT BINARY)") as out:
                data = b"".join(bytes(part) for part in out)
            started = time.perf_counter()
            with db.cursor().copy(f"COPY copy_{table} FROM STDIN (FORMAT BINARY)") as into:
                into.write(data)
            taken += time.perf_counter() - started
            rows += db.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone()[0]
    return taken, rows


def fleet(pg, sites: int) -> Centre:
    """Return a centre with so many sites, each with a sensor."""
    here = centre(pg.fresh(f"nights{sites}"), *(f"s{site}" for site in range(sites)))
    open_store(here.url).close()
    with psycopg.connect(here.url, autocommit=True) as db:
        for site in range(sites):
            db.execute(
                "INSERT INTO fleet_sensors (name, role, site) VALUES (%s, %s, %s)",
                (f"sensor-{site}", f"r{sites}-{site}", f"s{site}"),
            )
    return here


def night_of_both(small: Centre, large: Centre, sites: int, count: int, night: int) -> float:
    """Take one night into both, a site of the small one after every tenth of the large; returns the factor of a site.

    By turns, because a machine's speed changes over minutes: what is compared must have been measured together.
    """
    few, many = hand_in(small, FEW, count, night), hand_in(large, sites, count, night)
    before = size(large.url)
    share = sites // FEW
    of_few: list[float] = []
    of_many: list[float] = []
    for number, one in enumerate(few):
        of_few += take_in(small, [one])
        of_many += take_in(large, many[number * share : (number + 1) * share])
    of_many += take_in(large, many[FEW * share :])
    ratio = statistics.median(of_many) / statistics.median(of_few)
    total = sum(of_many)
    print(
        f"  night {night}: {total:>7.1f} s for {sites} sites, {sites * count / total:>5.0f} devices/s, "
        f"{statistics.median(of_many) * 1000:>5.0f} ms a site (worst {max(of_many) * 1000:.0f}), "
        f"with {FEW} sites {statistics.median(of_few) * 1000:.0f}: {ratio:.2f}x, "
        f"the last {FEW} {statistics.median(of_many[-FEW:]) / statistics.median(of_many[:FEW]):.2f}x the first, "
        f"database +{(size(large.url) - before) / 1e6:.1f} MB"
    )
    return ratio


def nights(pg, sites: int, count: int, number: int) -> None:
    """Take in some nights of few and of many sites and print the figures."""
    small, large = fleet(pg, FEW), fleet(pg, sites)
    ratios = [night_of_both(small, large, sites, count, night) for night in range(number)]
    taken, rows = copied(large.url)
    print(f"  COPY of the {rows:,} rows that are there now: {taken:.2f} s, {rows / taken:,.0f} rows/s")
    ratio = statistics.median(ratios)
    print(f"From {FEW} to {sites} sites the cost of a site grows by a factor of {ratio:.2f} (linear: 1)")


def main() -> None:
    """Trouble first, then speed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--sites", type=int, default=20)
    options.add_argument("--devices", type=int, default=100)
    options.add_argument("--nights", type=int, default=3)
    options.add_argument("--seed", type=int, default=5)
    chosen = options.parse_args()
    with server() as pg:
        if chosen.rounds:
            with tempfile.TemporaryDirectory(prefix="camcensus-fleet-") as folder:
                here, done = rounds(pg, Path(folder), chosen.rounds, chosen.seed)
                check(here, chosen.rounds)
                print(
                    f"{chosen.rounds} rounds of three buildings: nothing lost, nothing doubled, every run accounted for"
                )
                print(f"  meanwhile: {', '.join(done)}")
        print(f"Nights of sites with {chosen.devices} devices each, judged and stored by the centre")
        nights(pg, max(FEW, chosen.sites), chosen.devices, chosen.nights)


if __name__ == "__main__":
    main()
