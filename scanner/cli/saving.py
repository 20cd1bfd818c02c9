"""Runs into and out of the store, for the commands that keep what they found or work on what was kept."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.model import Message, Report
    from scanner.store import RunInfo, Store

DEFAULT = "default"

Keep = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help='Keep the run in a store: a path, sqlite:///… or postgresql://…; "default" is your own.',
        show_default=False,
    ),
]
Where = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help="The store: a path, sqlite:///… or postgresql://…. [default: $CAMCENSUS_STORE, else your own]",
        show_default=False,
    ),
]
Configured = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="A camcensus.toml: its store and its site, where none are named.",
        show_default=False,
    ),
]
KeepSite = Annotated[
    str, typer.Option("--site", metavar="NAME", help="The site that the run is of, in the store.")
]
Site = Annotated[
    str | None,
    typer.Option("--site", metavar="NAME", help="One site of the store. [default: all]", show_default=False),
]
Run = Annotated[
    str,
    typer.Option(
        "--run",
        metavar="RUN",
        help='A run by its id or the beginning of one; "latest", "-1" is the one before.',
    ),
]


class Saving:
    """A run that is being kept; made before it begins, so that a store that cannot be written costs no scan."""

    def __init__(self, url: str | None, site: str, mode: str) -> None:
        self._store: Store | None = None
        if url is not None:
            from scanner.store import open_store

            self._store = open_store(None if url == DEFAULT else url)
            self._run = self._store.begin(site, mode)

    def __bool__(self) -> bool:
        return self._store is not None

    def finish(self, report: "Report", heard: "Iterable[Message]") -> "Report":
        """Return the report as the store keeps it; the same where nothing is kept."""
        if self._store is None:
            return report
        with self._store as store:
            return store.finish(self._run, report, heard)


def configured(config: Path | None, store: str | None, site: str | None) -> tuple[str | None, str | None]:
    """Return the store and the site to work on: those that are named, else those of a configuration."""
    from scanner.config import read_config

    if config is None:
        return store, site
    settings = read_config(config)
    return store or settings.store_url, site if site is not None else settings.site or None


def existing(url: str | None) -> "Store":
    """Return the store that is there; StoreError where there is none."""
    from scanner.store import open_store

    return open_store(None if url == DEFAULT else url, create=False)


def stored(store: "Store", site: str | None, run: str = "latest") -> "Report":
    """Return the report of a run; of several sites the latest of each, as one, each device with its site.

    Raises UsageError where the store has no finished run, or no such.
    """
    sites = store.sites() if site is None else [site]
    if not sites:
        raise UsageError("the store holds no finished run yet")
    if len(sites) == 1:
        return store.report(store.find(run, sites[0]).id)
    if run != "latest":
        return store.report(store.find(run).id)
    return together([(name, store.report(store.find("latest", name).id)) for name in sites])


def together(reports: "Sequence[tuple[str, Report]]") -> "Report":
    """Return the reports of sites as one: devices side by side, each at its site; only counts are added up."""
    from scanner.model import Coverage, Place

    first = reports[0][1]
    parts = [report.coverage for _, report in reports]
    return replace(
        first,
        run={"mode": "sites", "sites": {name: dict(report.run) for name, report in reports}},
        data=max((report.data for _, report in reports), key=lambda data: str(data.get("fingerprints", ""))),
        devices=tuple(
            replace(device, place=replace(device.place or Place(), site=name))
            for name, report in reports
            for device in report.devices
        ),
        findings=tuple(finding for _, report in reports for finding in report.findings),
        waivers=tuple(use for _, report in reports for use in report.waivers),
        coverage=Coverage(
            sources=tuple(
                f"{name}: {source}"
                for (name, _), part in zip(reports, parts, strict=True)
                for source in part.sources
            ),
            packets=sum(part.packets for part in parts),
            messages=_added(part.messages for part in parts),
            first=min((part.first for part in parts if part.first), default=None),
            last=max((part.last for part in parts if part.last), default=None),
            unidentified=_each(reports, "unidentified"),
            not_seen=_each(reports, "not_seen"),
            failures=_each(reports, "failures"),
            complete=all(part.complete for part in parts),
        ),
        as_of=min(report.as_of for _, report in reports),
        history=(),
    )


def _each(reports: "Sequence[tuple[str, Report]]", what: str) -> tuple[str, ...]:
    return tuple(f"{name}: {item}" for name, report in reports for item in getattr(report.coverage, what))


def _added(parts: "Iterable[object]") -> dict[str, int]:
    from collections import Counter

    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)  # type: ignore[call-overload]
    return dict(total)


def named(info: "RunInfo") -> str:
    """Return a run in words."""
    when = info.finished or info.begun
    site = f"{info.site}, " if info.site else ""
    return f"{site}run {info.number} of {when:%Y-%m-%d %H:%M} UTC ({info.id[:8]})"
