"""Every way in which a data file can be broken is named by file, entry and key."""

from datetime import date
from pathlib import Path

import pytest

from scanner.errors import KnowledgeError
from scanner.fingerprints.loader import data_files, load, read_text
from scanner.fingerprints.rules import FIRST_YEAR
from scanner.model import About, Attribute, Strength

ENTRY = {
    "id": '"server"',
    "match": '"http.server"',
    "pattern": "'''^Acme-(?P<model>\\w+)$'''",
    "about": '"plumbing"',
    "strength": '"medium"',
    "claims": '{ maker = "Acme", kind = "camera" }',
    "examples": '[{ text = "Acme-X1", model = "X1" }]',
    "source": '"a capture"',
    "date": "2026-11-23",
}


def document(*entries, head='schema = 1\nvendor = "Acme"\n'):
    tables = ("\n".join(f"{key} = {value}" for key, value in entry.items()) for entry in entries)
    return (head + "".join(f"[[fingerprint]]\n{table}\n" for table in tables)).encode()


def changed(**changes):
    return {key: value for key, value in (ENTRY | changes).items() if value is not None}


def problems(raw, stem="acme"):
    return [f"{fault}" for fault in read_text(raw, stem=stem, name="acme.toml")[1]]


def test_a_sound_entry_becomes_a_record():
    (fingerprint,), faults = read_text(document(ENTRY), stem="acme", name="acme.toml")
    assert not faults
    assert fingerprint.id == "acme/server"
    assert (fingerprint.vendor, fingerprint.about, fingerprint.strength) == (
        "Acme",
        About.PLUMBING,
        Strength.MEDIUM,
    )
    assert fingerprint.claims == ((Attribute.MAKER, "Acme"), (Attribute.KIND, "camera"))
    assert fingerprint.examples[0].claims == ((Attribute.MODEL, "X1"),)
    assert fingerprint.date == date(2026, 11, 23)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": None}, "id: is missing"),
        ({"id": '"Upper Case"'}, "id: must be"),
        ({"match": None}, "match: is missing"),
        ({"examples": None}, "examples: is missing"),
        ({"examples": "[]"}, "examples: at least one"),
        ({"examples": '["text"]'}, "examples: each must be a table"),
        ({"examples": '[{ text = "Acme-X1", colour = "red" }]'}, "'colour' is not an attribute"),
        ({"examples": '[{ text = "Acme-X1", model = 1 }]'}, "examples: model must be text"),
        ({"examples": '[{ text = "Acme-X1", with = "x" }]'}, "examples: with must be"),
        ({"source": None}, "source: is missing"),
        ({"source": '" "'}, "source: is empty"),
        ({"date": None}, "date: is missing"),
        ({"date": '"2026-11-23"'}, "date: must be date, is str"),
        ({"date": "2026-11-23T10:00:00Z"}, "date: must be a date without a time"),
        ({"date": f"{FIRST_YEAR - 1}-01-01"}, "date: is not filled in"),
        ({"pattern": "'''(?P<model'''"}, "pattern: "),
        ({"pattern": "'''(?=x)(?P<model>x)'''"}, "pattern: invalid perl operator"),
        ({"pattern": "'''(?P<model>x)\\1'''"}, "pattern: invalid escape sequence"),
        ({"pattern": "'''\\(?P<model>x'''"}, "pattern: write named groups"),
        ({"pattern": None}, "pattern: give either pattern or equals"),
        ({"equals": '["x"]'}, "pattern: give either pattern or equals"),
        ({"pattern": None, "equals": "[]"}, "equals: must be texts"),
        ({"pattern": None, "equals": "[1]"}, "equals: must be texts"),
        ({"pattern": "'''(?P<colour>x)'''"}, "'colour' is not an attribute"),
        ({"claims": '{ colour = "red" }'}, "'colour' is not an attribute"),
        ({"claims": '{ model = "X" }'}, "'model' is a constant and a group"),
        ({"claims": '{ maker = "" }'}, "claims: every value must be text"),
        ({"claims": '{ kind = "doorbell" }'}, "kind 'doorbell' is not in the list"),
        ({"claims": None, "pattern": "'''x'''"}, "claims: the entry claims nothing"),
        ({"about": '"hearsay"'}, "about: must be one of"),
        ({"strength": '"huge"'}, "strength: must be one of"),
        ({"confirmed": '"yes"'}, "confirmed: must be bool, is str"),
        ({"confirmed": "1"}, "confirmed: must be bool, is int"),
        ({"id": "true"}, "id: must be text, is bool"),
        ({"shared": "true"}, "note: a shared entry says"),
        ({"patern": '"x"'}, "patern: is not a key"),
        ({"when": '"x"'}, "when: must be a table or an array"),
        ({"when": "[1]"}, "when: must be a table with key"),
        ({"when": '{ pattern = "x" }'}, "when: must be a table with key"),
        ({"when": '{ key = "http.title" }'}, "when.pattern: give either"),
        ({"when": '{ key = "http.title", pattern = "(" }'}, "when.pattern: missing )"),
        ({"when": '{ key = "http.title", pattern = "x", note = "x" }'}, "when.note: is not a key"),
        ({"not": '[""]'}, "not: must be texts"),
    ],
)
def test_what_is_wrong_with_an_entry_is_named(changes, problem):
    (message, *_) = problems(document(changed(**changes)))
    label = "entry 1" if changes.get("id", "x") is None else ""
    assert message.startswith(f"acme.toml: {label}")
    assert problem in message


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\xff", "file: is not TOML"),
        (b"schema = ", "file: is not TOML"),
        (document(ENTRY, head='vendor = "Acme"\n'), "schema: must be 1"),
        (document(ENTRY, head="schema = 1\n"), "vendor: is missing"),
        (document(ENTRY, head='schema = 1\nvendor = "Acme"\ncolour = 1\n'), "colour: is not a key"),
        (document(), "fingerprint: the file has no entry"),
        (b'schema = 1\nvendor = "Acme"\nfingerprint = 3\n', "fingerprint: must be an array, is int"),
        (b'schema = 1\nvendor = "Acme"\nfingerprint = [3]\n', "entry 1: must be a table"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(raw, problem):
    assert problem in problems(raw)[0]


def test_files_about_any_device_have_no_vendor():
    assert not problems(document(ENTRY, head="schema = 1\n"), stem="any/http")
    assert "vendor: a file under any/ has none" in problems(document(ENTRY), stem="any/http")[0]


def test_the_same_id_twice_is_a_fault():
    assert problems(document(ENTRY, ENTRY)) == ["acme.toml: server: id: is there twice"]


def test_one_broken_entry_does_not_hide_the_others():
    fingerprints, faults = read_text(
        document(changed(id='"a"', source='""'), changed(id='"b"')), stem="acme", name="acme.toml"
    )
    assert [f.id for f in fingerprints] == ["acme/b"]
    assert [f.entry for f in faults] == ["a"]


def write(folder: Path, raw: bytes, name="acme.toml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(raw)
    return folder


def of_link(**changes):
    return changed(match='"link.registrant"', **changes)


def test_a_folder_of_the_user_adds_to_the_shipped_entries(tmp_path):
    shipped, more = load(), load([write(tmp_path, document(of_link()))])
    assert len(more.fingerprints) == len(shipped.fingerprints) + 1
    assert [hit.fingerprint.id for hit in more.match("link.registrant", "Acme-X1")] == ["acme/server"]
    assert more.version != shipped.version


def test_a_single_file_can_be_given(tmp_path):
    path = write(tmp_path, document(of_link())) / "acme.toml"
    assert load([path]).fingerprints[-1].id == "acme/server"


def test_user_entries_are_checked_in_full(tmp_path):
    with pytest.raises(KnowledgeError, match=r"acme\.toml: server: pattern: missing \)"):
        load([write(tmp_path, document(of_link(pattern='"("', claims='{ maker = "Acme" }')))])


def test_a_fact_that_no_protocol_gives_is_a_fault(tmp_path):
    with pytest.raises(KnowledgeError, match=r"no protocol gives the fact 'http\.colour'"):
        load([write(tmp_path, document(changed(match='"http.colour"')))])
    condition = '{ key = "smell.of", pattern = "x" }'
    with pytest.raises(KnowledgeError, match=r"when: no protocol gives the fact 'smell\.of'"):
        load([write(tmp_path, document(of_link(when=condition)))])


def test_an_id_that_is_shipped_cannot_be_taken(tmp_path):
    raw = document(of_link(id='"mac"'), head="schema = 1\n")
    with pytest.raises(KnowledgeError, match="id: is there twice"):
        load([write(tmp_path / "more" / "any", raw, "link.toml").parent])


def test_a_folder_that_is_not_there_is_a_fault(tmp_path):
    with pytest.raises(KnowledgeError, match="does not exist"):
        load([tmp_path / "nowhere"])


def test_version_depends_on_content_alone(tmp_path):
    one = load([write(tmp_path / "a", document(of_link()))]).version
    same = load([write(tmp_path / "b", document(of_link()).replace(b"\n", b"\r\n"))]).version
    other = load([write(tmp_path / "c", document(of_link(note='"x"')))]).version
    assert one == same != other
    assert one.startswith("20")


def test_shipped_entries_are_read_once():
    assert load() is load()


def test_data_files_come_in_one_order(tmp_path):
    for name in ("b.toml", "a.toml", "any/z.toml", "notes.txt"):
        write((tmp_path / name).parent, b"", Path(name).name)
    assert [stem for stem, _ in data_files(tmp_path)] == ["a", "any/z", "b"]
