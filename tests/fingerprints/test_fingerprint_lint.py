"""The proof proves: each kind of wrong knowledge is found, and sound knowledge passes."""

from datetime import date

import pytest

from scanner.fingerprints.lint import check, main, read_all
from scanner.vendors import Makes, Vendor, Vendors

TODAY = date(2026, 11, 24)


def vendor(name):
    return Vendor(name=name, makes=Makes.OWN, surveillance=True, source="test", date=TODAY)


TABLE = Vendors([vendor("Acme"), vendor("Bravo")], (), frozenset({"general"}), frozenset({"model"}))

ENTRY = {
    "id": '"server"',
    "match": '"link.registrant"',
    "pattern": "'''^Acme-(?P<model>\\w+)'''",
    "about": '"plumbing"',
    "strength": '"medium"',
    "claims": '{ maker = "Acme", kind = "camera" }',
    "examples": '[{ text = "Acme-X1", model = "X1" }]',
    "source": '"a capture"',
    "date": "2026-11-23",
}


@pytest.fixture
def lint(tmp_path):
    def run(*entries, vendor="Acme", more=(), registrants=()):
        for name, owner, tables in (("acme", vendor, entries), ("bravo", "Bravo", more)):
            if tables:
                text = "".join(
                    "[[fingerprint]]\n"
                    + "".join(f"{key} = {value}\n" for key, value in (ENTRY | table).items())
                    for table in tables
                )
                (tmp_path / f"{name}.toml").write_text(
                    f'schema = 1\nvendor = "{owner}"\n{text}', encoding="utf-8"
                )
        fingerprints, faults = read_all([tmp_path])
        assert not faults
        return [f"{fault}" for fault in check(fingerprints, TABLE, TODAY, registrants)]

    return run


def test_sound_entries_pass(lint):
    assert lint({}) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"examples": '[{ text = "Bcme-X1", model = "X1" }]'}, "'Bcme-X1' does not match"),
        ({"examples": '[{ text = "Acme-X1", model = "X2" }]'}, "gives model = 'X1', not 'X2'"),
        ({"examples": '[{ text = "Acme-X1" }]'}, "also gives model = 'X1': say so"),
        ({"examples": '[{ text = "Acme-X1", model = "X1", serial = "7" }]'}, "does not give serial"),
        (
            {"examples": '[{ text = "Acme-X1", model = "X1", maker = "Bravo" }]'},
            "gives maker = 'Acme', not 'Bravo'",
        ),
        (
            {"examples": f'[{{ text = "Acme-{"x" * 5000}", model = "X1" }}]'},
            "is longer than the 4096 characters",
        ),
        ({"when": '{ key = "link.mac", pattern = "^44" }'}, "does not meet `when`"),
        ({"match": '"colour.of"'}, "no protocol gives the fact 'colour.of'"),
        ({"not": '["Acme-Y"]'}, "not: 'Acme-Y' matches"),
        ({"date": "2026-11-25"}, "2026-11-25 is in the future"),
        ({"claims": '{ maker = "ACME" }'}, "'ACME' is written 'Acme' in the vendor table"),
        ({"claims": '{ brand = "Nobody" }'}, "the vendor table has no 'Nobody'"),
        ({"claims": '{ serial = "n/a" }'}, "claims.serial: 'n/a' would be dropped or changed"),
    ],
)
def test_what_is_wrong_is_found(lint, changes, problem):
    assert any(problem in fault for fault in lint(changes))


def test_examples_may_give_values_as_evidence_has_them(lint):
    entry = {
        "pattern": "'''^(?P<maker>\\w+) (?P<mac>\\S+)$'''",
        "claims": '{ kind = "camera" }',
        "examples": '[{ text = "ACME 44-19-B6-00-00-01", maker = "Acme", mac = "44:19:b6:00:00:01" }]',
    }
    assert lint(entry) == []


def test_examples_are_matched_as_facts_hold_them(lint):
    raw = {"pattern": "'''^Acme login:$'''", "examples": '[{ text = "\\r\\nAcme\\tlogin: " }]'}
    assert lint(raw) == []
    never = raw | {"pattern": "'''^Acme login: $'''"}
    assert any("'Acme login:' does not match" in fault for fault in lint(never))


def test_the_vendor_of_a_file_must_be_known(lint):
    assert any("vendor: the vendor table has no 'Nobody'" in fault for fault in lint({}, vendor="Nobody"))


def test_two_makers_for_one_text_are_found_unless_shared(lint):
    rival = {"claims": '{ maker = "Bravo" }'}
    assert any("is as much Bravo's (bravo/server) as Acme's" in fault for fault in lint({}, more=[rival]))
    assert lint({}, more=[rival | {"strength": '"strong"'}]) == []
    assert lint({}, more=[rival | {"shared": "true", "note": '"both ship this server"'}]) == []


def test_a_registrant_that_the_registry_does_not_have_is_found(lint):
    assert lint({}, registrants=["Bravo Corp.", "Acme-Video"]) == []
    (fault,) = lint({}, registrants=["Bravo Corp."])
    assert fault.endswith("pattern: fits no registrant of the registry")


def test_one_entry_twice_is_found(lint):
    assert any(
        "pattern: is the same as that of acme/server" in fault for fault in lint({}, {"id": '"again"'})
    )


def test_one_test_may_claim_two_things_with_two_strengths(lint):
    maker = {"pattern": "'''^Acme'''", "examples": '[{ text = "Acme-X1" }]', "claims": '{ maker = "Acme" }'}
    kind = maker | {"id": '"kind"', "claims": '{ kind = "camera" }', "strength": '"weak"'}
    assert lint(maker, kind) == []


def test_a_dead_entry_is_found(lint):
    faults = lint({}, {"id": '"generic"', "generic": "true", "pattern": "'''Acme-(?P<model>\\w+)'''"})
    assert [fault for fault in faults if "is dead" in fault] == [
        "acme.toml: acme/generic: is dead: no example is left to it, or it claims nothing"
    ]


def test_an_entry_that_only_gives_placeholders_is_dead(lint):
    entry = {"pattern": "'''^(?P<brand>Gen\\w+)$'''", "examples": '[{ text = "General", brand = "General" }]'}
    assert not any("is dead" in fault for fault in lint(entry)), "kind and maker are still claimed"


def test_the_command_prints_faults_and_says_so(tmp_path, capsys):
    path = tmp_path / "acme.toml"
    path.write_text('schema = 1\nvendor = "Acme"\n[[fingerprint]]\nid = "x"\n', encoding="utf-8")
    assert main([str(path)]) == 1
    out = capsys.readouterr().out
    assert "acme.toml: x: match: is missing" in out
    assert "6 faults" in out


def test_two_brands_of_equal_strength_are_found_and_a_devices_own_word_is_none(lint):
    claims = "claims"
    one = {claims: '{ brand = "Acme" }'}
    two = {"id": '"other"', claims: '{ brand = "Bravo" }'}
    (fault,) = lint(one, more=[two])
    assert "'Acme-X1' is as much Bravo's (bravo/other) as Acme's" in fault
    assert lint(one, more=[two | {"strength": '"weak"'}]) == []
    assert lint(one, more=[two | {"shared": "true", "note": '"both sell it"'}]) == []
