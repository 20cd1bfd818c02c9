"""The report as JSON: the contract that other programs read, described by schema/report-1.schema.json.

Everything is sorted and rounded, so that the same capture gives the same bytes and `git diff` reads. A change
that a reader could notice is a new schema version, not an edit; a key that is absent where nothing is to be said may
be added.
"""

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

from scanner.fingerprints.capabilities import origins
from scanner.identity.age import firmware_built
from scanner.identity.conclusions import BRAND_RELATION
from scanner.model import (
    Attribute,
    Conclusion,
    Coverage,
    Device,
    Evidence,
    Finding,
    IPAddress,
    Place,
    Report,
    Trend,
    WaiverUse,
)
from scanner.reports import reach
from scanner.reports.form import Format, View
from scanner.reports.phrases import excerpt, instant, plain, source
from scanner.reports.ranking import place

SCHEMA = "camcensus.report/1"
DIGITS = 3
"""Digits of a confidence; more would promise what weights cannot keep."""

CONCLUDED = (
    Attribute.BRAND,
    Attribute.MAKER,
    Attribute.MODEL,
    Attribute.FIRMWARE,
    Attribute.SERIAL,
    Attribute.NAME,
    Attribute.LOCATION,
)
"""Attributes that a device record states as a conclusion or null."""

Record = dict[str, Any]


def schema() -> Record:
    """Return the JSON schema of the report, as shipped."""
    text = (
        resources.files("scanner.reports").joinpath("schema/report-1.schema.json").read_text(encoding="utf-8")
    )
    record: Record = json.loads(text)
    return record


