"""CSV for Snipe-IT's importer of assets; the header names are those of its sample file (sample_csvs/assets-sample.csv).

Surveillance devices only: an asset register of a building has its printers already. The asset tag is the device's
id, which is stable, so that importing again updates. The status must exist in Snipe-IT.
"""

from scanner.model import Attribute, Report
from scanner.reports.form import Format, View
from scanner.reports.rows import Row, address, csv_text, kept_devices, label, remark, said, standing

HEADER = (
    "Name",
    "Asset Tag",
    "Category",
    "Manufacturer",
    "Model",
    "Model Number",
    "Serial",
    "Location",
    "Status",
    "Asset Notes",
    "MAC Address",
    "IP Address",
)


def _render(report: Report, _view: View) -> str:
    return csv_text(HEADER, (_line(row, report) for row in kept_devices(report)))


def _line(row: Row, report: Report) -> tuple[str, ...]:
    device = row.device
    model = said(device, Attribute.MODEL)
    return (
        said(device, Attribute.NAME) or label(device),
        f"CC-{device.id}",
        device.kind.capitalize(),
        said(device, Attribute.MAKER) or "Unknown",
        model or label(device),
        model,
        said(device, Attribute.SERIAL),
        standing(row, report, " - "),
        "Ready to Deploy",
        remark(row),
        " ".join(device.macs),
        address(device),
    )


FORMAT = Format(
    name="snipeit",
    title="CSV for Snipe-IT's asset importer, surveillance devices only",
    suffix=".snipeit.csv",
    render=_render,
)
