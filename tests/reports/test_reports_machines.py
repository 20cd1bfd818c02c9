"""Each format for machines against its own official schema or library, also when a device chose every string."""

import csv
import io
import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache

import jsonschema
import pytest
from conftest import ROOT
from lxml import etree
from reported import HOSTILES, devices, hostile, report

from scanner.model import Finding, Verdict
from scanner.pipeline import replay
from scanner.reports import render
from scanner.reports.as_prometheus import MAX_MAKERS
from scanner.reports.rows import COMPUTED

REGISTERS = {"snipeit": ",", "glpi": ";", "servicenow": ","}


def waived():
    made = report()
    found = [item for item in made.findings if item.device == "aa00000001"]
    rest = [item for item in made.findings if item.device != "aa00000001"]
    first = found[0]
    again = Finding(
        device=first.device,
        list=first.list,
        version=first.version,
        verdict=Verdict.WAIVED,
        waiver="facilities until 2026-12-31, FAC-12",
        reason="waived; it is listed",
    )
    return replace(made, findings=(again, *found[1:], *rest))


@cache
def building():
    return replay([ROOT / "fixtures" / "captures" / "building.pcapng"], on=date(2026, 11, 23))


REPORTS = {
    "made": report,
    "empty": lambda: report(found=()),
    "waived": waived,
    "broken": lambda: report(failures=("cut",), complete=False),
    "building": building,
    **{name: (lambda text=text: hostile(text)) for name, text in HOSTILES.items()},
}
everywhere = pytest.mark.parametrize("name", REPORTS)


@cache
def cyclonedx():
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    return JsonStrictValidator(SchemaVersion.V1_6)


@everywhere
def test_cyclonedx_is_valid_and_keeps_maker_and_label_apart(name):
    text = render(REPORTS[name](), "cyclonedx")
    assert cyclonedx().validate_str(text) is None
    components = json.loads(text)["components"]
    assert len(components) == len(REPORTS[name]().devices)


def test_cyclonedx_tells_maker_label_evidence_and_verdicts():
    made = json.loads(render(report(), "cyclonedx"))
    annke = next(item for item in made["components"] if item["bom-ref"] == "device:aa00000001")
    assert (annke["name"], annke["manufacturer"], annke["supplier"]) == (
        "I91BF",
        {"name": "Hikvision"},
        {"name": "Annke"},
    )
    told = {item["name"]: item["value"] for item in annke["properties"]}
    assert told["cdx:device:macAddress"] == "44:19:b6:00:00:01"
    assert told["camcensus:verdict:us-ndaa-889"] == "listed"
    evidence = next(
        item for item in annke["evidence"]["identity"] if item["concludedValue"] == "maker: Hikvision"
    )
    assert evidence["confidence"] == 0.99
    assert evidence["methods"] == [
        {"technique": "other", "confidence": 0.9, "value": "sadp.answer: true [hikvision/sadp-answer]"}
    ]
    assert made["compositions"][0]["aggregate"] == "unknown"
    assert (
        json.loads(render(report(complete=False), "cyclonedx"))["compositions"][0]["aggregate"]
        == "incomplete"
    )


@cache
def ocsf(version):
    from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

    known = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
    names = {5001: "inventory_info", 2003: "compliance_finding"}
    return {uid: jsonschema.Draft202012Validator(known.get_class_schema(name)) for uid, name in names.items()}


def events(name):
    return [json.loads(line) for line in render(REPORTS[name](), "ocsf").splitlines()]


@pytest.mark.parametrize("version", ["1.4.0", "1.8.0"])
@everywhere
def test_ocsf_events_are_valid(name, version):
    for event in events(name):
        ocsf(version)[event["class_uid"]].validate(event)


