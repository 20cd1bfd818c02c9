"""JUnit's XML for pipelines: a suite a list, a case a device. What is not a clear pass never looks like one.

Listed and possible devices are failures, a device whose maker nothing shows is an error (the check could not be
made), a waived one is skipped with whoever answers for it. The shape is that of Jenkins' schema for JUnit files.
"""

from typing import Any

from scanner.model import Finding, Report, Verdict
from scanner.reports.form import Format, View
from scanner.reports.phrases import plain
from scanner.reports.rows import Row, label, list_versions, moment_of, rows, where

_ENDS = {
    Verdict.LISTED: "failure",
    Verdict.POSSIBLE: "failure",
    Verdict.UNDETERMINED: "error",
    Verdict.WAIVED: "skipped",
}


def _render(report: Report, _view: View) -> str:
    from lxml import etree

    root = etree.Element("testsuites", name="camcensus")
    judged = [(row, finding) for row in rows(report) for finding in row.findings]
    for name, version in list_versions(report).items():
        mine = [(row, finding) for row, finding in judged if plain(finding.list) == name]
        suite = etree.SubElement(
            root, "testsuite", name=name, timestamp=f"{moment_of(report):%Y-%m-%dT%H:%M:%S}"
        )
        _count(suite, [finding for _, finding in mine])
        properties = etree.SubElement(suite, "properties")
        for key, value in (("version", version), ("as-of", report.as_of.isoformat())):
            etree.SubElement(properties, "property", name=key, value=value)
        for row, finding in mine:
            _case(suite, row, finding)
    _count(root, [finding for _, finding in judged])
    root.attrib.pop("skipped", None)
    text: str = etree.tostring(root, encoding="unicode", pretty_print=True)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'


def _count(element: Any, findings: list[Finding]) -> None:
    ends = [_ENDS.get(finding.verdict) for finding in findings]
    element.set("tests", str(len(ends)))
    for name, end in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(name, str(ends.count(end)))


def _case(suite: Any, row: Row, finding: Finding) -> None:
    from lxml import etree

    name = f"{where(row.device)} {label(row.device)}"
    case = etree.SubElement(suite, "testcase", classname=f"camcensus.{plain(finding.list)}", name=name)
    end = _ENDS.get(finding.verdict)
    if end:
        told = plain(finding.waiver or "") if finding.verdict is Verdict.WAIVED else ""
        clause = told or plain(finding.reason.split("; ")[0], 200)
        mark = etree.SubElement(case, end, type=finding.verdict.value, message=clause)
        mark.text = "\n".join((plain(finding.reason, 4096), *(plain(step) for step in finding.chain)))


FORMAT = Format(
    name="junit",
    title="for pipelines: JUnit XML, a suite a list and a case a device",
    suffix=".junit.xml",
    render=_render,
)
