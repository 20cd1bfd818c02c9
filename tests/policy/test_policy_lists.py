"""The shipped lists hold what they must, and a broken list says where: file, entry, key."""

from datetime import date
from pathlib import Path

import pytest
from handmade import device

from scanner.errors import KnowledgeError, UsageError
from scanner.model import Verdict
from scanner.policy import EntryKind, find_list, judge, list_ids, load_lists
from scanner.policy.comparing import compare
from scanner.policy.installing import install, origin
from scanner.policy.loading import LISTS
from scanner.vendors import vendors

MINIMAL = """
schema = 1
id = "mine"
legal_name = "Our own purchasing rule"
citation = "board, 2026"
body = "the board"
jurisdiction = "us"
governs = ["procurement"]
binds = ["us"]
installed_devices_covered = "no"
version = 2026-01-02
checked = 2026-01-03
address = "https://intranet.example/rule"
sources = [{ title = "minutes", date = 2026-01-02 }]

[[entry]]
printed = "Zhejiang Dahua Technology Co., Ltd."
group = "dahua"
from = 2026-01-02
clause = "1"
source = "minutes"
source_date = 2026-01-02
"""


@pytest.fixture
def write(tmp_path):
    def _write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return str(path)

    return _write


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


SHIPPED = tuple(find_list(name) for name in list_ids())
BY_DEFAULT = ["uk-wms-2022", "us-fcc-covered", "us-ndaa-889"]


def test_three_lists_are_held_against_devices_unless_others_are_named():
    assert [item.id for item in load_lists()] == BY_DEFAULT


def test_all_stands_for_every_confirmed_list():
    assert [item.id for item in load_lists(["all"])] == [item.id for item in SHIPPED if item.confirmed]


def test_an_unconfirmed_list_is_shipped_disabled_and_never_lists_for_certain():
    unconfirmed = [item for item in SHIPPED if not item.confirmed]
    assert unconfirmed
    assert not any(item.enabled for item in unconfirmed)
    assert not any(entry.documented for item in unconfirmed for entry in item.entries)
    camera = device("Hikvision", "Hikvision")
    found = judge([camera], unconfirmed, vendors(), on=date(2026, 11, 23))
    assert {finding.verdict for finding in found} == {Verdict.POSSIBLE}


def test_section_889_names_five_companies_in_two_scopes():
    (item,) = load_lists(["us-ndaa-889"])
    limited = {entry.group: entry.purpose_limited for entry in item.entries}
    assert limited == {"Huawei": False, "ZTE": False, "Hytera": True, "Hikvision": True, "Dahua": True}
    assert all(entry.includes == ("subsidiaries", "affiliates") for entry in item.entries)


def test_the_british_statement_names_nobody():
    (item,) = load_lists(["uk-wms-2022"])
    assert item.entries == ()
    assert item.criterion.decision == "human"


def test_categories_of_equipment_are_shown_and_have_no_company():
    (item,) = load_lists(["us-fcc-covered"])
    categories = [entry for entry in item.entries if entry.kind is EntryKind.CRITERION]
    assert len(categories) == 2
    assert all(entry.group is None for entry in categories)


@pytest.mark.parametrize("item", SHIPPED, ids=lambda item: item.id)
def test_everything_has_a_source_and_a_date(item):
    assert item.sources
    assert item.checked >= item.version
    assert item.depends_on
    assert all(source.address.startswith("http") for source in item.sources if item.confirmed)
    assert all(source.date <= item.checked for source in item.sources)
    for entry in item.entries:
        assert entry.source
        assert entry.clause
        assert entry.valid_from <= item.version or not entry.confirmed or entry.valid_to
        assert entry.source_date <= item.checked
        assert not (entry.confirmed and "general knowledge" in entry.source)
        assert entry.group is None or vendors().get(entry.group).name == entry.group


def test_a_list_of_ones_own_is_loaded_by_its_path(write):
    (item,) = load_lists([write(MINIMAL)])
    assert item.id == "mine"
    assert item.version == date(2026, 1, 2)
    assert item.entries[0].group == "Dahua"