def test_ocsf_has_an_inventory_event_a_device_and_a_finding_a_verdict():
    made = events("waived")
    assert Counter(event["class_uid"] for event in made) == {
        5001: len(devices()),
        2003: len(report().findings),
    }
    ends = {
        (event["resources"][0]["uid"], event["compliance"]["standards"][0].split()[0]): event
        for event in made
        if event["class_uid"] == 2003
    }
    assert ends["aa00000001", "us-ndaa-889"]["compliance"]["status"] == "Fail"
    assert ends["aa00000002", "us-ndaa-889"]["compliance"]["status"] == "Warning"
    assert ends["aa00000003", "us-ndaa-889"]["compliance"]["status"] == "Warning"
    assert ends["aa00000004", "us-ndaa-889"]["compliance"]["status"] == "Pass"
    annke = next(event["device"] for event in made if event.get("device", {}).get("uid") == "aa00000001")
    assert (annke["vendor_name"], annke["model"], annke["type_id"]) == ("Hikvision", "I91BF", 7)
    assert annke["first_seen_time"] == annke["last_seen_time"] == 1795163415000
    excused = [event for event in ends.values() if event["compliance"]["status"] == "Waived"]
    assert [event["status_id"] for event in excused] == [3]
    assert excused[0]["comment"].startswith("facilities")


@cache
def sarif():
    from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema

    return StaticAnalysisResultsFormatSarifVersion210JsonSchema


@everywhere
def test_sarif_is_valid(name):
    made = json.loads(render(REPORTS[name](), "sarif"))
    sarif().model_validate(before_errata(made))
    for result in made["runs"][0]["results"]:
        assert (result["kind"] == "fail") != (result["level"] == "none")
        rule = made["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert re.fullmatch(r"devices/[0-9a-f]{10}", uri(result))


def before_errata(made):
    """The model was made of the committee's draft, in which a suppression's `status` is still called `state`."""
    before = json.loads(json.dumps(made))
    for result in before["runs"][0]["results"]:
        for suppression in result.get("suppressions", ()):
            suppression["state"] = suppression.pop("status")
    return before


def uri(result):
    return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]


def test_sarif_says_who_fails_who_needs_a_person_and_who_is_excused():
    results = json.loads(render(waived(), "sarif"))["runs"][0]["results"]
    kinds = {
        "listed": "fail",
        "possible": "review",
        "undetermined": "open",
        "waived": "fail",
        "not-listed": "pass",
    }
    assert [kinds[result["properties"]["verdict"]] for result in results] == [
        result["kind"] for result in results
    ]
    assert Counter(result["properties"]["verdict"] for result in results) == Counter(
        finding.verdict.value for finding in waived().findings
    )
    (excused,) = [result for result in results if result.get("suppressions")]
    assert excused["suppressions"][0]["justification"] == "facilities until 2026-12-31, FAC-12"
    prints = [result["partialFingerprints"]["deviceAndList/v1"] for result in results]
    assert len(set(prints)) == len(prints)


JUNIT = etree.XMLSchema(
    etree.fromstring("""
<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema">
  <s:complexType name="end"><s:simpleContent><s:extension base="s:string">
    <s:attribute name="type" use="required"/><s:attribute name="message" use="required"/>
  </s:extension></s:simpleContent></s:complexType>
  <s:complexType name="case">
    <s:choice minOccurs="0">
      <s:element name="failure" type="end"/><s:element name="error" type="end"/><s:element name="skipped" type="end"/>
    </s:choice>
    <s:attribute name="name" use="required"/><s:attribute name="classname" use="required"/>
  </s:complexType>
  <s:complexType name="property">
    <s:attribute name="name" use="required"/><s:attribute name="value" use="required"/>
  </s:complexType>
  <s:complexType name="suite">
    <s:sequence>
      <s:element name="properties"><s:complexType><s:sequence>
        <s:element name="property" type="property" maxOccurs="unbounded"/>
      </s:sequence></s:complexType></s:element>
      <s:element name="testcase" type="case" minOccurs="0" maxOccurs="unbounded"/>
    </s:sequence>
    <s:attribute name="name" use="required"/>
    <s:attribute name="timestamp" type="s:dateTime" use="required"/>
    <s:attribute name="tests" type="s:nonNegativeInteger" use="required"/>
    <s:attribute name="failures" type="s:nonNegativeInteger" use="required"/>
    <s:attribute name="errors" type="s:nonNegativeInteger" use="required"/>
    <s:attribute name="skipped" type="s:nonNegativeInteger" use="required"/>
  </s:complexType>
  <s:element name="testsuites"><s:complexType>
    <s:sequence><s:element name="testsuite" type="suite" minOccurs="0" maxOccurs="unbounded"/></s:sequence>
    <s:attribute name="name"/>
    <s:attribute name="tests" type="s:nonNegativeInteger" use="required"/>
    <s:attribute name="failures" type="s:nonNegativeInteger" use="required"/>
    <s:attribute name="errors" type="s:nonNegativeInteger" use="required"/>
  </s:complexType></s:element>
</s:schema>""")
)
"""What we write, which is a part of what Jenkins' junit-10.xsd allows: the shape that all readers know."""


