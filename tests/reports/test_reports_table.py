"""The table for people: order, counts, width, colours, and device text that stays text."""

import doctest
from dataclasses import replace
from io import StringIO

import pytest
from reported import device, devices, report
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scanner.model import Finding, Place, Verdict
from scanner.reports import View, phrases, ranking, render
from scanner.reports.grid import Cell, Column, grid
from scanner.reports.page.rows import rows

WIDE = View(width=160)


def lines(view=WIDE, **kwargs):
    return render(report(**kwargs), "table", view).splitlines()


def test_examples_in_docstrings_hold():
    assert not doctest.testmod(ranking).failed
    assert not doctest.testmod(phrases).failed


def test_the_worst_comes_first():
    rows = [
        line.split()[0] for line in lines() if line.startswith(("listed", "possible", "undet", "not listed"))
    ]
    assert rows == ["listed", "possible", "undetermined", "not"]


def test_a_row_says_label_maker_model_kind_and_why():
    (row,) = [line for line in lines() if line.startswith("listed")]
    assert row.split()[1:6] == ["192.0.2.10", "Annke", "Hikvision", "I91BF", "camera"]
    assert "named in us-fcc-covered, us-ndaa-889" in row


def test_a_contested_maker_is_marked():
    (row,) = [line for line in lines() if line.startswith("possible")]
    assert "Dahua ?" in row
    assert "contested: Dahua (0.99) or Axis (0.90)" in row


def test_other_things_are_one_line_of_counts():
    assert "3 other devices: 2 printers, 1 PC; 1 host said nothing that identifies it" in lines()


def test_the_tally_is_the_last_line():
    assert lines()[-1] == "4 devices: 1 listed, 1 possible, 1 undetermined, 1 not listed"


def test_each_list_has_its_version_and_its_count():
    (row,) = [line for line in lines() if line.startswith("List uk-wms-2022")]
    assert (
        row == "List uk-wms-2022 of 2026-11-23: 4 devices: 0 listed, 2 possible, 1 undetermined, 1 not listed"
    )


def test_coverage_damages_and_the_limits_of_the_whole_are_said():
    text = "\n".join(lines(failures=("building.pcapng: cut after 12 packets",), complete=False))
    assert "Read building.pcapng: 1,234 packets, 23 messages, 2026-11-20 08:00:00 UTC, 60 minutes" in text
    assert "Not read: building.pcapng: cut after 12 packets" in text
    assert "Incomplete:" in text
    assert "this report is not legal advice" in text


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 99, 100, 120, 200])
def test_every_width_is_kept_and_loses_no_device(width):
    shown = lines(View(width=width))
    assert max(map(len, shown)) <= max(width, 20)
    text = "".join(line.strip() for line in shown)
    for address in ("192.0.2.9", "192.0.2.10", "192.0.2.100", "fe80::1"):
        assert address in text


def test_colours_only_where_asked_for():
    assert "\x1b[" in render(report(), "table", View(width=120, colour=True))
    assert "\x1b" not in render(report(), "table", WIDE)


def test_device_text_is_neither_markup_nor_control():
    hostile = device("\x1b]0;owned\x07[red]Evil[/red]\u202e", "[link=http://x]click[/link]", model="[/]")
    for view in (WIDE, View(width=40), View(width=120, colour=True)):
        text = render(report(found=(hostile,)), "table", view)
        assert "\x07" not in text
        assert "\x1b]" not in text
        assert "\u202e" not in text
        assert "[red]Evil[/red]" in text.replace("\n", "").replace(" ", "")


def test_an_empty_report_is_still_a_report():
    shown = lines(found=())
    assert shown[-1] == "0 devices: 0 listed, 0 possible, 0 undetermined, 0 not listed"
    assert any(line.startswith("Lists: uk-wms-2022 of 2026-11-23") for line in shown)


def test_the_worst_of_several_lists_counts_and_names_the_list():
    (item,) = ranking.rank(report(found=(device("Uniview", "Uniview"),)))
    assert item.verdict is Verdict.POSSIBLE
    (row,) = [line for line in lines(found=(device("Uniview", "Uniview"),)) if line.startswith("possible")]
    assert "uk-wms-2022: by criterion, not by name" in " ".join(row.split())


def test_a_waived_device_is_counted_apart():
    camera = device("Hikvision")
    finding = Finding(
        device=camera.id, list="us-ndaa-889", version="2026-11-23", verdict=Verdict.WAIVED, waiver="T-1"
    )
    made = replace(report(found=(camera,)), findings=(finding,))
    assert render(made, "table").endswith("0 not listed, 1 waived\n")


def test_many_failures_and_many_kinds_are_cut_short_with_their_number():
    text = "\n".join(lines(failures=tuple(f"damage {n}" for n in range(20))))
    assert "Not read: 12 more, see --json" in text
    kinds = ["printer", "scanner", "pc", "server", "nas", "phone", "tablet", "tv", "speaker", "gateway"]
    things = tuple(
        device(identifier=f"{n:010x}", host=f"192.0.2.{n}", kind="other", what=k)
        for n, k in enumerate(kinds, 1)
    )
    assert "10 other devices" in "\n".join(lines(found=things))
    assert "2 more" in "\n".join(lines(found=things))


