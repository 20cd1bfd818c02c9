"""One rule for each attribute: what is normalised, what is dropped."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.fingerprints.values import MAX_VALUE, value_of
from scanner.model import Attribute
from scanner.vendors import Makes, Vendor, Vendors

TABLE = Vendors(
    [
        Vendor(
            name="Hikvision",
            aliases=("Hangzhou Hikvision Digital Technology Co., Ltd.",),
            makes=Makes.OWN,
            surveillance=True,
            source="test",
            date=date(2026, 11, 23),
        )
    ],
    (),
    frozenset({"general", "ip camera"}),
    frozenset({"model", "ipc-model"}),
)


@pytest.mark.parametrize(
    ("attribute", "raw", "value"),
    [
        ("maker", "HANGZHOU HIKVISION DIGITAL TECHNOLOGY CO.,LTD", "Hikvision"),
        ("brand", " hikvision ", "Hikvision"),
        ("brand", " Nobody Knows\t", "Nobody Knows"),
        ("brand", "General", None),
        ("maker", "IP  CAMERA", None),
        ("model", "MODEL", None),
        ("model", "IPC-Model", None),
        ("model", "General", "General"),
        ("model", " DS-2CD2012-I ", "DS-2CD2012-I"),
        ("model", "HIKVISION DS-2CD2012-I", "DS-2CD2012-I"),
        ("model", "Hikvision HIKVISION 2012", "2012"),
        ("model", "Hikvision COLORVU IV", "COLORVU IV"),
        ("model", "Hikvision Cam v3", "Hikvision Cam v3"),
        ("model", "HIKVISION DS-2CD2012-I Dome Network Camera", "DS-2CD2012-I"),
        ("model", "Q8675-ZE MkII Network Camera", "Q8675-ZE MkII"),
        ("model", "Q6135-LE Mk II PTZ Camera", "Q6135-LE Mk II"),
        ("model", "H264 Network Camera", "H264 Network Camera"),
        ("model", "360 Camera", "360 Camera"),
        ("model", "1080P IP Camera", "1080P IP Camera"),
        ("model", "Nobody DS-2CD2012-I", "Nobody DS-2CD2012-I"),
        ("mac", "44-19-B6-00-00-01", "44:19:b6:00:00:01"),
        ("mac", "4419B6000001", "44:19:b6:00:00:01"),
        ("mac", "00:00:00:00:00:00", None),
        ("mac", "ff:ff:ff:ff:ff:ff", None),
        ("mac", "no address", None),
        ("uuid", "urn:uuid:CEA94000-FB96-11B3-8260-686DBC5CB15D", "cea94000-fb96-11b3-8260-686dbc5cb15d"),
        ("uuid", "{CEA94000-FB96-11B3-8260-686DBC5CB15D}", "cea94000-fb96-11b3-8260-686dbc5cb15d"),
        ("uuid", "00000000-0000-0000-0000-000000000000", None),
        ("uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff", None),
        ("kind", "camera", "camera"),
        ("kind", "Camera", None),
        ("kind", "doorbell", None),
        ("serial", "n/a", None),
        ("serial", "  ", None),
        ("name", "(null)", None),
        ("location", "Gate\x1b[31m 7", "Gate[31m 7"),
        ("firmware", "x" * 1000, "x" * MAX_VALUE),
    ],
)
def test_values(attribute, raw, value):
    assert value_of(Attribute(attribute), raw, TABLE) == value


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(Attribute), st.text(max_size=300))
def test_values_are_stable_and_bounded(attribute, raw):
    value = value_of(attribute, raw, TABLE)
    if value is not None:
        assert value
        assert len(value) <= MAX_VALUE
        assert value_of(attribute, value, TABLE) == value