@everywhere
def test_junit_is_valid_and_counts_right(name):
    from junitparser import JUnitXml

    text = render(REPORTS[name](), "junit")
    JUNIT.assertValid(etree.fromstring(text.encode()))
    read = JUnitXml.fromstring(text.encode())
    ends = Counter(finding.verdict for finding in REPORTS[name]().findings)
    assert read.tests == ends.total()
    assert read.failures == ends[Verdict.LISTED] + ends[Verdict.POSSIBLE]
    assert read.errors == ends[Verdict.UNDETERMINED]
    for suite in read:
        cases = list(suite)
        assert suite.tests == len(cases)
        assert suite.failures + suite.errors + suite.skipped == sum(1 for case in cases if case.result)


@everywhere
def test_the_gauges_are_read_by_prometheus(name):
    from prometheus_client.parser import text_string_to_metric_families

    text = render(REPORTS[name](), "prometheus")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert all(family.type == "gauge" and family.documentation for family in families.values())
    judged = {finding.device for finding in REPORTS[name]().findings}
    devices_ = families.get("camcensus_devices")
    assert (
        sum(sample.value for sample in devices_.samples if devices_) == len(judged)
        if judged
        else not devices_
    )
    labels = {key for family in families.values() for sample in family.samples for key in sample.labels}
    assert labels <= {"maker", "verdict", "site", "list", "kind", "version", "fingerprints"}


def test_the_gauges_name_no_device():
    text = render(building(), "prometheus")
    for device in building().devices:
        names = [device.id, *map(str, device.addresses), *device.macs]
        assert not [name for name in names if name in text]


def test_makers_whom_strangers_choose_do_not_become_series_without_end():
    from handmade import device

    found = tuple(
        device(f"Maker {n}", identifier=f"{n:010x}", host=f"198.18.{n // 250}.{n % 250}") for n in range(300)
    )
    lines = [line for line in render(report(found=found), "prometheus").splitlines() if "_devices{" in line]
    assert len(lines) <= MAX_MAKERS + 1
    assert any('maker="other"' in line and line.endswith(" 250") for line in lines)


