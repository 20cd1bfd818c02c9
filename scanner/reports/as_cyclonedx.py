"""CycloneDX 1.6: each device a hardware component, with the evidence behind its name and maker.

`manufacturer` is who made it, `supplier` whose label it carries. The schema knows evidence for a component's name and
not for its manufacturer, so that stands under `name`, each piece with the value that it speaks for. Properties follow
the taxonomy `cdx:device` where that has a word, else `camcensus:`; verdicts are `camcensus:verdict:<list>`. A census of
a network never knows that it is complete, so the composition says "unknown", or "incomplete" where a gap is known.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from scanner.model import Attribute, Conclusion, Report, Strength
from scanner.reports.as_json import dumps
from scanner.reports.form import Format, View
from scanner.reports.phrases import excerpt, instant, plain
from scanner.reports.rows import Row, label, moment_of, rows, said, site_of

SPEC = "1.6"
WEIGHTS = {Strength.STRONG: 0.9, Strength.MEDIUM: 0.6, Strength.WEAK: 0.25}
"""What one piece of evidence is worth alone, as `identity` weighs it."""
MAX_METHODS = 20
"""Pieces of evidence of one device that are told; the JSON contract has all."""
MAX_VALUE = 512

Record = dict[str, Any]


def _render(report: Report, _view: View) -> str:
    components = [_component(row, report) for row in rows(report)]
    digest = hashlib.sha256(json.dumps(components, sort_keys=True).encode()).digest()
    return dumps(
        {
            "$schema": f"http://cyclonedx.org/schema/bom-{SPEC}.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": SPEC,
            "serialNumber": f"urn:uuid:{UUID(bytes=digest[:16], version=4)}",
            "version": 1,
            "metadata": _metadata(report),
            "components": components,
            "compositions": [
                {
                    "aggregate": "unknown" if report.coverage.complete else "incomplete",
                    "assemblies": [component["bom-ref"] for component in components],
                }
            ],
        }
    )


def _metadata(report: Report) -> Record:
    version = plain(str(report.tool.get("version", "")))
    return {
        "timestamp": instant(moment_of(report).replace(microsecond=0)),
        "tools": {"components": [{"type": "application", "name": "camcensus", "version": version}]},
        "properties": [
            _property("camcensus:as-of", report.as_of.isoformat()),
            _property("camcensus:fingerprints", str(report.data.get("fingerprints", ""))),
        ],
    }


def _component(row: Row, report: Report) -> Record:
    device = row.device
    maker, brand = said(device, Attribute.MAKER), said(device, Attribute.BRAND)
    firmware = said(device, Attribute.FIRMWARE)
    name = said(device, Attribute.MODEL) or label(device)
    evidence = list(_evidence(row))
    return {
        "type": "device",
        "bom-ref": f"device:{plain(device.id)}",
        "name": name,
        **({"manufacturer": {"name": maker}} if maker else {}),
        **({"supplier": {"name": brand}} if brand else {}),
        **({"components": [_firmware(f"device:{plain(device.id)}", name, firmware)]} if firmware else {}),
        **({"evidence": {"identity": evidence}} if evidence else {}),
        "properties": [_property(key, value) for key, value in _facts(row, report) if plain(value)],
    }


def _firmware(of: str, name: str, version: str) -> Record:
    return {
        "type": "firmware",
        "bom-ref": f"{of}:firmware",
        "name": f"firmware of {name}",
        "version": version,
    }


def _facts(row: Row, report: Report) -> Iterator[tuple[str, str]]:
    device = row.device
    yield "cdx:device:function", device.what or device.kind
    yield "cdx:device:serialNumber", said(device, Attribute.SERIAL)
    yield from (("cdx:device:macAddress", mac) for mac in device.macs)
    yield from (("camcensus:address", str(address)) for address in device.addresses)
    yield "camcensus:name", said(device, Attribute.NAME)
    yield "camcensus:location", said(device, Attribute.LOCATION)
    yield "camcensus:site", site_of(device, report)
    yield from (("camcensus:capability", text) for text in device.capabilities)
    yield from ((f"camcensus:verdict:{plain(f.list)}", f.verdict.value) for f in row.findings)


def _property(name: str, value: str) -> Record:
    return {"name": name, "value": plain(value, MAX_VALUE)}


def _evidence(row: Row) -> Iterator[Record]:
    """Yield what the evidence for name and maker adds up to, with its pieces."""
    for attribute in (Attribute.MODEL, Attribute.MAKER):
        conclusion = row.device.conclusions.get(attribute)
        if conclusion is not None:
            yield _identity(attribute, conclusion)


def _identity(attribute: Attribute, conclusion: Conclusion) -> Record:
    pieces = sorted(
        {(-WEIGHTS[item.strength], excerpt(item), item.fingerprint) for item in conclusion.evidence}
    )
    return {
        "field": "name",
        "concludedValue": f"{attribute}: {plain(conclusion.value, MAX_VALUE)}",
        "confidence": round(conclusion.confidence, 3),
        "methods": [
            {"technique": "other", "confidence": -weight, "value": f"{shown} [{plain(name)}]"}
            for weight, shown, name in pieces[:MAX_METHODS]
        ],
    }


FORMAT = Format(
    name="cyclonedx",
    title="a hardware bill of materials, CycloneDX 1.6 in JSON, with evidence",
    suffix=".cdx.json",
    render=_render,
)
