"""The quick reader of TOML agrees with the standard one: on every shipped file, and on what it was not made for."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scanner
from scanner.tables import read_tables

ROOT = Path(scanner.__file__).parent
SHIPPED = sorted(path for path in ROOT.rglob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_shipped_files_are_read_as_the_standard_parser_does(path):
    text = path.read_text(encoding="utf-8")
    assert read_tables(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a = 1",
        'a = "x" # "y"\n',
        "a = 'C:\\x'\nb = '''it's \"so\"'''\n",
        'a = "tab\\t\\"quoted\\""\n',
        'a = """\nlong\n"""\n',
        "a = '''\nlong = 1\n'''\n",
        "a = [\n    1,\n    2, # two\n\n]\n",
        'a = [ "x", "y", ]\nb = []\nc = { x = "1", y = 2 }\nd = {}\n',
        'a = ["x # y", "z"]\n',
        "[table]\na = 1\n[[rows]]\nb = true\n[[rows]]\nb = false\n",
        "[[rows]]\nday = 2026-11-23\ntime = 2026-11-23T10:00:00Z\nfloat = 1.5\nhex = 0xff\nzero = 0\nminus = -1\n",
        'a.b = "x"\n"quoted key" = 1\n',
        "# only a comment",
        "[[rows]]\nwhen = [\n    { key = 'a', pattern = '''x''' },\n]\n[[rows]]\n",
        "  indented = 1\n",
        "a = 1\r\nb = 2\r\n",
    ],
)
def test_other_layouts_are_read_too(text):
    assert read_tables(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text", ["a", "a = ", "a = [", "[[rows]\n", "= 1\n", 'a = "x\n', "a = 1 2\n", "[[a]]x = 1\n"]
)
def test_what_is_not_toml_is_refused(text):
    with pytest.raises(tomllib.TOMLDecodeError):
        read_tables(text)


def test_keys_that_nobody_needs_are_left_out_of_tables():
    text = 'schema = 1\n[[rows]]\na = 1\nexamples = [\n    { text = "x" },\n]\nb = 2\n'
    assert read_tables(text, {"examples", "schema"}) == {"schema": 1, "rows": [{"a": 1, "b": 2}]}


STRINGS = st.text(alphabet="abc '\"\\#=[]{},.é", max_size=12)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdef"), STRINGS), max_size=4, unique_by=lambda pair: pair[0]))
def test_any_string_is_read_as_it_was_written(pairs):
    escaped = {key: value.replace("\\", "\\\\").replace('"', '\\"') for key, value in pairs}
    text = "[[rows]]\n" + "".join(f'{key} = "{value}"\n' for key, value in escaped.items())
    assert read_tables(text) == {"rows": [dict(pairs)]}
