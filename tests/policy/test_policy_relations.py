"""The relations: who makes what under which label, and who owns whom, each with a source, a date and a doubt."""

import tomllib
from datetime import date

import pytest
from conftest import ROOT

from scanner.vendors import Makes, RelationType, vendors

DATA = ROOT / "scanner" / "vendors" / "data"
ROWS = tomllib.loads((DATA / "relations.toml").read_text())["relation"]
LABELS = tomllib.loads((DATA / "relabels.toml").read_text())["vendor"]
NEVER_DECIDE = """
Lorex|Swann|Annke|LaView|Q-See|Honeywell|Bosch|Panasonic|ABUS|CP Plus|PRAMA|Godrej|Luma|Alibi|Speco|Digital Watchdog|
Night Owl|Zosi|Sannce|Intelbras|Safire|ADT|Illustra|IndigoVision|FLIR|Capture|Hi-View|Novus|BCS
""".replace("\n", "").split("|")


def of(name, kind=None):
    return [r for r in vendors().relations if r.from_name == name and (kind is None or r.type == kind)]


def test_both_ends_of_every_relation_are_in_the_vendor_table():
    unknown = {row[end] for row in ROWS for end in ("from", "to") if vendors().get(row[end]) is None}
    assert not unknown


def test_every_relation_says_where_and_when_it_was_read():
    assert not [row for row in ROWS if not row["source"] or not isinstance(row["source_date"], date)]
    assert not [row for row in ROWS if row["confidence"] not in {"high", "medium", "low"}]


def test_what_nobody_saw_in_a_source_is_not_confirmed():
    hearsay = [
        row
        for row in ROWS
        if "general trade knowledge" in row["source"] or "general knowledge" in row["source"]
    ]
    assert hearsay
    assert not [row for row in hearsay if row.get("confirmed", True)]


def test_no_row_stands_twice():
    keys = [(row["from"], row["to"], row["type"], row.get("scope")) for row in ROWS]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("brand", NEVER_DECIDE)
@pytest.mark.parametrize("year", [2013, 2020, 2026])
def test_a_label_that_mixes_makers_never_decides_by_name(brand, year):
    vendor = vendors().get(brand)
    assert vendor is not None
    relation = vendors().maker_of(brand, date(year, 6, 1))
    assert relation is None or relation.to_name == vendor.name


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["type"] == "former_subsidiary"], ids=lambda row: row["from"]
)
def test_what_was_sold_is_nobodys_subsidiary_any_more(row):
    assert not [r for r in vendors().parents_of(row["from"], date(2026, 11, 23)) if r.to_name == row["to"]]


def test_the_long_lists_are_there_and_old():
    built_by = {
        maker: {r.from_name: r for r in vendors().relations if r.to_name == maker}
        for maker in ("TVT", "Xiongmai")
    }
    assert len(built_by["TVT"]) > 75
    assert len(built_by["Xiongmai"]) > 90
    assert all(
        r.mixed for maker in built_by.values() for r in maker.values() if r.type is RelationType.RELABEL_OF
    )


def test_ownership_and_production_of_a_sold_company_are_two_rows():
    lorex = {(r.to_name, r.type): r for r in of("Lorex")}
    assert lorex["Dahua", RelationType.FORMER_SUBSIDIARY].valid_to == date(2022, 11, 30)
    assert lorex["Dahua", RelationType.RELABEL_OF].valid_to is None
    assert lorex["Skywatch", RelationType.OWNED_BY].valid_from == date(2022, 11, 30)


def test_labels_of_the_lists_never_make_their_own():
    listed = {row["name"] for row in LABELS if "list of" in row["source"]}
    assert len(listed) > 120
    assert not [name for name in listed if vendors().get(name).makes is Makes.OWN]
