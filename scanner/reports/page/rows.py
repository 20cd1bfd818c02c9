"""The table of the page: one row a device, the worst verdict first, then whatever no list was held against."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from scanner.model import Attribute, Device, Place, Report
from scanner.reports.as_table import why
from scanner.reports.page.verdicts import OTHER
from scanner.reports.phrases import plain
from scanner.reports.ranking import counted, place, rank

MAX_CELL = 160
"""Characters of a device's text in a cell; its details have more."""
MAX_MORE = 1
"""Addresses in a cell besides the first; the details have all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One device as the table shows it; `verdict` is the key of a meaning, `order` its place by address."""

    device: Device
    number: int
    verdict: str
    title: str
    kind: str
    brand: str
    maker: str
    address: str
    more_addresses: str
    why: str
    building: str = ""
    order: int = 0
    spot: str = ""

    @property
    def mark(self) -> str:
        """Return the name of the row in the page's own links."""
        return f"d-{self.device.id}"


def rows(report: Report) -> tuple[Row, ...]:
    """Return a row for every device of a report, in the order of the table."""
    lists = len({finding.list for finding in report.findings})
    by_address = {d.id: n for n, d in enumerate(sorted(report.devices, key=place))}
    ranked = rank(report)
    judged = {item.device.id for item in ranked}
    found = [(item.device, item.verdict.value, why(item, lists)) for item in ranked]
    rest = sorted((d for d in report.devices if d.id not in judged), key=place)
    found += [(device, OTHER.key, _plainly(device)) for device in rest]
    sites = len({device.place.site for device in report.devices if device.place})
    ends = {device.id: str(device.addresses[0]) for device in report.devices if device.addresses}
    return tuple(
        replace(
            _row(device, number, verdict, reason, _names(device, ends)),
            order=by_address[device.id],
            spot=spot(device.place, with_site=sites > 1),
            building=building(device.place, with_site=sites > 1),
        )
        for number, (device, verdict, reason) in enumerate(found)
    )


def _plainly(device: Device) -> str:
    if device.kind == "unknown":
        return "what kind of device it is, is not known"
    return "not a surveillance device"


def _names(device: Device, ends: Mapping[str, str]) -> list[str]:
    """Return where a device can be found: its addresses, else its MACs, else the recorder that it hangs behind."""
    found = [*map(str, device.addresses)] or list(device.macs)
    if device.parent:
        found.append(f"behind {ends.get(device.parent, plain(device.parent))}")
    return found or [device.id]


def _row(device: Device, number: int, verdict: str, reason: str, names: Sequence[str]) -> Row:
    brand, maker = (said(device, a) for a in (Attribute.BRAND, Attribute.MAKER))
    return Row(
        device=device,
        number=number,
        verdict=verdict,
        title=title(device),
        kind=kind(device),
        brand=brand,
        maker=maker + (" (contested)" if _contested(device) else ""),
        address=names[0],
        more_addresses=_more(names[1:]),
        why=reason,
    )


def said(device: Device, attribute: Attribute) -> str:
    """Return what was concluded for an attribute as harmless text, "" where nothing was."""
    value = device.value(attribute)
    return plain(value, MAX_CELL) if value else ""


def kind(device: Device) -> str:
    """Return what a device is, in a word as people write it."""
    word = plain(device.what, MAX_CELL) if device.kind == "other" and device.what else device.kind
    return counted(1, word).removeprefix("1 ")


def title(device: Device) -> str:
    """Return how a device is called: label and model, as far as they are known, else what it is."""
    brand, model = said(device, Attribute.BRAND), said(device, Attribute.MODEL)
    if model and brand and not model.casefold().startswith(brand.casefold()):
        return f"{brand} {model}"
    named = model or brand or said(device, Attribute.MAKER)
    return named or f"Unnamed {kind(device)}"


def _contested(device: Device) -> bool:
    maker = device.conclusions.get(Attribute.MAKER)
    return bool(maker and maker.contested)


def _more(names: Sequence[str]) -> str:
    """Return further addresses for a second line of the cell."""
    more = f" and {len(names) - MAX_MORE} more" if len(names) > MAX_MORE else ""
    return ", ".join(names[:MAX_MORE]) + more


def building(where: Place | None, *, with_site: bool = False) -> str:
    """Return the building, or the site where no building is told, "" where neither is; of several sites both."""
    if where is None:
        return ""
    parts = (where.site, where.building) if with_site else (where.building or where.site,)
    return ", ".join(plain(part, MAX_CELL) for part in dict.fromkeys(parts) if part)


def spot(where: Place | None, *, with_site: bool = True) -> str:
    """Return where a device stands, from the large to the small; without the site where all stand at one."""
    return ", ".join(_parts(where, with_site)) if where else ""


def _parts(where: Place, with_site: bool) -> Iterator[str]:
    floor = f"floor {where.floor}" if where.floor[:1].isdigit() else where.floor
    site = where.site if with_site or not where.building else ""
    parts = dict.fromkeys((site, where.building, floor, where.zone))
    yield from (plain(part, MAX_CELL) for part in parts if part)