def test_an_unknown_id_is_one_sentence_with_the_known_ones():
    with pytest.raises(
        UsageError, match=r"there is no list 'us-ndaa-888'; the lists are au-2023, .*uk-wms-2022, us-"
    ):
        load_lists(["us-ndaa-888"])


def test_lists_come_sorted_and_once():
    ids = [item.id for item in load_lists(["us-ndaa-889", "uk-wms-2022", "us-ndaa-889"])]
    assert ids == ["uk-wms-2022", "us-ndaa-889"]


BROKEN = [
    ("not TOML", "schema = ", r"mine\.toml: file: cannot be read as TOML"),
    ("other schema", MINIMAL.replace("schema = 1", "schema = 2"), r"mine\.toml: file: schema: must be 1"),
    ("key missing", MINIMAL.replace('body = "the board"\n', ""), r"mine\.toml: list: body: is missing"),
    (
        "key unknown",
        MINIMAL.replace("body =", "colour = 'red'\nbody ="),
        r"mine\.toml: list: colour: is not a key of this table",
    ),
    (
        "entry key unknown",
        MINIMAL + "colour = 'red'\n",
        r"mine\.toml: Zhejiang Dahua .*: colour: is not a key of this table",
    ),
    (
        "entry key missing",
        MINIMAL.replace('clause = "1"\n', ""),
        r"mine\.toml: Zhejiang Dahua .*: clause: is missing",
    ),
    (
        "date unreadable",
        MINIMAL.replace("from = 2026-01-02", 'from = "soon"'),
        r"Zhejiang Dahua .*: from: input should be a valid date",
    ),
    ("word not in the choice", MINIMAL.replace('["procurement"]', '["gossip"]'), r"list: governs"),
    (
        "group unknown",
        MINIMAL.replace('"dahua"', '"Dahuaa"'),
        r"Zhejiang Dahua .*: group: 'Dahuaa' is not in the vendor table",
    ),
    ("group missing", MINIMAL.replace('group = "dahua"\n', ""), r"Zhejiang Dahua .*: group: is missing"),
    (
        "empty",
        MINIMAL.partition("[[entry]]")[0],
        r"mine\.toml: list: entry: there is neither an entry nor a criterion",
    ),
]


