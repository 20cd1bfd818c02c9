"""JSON of devices: whole, broken, cut, deep and endless."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.protocols._json import MAX_DEPTH, MAX_MEMBERS, member, read_json, scalar

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1}\n\0', {"a": 1}),
        ('{"a": {"b": [1, {"c": "x"', {"a": {"b": [1, {"c": "x"}]}}),
        ('{"a": 1, "b": tru', {"a": 1}),
        ('{"v": "1.0, "next": 2}', {}),
        ('{"a": "1", "v": "1.0, "next": 2}', {"a": "1"}),
        ('{"a": "x\\n\\u00e9\ty", }', {"a": "x\né\ty"}),
        ('{"a": -1.5, "b": nul', {"a": -1.5}),
        ("[1, 2", [1, 2]),
        ("", None),
        ("nonsense", None),
        ('{"a" 1}', {}),
    ],
)
def test_what_stands_before_the_damage(text, value):
    assert read_json(text) == value


def test_depth_and_number_are_bounded():
    depth = 0
    value = read_json("[" * 5000)
    while isinstance(value, list) and value:
        value, depth = value[0], depth + 1
    assert depth <= MAX_DEPTH
    many = read_json("[" + "1," * 30_000)
    assert isinstance(many, list)
    assert len(many) <= MAX_MEMBERS


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_whole_json_is_read_as_the_standard_library_reads_it(value):
    assert read_json(json.dumps(value)) == value


@given(VALUES, st.data())
@settings(max_examples=150, deadline=None)
def test_cut_json_never_gives_more_than_was_there(value, data):
    text = json.dumps({"k": value, "end": 1})
    cut = read_json(text[: data.draw(st.integers(0, len(text) - 1))])
    assert cut is None or (isinstance(cut, dict) and cut.keys() <= {"k", "end"})


@given(st.text(alphabet='{}[]",:\\ 01antrue.-', max_size=200))
@settings(max_examples=200, deadline=None)
def test_any_text(text):
    read_json(text)


def test_members_and_scalars():
    value = {"a": {"b": [1]}}
    assert (member(value, "a", "b"), member(value, "a", "b", "c"), member(None, "a")) == ([1], None, None)
    assert [scalar(v) for v in (True, False, 1, 1.5, "x", None, [], {})] == [
        "true",
        "false",
        "1",
        "1.5",
        "x",
        None,
        None,
        None,
    ]
