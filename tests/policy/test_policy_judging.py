"""The truth table of verdicts: what a list says of a device, for every way in which its maker is known."""

from dataclasses import replace
from datetime import date

import pytest
from handmade import device

from scanner.model import Attribute, Verdict
from scanner.policy import judge, load_lists
from scanner.vendors import vendors

ON = date(2026, 11, 23)
US, FCC, UK = "us-ndaa-889", "us-fcc-covered", "uk-wms-2022"
LISTED, POSSIBLE, UNDETERMINED, NOT_LISTED = (
    Verdict.LISTED,
    Verdict.POSSIBLE,
    Verdict.UNDETERMINED,
    Verdict.NOT_LISTED,
)


def verdict(subject, list_id=US, on=ON):
    findings = judge([subject], load_lists([list_id]), vendors(), on=on)
    return findings[0].verdict if findings else None


def reason(subject, list_id=US, on=ON):
    return judge([subject], load_lists([list_id]), vendors(), on=on)[0].reason


TABLE = [
    # the maker is known
    ("named maker, own label", device("Hikvision", "Hikvision"), LISTED),
    ("named maker behind another label", device("Hikvision", "Annke"), LISTED),
    ("named maker, no label", device("Dahua"), LISTED),
    ("subsidiary as maker", device("EZVIZ", "EZVIZ"), LISTED),
    ("label of a group, derived from the label only", device("Hikvision", "HiLook", shown=False), LISTED),
    ("named maker, contested by another", device("Dahua", contested=True, rivals=[("Axis", 0.9)]), POSSIBLE),
    ("named maker, little evidence", device("Hikvision", confidence=0.6), POSSIBLE),
    (
        "named maker, little plumbing, own label firm",
        device("Hikvision", "Hikvision", confidence=0.6),
        LISTED,
    ),
    ("documented relabel, no plumbing", device("Dahua", "EmpireTech", shown=False), POSSIBLE),
    ("documented relabel, with plumbing", device("Dahua", "EmpireTech"), LISTED),
    ("ownership nobody confirmed", device("HIKMICRO", "HIKMICRO"), POSSIBLE),
    ("maker not on the list", device("Axis", "Axis"), NOT_LISTED),
    (
        "maker not on the list, contested by a listed one",
        device("Axis", contested=True, rivals=[("Dahua", 0.8)]),
        POSSIBLE,
    ),
    ("two unlisted makers contest", device("Axis", contested=True, rivals=[("Bosch", 0.8)]), UNDETERMINED),
    ("maker only guessed", device("Axis", confidence=0.44), UNDETERMINED),
    ("label mixes makers, this one is another's", device("Raysharp", "Lorex"), NOT_LISTED),
    ("maker was sold by a listed group", device("Lorex", "Lorex"), POSSIBLE),
    ("listed label on somebody else's device", device("Uniview", "Hikvision"), POSSIBLE),
    ("Uniview is on other lists", device("Uniview", "Uniview"), NOT_LISTED),
    # the maker is unknown
    ("nothing known", device(), UNDETERMINED),
    ("label unknown to everybody", device(brand="Noname 3000"), UNDETERMINED),
    ("label mixes makers, one is listed", device(brand="Honeywell"), POSSIBLE),
    ("label mixes makers, none is listed", device(brand="Techage"), UNDETERMINED),
    ("label of a listed group", device(brand="Hikvision"), POSSIBLE),
    ("label of a sold subsidiary", device(brand="Luminys"), POSSIBLE),
    # other things
    ("recorder", device("Dahua", kind="recorder"), LISTED),
    ("phone of a listed company", device("Huawei", "Huawei", kind="other", what="phone"), LISTED),
    ("phone of another company", device("Xiaomi", "Xiaomi", kind="other", what="phone"), None),
    (
        "thermostat of a label that mixes makers of cameras",
        device(brand="Honeywell", kind="other", what="thermostat"),
        None,
    ),
    ("printer of unknown make", device(kind="other", what="printer"), None),
    ("unknown thing by a listed maker", device("Hikvision", kind="unknown"), LISTED),
    ("unknown thing, listed maker, only its MAC", device("Dahua", kind="unknown", confidence=0.6), POSSIBLE),
    ("unknown thing with a surveillance label", device(brand="Lorex", kind="unknown"), POSSIBLE),
    ("unknown thing with a conglomerate's label", device(brand="Panasonic", kind="unknown"), None),
    ("unknown thing", device(kind="unknown"), None),
]


