"""SARIF 2.1.0 for code-scanning dashboards: a rule a list, a result a device and list.

The kinds are the standard's own: "fail" is listed, "review" needs a person (possible), "open" could not be determined,
"pass" is not listed; a waived finding is a failure with an accepted suppression. Levels other than "none" are for
failures only (section 3.27.10). A device has no file: its location is a logical one, with a relative address that
dashboards which insist on files can show.
"""

import hashlib
from typing import Any

from scanner.model import Finding, Report, Verdict
from scanner.reports.as_json import dumps
from scanner.reports.form import Format, View
from scanner.reports.phrases import plain
from scanner.reports.rows import Row, label, list_versions, rows, where

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_KINDS = {
    Verdict.LISTED: ("fail", "error"),
    Verdict.POSSIBLE: ("review", "none"),
    Verdict.UNDETERMINED: ("open", "none"),
    Verdict.WAIVED: ("fail", "error"),
    Verdict.NOT_LISTED: ("pass", "none"),
}

Record = dict[str, Any]


def _render(report: Report, _view: View) -> str:
    versions = list_versions(report)
    order = {name: number for number, name in enumerate(versions)}
    results = [
        _result(row, finding, order)
        for row in rows(report)
        for finding in sorted(row.findings, key=lambda found: found.list)
    ]
    run = {
        "tool": {
            "driver": {
                "name": "camcensus",
                "version": plain(str(report.tool.get("version", ""))),
                "rules": [_rule(name, version) for name, version in versions.items()],
            }
        },
        "results": results,
        "invocations": [
            {
                "executionSuccessful": report.coverage.complete,
                "toolExecutionNotifications": [
                    {"level": "warning", "message": {"text": plain(text) or "damaged"}}
                    for text in report.coverage.failures
                ],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {"asOf": report.as_of.isoformat()},
    }
    return dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(name: str, version: str) -> Record:
    return {
        "id": name,
        "name": name,
        "shortDescription": {"text": f"The maker of a surveillance device against {name}"},
        "fullDescription": {
            "text": f"Whether the maker of a device, or its owner, is named in {name} of {version}."
        },
        "properties": {"version": version},
    }


def _result(row: Row, finding: Finding, order: dict[str, int]) -> Record:
    kind, level = _KINDS[finding.verdict]
    name, identifier = plain(finding.list), plain(row.device.id)
    place, told = where(row.device), finding.verdict.replace("-", " ")
    digest = hashlib.sha256(f"{identifier}\n{name}".encode()).hexdigest()
    return {
        "ruleId": name,
        "ruleIndex": order[name],
        "kind": kind,
        "level": level,
        "message": {"text": f"{label(row.device)} at {place}: {told}. {plain(finding.reason, 4096)}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": {"uri": f"devices/{digest[:10]}"}},
                "logicalLocations": [{"name": place, "fullyQualifiedName": identifier, "kind": "resource"}],
            }
        ],
        "partialFingerprints": {"deviceAndList/v1": digest},
        "properties": {"verdict": finding.verdict.value, "chain": [plain(step) for step in finding.chain]},
        **({"suppressions": [_suppression(finding)]} if finding.verdict is Verdict.WAIVED else {}),
    }


def _suppression(finding: Finding) -> Record:
    return {
        "kind": "external",
        "status": "accepted",
        "justification": plain(finding.waiver or "") or "waived",
    }


FORMAT = Format(
    name="sarif",
    title="for code-scanning dashboards: SARIF 2.1.0, a result a device and list",
    suffix=".sarif",
    render=_render,
)
