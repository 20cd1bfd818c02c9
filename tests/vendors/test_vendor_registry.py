"""The registry: longest prefix, nobody where nobody is named, and its making from the IEEE's files."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.errors import KnowledgeError
from scanner.vendors import registry
from scanner.vendors.registry import FILE, UNNAMED, is_local, main, registrant, render

SMALL = 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("mac", "name"),
    [
        ("44:19:b6:12:34:56", "Hangzhou Hikvision Digital Technology Co.,Ltd."),
        ("44-19-B6-12-34-56", "Hangzhou Hikvision Digital Technology Co.,Ltd."),
        ("9002A9123456", "Zhejiang Dahua Technology Co., Ltd."),
        ("ac:cc:8e:00:00:01", "Axis Communications AB"),
        ("8c:1f:64:b2:b1:23", "Rhombus Europe"),
        ("44:19:b6", None),
        ("02:00:00:00:00:01", None),
        ("46:19:b6:00:00:01", None),
        ("45:19:b6:00:00:01", None),
        ("00:00:00:00:00:00", None),
        ("ff:ff:ff:ff:ff:ff", None),
        ("", None),
        ("camera", None),
    ],
)
def test_look_up(mac, name):
    assert registrant(mac) == name


def some(prefix_digits):
    return next(p for p, name in registry._table().items() if len(p) == prefix_digits and name not in UNNAMED)


@pytest.mark.parametrize("digits", [6, 7, 9])
def test_every_block_size_is_found(digits):
    prefix = some(digits)
    assert registrant(f"{prefix:0<12}"[:11] + "1") == registry._table()[prefix]


def test_containers_and_private_rows_name_nobody():
    table = registry._table()
    private = next(prefix for prefix, name in table.items() if name == "Private" and len(prefix) == 6)
    assert registrant(f"{private}123456") is None
    containers = [prefix for prefix, name in table.items() if name == "IEEE Registration Authority"]
    assert containers
    for prefix in containers[:50]:
        assert registrant(f"{prefix}ffffff") not in UNNAMED


@pytest.mark.parametrize(
    ("mac", "local"), [("02:00:00:00:00:01", True), ("aa:bb:cc:00:00:01", True), ("a8:00:00:00:00:01", False)]
)
def test_locally_administered_addresses(mac, local):
    assert is_local(mac) is local


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=20), st.binary(min_size=6, max_size=6).map(lambda raw: raw.hex(":"))))
def test_any_text_can_be_looked_up(text):
    name = registrant(text)
    assert name is None or name not in UNNAMED


def test_the_file_is_small_sorted_and_dated():
    text = FILE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(text.encode()) < SMALL
    assert rows == sorted(rows, key=lambda row: row.partition("\t")[0])
    assert all(row.count("\t") == 1 for row in rows)
    assert date(2026, 1, 1) < registry.REGISTRY_DATE <= date(2026, 11, 24)
    assert len(registry._table()) > 50_000


def test_modules_have_no_other_late_names():
    with pytest.raises(AttributeError, match="NOTHING"):
        _ = registry.NOTHING


HEAD = "Registry,Assignment,Organization Name,Organization Address\n"


def write(tmp_path, name, rows, head=HEAD):
    path = tmp_path / name
    path.write_text(head + rows, encoding="utf-8")
    return str(path)


def test_building_from_the_files_of_the_ieee(tmp_path, monkeypatch):
    large = write(
        tmp_path,
        "oui.csv",
        'MA-L,4419B6,"Acme Video Co.,  Ltd.","1 Road, Town"\nMA-L,8C1F64,IEEE Registration Authority,x\n',
    )
    medium = write(tmp_path, "mam.csv", "MA-M,55D4C8A,Bravo,x\nMA-L,AABBCC,Private,\n")
    small = write(
        tmp_path,
        "oui36.csv",
        "MA-S,8c1f64b2b,Grüne Kamera GmbH,x\nMA-S,8C1F64B2C,Acme Video Co.,x\nMA-L,4419B6,Late,x\n",
    )
    target = tmp_path / "registry.tsv"
    assert main(["--build", large, medium, small, "--date", "2026-10-01", "--to", str(target)]) == 0
    assert target.read_text(encoding="utf-8").splitlines() == [
        "# IEEE MA-L, MA-M and MA-S assignments: organisation, tab, prefixes",
        "# published 2026-10-01",
        "Acme Video Co.\t8C1F64B2C",
        "Acme Video Co., Ltd.\t4419B6",
        "Bravo\t55D4C8A",
        "Grüne Kamera GmbH\t8C1F64B2B",
        "IEEE Registration Authority\t8C1F64",
        "Private\tAABBCC",
    ]
    monkeypatch.setattr(registry, "FILE", target)
    registry._table.cache_clear()
    try:
        assert registrant("8c:1f:64:b2:b0:01") == "Grüne Kamera GmbH"
        assert registrant("8c:1f:64:ff:f0:01") is None
        assert registrant("44:19:b6:ff:f0:01") == "Acme Video Co., Ltd."
        assert date(2026, 10, 1) == registry.REGISTRY_DATE
    finally:
        registry._table.cache_clear()


def test_a_block_of_blocks_is_cut_at_the_longest_prefix():
    text = render([("8C1F64", "Whole"), ("8C1F64B", "Sixteenth"), ("8C1F64B2B", "Little")], date(2026, 1, 1))
    assert text.splitlines()[2:] == ["Little\t8C1F64B2B", "Sixteenth\t8C1F64B", "Whole\t8C1F64"]


@pytest.mark.parametrize(
    ("rows", "head", "problem"),
    [
        ("", "a,b\n", "oui.csv: head: has no columns"),
        ("", "", "oui.csv: head: has no columns"),
        ("MA-L,44:19:B6,x,y\n", HEAD, "oui.csv: line 2: Assignment: '44:19:B6' is not a prefix"),
        ("MA-L,4419B,x,y\n", HEAD, "is not a prefix"),
        ("MA-L\n", HEAD, "is not a prefix"),
    ],
)
def test_files_that_are_not_the_registry_are_refused(tmp_path, rows, head, problem):
    target = tmp_path / "out.tsv"
    with pytest.raises(KnowledgeError, match=problem.replace("(", r"\(")):
        main(["--build", write(tmp_path, "oui.csv", rows, head), "--date", "2026-10-01", "--to", str(target)])
    assert not target.exists()


def test_building_asks_for_the_date(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--build", write(tmp_path, "oui.csv", "")])
    assert "--build needs --date" in capsys.readouterr().err


def test_the_command_looks_up(capsys):
    assert main(["44:19:b6:00:00:01", "02:00:00:00:00:01"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "44:19:b6:00:00:01\tHangzhou Hikvision Digital Technology Co.,Ltd.",
        "02:00:00:00:00:01\t-",
    ]


def test_a_registry_without_date_is_refused(tmp_path):
    path = tmp_path / "undated.tsv"
    path.write_text("Acme\t4419B6\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"undated\.tsv: head"):
        registry._head_date(path)
