"""CSV for a ServiceNow import set; the header names are fields of cmdb_ci, so that a transform map can match by name.

`correlation_id` is the device's id and stable: coalesce on it, or on serial number and MAC. Which class a camera has
is the choice of each CMDB, so none is named. Surveillance devices only.
"""

from scanner.model import Attribute, Report
from scanner.reports.form import Format, View
from scanner.reports.rows import (
    Row,
    address,
    csv_text,
    kept_devices,
    label,
    moment_of,
    remark,
    said,
    standing,
)

HEADER = (
    "name",
    "manufacturer",
    "model_id",
    "serial_number",
    "mac_address",
    "ip_address",
    "location",
    "firmware_version",
    "category",
    "short_description",
    "comments",
    "correlation_id",
    "discovery_source",
    "last_discovered",
)


def _render(report: Report, _view: View) -> str:
    return csv_text(HEADER, (_line(row, report) for row in kept_devices(report)))


def _line(row: Row, report: Report) -> tuple[str, ...]:
    device = row.device
    return (
        said(device, Attribute.NAME) or label(device),
        said(device, Attribute.MAKER),
        said(device, Attribute.MODEL),
        said(device, Attribute.SERIAL),
        device.macs[0] if device.macs else "",
        address(device),
        standing(row, report, ", "),
        said(device, Attribute.FIRMWARE),
        device.kind,
        label(device),
        remark(row),
        device.id,
        "camcensus",
        f"{moment_of(report):%Y-%m-%d %H:%M:%S}",
    )


FORMAT = Format(
    name="servicenow",
    title="CSV for a ServiceNow import set, surveillance devices only",
    suffix=".servicenow.csv",
    render=_render,
)
