"""Every format, whatever it is: pure, stable, whole for an empty report, and no string of a device breaks out of it."""

import csv
import doctest
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache

import pytest
from reported import HOSTILES, devices, hostile, report

from scanner import reports
from scanner.model import Attribute
from scanner.reports import FORMATS, as_markdown, as_prometheus, render, rows

TEXTS = [known.name for known in FORMATS if not known.binary]
NAMES = [known.name for known in FORMATS]
MAX_GROWTH = 400_000
"""Characters that a report of eight devices may have when each of their strings has 100,000."""


@cache
def made(kind, name):
    return render(hostile(HOSTILES[kind]), name)


def test_examples_in_docstrings_hold():
    for module in (reports, rows, as_markdown, as_prometheus):
        assert not doctest.testmod(module).failed


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_what_it_says(name):
    known = reports.named(name)
    for one in (report(), report(found=())):
        whole = render(one, name)
        assert isinstance(whole, bytes) if known.binary else whole == "" or whole.endswith("\n")
        assert whole or not one.devices


@pytest.mark.parametrize("name", NAMES)
def test_the_same_report_gives_the_same_bytes(name):
    backwards = tuple(replace(one, evidence=one.evidence[::-1]) for one in reversed(devices()))
    assert render(report(), name) == render(report(found=backwards), name)


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("kind", HOSTILES)
def test_no_string_of_a_device_is_a_control(kind, name):
    text = made(kind, name)
    text.encode()
    allowed = "\n\t"
    assert not [c for c in text if not (c.isprintable() or c in allowed)]
    assert len(text) < MAX_GROWTH


def every_kind():
    """All hostile strings in one report: formats that set pages take their time for each."""
    each = [hostile(text) for text in HOSTILES.values()]
    found = [
        replace(device, id=f"{n:02x}{device.id[2:]}")
        for n, whole in enumerate(each)
        for device in whole.devices[:2]
    ]
    told = [
        replace(finding, device=f"{n:02x}{finding.device[2:]}")
        for n, whole in enumerate(each)
        for finding in whole.findings
    ]
    known = {device.id for device in found}
    coverage = replace(each[0].coverage, failures=tuple(HOSTILES.values()), not_seen=tuple(HOSTILES.values()))
    return replace(
        each[0], devices=tuple(found), findings=tuple(f for f in told if f.device in known), coverage=coverage
    )


@pytest.mark.parametrize("name", [known.name for known in FORMATS if known.binary])
def test_no_string_of_a_device_breaks_what_is_not_text(name):
    assert 0 < len(render(every_kind(), name)) < MAX_GROWTH


def sheet_cells(text, delimiter=","):
    return [cell for line in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in line]


@pytest.mark.parametrize("kind", HOSTILES)
def test_no_cell_of_the_csv_begins_a_formula_or_moves_another(kind):
    text = made(kind, "csv")
    assert not [cell for cell in sheet_cells(text) if cell.startswith(tuple(rows.COMPUTED))]
    lines = list(csv.reader(io.StringIO(text)))
    assert len(lines) == 1 + len(devices())
    assert {len(line) for line in lines} == {len(lines[0])}
    assert text.count("\n") == len(lines)


def test_the_csv_has_every_device_once_with_each_lists_verdict():
    lines = list(csv.DictReader(io.StringIO(render(report(), "csv"))))
    assert sorted(line["id"] for line in lines) == sorted(one.id for one in devices())
    annke = lines[0]
    assert (annke["verdict"], annke["brand"], annke["maker"]) == ("listed", "Annke", "Hikvision")
    assert (annke["us-ndaa-889"], annke["uk-wms-2022"]) == ("listed", "possible")
    assert [line["verdict"] for line in lines[4:]] == [""] * 4


def test_json_lines_hold_the_contract():
    whole = json.loads(render(report(), "json"))
    lines = [json.loads(line) for line in render(report(), "jsonl").splitlines()]
    assert [line.pop("record") for line in lines] == ["run", *["device"] * len(devices()), "coverage"]
    assert lines[0]["schema"] == whole["schema"]
    assert lines[-1] == whole["coverage"]
    findings = [finding for line in lines[1:-1] for finding in line.pop("findings")]
    verdicts = [line.pop("verdict") for line in lines[1:-1]]
    assert lines[1:-1] == whole["devices"]
    assert findings == whole["findings"]
    assert verdicts.count("listed") == 1


@pytest.mark.parametrize("kind", HOSTILES)
def test_markdown_holds_device_text_in_code_spans_only(kind):
    text = made(kind, "markdown")
    rows_ = [line for line in text.splitlines() if line.startswith(("| listed", "| possible"))]
    assert len(rows_) == 2
    for line in rows_:
        assert len(split_cells(line)) == len(as_markdown.SHOWN)
    outside = "".join(unspanned(line) for line in text.splitlines())
    for sign in ("<", "](", "@", "**b", "{{", "javascript", "alert"):
        assert sign not in outside


