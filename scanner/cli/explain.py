"""`camcensus explain DEVICE --from FILE`: the chain from a verdict down to the bytes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, saving, screen
from scanner.cli.knowledge import knowledge_with
from scanner.cli.progress import Waiting
from scanner.cli.sources import kept_report, reading
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.fingerprints import Knowledge
    from scanner.model import Device, Report

MAX_NAMED = 8
"""Devices that an error names."""


def explain(
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="DEVICE", help="An id, the beginning of one, an address or a MAC.", show_default=False
        ),
    ],
    files: options.From = None,
    store: saving.Where = None,
    site: saving.Site = None,
    json: options.Json = False,
    list_ids: options.Lists = None,
    as_of: options.AsOf = None,
    recog: options.Recog = None,
    nmap: options.Nmap = None,
    debug: options.Debug = False,
) -> None:
    """Tell everything behind what is said of one device.

    Verdicts with their steps and sources, conclusions with their rivals, evidence with the bytes behind it.
    """
    from scanner.pipeline import replay
    from scanner.reports import as_json, as_words

    knowledge = knowledge_with(recog, nmap)
    report = kept_report(files, judged_anew=bool(list_ids or as_of)) if files else _from_store(store, site)
    if report is None:
        with Waiting(reading(files or ()), quiet=False):
            report = replay(
                options.sources(files or ()),
                on=screen.judging_day(as_of),
                lists=list_ids or (),
                knowledge=knowledge,
                strict=debug,
            )
    device = _only(as_words.find(report, wanted), wanted, report, "this capture" if files else "the store")
    if json:
        findings = [as_json.finding_record(f) for f in report.findings if f.device == device.id]
        screen.write_json({"device": as_json.device_record(device), "findings": findings})
    else:
        screen.write(as_words.explain(report, device, _origins(knowledge), screen.view()))


def _from_store(url: str | None, site: str | None) -> "Report":
    with saving.existing(url) as kept:
        return saving.stored(kept, site)


def _only(found: "tuple[Device, ...]", wanted: str, report: "Report", place: str) -> "Device":
    if len(found) == 1:
        return found[0]
    known = found or report.devices
    names = [str(device.addresses[0]) if device.addresses else device.id for device in known[:MAX_NAMED]]
    more = f" and {len(known) - MAX_NAMED} more" if len(known) > MAX_NAMED else ""
    if found:
        raise UsageError(
            f"{wanted!r} fits {len(found)} devices: {', '.join(d.id for d in found[:MAX_NAMED])}{more}"
        )
    there = f"there are {', '.join(names)}{more}" if names else "there are no devices in it"
    raise UsageError(f"no device {wanted!r} in {place}; {there}")


def _origins(knowledge: "Knowledge") -> Mapping[str, str]:
    return {
        fingerprint.id: f"{fingerprint.source}, {fingerprint.date.isoformat()}"
        for fingerprint in knowledge.fingerprints
    }
