"""Who makes a brand, and who owns a maker, on a given day."""

from datetime import date

import pytest

from scanner.vendors import Confidence, Makes, Relation, RelationType, Vendor, Vendors
from scanner.vendors.relations import MAX_PARENTS

TODAY = date(2026, 11, 23)


def vendor(name, makes="relabel", *aliases):
    return Vendor(
        name=name, aliases=aliases, makes=Makes(makes), surveillance=True, source=f"on {name}", date=TODAY
    )


def relation(from_name, to_name, kind="relabel_of", **rest):
    return Relation(from_name=from_name, to_name=to_name, type=RelationType(kind), source="x", **rest)


def table(*relations, makes="relabel"):
    return Vendors(
        [vendor("Badge", makes, "The Badge Company"), vendor("Maker", "own"), vendor("Rival", "own")],
        relations,
    )


def test_canonical_names():
    known = table()
    assert known.canonical("BADGE, Inc.") == "Badge"
    assert known.canonical("the badge shop") is None
    assert known.canonical("The-Badge Co.") == "Badge"
    assert known.canonical("") is None
    assert known.get("rival").name == "Rival"


def test_a_brand_of_its_own_make_is_its_own_maker():
    found = table().maker_of("MAKER", TODAY)
    assert (found.from_name, found.to_name, found.type) == ("Maker", "Maker", RelationType.OWN)
    assert found.source == "on Maker"


@pytest.mark.parametrize("kind", ["relabel_of", "brand_of"])
def test_one_documented_maker_is_the_maker(kind):
    assert table(relation("Badge", "Maker", kind)).maker_of("badge", TODAY).to_name == "Maker"


@pytest.mark.parametrize(
    "relations",
    [
        [],
        [relation("Badge", "Maker", confidence=Confidence.LOW)],
        [relation("Badge", "Maker", confirmed=False)],
        [relation("Badge", "Maker", mixed=True)],
        [relation("Badge", "Maker", "oem_customer")],
        [relation("Badge", "Maker", "subsidiary")],
        [relation("Badge", "Maker", "joint_venture")],
        [relation("Badge", "Maker", valid_to=date(2026, 11, 22))],
        [relation("Badge", "Maker", valid_from=date(2026, 11, 24))],
        [relation("Badge", "Maker"), relation("Badge", "Rival")],
        [relation("Badge", "Maker"), relation("Badge", "Maker", mixed=True)],
        [relation("Rival", "Maker")],
    ],
)
def test_where_the_name_alone_does_not_decide(relations):
    assert table(*relations).maker_of("Badge", TODAY) is None


def test_hearsay_of_a_second_maker_does_not_undo_a_documented_one():
    known = table(relation("Badge", "Maker"), relation("Badge", "Rival", confidence=Confidence.LOW))
    assert known.maker_of("Badge", TODAY).to_name == "Maker"


def test_one_maker_documented_twice_is_one_maker():
    known = table(relation("Badge", "Maker"), relation("Badge", "Maker", "brand_of"))
    assert known.maker_of("Badge", TODAY).to_name == "Maker"


@pytest.mark.parametrize("makes", ["mixed", "none"])
def test_some_names_never_decide(makes):
    assert table(relation("Badge", "Maker"), makes=makes).maker_of("Badge", TODAY) is None


def test_a_brand_that_nobody_knows_has_no_maker():
    assert table().maker_of("Nobody", TODAY) is None
    assert table().makers_of("Nobody") == ()


def test_makers_change_with_time():
    known = table(
        relation("Badge", "Maker", valid_to=date(2019, 12, 31)),
        relation("Badge", "Rival", valid_from=date(2020, 1, 1)),
    )
    assert known.maker_of("Badge", date(2019, 12, 31)).to_name == "Maker"
    assert known.maker_of("Badge", date(2020, 1, 1)).to_name == "Rival"


def test_all_makers_are_told_whatever_their_standing():
    weak = relation("Badge", "Rival", confidence=Confidence.LOW, mixed=True)
    known = table(
        relation("Badge", "Maker", valid_to=date(2000, 1, 1)), weak, relation("Badge", "Rival", "owned_by")
    )
    assert [found.to_name for found in known.makers_of("BADGE")] == ["Maker", "Rival"]


def test_parents_are_told_nearest_first():
    known = table(relation("Maker", "Group", "subsidiary"), relation("Group", "State", "owned_by"))
    assert [found.to_name for found in known.parents_of("maker", TODAY)] == ["Group", "State"]


@pytest.mark.parametrize(
    "parent",
    [
        relation("Maker", "Group", "former_subsidiary"),
        relation("Maker", "Group", "joint_venture"),
        relation("Maker", "Group", "relabel_of"),
        relation("Maker", "Group", "subsidiary", valid_to=date(2026, 11, 22)),
        relation("Maker", "Group", "subsidiary", valid_from=date(2026, 11, 24)),
        relation("Maker", "Group", "subsidiary", confirmed=False),
        relation("Maker", "Group", "owned_by", confidence=Confidence.LOW),
    ],
)
def test_who_is_not_a_parent(parent):
    assert table(parent).parents_of("Maker", TODAY) == ()


def test_ownership_on_the_last_day_counts():
    known = table(
        relation("Maker", "Group", "subsidiary", valid_from=date(2020, 1, 1), valid_to=date(2022, 6, 30))
    )
    assert known.parents_of("Maker", date(2022, 6, 30))
    assert not known.parents_of("Maker", date(2022, 7, 1))
    assert not known.parents_of("Maker", date(2019, 12, 31))


def test_circles_and_endless_chains_end():
    circle = table(relation("Maker", "Rival", "owned_by"), relation("Rival", "Maker", "owned_by"))
    assert [found.to_name for found in circle.parents_of("Maker", TODAY)] == ["Rival"]
    chain = [relation(f"C{n}", f"C{n + 1}", "owned_by") for n in range(100)]
    assert len(table(*chain).parents_of("C0", TODAY)) == MAX_PARENTS
