"""Spellings that are one company fold to one key; those that are two do not."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.vendors.names import fold


@pytest.mark.parametrize(
    "spellings",
    [
        (
            "Hikvision",
            "HIKVISION",
            "hik-vision",
            "ＨＩＫＶＩＳＩＯＮ",
            "Hikvision Co., Ltd.",
            "HIKVISION CO.,LTD",
        ),
        (
            "Zhejiang Dahua Technology",
            "Zhejiang Dahua Technology Co., Ltd.",
            "ZHEJIANG DAHUA TECHNOLOGY CO.，LTD",
        ),
        ("D-Link", "D-Link Corporation", "DLINK", "D‑Link Corp."),
        ("Videotec", "Videotec S.p.A.", "Videotec SPA", "VIDEOTEC S.p.A"),
        ("FERMAX ELECTRONICA", "FERMAX ELECTRONICA S.A.U."),
        ("NSS", "NSS Sp. z o.o.", "NSS SP ZOO"),
        ("2N TELEKOMUNIKACE", "2N TELEKOMUNIKACE a.s."),
        ("ABUS Security-Center", "ABUS Security-Center GmbH & Co. KG"),
        ("Axis Communications", "Axis Communications AB"),
        (
            "Hytera Communications",
            "Hytera Communications Co .,ltd",
            "Hytera Communications Corporation Limited",
        ),
        ("ソニー", "株式会社ソニー"),
        ("杭州海康威视数字技术", "杭州海康威视数字技术股份有限公司"),
        ("Geutebrück", "GEUTEBRÜCK GmbH"),
        ("Acme", "Acme Pty. Ltd."),
        ("Acme", "Acme, L.L.C."),
    ],
)
def test_spellings_of_one_company(spellings):
    assert len({fold(name) for name in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hanwha Vision", "Hanwha Techwin"),
        ("Motorola", "Motorola Solutions"),
        ("Dahua Technology", "Dahua"),
        ("AB", "AG"),
        ("Costar", "Star"),
        ("2N", "N"),
        ("Geutebrück", "Geutebruck"),
    ],
)
def test_names_of_two_companies(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize("text", ["", " ", "-- ,.", "\x00"])
def test_no_name_folds_to_nothing(text):
    assert fold(text) == ""


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_folding_takes_any_text_and_ignores_case(text):
    assert fold(text) == fold(f"  {text} ") or len(text) > 190
    assert fold(text).isalnum() or fold(text) == ""
