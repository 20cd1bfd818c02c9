"""Which NetBox objects a report makes: pure, in NetBox's words and within its lengths.

A device is known again by its asset tag, which is our id for it and stable; its MACs and serial find one that somebody
entered by hand. Lengths and names are those of NetBox's models (dcim, ipam; read in 4.6.8). Descriptions are plain text
there, comments are Markdown: what a device said stands in code spans.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from scanner.model import Attribute, Device, IPAddress, Report
from scanner.reports.as_markdown import code
from scanner.reports.phrases import plain
from scanner.reports.ranking import ORDER
from scanner.reports.rows import Row, kept_devices, label, remark, said, site_of

MAX_NAME = 64
MAX_SERIAL = 50
MAX_SLUG = 100
MAX_DESCRIPTION = 200
UNKNOWN = "Unknown"
"""The manufacturer of devices whose maker nothing shows: NetBox demands one."""
TAG = "camcensus"
VERDICT_TAGS = tuple(f"{TAG}-{verdict.value}" for verdict in ORDER)
"""One of these marks each device; the others are taken away when a verdict changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedDevice:
    """One device as NetBox has it; `addresses` without link-local ones, which NetBox's prefixes do not hold."""

    asset_tag: str
    name: str
    site: str
    manufacturer: str
    model: str
    role: str
    serial: str
    verdict_tag: str
    description: str
    comments: str
    macs: tuple[str, ...]
    addresses: tuple[IPAddress, ...]


def wanted_devices(report: Report, site: str = "") -> Iterator[WantedDevice]:
    """Give the surveillance devices of a report; `site` holds for those whose own is not known."""
    for row in kept_devices(report):
        yield _wanted(row, site_of(row.device, report) or site)


def _wanted(row: Row, site: str) -> WantedDevice:
    device = row.device
    return WantedDevice(
        asset_tag=f"{TAG}-{device.id}"[:MAX_SERIAL],
        name=_name(device),
        site=plain(site, MAX_SLUG),
        manufacturer=said(device, Attribute.MAKER, MAX_SLUG) or UNKNOWN,
        model=said(device, Attribute.MODEL, MAX_SLUG) or f"{device.kind} of unknown model",
        role=device.kind.capitalize(),
        serial=said(device, Attribute.SERIAL, MAX_SERIAL),
        verdict_tag=f"{TAG}-{row.verdict.value}" if row.verdict else "",
        description=label(device)[:MAX_DESCRIPTION],
        comments=_comments(row),
        macs=device.macs,
        addresses=tuple(address for address in device.addresses if not address.is_link_local),
    )


def _name(device: Device) -> str:
    """Return a name that no other device has: what it is, and its id at the end."""
    return f"{label(device)[: MAX_NAME - len(device.id) - 1]} {device.id}"[:MAX_NAME]


def _comments(row: Row) -> str:
    lines = [f"Seen by camcensus: {code(remark(row), 1000, in_table=False)}"]
    if name := said(row.device, Attribute.NAME):
        lines.append(f"It calls itself {code(name, in_table=False)}.")
    return "\n\n".join(lines)


def slug(text: str) -> str:
    """Return text as a slug: ASCII letters, digits, hyphens; never empty, never longer than NetBox takes.

    >>> slug("Zhejiang Dahua Vision, Ltd."), slug("海康威视")
    ('zhejiang-dahua-vision-ltd', 'x-6d775eb75a0189c6')
    """
    ascii_ = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    made = re.sub(r"[^a-z0-9]+", "-", ascii_).strip("-")
    if not made:
        made = f"x-{text.encode('utf-16-be', 'replace').hex()[:32]}"
    return made[:MAX_SLUG].strip("-")