def dumps(value: Any) -> str:
    """Return a value as this program writes JSON: sorted keys, two spaces, a newline at the end."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def document(report: Report) -> Record:
    """Return the report as plain values, ready for JSON."""
    return {
        "schema": SCHEMA,
        "tool": plain_values(report.tool),
        "data": plain_values(report.data),
        "run": {"as_of": report.as_of.isoformat(), **plain_values(report.run)},
        "devices": [device_record(device) for device in sorted(report.devices, key=place)],
        "findings": [finding_record(finding) for finding in _in_order(report)],
        "coverage": _coverage(report.coverage, report.devices),
        **({"history": [_trend(item) for item in report.history]} if report.history else {}),
        **({"waivers": [waiver_record(use) for use in report.waivers]} if report.waivers else {}),
        **({"exposures": list(map(finding_record, _exposures(report)))} if report.exposures else {}),
    }


def _exposures(report: Report) -> Iterable[Finding]:
    positions = {device.id: place(device) for device in report.devices}
    return sorted(report.exposures, key=lambda f: (positions.get(f.device, (True,)), f.device, f.entry or ""))


def _trend(item: Trend) -> Record:
    return {
        "time": instant(item.time),
        "makers": plain_values(item.makers),
        "verdicts": plain_values(item.verdicts),
    }


def waiver_record(use: WaiverUse) -> Record:
    """Return what became of one waiver as the contract has it."""
    return {
        "selector": plain(use.selector),
        "list": use.list,
        "owner": plain(use.owner),
        "ticket": plain(use.ticket),
        "reason": plain(use.reason),
        "expires": use.expires.isoformat(),
        "state": use.state.value,
        "devices": sorted(use.devices),
    }


def device_record(device: Device) -> Record:
    """Return one device as the contract has it."""
    return {
        "id": device.id,
        "kind": device.kind,
        "what": plain(device.what),
        "addresses": [str(address) for address in sorted(device.addresses, key=_numerically)],
        "macs": sorted(device.macs),
        **{attribute.value: _conclusion(device.conclusions.get(attribute)) for attribute in CONCLUDED},
        "capabilities": sorted(map(plain, device.capabilities)),
        "channels": sorted(map(plain, device.channels)),
        "evidence": _evidence(device.evidence),
        **({"place": _place(device.place)} if device.place else {}),
        **({"firmware_built": built.isoformat()} if (built := firmware_built(device)) else {}),
        **({"capability_sources": said} if (said := _capability_sources(device)) else {}),
    }


def _capability_sources(device: Device) -> Record:
    return {plain(name): list(said) for name, said in origins(device.evidence).items()}


def _place(where: Place) -> Record:
    words = {
        "site": where.site,
        "zone": where.zone,
        "building": where.building,
        "floor": where.floor,
        "sensitivity": where.sensitivity,
    }
    return {name: plain(word) for name, word in words.items() if word}


def finding_record(finding: Finding) -> Record:
    """Return one finding as the contract has it."""
    return {
        "device": finding.device,
        "list": finding.list,
        "version": finding.version,
        "verdict": finding.verdict.value,
        "entry": _or_null(finding.entry),
        "clause": _or_null(finding.clause),
        "chain": [plain(step) for step in finding.chain],
        "reason": plain(finding.reason, 4096),
        "waiver": _or_null(finding.waiver),
    }


def _or_null(text: str | None) -> str | None:
    return None if text is None else plain(text)


def _in_order(report: Report) -> Iterable[Finding]:
    positions = {device.id: place(device) for device in report.devices}
    return sorted(report.findings, key=lambda f: (positions.get(f.device, (True,)), f.device, f.list))


def _numerically(address: IPAddress) -> tuple[int, int]:
    return address.version, int(address)


def _conclusion(conclusion: Conclusion | None) -> Record | None:
    if conclusion is None:
        return None
    return {
        "value": plain(conclusion.value),
        "confidence": round(conclusion.confidence, DIGITS),
        "contested": conclusion.contested,
        "rivals": [
            {"value": plain(rival.value), "confidence": round(rival.confidence, DIGITS)}
            for rival in sorted(conclusion.rivals, key=lambda rival: (-rival.confidence, rival.value))
        ],
        **({"derived": derived} if (derived := _derived(conclusion)) else {}),
    }


def _derived(conclusion: Conclusion) -> list[str]:
    """Return what the table of relations added: evidence that no message carries, so that it stands nowhere else."""
    names = {item.fingerprint for item in conclusion.evidence if item.fingerprint.startswith(BRAND_RELATION)}
    return sorted(map(plain, names))


def _evidence(items: Iterable[Evidence]) -> list[Record]:
    records = [_evidence_record(item) for item in items]
    return sorted(records, key=lambda record: tuple(record[key] for key in _EVIDENCE_ORDER))


_EVIDENCE_ORDER = (
    "attribute",
    "value",
    "fingerprint",
    "protocol",
    "excerpt",
    "source",
    "time",
    "strength",
    "about",
)


def _evidence_record(item: Evidence) -> Record:
    message = item.observation.message
    return {
        "attribute": item.attribute.value,
        "value": plain(item.value),
        "strength": item.strength.value,
        "about": item.about.value,
        "fingerprint": plain(item.fingerprint),
        "protocol": message.protocol,
        "source": source(message),
        "time": instant(message.time),
        "excerpt": excerpt(item),
    }


def _coverage(coverage: Coverage, devices: Iterable[Device]) -> Record:
    return {
        "sources": [plain(name) for name in coverage.sources],
        "packets": coverage.packets,
        "messages": plain_values(coverage.messages),
        "first": instant(coverage.first),
        "last": instant(coverage.last),
        "unidentified": sorted(map(plain, coverage.unidentified)),
        "not_seen": sorted(map(plain, coverage.not_seen)),
        "failures": [plain(failure) for failure in coverage.failures],
        "complete": coverage.complete,
        **({"said": plain_values(coverage.said)} if coverage.said else {}),
        **({"scan": reach.record(coverage.reach)} if coverage.reach else {}),
        "notes": [
            {"device": device.id, "note": plain(note)}
            for device in sorted(devices, key=place)
            for note in (*device.notes, *((f"behind {device.parent}",) if device.parent else ()))
        ],
    }


def plain_values(value: Any) -> Any:
    """Return a value for JSON with every text in it harmless."""
    if isinstance(value, Mapping):
        return {plain(str(key)): plain_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(item) for item in value]
    return plain(value) if isinstance(value, str) else value


def _render(report: Report, _view: View) -> str:
    return dumps(document(report))


FORMAT = Format(
    name="json", title="the contract: one JSON document, sorted and stable", suffix=".json", render=_render
)
