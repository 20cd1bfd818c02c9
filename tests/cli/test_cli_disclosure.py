"""`camcensus report` for publication: what --withhold-below takes back, and what is said where a library lacks."""

import pytest

from scanner.cli import run
from scanner.reports import as_docx, as_pdf, form


def test_small_counts_are_withheld_on_demand(fixtures, tmp_path):
    words = ["report", str(fixtures / "captures" / "building.pcapng"), "--as-of", "2026-11-27", "-q"]
    first, second = tmp_path / "all.html", tmp_path / "withheld.html"
    assert run([*words, "-o", f"disclosure={first}"]) == 0
    assert run([*words, "-o", f"disclosure={second}", "--withhold-below", "5"]) == 0
    shown, kept = first.read_text(), second.read_text()
    assert ">withheld<" not in shown
    assert kept.count(">withheld<") > 10
    assert "Numbers from 1 to 4 are withheld" in kept


def test_a_negative_limit_is_a_usage_error(fixtures, capsys):
    capture = str(fixtures / "captures" / "building.pcapng")
    assert run(["report", capture, "--withhold-below", "-1"]) == 2
    assert "withhold-below" in capsys.readouterr().err


@pytest.mark.parametrize(("made", "module"), [(as_docx.FORMAT, "docx"), (as_pdf.FORMAT, "weasyprint")])
def test_what_lacks_is_said_before_anything_runs(monkeypatch, made, module):
    monkeypatch.setattr(form, "find_spec", lambda _: None)
    assert made.lacks() == f"it needs {module}, which is not installed: pip install 'camcensus[documents]'"
