"""The measure of our coverage of others' knowledge measures: what we know is named, what we do not know is missing."""

import random
import re
import sys

import pytest
from conftest import ROOT

from scanner.fingerprints import load
from scanner.fingerprints.foreign import nmap

sys.path.insert(0, str(ROOT / "tests" / "bench"))
import others_coverage

PROBES = r"""Probe TCP GetRequest q||
match http m|^HTTP/1\.0 401 (?:[^\r\n]*\r\n(?!\r\n))*?Server: App-webs/\r\n.*<title>|s p/HikVision camera/ d/webcam/
match http m|^HTTP/1\.0 200 OK\r\nServer: Sparrow/([\d.]+)\r\n| p/Axis Sparrow httpd/ v/$1/ d/webcam/
match http m|^HTTP/1\.1 [45]\d\d .*\r\nContent-Length: 0\r\n\r\n$| p/Dahua camera/ d/webcam/
match http m|^HTTP/1\.0 200 OK\r\nServer: Nobodys\r\n| p/Nobodys camera/ d/webcam/
match http m|^HTTP/1\.0 200 OK\r\nServer: printer\r\n| p/Axis printer/ d/printer/
"""


@pytest.fixture
def probes(tmp_path):
    path = tmp_path / "probes"
    path.write_text(PROBES, encoding="latin-1")
    return path


def test_answers_are_written_that_fit_their_pattern(probes):
    for entry in nmap.read_file(probes):
        flags = re.DOTALL if "s" in entry.flags else 0
        written = list(others_coverage.written(entry, random.Random(7)))
        assert written
        assert all(re.search(entry.pattern.encode("latin-1"), text, flags) for text in written)


def test_only_lines_that_name_a_maker_of_cameras_count(probes, capsys):
    cases = list(others_coverage.nmap_cases(probes, random.Random(7)))
    named = {case.named: others_coverage.named(case, load())[0] for case in cases if case.named}
    assert named == {"Hikvision": 0.9, "Axis": 0, "Dahua": 0}
    assert {case.named for case in cases if not case.telling} == {"Dahua"}
    share = others_coverage.compare("sample", cases, load(), missing=True)
    out = capsys.readouterr().out
    assert 0 < share < 1
    assert "Axis; we say nothing" in out
    assert "1 more name nobody whom we know" in out


def test_recogs_examples_of_video_devices_count(tmp_path):
    (tmp_path / "http_servers.xml").write_text(
        '<fingerprints matches="http_header.server">'
        '<fingerprint pattern="^App"><example>App-webs/</example><param pos="0" name="hw.vendor" value="Hikvision"/>'
        '<param pos="0" name="hw.device" value="IP Camera"/></fingerprint>'
        '<fingerprint pattern="^Tea"><example>Tea</example><param pos="0" name="hw.vendor" value="Axis"/>'
        '<param pos="0" name="hw.device" value="DVR"/></fingerprint>'
        '<fingerprint pattern="^Ink"><example>Ink</example><param pos="0" name="hw.vendor" value="Axis"/>'
        '<param pos="0" name="hw.device" value="Printer"/></fingerprint></fingerprints>'
    )
    cases = list(others_coverage.recog_cases(tmp_path))
    assert [(case.text, others_coverage.named(case, load())[0]) for case in cases] == [
        ("App-webs/", 0.9),
        ("Tea", 0),
    ]
