"""The shipped lists hold what they must, and a broken list says where: file, entry, key."""

from datetime import date

import pytest

from scanner.errors import KnowledgeError, UsageError
from scanner.policy import EntryKind, list_ids, load_lists
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


def test_the_three_lists_are_there():
    assert list_ids() == ("uk-wms-2022", "us-fcc-covered", "us-ndaa-889")
    assert [item.id for item in load_lists()] == list(list_ids())


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


@pytest.mark.parametrize("item", load_lists(), ids=lambda item: item.id)
def test_everything_has_a_source_and_a_date(item):
    assert item.sources
    assert item.checked >= item.version
    assert all(source.address.startswith("http") for source in item.sources)
    for entry in item.entries:
        assert entry.source
        assert entry.clause
        assert entry.valid_from <= item.version
        assert entry.group is None or vendors().get(entry.group).name == entry.group


def test_a_list_of_ones_own_is_loaded_by_its_path(write):
    (item,) = load_lists([write(MINIMAL)])
    assert item.id == "mine"
    assert item.version == date(2026, 1, 2)
    assert item.entries[0].group == "Dahua"


def test_an_unknown_id_is_one_sentence_with_the_known_ones():
    with pytest.raises(
        UsageError, match=r"there is no list 'us-ndaa-888'; the lists are uk-wms-2022, us-fcc"
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
