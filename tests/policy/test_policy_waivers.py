"""Waivers: who answers for what until when. They never hide what a verdict was, and never outlive their day."""

from datetime import date

import pytest
from handmade import device

from scanner.errors import KnowledgeError
from scanner.model import Verdict
from scanner.policy import judge, load_lists, load_waivers
from scanner.vendors import vendors

ON = date(2026, 11, 23)
FILE = """
schema = 1
[[waiver]]
{selector}
list = "us-ndaa-889"
owner = "facilities"
reason = "to be replaced with the roof"
ticket = "FAC-12"
expires = {expires}
"""


@pytest.fixture
def write(tmp_path):
    def _write(selector='device = "aa00000001"', expires="2026-12-31"):
        path = tmp_path / "waivers.toml"
        path.write_text(FILE.format(selector=selector, expires=expires))
        return path

    return _write


def found(path, subject=None, on=ON):
    waivers = load_waivers(path)
    subject = subject or device("Hikvision", "Hikvision", model="DS-2CD2042WD-I")
    return judge([subject], load_lists(["us-ndaa-889"]), vendors(), on=on, waivers=waivers)[0]


SELECTORS = [
    'device = "aa00000001"',
    'device = "192.0.2.64"',
    'device = "44:19:B6:00:00:01"',
    'maker = "hikvision"',
    'brand = "Hikvision"',
    'model = "DS-2CD2042WD-I"',
    'network = "192.0.2.0/24"',
    'maker = "Hikvision"\nnetwork = "192.0.2.0/24"',
]


@pytest.mark.parametrize("selector", SELECTORS)
def test_a_waiver_turns_the_verdict_and_keeps_what_it_was(write, selector):
    finding = found(write(selector))
    assert finding.verdict is Verdict.WAIVED
    assert finding.reason.startswith("listed, waived (FAC-12, facilities, until 2026-12-31")
    assert "made by Hikvision" in finding.reason
    assert finding.waiver.startswith("FAC-12")
    assert finding.entry == "Hangzhou Hikvision Digital Technology Company"


@pytest.mark.parametrize(
    "selector",
    [
        'device = "bb"',
        'maker = "Dahua"',
        'network = "198.51.100.0/24"',
        'maker = "Hikvision"\nmodel = "other"',
    ],
)
def test_a_waiver_for_others_changes_nothing(write, selector):
    finding = found(write(selector))
    assert finding.verdict is Verdict.LISTED
    assert finding.waiver is None


def test_an_expired_waiver_never_applies_and_is_mentioned(write):
    finding = found(write(expires="2026-11-22"))
    assert finding.verdict is Verdict.LISTED
    assert finding.waiver is None
    assert finding.reason.endswith("the waiver FAC-12 of facilities expired on 2026-11-22")


def test_a_waiver_holds_on_its_last_day(write):
    assert found(write(expires="2026-11-23")).verdict is Verdict.WAIVED


def test_there_is_nothing_to_waive_on_a_device_that_is_not_listed(write):
    finding = found(write('maker = "Axis"'), device("Axis", "Axis"))
    assert finding.verdict is Verdict.NOT_LISTED


def test_an_undetermined_device_can_be_waived(write):
    finding = found(write(), device())
    assert finding.verdict is Verdict.WAIVED
    assert finding.reason.startswith("undetermined, waived")


def test_a_waiver_must_say_whom_it_covers(write):
    with pytest.raises(KnowledgeError, match=r"waivers\.toml: waiver 1: device: a waiver must say"):
        load_waivers(write(""))


def test_a_waiver_must_expire(tmp_path):
    path = tmp_path / "waivers.toml"
    path.write_text(FILE.format(selector='device = "a"', expires="never"))
    with pytest.raises(KnowledgeError, match=r"waivers\.toml: file: cannot be read as TOML"):
        load_waivers(path)
    path.write_text(FILE.format(selector='device = "a"', expires='"never"'))
    with pytest.raises(KnowledgeError, match=r"waivers\.toml: waiver 1: expires"):
        load_waivers(path)