def split_cells(line):
    """Cells as GFM parts them: at a pipe without a backslash, also inside code."""
    return line.removeprefix("| ").removesuffix(" |").replace("\\|", "\0").split("|")


def unspanned(line):
    """What stands outside of code spans, as CommonMark pairs runs of backticks."""
    out, at = [], 0
    while (begin := line.find("`", at)) >= 0:
        out.append(line[at:begin])
        end = begin
        while line[end : end + 1] == "`":
            end += 1
        fence = line[begin:end]
        close = end
        while (close := line.find(fence, close)) >= 0:
            after = close + len(fence)
            if line[after : after + 1] != "`" and line[close - 1] != "`":
                break
            close = after
        assert close >= 0, line
        at = close + len(fence)
    return "".join([*out, line[at:]])


def test_markdown_says_what_must_be_looked_at_and_what_was_not_seen():
    text = render(report(complete=False, failures=("x.pcap: cut",)), "markdown")
    assert "4 devices: 1 listed, 1 possible, 1 undetermined, 1 not listed" in text
    assert "| listed | `192.0.2.10` | `Annke` | `Hikvision` | `I91BF` | `camera` |" in text
    assert "`192.0.2.9`" not in text
    assert "- `not read: x.pcap: cut`" in text
    assert "The run is incomplete" in text
    assert "not legal advice" in text


def book(one):
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(render(one, "xlsx")))


def test_the_workbook_round_trips():
    read = book(report())
    assert read.sheetnames == ["Devices", "Findings", "Coverage", "Lists"]
    sheet = read["Devices"]
    lines = list(csv.reader(io.StringIO(render(report(), "csv"))))
    shown = [
        ["" if cell is None else str(cell) for cell in line] for line in sheet.iter_rows(values_only=True)
    ]
    at = lines[0].index("maker_confidence")
    for line, expected in zip(shown, lines, strict=True):
        assert line[:at] == expected[:at]
        assert [cell.lstrip("'") for cell in expected[at + 1 :]] == line[at + 1 :]
    assert sheet.cell(2, at + 1).value == 0.99
    assert len(list(read["Findings"].iter_rows())) == 1 + len(report().findings)
    assert [cell.value for cell in read["Lists"][2]] == ["uk-wms-2022", "2026-11-23", 0, 2, 1, 0, 1]


def test_the_workbook_is_made_for_sorting_and_filtering():
    for sheet in book(report()):
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet["A1"].font.bold
    ranges = {str(found.sqref) for found in book(report())["Devices"].conditional_formatting}
    assert ranges == {f"{letter}2:{letter}9" for letter in "AGHI"}
    rules = [rule for found in book(report())["Devices"].conditional_formatting for rule in found.rules]
    assert {rule.formula[0].strip('"') for rule in rules} >= {
        "listed",
        "possible",
        "undetermined",
        "not-listed",
    }


@pytest.mark.parametrize("kind", HOSTILES)
def test_no_cell_of_the_workbook_is_a_formula_an_error_or_a_link(kind):
    for sheet in book(hostile(HOSTILES[kind])):
        for line in sheet.iter_rows(min_row=2):
            for cell in line:
                assert cell.data_type in {"s", "n"}, cell.value
                assert cell.hyperlink is None
                assert cell.quotePrefix or cell.data_type == "n"


def test_the_times_of_the_workbook_are_the_reports():
    import zipfile

    with zipfile.ZipFile(io.BytesIO(render(report(), "xlsx"))) as archive:
        assert {item.date_time for item in archive.infolist()} == {(2026, 11, 20, 9, 0, 0)}
        assert b">2026-11-20T09:00:00Z<" in archive.read("docProps/core.xml")


def test_when_a_reports_devices_were_seen():
    ended = replace(report(), run={"ended": "2026-11-21T10:00:00Z"})
    assert rows.moment_of(ended) == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert rows.moment_of(replace(report(), run={"ended": "soon"})) == report().coverage.last
    assert rows.moment_of(report(found=())) == report().coverage.last


def test_every_attribute_that_people_ask_for_is_a_column():
    names = rows.columns(report())
    asked = {Attribute.BRAND, Attribute.MAKER, Attribute.MODEL, Attribute.NAME, Attribute.LOCATION}
    assert {attribute.value for attribute in asked | {Attribute.FIRMWARE, Attribute.SERIAL}} <= set(names)
    assert len(names) == len(set(names))
