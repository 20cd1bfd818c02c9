"""Others' words lead to nouns that are ours."""

from scanner.fingerprints import KINDS, load
from scanner.fingerprints.foreign.words import KINDS as THEIRS
from scanner.fingerprints.foreign.words import vendor_in
from scanner.model import Attribute
from scanner.vendors import vendors


def test_every_word_is_a_kind_of_ours():
    assert set(THEIRS.values()) <= KINDS
    assert all(word == word.casefold() and "-" not in word for word in THEIRS)


def test_every_kind_of_ours_is_claimed_by_some_fingerprint():
    claimed = {
        value
        for item in load().fingerprints
        for attribute, value in item.claims
        if attribute is Attribute.KIND
    }
    assert claimed == KINDS


def test_a_product_is_its_vendors_by_its_first_words():
    assert vendor_in("HikVision DS-7216 webcam httpd", vendors()) == "Hikvision"
    assert vendor_in("Digital Watchdog IP camera", vendors()) == "Digital Watchdog"
    assert vendor_in("a camera of Axis", vendors()) is None
