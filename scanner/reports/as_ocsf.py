"""OCSF events, one JSON object a line, for a SIEM: a Device Inventory Info a device, a finding a verdict.

Only attributes that OCSF has had since 1.4 are used, so that lakes which lag behind take them. "Undetermined" and
"possible" are warnings, never a pass; a waived finding is suppressed, and its status says what it is.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from scanner.model import Attribute, Device, Finding, Report, Verdict
from scanner.reports.form import Format, View
from scanner.reports.phrases import plain
from scanner.reports.rows import Row, address, label, moment_of, rows, said, site_of, where

VERSION = "1.4.0"
INVENTORY, COMPLIANCE = 5001, 2003
"""Class ids; the hundreds' place before them is the category."""
COLLECT, CREATE = 2, 1
"""Activity ids of an inventory and of a finding."""
IOT, OTHER = 7, 99
"""Device type ids."""

_STATUS = {
    Verdict.LISTED: (3, "Fail"),
    Verdict.POSSIBLE: (2, "Warning"),
    Verdict.UNDETERMINED: (2, "Warning"),
    Verdict.WAIVED: (99, "Waived"),
    Verdict.NOT_LISTED: (1, "Pass"),
}
_SEVERITY = {
    Verdict.LISTED: 4,
    Verdict.POSSIBLE: 3,
    Verdict.UNDETERMINED: 3,
    Verdict.WAIVED: 2,
    Verdict.NOT_LISTED: 1,
}
"""High, medium, low and informational."""
NEW, SUPPRESSED = 1, 3
"""Status ids of a finding."""

Record = dict[str, Any]


def _render(report: Report, _view: View) -> str:
    return "".join(json.dumps(event, sort_keys=True, ensure_ascii=False) + "\n" for event in _events(report))


def _events(report: Report) -> Iterator[Record]:
    for row in rows(report):
        yield _event(report, INVENTORY, COLLECT, 1) | {
            "device": _device(row.device, report),
            "message": f"{label(row.device)} at {where(row.device)}",
        }
        for finding in sorted(row.findings, key=lambda found: found.list):
            yield _finding(report, row, finding)


def _event(report: Report, class_uid: int, activity: int, severity: int) -> Record:
    return {
        "class_uid": class_uid,
        "category_uid": class_uid // 1000,
        "activity_id": activity,
        "type_uid": class_uid * 100 + activity,
        "severity_id": severity,
        "time": _milliseconds(moment_of(report)),
        "metadata": {
            "version": VERSION,
            "product": {
                "name": "camcensus",
                "vendor_name": "camcensus",
                "version": plain(str(report.tool.get("version", ""))),
            },
        },
    }


def _device(device: Device, report: Report) -> Record:
    serial, site = said(device, Attribute.SERIAL), site_of(device, report)
    texts = {
        "uid": plain(device.id),
        "type": plain(device.what or device.kind) or "unknown",
        "name": said(device, Attribute.NAME),
        "vendor_name": said(device, Attribute.MAKER),
        "model": said(device, Attribute.MODEL),
        "ip": address(device),
        "mac": device.macs[0] if device.macs else "",
        "desc": label(device),
        "zone": site,
    }
    return {
        "type_id": IOT if device.is_surveillance else OTHER,
        **{name: text for name, text in texts.items() if text},
        **_seen(device),
        **({"hw_info": {"serial_number": serial}} if serial else {}),
        **({"network_interfaces": list(_interfaces(device))} if device.addresses or device.macs else {}),
    }


def _seen(device: Device) -> dict[str, int]:
    """Return when a device was heard first and last in this run, in milliseconds; nothing where no evidence tells."""
    times = [item.observation.message.time for item in device.evidence]
    if not times:
        return {}
    return {"first_seen_time": _milliseconds(min(times)), "last_seen_time": _milliseconds(max(times))}


def _milliseconds(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def _interfaces(device: Device) -> Iterator[Record]:
    """Yield an interface for each address and MAC; which of them belong together is known for one of each only."""
    if len(device.addresses) == 1 and len(device.macs) == 1:
        yield {"ip": str(device.addresses[0]), "mac": device.macs[0], "type_id": 99, "type": "network"}
        return
    yield from ({"ip": str(host), "type_id": 99, "type": "network"} for host in device.addresses)
    yield from ({"mac": mac, "type_id": 99, "type": "network"} for mac in device.macs)


def _finding(report: Report, row: Row, finding: Finding) -> Record:
    status_id, status = _STATUS[finding.verdict]
    device, name = row.device, plain(finding.list)
    maker = device.conclusions.get(Attribute.MAKER)
    entry, clause, waiver = (plain(text or "") for text in (finding.entry, finding.clause, finding.waiver))
    waived = finding.verdict is Verdict.WAIVED
    return _event(report, COMPLIANCE, CREATE, _SEVERITY[finding.verdict]) | {
        "status_id": SUPPRESSED if waived else NEW,
        "message": f"{where(device)}: {finding.verdict.replace('-', ' ')} ({name})",
        "finding_info": {
            "uid": f"{plain(device.id)}:{name}",
            "title": f"{label(device)} at {where(device)}: {finding.verdict.replace('-', ' ')}",
            "desc": plain(finding.reason, 4096),
            "types": [finding.verdict.value],
        },
        "compliance": {
            "standards": [f"{name} {plain(finding.version)}"],
            "status_id": status_id,
            "status": status,
            **({"control": entry} if entry else {}),
            **({"requirements": [clause]} if clause else {}),
        },
        "resources": [
            {
                "uid": plain(device.id),
                "name": where(device),
                "type": plain(device.what or device.kind) or "unknown",
            }
        ],
        **({"confidence_score": round(maker.confidence * 100)} if maker else {}),
        **({"comment": waiver} if waiver else {}),
    }


FORMAT = Format(
    name="ocsf",
    title="for a SIEM: OCSF events a line each, device inventory and findings",
    suffix=".ocsf.jsonl",
    render=_render,
)