@pytest.mark.parametrize(("subject", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_named_list(subject, expected):
    assert verdict(subject) is expected


CRITERION = [
    ("head office in the country", device("Uniview", "Uniview"), POSSIBLE),
    ("named elsewhere, here by criterion", device("Hikvision", "Annke"), POSSIBLE),
    ("head office elsewhere", device("Axis", "Axis"), NOT_LISTED),
    ("owned from the country", device("Pyronix", "Pyronix"), POSSIBLE),
    ("head office unknown", device("Noname 3000"), UNDETERMINED),
    ("maker unknown", device(), UNDETERMINED),
    ("maker unknown, label built there", device(brand="LTS"), POSSIBLE),
    ("maker elsewhere, label from there", device("Axis", "Annke"), NOT_LISTED),
    ("phone", device("Huawei", "Huawei", kind="other", what="phone"), None),
]


@pytest.mark.parametrize(
    ("subject", "expected"), [row[1:] for row in CRITERION], ids=[row[0] for row in CRITERION]
)
def test_criterion_list(subject, expected):
    assert verdict(subject, UK) is expected


DATES = [
    (device("Hikvision"), US, date(2018, 8, 12), NOT_LISTED),
    (device("Hikvision"), US, date(2018, 8, 13), LISTED),
    (device("Hikvision"), FCC, date(2021, 3, 11), NOT_LISTED),
    (device("Hikvision"), FCC, date(2021, 3, 12), LISTED),
    (device("DJI", "DJI"), FCC, date(2025, 12, 21), NOT_LISTED),
    (device("DJI", "DJI"), FCC, date(2025, 12, 22), LISTED),
    (device("Lorex", "Lorex"), US, date(2020, 1, 1), LISTED),
    (device("Lorex", "Lorex"), US, date(2022, 12, 1), POSSIBLE),
    (device("Uniview"), UK, date(2022, 11, 23), NOT_LISTED),
    (device("Uniview"), UK, date(2022, 11, 24), POSSIBLE),
]


@pytest.mark.parametrize(("subject", "list_id", "on", "expected"), DATES)
def test_entries_and_ownership_hold_on_the_day_that_is_asked_about(subject, list_id, on, expected):
    assert verdict(subject, list_id, on) is expected


def test_reason_tells_label_maker_evidence_entry_and_its_limits():
    text = reason(device("Hikvision", "Annke"))
    assert text.startswith("label Annke; made by Hikvision (0.99): answers SADP")
    assert 'named in us-ndaa-889 since 2018-08-13 as "Hangzhou Hikvision Digital Technology Company"' in text
    assert "limited to certain purposes" in text


def test_reason_tells_the_way_through_an_owner_with_its_source():
    finding = judge([device("EZVIZ", "EZVIZ")], load_lists([US]), vendors(), on=ON)[0]
    assert "EZVIZ belongs to Hikvision" in finding.reason or "EZVIZ is a label of Hikvision" in finding.reason
    assert finding.chain[0].startswith("brand: EZVIZ")
    assert finding.chain[1].startswith("maker: EZVIZ")
    assert finding.chain[2].startswith("parent: EZVIZ")
    assert "annual reports" in finding.chain[2]
    assert finding.chain[3].startswith("entry: Hangzhou Hikvision")
    assert finding.clause == "section 889(f)(3)(B); FAR 52.204-25(a)(2)"


def test_a_sold_subsidiary_is_told_apart_from_what_it_still_sells():
    text = reason(device("Lorex", "Lorex"))
    assert "belonged to Dahua until 2022-11-30" in text
    assert "may go on selling the old maker's devices" in text


def test_a_thing_that_is_no_camera_says_why_it_is_there():
    assert "the list names companies, not kinds of product" in reason(
        device("Huawei", kind="other", what="phone")
    )


def test_criterion_is_left_to_a_human():
    finding = judge([device("Tiandy")], load_lists([UK]), vendors(), on=ON)[0]
    assert "by criterion, not by name; for a human to decide" in finding.reason
    assert finding.chain[-1] == "criterion: head office of Tiandy in CN (uk-wms-2022)"


def test_undetermined_says_that_it_is_not_a_pass():
    assert "not a pass" in reason(device())


def test_every_surveillance_device_gets_a_finding_for_every_list():
    devices = [device(identifier=f"{number:010x}") for number in range(5)]
    findings = judge(devices, load_lists(), vendors(), on=ON)
    assert len(findings) == 5 * len(load_lists())
    assert {finding.version for finding in findings} == {"2026-11-23"}


def test_the_same_devices_give_the_same_findings():
    devices = [row[1] for row in TABLE]
    assert judge(devices, load_lists(), vendors(), on=ON) == judge(devices, load_lists(), vendors(), on=ON)


def test_two_of_one_model_are_each_judged_by_their_own_words():
    """What a reason quotes is part of what two must have in common to be judged once."""
    made = device("Hikvision", "Hikvision")
    one, other = (
        saying(made, name, words) for name, words in (("aa", "HIKVISION"), ("bb", "Hikvision Digital"))
    )
    lists = load_lists([US])
    both = judge([one, other], lists, vendors(), on=ON)
    assert both == (*judge([one], lists, vendors(), on=ON), *judge([other], lists, vendors(), on=ON))
    assert both[0].reason != both[1].reason


def saying(made, name, words):
    maker = made.conclusions[Attribute.MAKER]
    told = tuple(replace(item, fact=("tls.subject_o", words)) for item in maker.evidence)
    held = {**made.conclusions, Attribute.MAKER: replace(maker, evidence=told)}
    return replace(made, id=name, conclusions=held)
