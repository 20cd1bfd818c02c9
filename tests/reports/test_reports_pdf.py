"""The PDF: tagged, the same twice, nothing fetched, and no string of a device that stops it."""

import re
import zlib
from contextlib import suppress
from html import unescape

import pytest
from reported import HOSTILES, device, hostile, report

from scanner.errors import ScannerError
from scanner.reports import as_pdf, render
from scanner.reports.page import writing


def unpacked(made):
    """A PDF with its streams inflated as far as they are deflated."""
    parts = [made]
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", made, re.DOTALL):
        with suppress(zlib.error):
            parts.append(zlib.decompressobj().decompress(stream))
    return b"\n".join(parts)


def test_it_is_a_tagged_pdf_that_names_its_title():
    made = render(report(), "pdf")
    assert made.startswith(b"%PDF-")
    inside = unpacked(made)
    for part in (b"pdfuaid", b"/MarkInfo", b"/StructTreeRoot", b"Surveillance devices on this network"):
        assert part in inside


def test_the_page_for_print_has_no_script_and_the_evidence_in_place():
    text = writing.page(report(), static=True)
    assert "<script" not in text
    assert "script-src 'none'" in unescape(text)
    assert "sadp.answer: true" in text
    assert "<button" not in re.sub(r"<form.*?</form>|<thead.*?</thead>", "", text, flags=re.DOTALL)


def test_what_is_not_listed_needs_no_evidence_on_paper():
    assert 'id="evidence"' not in writing.page(report(found=(device("Axis", "Axis"),)), static=True)


def test_a_long_table_is_cut_with_its_number(monkeypatch):
    monkeypatch.setattr(writing, "MAX_PRINTED", 3)
    monkeypatch.setattr(writing, "MAX_STATIC", 1)
    text = writing.page(report(), static=True)
    assert text.count('class="r"') == 3
    assert "5 more devices are in the HTML" in text
    assert "The evidence of 2 more devices is in the HTML" in text


def test_nothing_is_fetched():
    with pytest.raises(ScannerError, match="needs nothing"):
        as_pdf._refuse("https://192.0.2.1/x.png", timeout=1)


@pytest.mark.parametrize("kind", ["script", "long"])
def test_hostile_strings_do_not_stop_it(kind):
    assert render(hostile(HOSTILES[kind]), "pdf").startswith(b"%PDF-")
