"""Registers as people keep them against an inventory: reading, guessing, meeting, and what is said of it."""

import json
from datetime import date

import pytest
from conftest import ROOT
from handmade import device
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.cli import run
from scanner.errors import ScannerError, UsageError
from scanner.reconcile import Field, Outcome, guess, read_register, reconcile
from scanner.reconcile.keys import addresses_in, macs_in, serial_key
from scanner.reconcile.telling import COLUMNS, csv, record, table, tally
from scanner.vendors import vendors

BUILDING = ROOT / "fixtures" / "captures" / "building.pcapng"
GERMAN = (
    "Kameraliste Rathaus;;;;\n;;;;\n"
    "Inventar-Nr;IP-Adresse;MAC-Adresse;Hersteller;Gerätebezeichnung\n"
    "A1;192.0.2.10;;Axis;Flur Süd\n"
)


@pytest.fixture
def write(tmp_path):
    def _write(content, name="register.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return _write


def workbook(path, rows, sheets=("Assets",)):
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = sheets[0]
    for name in sheets[1:]:
        book.create_sheet(name)
    for row in rows:
        book[sheets[-1]].append(row)
    book.save(path)
    return path


ENCODED = [
    ("utf-8", GERMAN.encode()),
    ("utf-8 with mark", GERMAN.encode("utf-8-sig")),
    ("windows", GERMAN.encode("cp1252")),
    ("utf-16", GERMAN.encode("utf-16")),
    ("told delimiter", b"sep=;\r\n" + GERMAN.replace("\n", "\r\n").encode()),
    ("tab", GERMAN.replace(";", "\t").encode()),
    ("pipe", GERMAN.replace(";", "|").encode()),
]


@pytest.mark.parametrize("content", [row[1] for row in ENCODED], ids=[row[0] for row in ENCODED])
def test_dialects_and_encodings_are_told_apart(write, content):
    register = read_register(write(content))
    columns = guess(register)
    told = {field: columns.title(field) for field in columns.columns}
    assert told == {
        Field.ASSET: "Inventar-Nr",
        Field.ADDRESS: "IP-Adresse",
        Field.MAC: "MAC-Adresse",
        Field.BRAND: "Hersteller",
        Field.NAME: "Gerätebezeichnung",
    }
    assert register.rows[-1][1][-1] == "Flur Süd"


HEADERS = [
    "IP address,MAC Address,Serial No.,Manufacturer,Model",
    "Adresse IP,Adresse MAC,N° de série,Marque,Modèle",
    "Dirección IP,Dirección MAC,Número de serie,Fabricante,Modelo",
    "Indirizzo IP,Indirizzo MAC,Matricola,Produttore,Modello",
    "IP-adres,MAC-adres,Serienummer,Merk,Model",
    "IP,Physical Address,Seriennummer,Fabrikat,Typ",
    "ipv4_address,mac_addr,serialNumber,vendor,type",
]


@pytest.mark.parametrize("header", HEADERS)
def test_headers_in_several_languages(write, header):
    columns = guess(read_register(write(f"{header}\n10.0.0.7,44:19:b6:00:00:01,X12345,Bosch,Y\n")))
    assert [
        columns.columns[f] for f in (Field.ADDRESS, Field.MAC, Field.SERIAL, Field.BRAND, Field.MODEL)
    ] == [*range(5)]


def test_columns_without_names_are_looked_at(write):
    columns = guess(read_register(write("cam 1,10.0.0.7,4419b6000001\ncam 2,10.0.0.8,4419b6000002\n")))
    assert (columns.header, columns.columns) == (None, {Field.MAC: 2, Field.ADDRESS: 1})
    assert columns.how[Field.MAC] == "by what stands in it"
    assert columns.title(Field.MAC) == "column 3"


def test_whoever_knows_better_says_so(write):
    register = read_register(write("IP,Old IP,Zeug\n10.0.0.7,10.0.0.9,S-12345\n"))
    columns = guess(register, {Field.ADDRESS: "Old IP", Field.SERIAL: "3"})
    assert (columns.columns[Field.ADDRESS], columns.columns[Field.SERIAL]) == (1, 2)
    with pytest.raises(UsageError, match="has no column 'IPv7'; its columns are IP, Old IP, Zeug"):
        guess(register, {Field.ADDRESS: "IPv7"})


def test_a_register_that_identifies_nothing_is_said(write):
    with pytest.raises(UsageError, match=r"no column is known to hold an address.*--column address=NAME"):
        guess(read_register(write("colour,weight\nred,3\n")))


def test_a_workbook_and_its_sheets(tmp_path):
    rows = [["IP", "Serial number"], ["10.0.0.7", 123456789.0], [None, None], ["10.0.0.8", "=1+1"]]
    path = workbook(tmp_path / "register.xlsx", rows, sheets=("Cover", "Assets"))
    register = read_register(path, "Assets")
    assert [cells for _, cells in register.rows] == [
        ("IP", "Serial number"),
        ("10.0.0.7", "123456789"),
        ("10.0.0.8", ""),
    ]
    assert [line for line, _ in register.rows] == [1, 2, 4]
    with pytest.raises(UsageError, match="has no sheet 'Nope'; there are Cover, Assets"):
        read_register(path, "Nope")


@pytest.mark.parametrize("content", [b"PK\x03\x04 not really", b"\x00\x01\x02\x00" * 50, b""])
def test_what_is_no_register_is_one_sentence(write, content):
    with pytest.raises(ScannerError):
        guess(read_register(write(content)))


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("r") / "r.csv"
    path.write_bytes(data)
    try:
        columns = guess(register := read_register(path))
        reconcile([device("Axis")], register, columns, vendors())
    except ScannerError:
        pass


@settings(deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_keys(text):
    macs_in(text), addresses_in(text), serial_key(text)


CAMERAS = (
    device("Dahua", "Lorex", identifier="aa1", host="192.0.2.10", mac="3c:ef:8c:00:00:01", serial="SN000111"),
    device("Axis", "Axis", identifier="aa2", host="192.0.2.11", mac="00:40:8c:00:00:02", name="Lobby"),
    device("Hikvision", "Hikvision", identifier="aa3", host="192.0.2.12", mac="44:19:b6:00:00:03"),
    device(identifier="aa4", host="192.0.2.13", mac="44:19:b6:00:00:04", kind="other", what="printer"),
    device(identifier="aa5", host="192.0.2.14", mac="44:19:b6:00:00:05"),
)
REGISTER = """asset,ip,mac,serial,name,brand
1,192.0.2.10,3C-EF-8C-00-00-01,,,Lorex
2,,,,lobby,AXIS Communications
3,192.0.2.99,44:19:b6:00:00:03,,,Hikvision
4,192.0.2.13,,,Door cam,Bosch
5,192.0.2.77,,,,Bosch
6,192.0.2.50,,,,Bosch
7,192.0.2.77,,,,Bosch
8,,,n/a,,
9,192.0.2.12,,SN-000111,,Dahua
10,192.0.2.14,,,,Canon
"""


@pytest.fixture
def cases(write):
    register = read_register(write(REGISTER))
    found = reconcile(CAMERAS, register, guess(register), vendors(), silent=["192.0.2.50"])
    return {case.row.line if case.row else case.device.id: case for case in found}


EXPECTED = [
    (
        2,
        "aa1",
        Outcome.DUPLICATE,
        ("registered as Lorex, made by Dahua (0.99)", "another row is the same device"),
    ),
    (3, "aa2", Outcome.AGREES, ()),
    (4, "aa3", Outcome.DIFFERS, ("registered address 192.0.2.99, found 192.0.2.12",)),
    (5, "aa4", Outcome.DIFFERS, ("it is a printer",)),
    (6, None, Outcome.DUPLICATE, ("address 192.0.2.77 is also in line 8",)),
    (7, None, Outcome.MISSING, ("somebody lives at 192.0.2.50 who did not say who it is",)),
    (8, None, Outcome.DUPLICATE, ("address 192.0.2.77 is also in line 6",)),
    (9, None, Outcome.MISSING, ("nothing in this row identifies a device",)),
    (11, "aa5", Outcome.AGREES, ()),  # the maker is unknown: nothing is said of the registered brand
]


@pytest.mark.parametrize(("line", "identifier", "outcome", "notes"), EXPECTED)
def test_what_is_said_of_each_row(cases, line, identifier, outcome, notes):
    case = cases[line]
    assert (case.outcome, case.notes) == (outcome, notes)
    assert (case.device.id if case.device else None) == identifier


def test_the_strongest_key_decides_and_the_others_are_said(cases):
    case = cases[10]
    assert (case.device.id, case.by) == ("aa1", Field.SERIAL)
    assert "its address is another device's now: 192.0.2.12" in case.notes
    assert "registered address 192.0.2.12, found 192.0.2.10" in case.notes


def test_only_surveillance_devices_are_missed_in_the_register(write):
    register = read_register(write("ip\n192.0.2.10\n"))
    found = reconcile(CAMERAS, register, guess(register), vendors())
    assert {c.device.id for c in found if c.outcome is Outcome.UNREGISTERED} == {"aa2", "aa3", "aa5"}


def test_the_result_in_all_its_forms(write):
    register = read_register(write(REGISTER + '11,192.0.2.200,,,"=cmd()\x1b[31m",x\n'))
    columns = guess(register)
    found = reconcile(CAMERAS, register, columns, vendors())
    lines = csv(found).splitlines()
    assert lines[0].split(",") == list(COLUMNS)
    assert len(lines) == len(found) + 1
    assert "'=cmd()" in csv(found)
    assert record(found, register, columns)["counts"]["missing"] == sum(
        c.outcome is Outcome.MISSING for c in found
    )
    shown = table(found, 120)
    assert "\x1b" not in shown + csv(found)
    assert "registered as Lorex" in " ".join(shown.split())
    assert tally(found).endswith("2 agrees")


def test_the_command(write, capsys):
    path = write(GERMAN.encode("cp1252"))
    assert run(["reconcile", str(path), "--from", str(BUILDING), "--json"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    (differs,) = [case for case in found["cases"] if case["outcome"] == "differs"]
    assert differs["notes"][0].startswith("registered as Axis, the label says Hikvision, made by Hikvision")
    assert found["counts"]["unregistered"] > 50
    assert "CSV, cp1252, delimiter ;" in err
    assert "address  IP-Adresse (by its name)" in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", str(BUILDING), "--site", "x"], "--store and --site do not go with --from"),
        (["--from", str(BUILDING), "--json", "--csv"], "--json and --csv"),
        (
            ["--from", str(BUILDING), "--column", "colour=1"],
            "--column takes FIELD=NAME, the field one of mac, ",
        ),
        (["--from", str(BUILDING), "--sheet", "x"], "is no workbook"),
    ],
)
def test_words_that_do_not_fit(write, capsys, words, said):
    assert run(["reconcile", str(write(GERMAN)), *words]) == 2
    assert said in capsys.readouterr().err


class TestStore:
    """Without --from the store says what is there now."""

    @pytest.fixture
    def store(self, tmp_path):
        from dataclasses import replace as changed

        from scanner.pipeline import replay
        from scanner.store import open_store

        path = tmp_path / "census.sqlite"
        report = replay([BUILDING], on=date(2026, 11, 27), lists=["us-ndaa-889"])
        with open_store(str(path)) as opened:
            opened.save(report, site="Town Hall")
            opened.save(changed(report, devices=report.devices[:3], findings=()), site="Annex")
        return str(path)

    def test_the_devices_of_a_site_are_compared(self, write, store, capsys):
        words = ["reconcile", str(write(GERMAN)), "--store", store, "--json"]
        assert run(words) == 2
        assert "several sites: say --site (Annex, Town Hall)" in capsys.readouterr().err
        assert run([*words, "--site", "Town Hall"]) == 0
        assert json.loads(capsys.readouterr().out)["counts"]["unregistered"] > 50
        assert run([*words, "--site", "Attic"]) == 2
        assert "knows no site 'Attic'" in capsys.readouterr().err

    def test_the_configuration_says_which_store_and_site(self, write, store, tmp_path, capsys):
        config = tmp_path / "camcensus.toml"
        config.write_text('site = "Annex"\nstore = "census.sqlite"\n')
        assert run(["reconcile", str(write(GERMAN)), "--config", str(config), "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["counts"]["unregistered"] <= 3

    def test_a_store_that_is_not_there_is_one_sentence(self, write, tmp_path, capsys):
        assert run(["reconcile", str(write(GERMAN)), "--store", str(tmp_path / "none.sqlite")]) == 1
        assert "there is no store at" in capsys.readouterr().err