@pytest.mark.parametrize(("text", "said"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
def test_a_broken_list_names_file_entry_and_key(write, text, said):
    with pytest.raises(KnowledgeError, match=said):
        load_lists([write(text)])


def test_a_missing_list_file_is_one_sentence(tmp_path):
    with pytest.raises(KnowledgeError, match=r"absent\.toml: file: there is no such file"):
        load_lists([str(tmp_path / "absent.toml")])


def test_an_entry_of_a_company_that_the_vendor_table_does_not_know_is_shown_and_never_matched(write):
    text = (
        MINIMAL
        + """
[[entry]]
printed = "Elsewhere Ltd"
kind = "outside"
from = 2026-01-02
clause = "2"
source = "minutes"
source_date = 2026-01-02
"""
    )
    (item,) = load_lists([write(text)])
    assert [entry.group for entry in item.entries] == ["Dahua", None]


def test_a_list_that_nobody_confirmed_cannot_be_enabled(write):
    with pytest.raises(KnowledgeError, match="enabled: a list that nobody confirmed must be disabled"):
        load_lists([write(MINIMAL.replace("body =", "confirmed = false\nbody ="))])


class TestByState:
    """A list of one's own that asks who owns the maker."""

    TEXT = (
        MINIMAL.partition("[[entry]]")[0]
        + """
[criterion]
state_owner = "CN"
wording = "owned by the state"
"""
    )

    def verdict(self, write, maker, text=TEXT):
        chosen = load_lists([write(text)])
        return judge([device(maker, maker)], chosen, vendors(), on=date(2026, 11, 23))[0]

    def test_a_company_whose_owner_is_a_states_is_for_a_human_to_decide(self, write):
        finding = self.verdict(write, "Hikvision")
        assert finding.verdict is Verdict.POSSIBLE
        assert finding.chain[-1] == "criterion: the state of CN owns CETC (mine)"
        assert "for a human to decide" in finding.reason

    def test_every_property_that_is_asked_for_must_hold(self, write):
        both = self.TEXT.replace("state_owner", 'head_office_country = "CN"\nstate_owner')
        verdicts = [self.verdict(write, name, both).verdict for name in ("Hikvision", "Dahua", "Axis")]
        assert verdicts == [Verdict.POSSIBLE, Verdict.UNDETERMINED, Verdict.NOT_LISTED]

    def test_a_company_of_which_nobody_said_who_owns_it_is_undetermined(self, write):
        finding = self.verdict(write, "Axis")
        assert finding.verdict is Verdict.UNDETERMINED
        assert finding.reason.startswith("whether a state owns Axis is not known here")


def newer(text, version="2026-05-01", checked="2026-05-02"):
    return text.replace("2026-01-02\nchecked = 2026-01-03", f"{version}\nchecked = {checked}")


class TestInstalled:
    """Closed networks get their lists by hand."""

    def test_a_newer_list_is_used_from_then_on(self, write, tmp_path):
        install(Path(write(MINIMAL)))
        assert origin("mine") == "installed"
        install(Path(write(newer(MINIMAL))))
        assert find_list("mine").version == date(2026, 5, 1)
        assert (tmp_path / "data" / "camcensus" / "lists" / "mine.toml").read_text() == newer(MINIMAL)

    @pytest.mark.parametrize(
        ("version", "said"), [("2026-05-01", "the same as"), ("2026-04-30", "older than")]
    )
    def test_never_over_one_that_is_as_new(self, write, version, said):
        install(Path(write(newer(MINIMAL))))
        with pytest.raises(UsageError, match=f"{said} what is in use"):
            install(Path(write(newer(MINIMAL, version=version))))
        assert find_list("mine").version == date(2026, 5, 1)

    def test_a_broken_file_changes_nothing(self, write):
        install(Path(write(MINIMAL)))
        with pytest.raises(KnowledgeError):
            install(Path(write(newer(MINIMAL).replace('"dahua"', '"Dahuaa"'))))
        assert find_list("mine").version == date(2026, 1, 2)

    def test_a_shipped_list_that_has_become_newer_than_the_installed_one_counts(self, tmp_path):
        shipped = find_list("us-ndaa-889")
        folder = tmp_path / "data" / "camcensus" / "lists"
        folder.mkdir(parents=True)
        text = (LISTS / "us-ndaa-889.toml").read_text()
        (folder / "us-ndaa-889.toml").write_text(
            text.replace(f"version = {shipped.version}", "version = 2020-01-01")
        )
        assert find_list("us-ndaa-889") == shipped
        (folder / "us-ndaa-889.toml").write_text(
            text.replace(f"version = {shipped.version}", "version = 2031-01-01")
        )
        assert find_list("us-ndaa-889").version == date(2031, 1, 1)


def test_two_versions_are_compared_by_entry_and_key(write):
    (before,) = load_lists([write(MINIMAL)])
    changed = (
        newer(MINIMAL).replace('clause = "1"', 'clause = "1a"')
        + """
[[entry]]
printed = "Huawei"
group = "Huawei"
from = 2026-05-01
clause = "2"
source = "minutes"
source_date = 2026-05-01
"""
    )
    (after,) = load_lists([write(changed)])
    said = [(c.what, c.how, c.key, c.before, c.after) for c in compare(before, after)]
    assert said == [
        ("list", "changed", "version", "2026-01-02", "2026-05-01"),
        ("list", "changed", "checked", "2026-01-03", "2026-05-02"),
        ("Zhejiang Dahua Technology Co., Ltd.", "changed", "clause", "1", "1a"),
        ("Huawei", "came", "", "", "named, from 2026-05-01, 2"),
    ]
    assert [c.how for c in compare(after, before)][-2:] == ["went", "changed"]
    assert compare(after, after) == ()


def test_a_list_is_stale_a_quarter_after_its_last_check(write):
    (item,) = load_lists([write(MINIMAL)])
    assert not item.stale(date(2026, 4, 3))
    assert item.stale(date(2026, 4, 4))
