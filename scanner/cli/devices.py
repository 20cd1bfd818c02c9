"""`camcensus devices [DEVICE]`: what the store knows, as a list, or one device with its evidence and history."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli import options, saving, screen
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.model import Device
    from scanner.store import Store

COLUMNS = ("site", "address", "kind", "brand", "maker", "model", "known since", "state", "id")


def devices(
    wanted: Annotated[
        str | None,
        typer.Argument(
            metavar="[DEVICE]", help="An id, the beginning of one, an address or a MAC.", show_default=False
        ),
    ] = None,
    site: saving.Site = None,
    gone: Annotated[bool, typer.Option("--gone", help="Also those that are gone.")] = False,
    store: saving.Where = None,
    config: saving.Configured = None,
    json: options.Json = False,
) -> None:
    """Show the devices that the store knows, or all that is known of one."""
    store, site = saving.configured(config, store, site)
    with saving.existing(store) as kept:
        if wanted is not None:
            _page(kept, wanted, site, json=json)
            return
        found = kept.devices(site, gone=gone)
    if json:
        from scanner.reports.as_json import device_record

        screen.write_json([{"site": where, **device_record(device), **when} for where, device, when in found])
        return
    screen.write(_list(found))


def _list(found: "Iterable[tuple[str, Device, dict[str, Any]]]") -> str:
    from scanner.reports.columns import aligned

    return aligned(COLUMNS, [_row(*one) for one in found])


def _row(site: str, device: "Device", when: dict[str, Any]) -> tuple[str, ...]:
    from scanner.model import Attribute

    missing = str(when["missing"] or "")[:10]
    return (
        site,
        str(device.addresses[0]) if device.addresses else "",
        device.what if device.kind == "other" else device.kind,
        *(device.value(a) or "" for a in (Attribute.BRAND, Attribute.MAKER, Attribute.MODEL)),
        str(when["first"] or "")[:10],
        f"gone since {missing}" if when["gone"] else f"missing since {missing}" if missing else "",
        device.id,
    )


def _page(store: "Store", wanted: str, site: str | None, *, json: bool) -> None:
    from scanner.fingerprints import load
    from scanner.reports import as_json, as_words

    names = [device.id for _, device, _ in store.devices(site, gone=True) if fits(device, wanted)]
    if len(names) != 1:
        raise UsageError(
            f"{wanted!r} fits {len(names) or 'no'} device{'s' if len(names) > 1 else ''} of the store"
        )
    history = store.history(names[0])
    report = store.report(history[-1][0].id)
    device = next((d for d in report.devices if d.id == names[0]), history[-1][1])
    if json:
        screen.write_json(
            {
                "device": as_json.device_record(device),
                "findings": [as_json.finding_record(f) for f in report.findings if f.device == device.id],
                "states": [
                    {"since": run.finished, "device": as_json.device_record(then)} for run, then in history
                ],
            }
        )
        return
    origins = {f.id: f"{f.source}, {f.date.isoformat()}" for f in load().fingerprints}
    screen.write(as_words.explain(report, device, origins, screen.view()))
    screen.write("\nHistory\n" + "".join(f"  {line}\n" for line in _history(history)))


def fits(device: "Device", wanted: str) -> bool:
    """Tell whether a device has an address, a MAC, or an id that begins so."""
    word = wanted.lower()
    return word in {*map(str, device.addresses), *device.macs} or (
        len(word) > 3 and device.id.startswith(word)
    )


def _history(history: "list[tuple[Any, Device]]") -> Iterable[str]:
    from scanner.store.changes import Side, compare
    from scanner.store.told import Told, told_of

    before: Told | None = None
    for run, held in history:
        device = told_of(held)
        if before is None:
            yield f"{run.finished:%Y-%m-%d}  first seen{f' at {run.site}' if run.site else ''}"
        else:
            sides = (
                Side(device=before, last=before, known=True),
                Side(device=device, last=device, known=True),
            )
            for change in compare({device.id: sides}):
                yield f"{run.finished:%Y-%m-%d}  {change.words}"
        before = device
