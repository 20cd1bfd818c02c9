"""The guide to fingerprint files says what the rules say: its example is one, its keys are all there are."""

import re
from datetime import date

from scanner.fingerprints import KINDS
from scanner.fingerprints.lint import check
from scanner.fingerprints.loader import DATA, read_text
from scanner.fingerprints.rules import OPTIONAL, REQUIRED
from scanner.model import Attribute, Strength
from scanner.vendors import vendors

GUIDE = (DATA / "README.md").read_text(encoding="utf-8")


def test_the_example_is_sound():
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE, re.DOTALL)
    found, faults = read_text(
        f'schema = 1\nvendor = "Axis"\n{example}'.encode(), stem="axis", name="axis.toml"
    )
    assert not faults
    assert [str(fault) for fault in check(found, vendors(), date(2026, 11, 27))] == []


def test_every_key_and_attribute_is_told():
    told = set(re.findall(r"^(\w+) = ", GUIDE, re.MULTILINE)) | set(
        re.findall(r"^\| `(\w+)", GUIDE, re.MULTILINE)
    )
    assert {*REQUIRED, *OPTIONAL} - {"equals"} == told
    assert "equals = [" in GUIDE
    assert all(attribute.value in GUIDE for attribute in Attribute)
    assert all(f"{strength.value}: " in GUIDE for strength in Strength)
    assert "camera" in KINDS
