"""CSV for GLPI's Data Injection plugin: semicolons by its default, locations as its "A > B", type peripheral.

The plugin asks which column is which field; the header names are GLPI's own words for them. Surveillance devices only.
"""

from scanner.model import Attribute, Report
from scanner.reports.form import Format, View
from scanner.reports.rows import Row, address, csv_text, kept_devices, label, remark, said, standing

HEADER = (
    "Name",
    "Type",
    "Manufacturer",
    "Model",
    "Serial number",
    "Inventory number",
    "Location",
    "Firmware",
    "MAC",
    "IP",
    "Comments",
)


def _render(report: Report, _view: View) -> str:
    return csv_text(HEADER, (_line(row, report) for row in kept_devices(report)), ";")


def _line(row: Row, report: Report) -> tuple[str, ...]:
    device = row.device
    return (
        said(device, Attribute.NAME) or label(device),
        device.kind.capitalize(),
        said(device, Attribute.MAKER),
        said(device, Attribute.MODEL),
        said(device, Attribute.SERIAL),
        f"CC-{device.id}",
        standing(row, report, " > "),
        said(device, Attribute.FIRMWARE),
        device.macs[0] if device.macs else "",
        address(device),
        remark(row),
    )


FORMAT = Format(
    name="glpi",
    title="CSV for GLPI's Data Injection plugin, surveillance devices only",
    suffix=".glpi.csv",
    render=_render,
)