NMAP = etree.DTD(
    io.StringIO("""
<!ELEMENT nmaprun (verbose, debugging, host*, runstats)>
<!ATTLIST nmaprun scanner (nmap) #REQUIRED args CDATA #IMPLIED start CDATA #IMPLIED
  version CDATA #REQUIRED xmloutputversion CDATA #REQUIRED>
<!ELEMENT verbose EMPTY><!ATTLIST verbose level CDATA #IMPLIED>
<!ELEMENT debugging EMPTY><!ATTLIST debugging level CDATA #IMPLIED>
<!ELEMENT host (status, address+, hostnames, ports?, hostscript)>
<!ATTLIST host starttime CDATA #IMPLIED endtime CDATA #IMPLIED>
<!ELEMENT status EMPTY>
<!ATTLIST status state (up|down|unknown|skipped) #REQUIRED reason CDATA #REQUIRED reason_ttl CDATA #REQUIRED>
<!ELEMENT address EMPTY>
<!ATTLIST address addr CDATA #REQUIRED addrtype (ipv4|ipv6|mac) "ipv4" vendor CDATA #IMPLIED>
<!ELEMENT hostnames EMPTY>
<!ELEMENT ports (port+)>
<!ELEMENT port (state, service, script*)>
<!ATTLIST port protocol (tcp|udp) #REQUIRED portid CDATA #REQUIRED>
<!ELEMENT state EMPTY>
<!ATTLIST state state CDATA #REQUIRED reason CDATA #REQUIRED reason_ttl CDATA #REQUIRED>
<!ELEMENT service EMPTY>
<!ATTLIST service name CDATA #REQUIRED conf (0|1|2|3|4|5|6|7|8|9|10) #REQUIRED method (table|probed) #REQUIRED
  version CDATA #IMPLIED product CDATA #IMPLIED devicetype CDATA #IMPLIED>
<!ELEMENT hostscript (script+)>
<!ELEMENT script (#PCDATA|elem)*>
<!ATTLIST script id CDATA #REQUIRED output CDATA #REQUIRED>
<!ELEMENT elem (#PCDATA)><!ATTLIST elem key CDATA #IMPLIED>
<!ELEMENT runstats (finished, hosts)>
<!ELEMENT finished EMPTY>
<!ATTLIST finished time CDATA #REQUIRED elapsed CDATA #REQUIRED exit (error|success) #IMPLIED>
<!ELEMENT hosts EMPTY>
<!ATTLIST hosts up CDATA "0" down CDATA "0" total CDATA #REQUIRED>
""")
)
"""What we write, which is a part of what nmap.dtd allows."""


@everywhere
def test_nmap_xml_has_the_shape_of_nmaps(name):
    read = etree.fromstring(render(REPORTS[name](), "nmap").encode())
    assert NMAP.validate(read), NMAP.error_log


@everywhere
def test_nmap_xml_is_read_back_by_import(name, tmp_path):
    from scanner.imports import open_import

    whole = REPORTS[name]()
    data = render(whole, "nmap").encode()
    source = open_import(io.BytesIO(data), "x.xml", whole.coverage.last)
    messages = list(source)
    assert not source.damages
    hosts = {str(message.source.host) for message in messages if message.source.host}
    assert hosts == {str(device.addresses[0]) for device in whole.devices if device.addresses}


def test_nmap_xml_keeps_what_identifies_a_device(tmp_path, capsys):
    from scanner.cli import run

    path = tmp_path / "x.nmap.xml"
    path.write_text(render(building(), "nmap"))
    run(["import", str(path), "--json", "--as-of", "2026-11-23"])
    again = {one["macs"][0]: one for one in json.loads(capsys.readouterr().out)["devices"] if one["macs"]}
    makers = {one.macs[-1]: one.value("maker") for one in building().devices if one.macs}
    assert set(makers) == set(again)
    told = {mac: one["maker"]["value"] for mac, one in again.items() if one["maker"]}
    assert len(told) >= len(makers) // 2
    assert sum(told[mac] == makers[mac] for mac in told) >= 0.9 * len(told)


@everywhere
@pytest.mark.parametrize("form", REGISTERS)
def test_registers_get_every_surveillance_device_once_and_no_formula(name, form):
    text = render(REPORTS[name](), form)
    lines = list(csv.reader(io.StringIO(text), delimiter=REGISTERS[form]))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines) == 1 + sum(1 for device in REPORTS[name]().devices if device.is_surveillance)
    assert not [cell for line in lines for cell in line if cell.startswith(tuple(COMPUTED))]


@pytest.mark.parametrize("form", REGISTERS)
def test_registers_get_the_maker_and_the_reason(form):
    lines = list(csv.DictReader(io.StringIO(render(report(), form)), delimiter=REGISTERS[form]))
    first = {key.lower(): value for key, value in lines[0].items()}
    assert first["manufacturer"] == "Hikvision"
    assert "192.0.2.10" in lines[0].values()
    assert any("label Annke; maker Hikvision (0.99)" in cell for cell in lines[0].values())
    assert any("us-ndaa-889 of 2026-11-23: listed" in cell for cell in lines[0].values())
