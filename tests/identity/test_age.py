"""Firmware build dates in the forms that recorded devices use, and texts that only look like dates."""

from datetime import date

import pytest

from scanner.identity.age import age, built_on

ON = date(2026, 11, 27)


@pytest.mark.parametrize(
    ("firmware", "built"),
    [
        ("V5.2.0 build 140721", date(2014, 7, 21)),
        ("V5.6.2build 190701", date(2019, 7, 1)),
        ("1.3.9 Build 231024 Rel.72919n(4555)", date(2023, 10, 24)),
        ("2.3.22 Build 20230731 rel.69808", date(2023, 7, 31)),
        ("2.800.0000000.16.R, build: 2020-11-20", date(2020, 11, 20)),
        ("APP_V3.3.0.20200606", date(2020, 6, 6)),
        ("25.01.00_20250328_R392", date(2025, 3, 28)),
        ("v3.1.0.2347_23061923", date(2023, 6, 19)),
        ("DIPC-B1232.9.3.C00010.251208", date(2025, 12, 8)),
        ("IPC_G6106-B0005P11D1812C03", date(2018, 12, 1)),
        ("20160805", date(2016, 8, 5)),
        ("V5.7.13 build 991332", None),
        ("V9 build 271201", None),
        ("8.71.0066", None),
        ("2.9.0.4.9340-A0.0", None),
        ("6.1.1.42624", None),
        ("", None),
    ],
)
def test_built_on(firmware, built):
    assert built_on(firmware, ON) == built


def test_age_is_said_in_years_and_months():
    assert age(date(2025, 11, 27), ON) == "1 year"
    assert age(date(2025, 10, 28), ON) == "1 year"
    assert age(date(2026, 9, 27), ON) == "2 months"
