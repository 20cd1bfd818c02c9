"""Broken vendor files are named by file, entry and key."""

import pytest

from scanner.errors import KnowledgeError
from scanner.vendors import Confidence, Makes, RelationType, load_vendors

VENDOR = '[[vendor]]\nname = "Acme"\nmakes = "own"\nsurveillance = true\nsource = "x"\ndate = 2026-11-23\n'
OTHER = VENDOR.replace("Acme", "Bravo").replace('"own"', '"relabel"')
RELATION = '[[relation]]\nfrom = "bravo"\nto = "ACME Inc."\ntype = "relabel_of"\nsource = "x"\n'


@pytest.fixture
def load(tmp_path):
    def read(*texts):
        paths = []
        for position, text in enumerate(texts):
            paths.append(tmp_path / f"file{position}.toml")
            paths[-1].write_text(text, encoding="utf-8")
        return load_vendors(paths)

    return read


def test_a_vendor_with_all_its_keys(load):
    (vendor,) = load(
        f'schema = 1\n{VENDOR}aliases = ["ACME Video Co., Ltd."]\ncountry = "CN"\nnote = "n"\n'
    ).all
    assert (vendor.name, vendor.makes, vendor.country) == ("Acme", Makes.OWN, "CN")
    assert vendor.aliases == ("ACME Video Co., Ltd.",)


def test_a_relation_finds_its_ends_in_any_file_and_spelling(load):
    (relation,) = load(RELATION + 'confidence = "medium"\nvalid_from = 2020-01-01\n', VENDOR, OTHER).relations
    assert (relation.from_name, relation.to_name) == ("Bravo", "Acme")
    assert (relation.type, relation.confidence) == (RelationType.RELABEL_OF, Confidence.MEDIUM)
    assert relation.documented


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x", "file: is not TOML"),
        ("schema = 2\n", "file: schema: must be 1"),
        ("colour = 1\n", "file: colour: is not a key"),
        ("vendor = 1\n", "file: vendor: must be list"),
        ("vendor = [1]\n", "vendor 1: must be a table"),
        (VENDOR.replace('name = "Acme"\n', ""), "vendor 1: name: is missing"),
        (VENDOR.replace('"Acme"', '" "'), "name: is empty"),
        (VENDOR.replace('"Acme"', '"--"'), "aliases: '--' has no letter or digit"),
        (VENDOR.replace('"own"', '"maybe"'), "Acme: makes: must be one of own, relabel, mixed, none"),
        (VENDOR.replace("true", '"yes"'), "Acme: surveillance: must be bool, is str"),
        (VENDOR.replace('source = "x"\n', ""), "Acme: source: is missing"),
        (VENDOR.replace("2026-11-23", "2026-11-23T00:00:00Z"), "Acme: date: must be a date without a time"),
        (VENDOR + 'country = "China"\n', "Acme: country: must be two capital letters"),
        (VENDOR + "aliases = [1]\n", "Acme: aliases: must hold texts"),
        (VENDOR + 'aliases = [""]\n', "Acme: aliases: must hold texts"),
        (VENDOR + 'colour = "red"\n', "Acme: colour: is not a key"),
        (VENDOR + VENDOR.replace("Acme", "ACME"), "ACME: aliases: 'ACME' already names 'Acme'"),
        (VENDOR + VENDOR, "Acme: name: is there twice"),
        (
            VENDOR + OTHER + 'aliases = ["A-C-M-E GmbH"]\n',
            "Bravo: aliases: 'A-C-M-E GmbH' already names 'Acme'",
        ),
        (RELATION.replace("relabel_of", "cousin_of"), "bravo → ACME Inc.: type: must be one of"),
        (RELATION.replace("relabel_of", "own"), "type: 'own' is said by the vendor's makes"),
        (RELATION + 'confidence = "total"\n', "confidence: must be one of high, medium, low"),
        (RELATION + "valid_from = 2020-01-02\nvalid_to = 2020-01-01\n", "valid_to: is before valid_from"),
        (RELATION.replace('to = "ACME Inc."\n', ""), "bravo → ?: to: is missing"),
        (RELATION + "mixed = 1\n", "mixed: must be bool, is int"),
        (
            '[[placeholder]]\nfield = "colour"\ntexts = ["x"]\nsource = "x"\ndate = 2026-01-01\n',
            "field: must be one of",
        ),
    ],
)
def test_what_is_wrong_is_named(load, text, problem):
    with pytest.raises(KnowledgeError) as caught:
        load(text)
    assert str(caught.value).startswith("file0.toml: ")
    assert problem in str(caught.value)


def test_names_are_unique_over_all_files(load):
    with pytest.raises(KnowledgeError, match=r"file1\.toml: ACME: aliases: 'ACME' already names 'Acme'"):
        load(VENDOR, VENDOR.replace("Acme", "ACME"))


def test_a_file_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(KnowledgeError, match=r"nothing\.toml: file"):
        load_vendors([tmp_path / "nothing.toml"])


def test_placeholders_are_kept_by_field(load):
    text = '[[placeholder]]\nfield = "{}"\ntexts = ["{}"]\nsource = "x"\ndate = 2026-01-01\n'
    table = load(text.format("manufacturer", "IP Camera") + text.format("model", "MODEL"))
    assert table.is_placeholder(" ip  CAMERA ")
    assert not table.is_placeholder("model")
    assert table.is_placeholder_model("Model")
    assert not table.is_placeholder_model("IP Camera")
