"""JSON Lines: the run, each device with its findings, the coverage; one JSON object a line, for streams and `jq`.

The objects are those of the contract (see `as_json`); `record` says which one a line is.
"""

import json
from collections.abc import Iterator
from typing import Any

from scanner.model import Report
from scanner.reports.as_json import document
from scanner.reports.form import Format, View
from scanner.reports.ranking import rank


def _lines(report: Report) -> Iterator[dict[str, Any]]:
    whole = document(report)
    verdicts = {item.device.id: item.verdict.value for item in rank(report)}
    findings: dict[str, list[Any]] = {}
    for finding in whole["findings"]:
        findings.setdefault(finding["device"], []).append(finding)
    yield {"record": "run", **{name: whole[name] for name in ("schema", "tool", "data", "run")}}
    for device in whole["devices"]:
        verdict, found = verdicts.get(device["id"]), findings.get(device["id"], [])
        yield {"record": "device", "verdict": verdict, "findings": found, **device}
    yield {"record": "coverage", **whole["coverage"]}


def _render(report: Report, _view: View) -> str:
    return "".join(json.dumps(line, sort_keys=True, ensure_ascii=False) + "\n" for line in _lines(report))


FORMAT = Format(
    name="jsonl",
    title="the contract a line at a time: the run, each device with its findings, the coverage",
    suffix=".jsonl",
    render=_render,
)
