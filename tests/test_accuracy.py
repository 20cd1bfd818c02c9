"""The page on accuracy is what the recordings and the knowledge give now, and says what it promises to say."""

import accuracy
from accuracy import PAGE, WHOLE, judge, protocols_of, views, written
from conftest import ROOT

from scanner.fingerprints import load
from scanner.model import Attribute
from scanner.recordings import read_folder, read_folders

DEVICES = ROOT / "fixtures" / "devices"


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == written(), "run `make accuracy` and look at what changed"


def test_a_confidence_of_nine_tenths_is_right_nine_times_in_ten():
    verdicts = judge(read_folders(DEVICES), load())
    for attribute in (Attribute.KIND, Attribute.MAKER, Attribute.BRAND, Attribute.MODEL):
        firm = [v for v in verdicts if v.attribute is attribute and v.said and v.confidence >= 0.9]
        assert len(firm) > 200
        assert sum(v.right for v in firm) >= 0.9 * len(firm), attribute


def test_the_corpus_is_as_large_as_was_promised():
    recordings = read_folders(DEVICES) + read_folders(ROOT / "fixtures" / "unsettled")
    figures = accuracy._figures(recordings)
    assert figures["cameras"] >= 120
    assert figures["makers"] >= 60
    assert figures["rebrands"] >= 30
    assert figures["others"] >= 40


def test_views_leave_out_what_they_say():
    recording = read_folder(DEVICES / "axis-m1065-lw-9.80.1")
    seen = dict(views(recording))
    assert seen[WHOLE] is recording
    assert protocols_of(seen["only mac"]) == ["mac"]
    assert "http" not in protocols_of(seen["without http"])
    assert protocols_of(seen["only http"]) == ["http"]


def test_a_wrong_truth_is_counted_as_wrong():
    recording = read_folder(DEVICES / "axis-m1065-lw-9.80.1")
    lied = accuracy.replace(recording, expect={**recording.expect, "maker": "Hikvision"})
    verdicts = [v for v in judge([lied], load()) if v.attribute is Attribute.MAKER and v.view == WHOLE]
    assert [(v.said, v.right) for v in verdicts] == [("Axis", False)]
    assert "Axis" in accuracy._by_maker(verdicts)
