"""Verdicts in time: entries, criteria, ownership and toggling rules hold on their days and on no other."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from handmade import device
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.model import Verdict
from scanner.policy import find_list, judge, list_ids, load_lists
from scanner.policy.policylist import MATCHED
from scanner.vendors import Relation, RelationType, Vendors, vendors

LISTED, POSSIBLE, NOT_LISTED, NOTHING = Verdict.LISTED, Verdict.POSSIBLE, Verdict.NOT_LISTED, None
DAYS = st.dates(date(2015, 1, 1), date(2030, 12, 31))


def verdict(maker, list_id, on):
    found = judge([device(maker, maker)], load_lists([list_id]), vendors(), on=date.fromisoformat(on))
    return found[0].verdict if found else None


TABLE = [
    # an entry counts from its first day on
    ("Uniview", "us-bis-entity", "2024-12-09", NOT_LISTED),
    ("Uniview", "us-bis-entity", "2024-12-10", LISTED),
    ("Tiandy", "us-bis-entity", "2022-12-15", NOT_LISTED),
    ("Tiandy", "us-bis-entity", "2022-12-16", LISTED),
    ("Dahua", "us-dod-1260h", "2022-10-04", NOT_LISTED),
    ("Dahua", "us-dod-1260h", "2022-10-05", LISTED),
    ("Hikvision", "ca-hikvision-2025", "2025-06-27", LISTED),
    ("Dahua", "ca-hikvision-2025", "2025-06-27", NOT_LISTED),
    ("Dahua", "ca-qc-2023", "2023-12-20", NOT_LISTED),
    ("Dahua", "ca-qc-2023", "2023-12-21", LISTED),
    # the rule on affiliates toggles: named only, all, named only, nobody knows
    ("Pyronix", "us-bis-entity", "2025-09-28", NOT_LISTED),
    ("Pyronix", "us-bis-entity", "2025-09-29", LISTED),
    ("Pyronix", "us-bis-entity", "2025-11-09", LISTED),
    ("Pyronix", "us-bis-entity", "2025-11-10", NOT_LISTED),
    ("Pyronix", "us-bis-entity", "2026-11-09", NOT_LISTED),
    ("Pyronix", "us-bis-entity", "2026-11-10", POSSIBLE),
    ("Hikvision", "us-bis-entity", "2026-11-10", LISTED),
    # a company that was sold belonged to its old owner until that day
    ("Lorex", "us-ndaa-889", "2022-11-30", LISTED),
    ("Lorex", "us-ndaa-889", "2022-12-01", POSSIBLE),
    ("Luminys", "us-ndaa-889", "2024-01-03", LISTED),
    ("Luminys", "us-ndaa-889", "2024-01-04", POSSIBLE),
    # criteria
    ("Tiandy", "tw-prc-ict", "2026-11-23", POSSIBLE),
    ("Axis", "tw-prc-ict", "2026-11-23", NOT_LISTED),
    ("Hikvision", "uk-wms-2022", "2022-11-23", NOT_LISTED),
    ("Hikvision", "uk-wms-2022", "2022-11-24", POSSIBLE),
    # one list is not another
    ("Uniview", "us-ndaa-889", "2026-11-23", NOT_LISTED),
    ("Uniview", "us-tx-prohibited", "2026-01-25", NOT_LISTED),
    ("Uniview", "us-tx-prohibited", "2026-01-26", LISTED),
    ("Huawei", "us-ofac-ns-cmic", "2026-11-23", LISTED),
    ("Dahua", "us-ofac-ns-cmic", "2026-11-23", NOT_LISTED),
    ("EZVIZ", "us-la-1753-1", "2026-11-23", LISTED),
    ("Hikvision", "us-vt-2019", "2026-11-23", POSSIBLE),
]


@pytest.mark.parametrize(
    ("maker", "list_id", "on", "expected"), TABLE, ids=[" ".join(row[:3]) for row in TABLE]
)
def test_the_day_decides(maker, list_id, on, expected):
    assert verdict(maker, list_id, on) is expected


ENTRIES = [
    (item, entry)
    for item in map(find_list, list_ids())
    for entry in item.entries
    if entry.kind in MATCHED and vendors().get(entry.group).surveillance
]


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(ENTRIES), DAYS)
def test_a_maker_that_an_entry_names_is_listed_exactly_while_one_of_its_entries_stands(pair, on):
    item, named = pair
    standing = [e for e in item.entries if e.group == named.group and e.kind in MATCHED and e.valid(on)]
    (finding,) = judge([device(named.group, named.group)], [item], vendors(), on=on)
    if any(entry.documented for entry in standing):
        assert finding.verdict is LISTED
        assert finding.entry in {entry.printed for entry in standing}
    else:
        assert finding.verdict is not LISTED


SOLD = [
    r
    for r in vendors().relations
    if r.type is RelationType.FORMER_SUBSIDIARY
    and r.valid_to
    and r.documented
    and vendors().get(r.from_name).surveillance
]


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(SOLD), st.integers(-2000, 2000))
def test_a_sold_company_is_never_listed_for_its_old_owner_after_the_sale(relation, days):
    on = relation.valid_to + timedelta(days=days)
    own = replace(find_list("us-ndaa-889"), entries=())
    entry = replace(find_list("us-ndaa-889").entries[0], group=relation.to_name, valid_from=date(1990, 1, 1))
    (finding,) = judge(
        [device(relation.from_name, relation.from_name)], [replace(own, entries=(entry,))], vendors(), on=on
    )
    assert (finding.verdict is LISTED) <= (days <= 0)
    assert finding.verdict in {LISTED, POSSIBLE, NOT_LISTED}


@settings(deadline=None)  # a busy machine is no fault
@given(DAYS, st.sampled_from(list(map(find_list, list_ids()))))
def test_every_verdict_that_is_not_a_pass_can_be_traced(on, item):
    makers = ["Hikvision", "Dahua", "Uniview", "Axis", "EZVIZ", "Lorex"]
    cameras = [device(name, name, identifier=f"{n:010x}") for n, name in enumerate(makers)]
    for finding in judge(cameras, [item], vendors(), on=on):
        assert finding.list == item.id
        assert finding.version == item.version.isoformat()
        if finding.verdict is LISTED:
            assert finding.entry
            assert finding.clause
            assert finding.chain[-1].startswith("entry: ")
            (entry, *_) = [e for e in item.entries if e.printed == finding.entry]
            assert entry.source
            assert entry.source_date <= item.checked


@pytest.mark.parametrize(
    ("kind", "valid_to", "expected"),
    [
        (RelationType.SUBSIDIARY, None, LISTED),
        (RelationType.SUBSIDIARY, date(2026, 11, 22), NOT_LISTED),
        (RelationType.FORMER_SUBSIDIARY, None, POSSIBLE),  # sold, nobody knows when
        (RelationType.FORMER_SUBSIDIARY, date(2026, 11, 22), POSSIBLE),
        (RelationType.FORMER_SUBSIDIARY, date(2026, 11, 23), LISTED),
        (RelationType.JOINT_VENTURE, None, POSSIBLE),
        (RelationType.OEM_CUSTOMER, None, NOT_LISTED),
    ],
)
def test_what_an_owner_makes_of_a_company(kind, valid_to, expected):
    relation = Relation(from_name="Child", to_name="Hikvision", type=kind, valid_to=valid_to, source="x")
    child = replace(vendors().get("Axis"), name="Child", aliases=())
    table = Vendors([child, vendors().get("Hikvision")], [relation])
    (finding,) = judge([device("Child", "Child")], load_lists(["us-ndaa-889"]), table, on=date(2026, 11, 23))
    assert finding.verdict is expected
