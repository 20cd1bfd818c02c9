"""A finished round into the store: all its shards judged together, as one run, once.

The run has the round's name: whoever does this twice writes once. Of two sensors that heard one device the messages
are read together, so there is one device. What a sensor concluded is not believed: its messages are judged with the
centre's own fingerprints and lists, its coverage is taken as what it says that it did.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from scanner import __version__
from scanner.fleet.bundle import Bundle, BundleError, in_order, unpack
from scanner.fleet.centre import Centre
from scanner.model import Coverage, Reach, Report
from scanner.zones import NOWHERE, Map

if TYPE_CHECKING:
    from scanner.policy import PolicyList, Waiver


class Ingestion:
    """Takes rounds in, with the lists, the waivers and the zones of the centre: of each site its own."""

    def __init__(
        self,
        centre: Centre,
        lists: "Sequence[str | PolicyList]" = (),
        waivers: "Sequence[Waiver]" = (),
        zones: Map = NOWHERE,
    ) -> None:
        self._centre, self._lists, self._waivers = centre, tuple(lists), tuple(waivers)
        self._zones = zones

    def take_in(self, round_name: UUID) -> str:
        """Take a round into the store and close it; returns what became of it, as a sentence."""
        from scanner.store import open_store

        site, due, shards, state = self._centre.round(round_name)
        told = f"{site}, round of {due:%Y-%m-%d %H:%M} UTC"
        if state != "open":
            return f"{told}: taken in before"
        bundles, faults = self._bundles(round_name, site)
        report = self._judged(bundles, site)
        missing = shards - len(bundles)
        said = "; ".join([*faults, *([f"{missing} of {shards} shards missing"] if missing > 0 else [])])
        if report is None:
            self._centre.close(round_name, "empty", said or "nothing was heard")
            return f"{told}: nothing to keep ({said or 'nothing was heard'})"
        complete = report.coverage.complete and not said
        report = replace(report, coverage=replace(report.coverage, complete=complete))
        with open_store(self._centre.url) as store:
            store.save(report, in_order(bundles), site=site, run=str(round_name))
        self._centre.close(
            round_name, "complete" if complete else "incomplete", said, _covered(report.coverage)
        )
        return f"{told}: {len(report.devices)} devices{f' ({said})' if said else ''}"

    def _bundles(self, round_name: UUID, site: str) -> tuple[list[Bundle], list[str]]:
        """Return the bundles of a round that can be read, and what is wrong with the others."""
        good: list[Bundle] = []
        faults: list[str] = []
        for number, sensor, _, data in self._centre.bundles(round_name):
            try:
                one = unpack(data)
            except BundleError as error:
                faults.append(f"shard {number + 1} of {sensor}: {error}")
                continue
            if (one.site, one.round, one.shard) != (site, round_name, number):
                faults.append(f"shard {number + 1} of {sensor}: it says it is another one")
                continue
            if one.said:
                faults.append(f"shard {number + 1} of {sensor}: {one.said}")
            good.append(one)
        return good, faults

    def _judged(self, bundles: Sequence[Bundle], site: str) -> Report | None:
        """Return one report on all shards; None where none of them scanned anything."""
        from scanner.pipeline import judge_again

        reports = [bundle.report for bundle in bundles if bundle.report]
        if not reports:
            return None
        first = replace(
            reports[0],
            run={
                "mode": "scan",
                "started": min(bundle.started for bundle in bundles).isoformat(timespec="seconds"),
                "ended": max(bundle.ended for bundle in bundles).isoformat(timespec="seconds"),
                "sensors": sorted({bundle.sensor for bundle in bundles if bundle.sensor}),
                "plans": [report.run.get("plan", {}) for report in reports],
                "scope": reports[0].run.get("scope", {}),
                "centre": __version__,
            },
            coverage=_together([report.coverage for report in reports]),
        )
        return judge_again(
            first,
            in_order(bundles),
            on=datetime.now(UTC).date(),
            lists=self._lists,
            waivers=self._waivers,
            zones=self._zones.at(site),
        )


def _covered(coverage: Coverage) -> str:
    """Return how far a round reached, in words: addresses asked, those that live, those that said who they are."""
    reach = coverage.reach
    if reach is None:
        return ""
    return f"{reach.asked_count} of {reach.planned} asked, {len(reach.alive)} alive, {reach.identified} identified"


def _together(parts: Sequence[Coverage]) -> Coverage:
    """Return the coverage of shards as one: what each reached, added up; complete only if all are."""
    reaches = [part.reach for part in parts if part.reach]
    return Coverage(
        sources=tuple(dict.fromkeys(source for part in parts for source in part.sources)),
        packets=sum(part.packets for part in parts),
        failures=tuple(dict.fromkeys(failure for part in parts for failure in part.failures)),
        complete=all(part.complete for part in parts),
        reach=_reach_together(reaches) if reaches else None,
    )


def _reach_together(parts: Sequence[Reach]) -> Reach:
    outcomes: dict[str, dict[str, int]] = {}
    for part in parts:
        for protocol, ends in part.outcomes.items():
            mine = outcomes.setdefault(protocol, {})
            for end, count in ends.items():
                mine[end] = mine.get(end, 0) + count
    return Reach(
        asked=", ".join(dict.fromkeys(part.asked for part in parts)),
        planned=sum(part.planned for part in parts),
        asked_count=sum(part.asked_count for part in parts),
        alive=tuple(
            sorted({host for part in parts for host in part.alive}, key=lambda h: (h.version, int(h)))
        ),
        identified=sum(part.identified for part in parts),
        not_asked=tuple(dict.fromkeys(gap for part in parts for gap in part.not_asked)),
        links=tuple(dict.fromkeys(link for part in parts for link in part.links)),
        problems=tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
        packets=sum(part.packets for part in parts),
        rate=max(part.rate for part in parts),
        seconds=max(part.seconds for part in parts),
        outcomes=outcomes,
        forbidden=tuple(dict.fromkeys(refusal for part in parts for refusal in part.forbidden)),
        heard=tuple(sorted({host for part in parts for host in part.heard})),
    )
