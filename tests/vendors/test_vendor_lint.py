"""The vendor files are proved, and the proof finds what it should."""

from datetime import date

import pytest

from scanner.vendors import Makes, Relation, RelationType, Vendor, Vendors, load_vendors, vendors
from scanner.vendors.lint import check, check_registrants, main
from scanner.vendors.loader import shipped_files

TODAY = date(2026, 11, 24)


def vendor(name="Acme", makes=Makes.OWN, day=TODAY):
    return Vendor(name=name, makes=makes, surveillance=True, source="x", date=day)


def relation(from_name, to_name, kind="relabel_of", **rest):
    return Relation(from_name=from_name, to_name=to_name, type=RelationType(kind), source="x", **rest)


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (Vendors([vendor(day=date(2026, 11, 25))], ()), "Acme: date: 2026-11-25 is in the future"),
        (Vendors([vendor("General")], (), frozenset({"general"})), "General: name: is a placeholder"),
        (
            Vendors([vendor(), vendor("Bravo")], [relation("Acme", "Bravo")]),
            "'own', but documented as made by Bravo",
        ),
        (
            Vendors([vendor()], [relation("Acme", "Nobody", "owned_by")]),
            "to: the vendor table has no 'Nobody'",
        ),
        (Vendors([vendor()], [relation("Acme", "Acme", "owned_by")]), "to: is the same as from"),
        (
            Vendors(
                [vendor(), vendor("B")], [relation("Acme", "B", "owned_by", source_date=date(2027, 1, 1))]
            ),
            "source_date: 2027-01-01 is in the future",
        ),
    ],
)
def test_what_is_wrong_is_found(table, problem):
    assert any(problem in found for found in check(table, TODAY))


def test_a_sound_table_passes():
    table = Vendors([vendor(), vendor("Bravo", Makes.RELABEL)], [relation("Bravo", "Acme")])
    assert list(check(table, TODAY)) == []


def test_shipped_files_are_sound(capsys):
    status = main()
    assert status == 0, capsys.readouterr().out


def test_lists_about_blocks_spell_registrants_as_the_registry():
    assert list(check_registrants()) == []


def test_the_quick_reading_is_the_full_reading():
    quick, full = vendors(), load_vendors(shipped_files())
    assert quick.all == full.all
    assert quick.relations == full.relations


@pytest.mark.parametrize("text", ["General", "ONVIF", "none", "IPCAM", "H264", "IP Camera"])
def test_shipped_placeholders_are_known(text):
    assert vendors().is_placeholder(text)


@pytest.mark.parametrize("text", ["MODEL", "IPC-model", "NVT", "IPCAM"])
def test_shipped_model_placeholders_are_known(text):
    assert vendors().is_placeholder_model(text)