def test_unknown_things_that_said_something_are_counted_apart():
    found = (
        *devices(),
        device(brand="Panasonic", identifier="cc00000002", host="192.0.2.31", kind="unknown"),
    )
    assert any("1 device of unknown kind; 1 host said nothing" in line for line in lines(found=found))


def test_columns_are_those_that_were_chosen_in_their_order():
    shown = lines(View(width=140, columns=("mac", "maker", "lists", "serial")))
    assert shown[0].split() == ["mac", "maker", "uk-wms-2022", "us-fcc-covered", "us-ndaa-889", "serial"]
    assert shown[2].split()[:4] == ["44:19:b6:00:00:01", "Hikvision", "possible", "listed"]
    assert "not legal advice" in "\n".join(shown)


def test_chosen_columns_fit_the_width_too():
    for width in (40, 60, 100):
        shown = lines(View(width=width, columns=("address", "maker", "mac", "why")))
        assert max(map(len, shown)) <= width


def test_wide_shows_what_there_is_on_one_line_a_device():
    shown = lines(View(width=40, wide=True))
    header = shown[0].split()
    assert {"verdict", "mac", "maker_confidence", "us-ndaa-889", "id"} <= set(header)
    assert not {"serial", "building", "floor"} & set(header)
    rows = shown[2:6]
    assert [row.split()[0] for row in rows] == ["listed", "possible", "undetermined", "not-listed"]
    assert all(row.endswith(("0001", "0002", "0003", "0004")) for row in rows)


def test_columns_of_the_csv_are_chosen_likewise():
    text = render(report(), "csv", View(columns=("id", "verdict")))
    assert text.splitlines()[:2] == ["id,verdict", "aa00000001,listed"]


def test_hostile_text_stays_text_in_every_column():
    hostile = device("\x1b]0;owned\x07[red]Evil[/red]\u202e", "[link=http://x]click[/link]", model="[/]")
    text = render(report(found=(hostile,)), "table", View(wide=True, colour=True))
    assert "\x07" not in text
    assert "\x1b]" not in text
    assert "[link=http://x]click[/link]" in text


def test_a_camera_behind_a_recorder_is_said_to_be_there():
    whole = report()
    recorder, *_ = (d for d in whole.devices if d.addresses)
    camera = replace(recorder, id="behind-it", addresses=(), macs=(), parent=recorder.id)
    said = Finding(device=camera.id, list="l", version="2026-11-27", verdict=Verdict.UNDETERMINED)
    changed = replace(whole, devices=(*whole.devices, camera), findings=(*whole.findings, said))
    for view in (WIDE, View(width=60)):
        assert f"behind {recorder.addresses[0]}" in render(changed, "table", view)


@pytest.mark.parametrize("width", [24, 61, 80, 120, 200])
def test_a_grid_is_drawn_as_rich_draws_it(width):
    names = ("verdict", "who", "why")
    texts = [
        (
            "listed",
            "浙江大华技术股份有限公司",
            "web server, login realm, MAC registrant; named in us-fcc-covered",
        ),
        ("not listed", "", "a-word-that-is-longer-than-the-column-in-which-it-has-to-stand"),
    ]
    ours, theirs = (Console(file=StringIO(), width=width) for _ in range(2))
    grid(
        ours,
        [Column(name=n, fixed=n == "verdict") for n in names],
        [[Cell(text=t) for t in row] for row in texts],
    )
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name, overflow="fold", no_wrap=name == "verdict")
    for row in texts:
        table.add_row(*(Text(text, overflow="fold") for text in row))
    theirs.print(table)
    assert [line.rstrip() for line in ours.file.getvalue().splitlines()] == [
        line.rstrip() for line in theirs.file.getvalue().splitlines()
    ]


@pytest.mark.parametrize("width", range(5, 60))
def test_a_grid_keeps_to_the_width_and_loses_nothing(width):
    file = StringIO()
    texts = [("listed", "abcdefghij" * 3), ("x", "k" * 17)]
    grid(
        Console(file=file, width=width),
        [Column(name="one"), Column(name="two")],
        [[Cell(text=text) for text in row] for row in texts],
    )
    shown = file.getvalue().splitlines()
    assert max(map(len, shown)) <= width
    assert shown[0].split() == ["one", "two"] or width < 8
    told = "".join(line.replace(" ", "") for line in shown)
    assert all(
        told.count(letter) >= sum(text.count(letter) for row in texts for text in row) for letter in "ajkx"
    )


def placed(site, building, number):
    one = device("Hikvision", "Hikvision", identifier=f"{number:010x}", host=f"192.0.2.{number}")
    return replace(one, place=Place(site=site, building=building))


def test_several_sites_are_told_apart_and_counted_each():
    found = (placed("hall", "Gym", 1), placed("hall", "Gym", 2), placed("school", "", 3))
    made = report(found=found)
    for width in (160, 80):
        text = render(made, "table", View(width=width))
        assert "hall, Gym: 2 devices: " in text
        assert "school: 1 device: " in text
        assert "school" in next(line for line in text.splitlines() if "192.0.2.3" in line)
    alone = render(report(found=found[:2]), "table", WIDE)
    assert "hall" not in alone
    page = rows(made)
    assert {row.building for row in page} == {"hall, Gym", "school"}
    assert {row.building for row in rows(report(found=found[:2]))} == {"Gym"}
