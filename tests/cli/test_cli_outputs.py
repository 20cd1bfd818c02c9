"""`-o format=path`: what the words mean, that files are whole or not there, and that nothing runs for nothing."""

import json
import os
import stat
import sys
import threading
from dataclasses import replace

import pytest
from handmade import device
from reported import report

from scanner import pipeline, reports
from scanner.cli import run
from scanner.cli.outputs import Output, outputs, put
from scanner.cli.reporting import write
from scanner.errors import ScannerError, UsageError
from scanner.reports import FORMATS, Format, named, suffixed

COUNTS = Format(
    name="counts",
    title="bytes",
    suffix=".counts",
    binary=True,
    render=lambda made, _: bytes([len(made.devices)]),
)
BROKEN = Format(name="broken", title="fails", suffix=".broken", render=lambda *_: 1 / 0)
LACKING = Format(
    name="lacking", title="cannot", suffix=".lacking", render=lambda *_: "", lacks=lambda: "no pen"
)


@pytest.fixture(autouse=True)
def more(monkeypatch):
    monkeypatch.setattr(reports, "FORMATS", (*FORMATS, COUNTS, BROKEN, LACKING))


@pytest.fixture
def asked(monkeypatch):
    """Lets `replay` find one device, and counts how often it was run."""
    runs = []

    def _replay(*words, **_):
        runs.append(words)
        return report(found=(device("Axis", "Axis"),))

    monkeypatch.setattr(pipeline, "replay", _replay)
    return runs


def meant(*words, chosen=None, json=False):
    made = outputs(chosen, words, json=json)
    return [(item.form.name, item.path and item.path.name) for item in made]


def test_what_the_words_mean(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert meant() == [("table", None)]
    assert meant(json=True) == [("json", None)]
    assert meant(chosen="json") == [("json", None)]
    assert meant("json=a") == [("json", "a")]
    assert meant("json=a", "table=b") == [("json", "a"), ("table", "b")]
    assert meant("json=a", chosen="table") == [("table", None), ("json", "a")]
    assert meant("json=a", json=True) == [("json", None), ("json", "a")]
    assert meant("json") == meant("json=-") == meant("-", json=True) == [("json", None)]
    assert meant("-") == [("table", None)]


def test_a_path_alone_takes_the_format_that_is_named_or_its_ending(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert meant("a.json") == [("json", "a.json")]
    assert meant("a.json", chosen="table") == [("table", "a.json")]
    assert meant("a", json=True) == [("json", "a")]
    assert meant("./x=a.json") == [("json", "x=a.json")]
    assert meant("json=x=y") == [("json", "x=y")]


FAULTS = [
    (["a.doc"], UsageError, "tells no report format"),
    (["htlm=a"], UsageError, "there is no report format 'htlm'"),
    (["json=a", "table=a"], UsageError, "two reports cannot both go to"),
    (["json", "table"], UsageError, "two reports cannot both go to stdout"),
    (["json=absent/a"], ScannerError, "absent/a cannot be written: No such file or directory"),
    (["json=."], ScannerError, "it is a folder"),
    (["json=" + "n" * 300], ScannerError, "File name too long"),
    (["lacking=a"], ScannerError, "the format lacking cannot be written here: no pen"),
]


@pytest.mark.parametrize(("words", "kind", "said"), FAULTS, ids=[" ".join(row[0])[:30] for row in FAULTS])
def test_what_cannot_be_written_is_refused_before_anything_runs(
    asked, tmp_path, monkeypatch, capsys, words, kind, said
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=said):
        outputs(None, words, json=False)
    options = [part for word in words for part in ("-o", word)]
    assert run(["replay", "x.pcap", *options]) == (2 if kind is UsageError else 1)
    assert said in capsys.readouterr().err
    assert not asked
    assert not list(tmp_path.iterdir())


def test_a_file_that_may_not_be_written_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ScannerError, match="permission denied"):
        outputs(None, [f"json={path}"], json=False)


def test_bytes_are_not_for_a_terminal(monkeypatch):
    assert meant("counts") == [("counts", None)]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    with pytest.raises(UsageError, match="write it to a file with -o counts=FILE"):
        outputs("counts", (), json=False)


def test_files_are_written_and_stdout_keeps_silent(asked, tmp_path, capsysbinary):
    words = [f"json={tmp_path / 'a'}", f"table={tmp_path / 'b'}", f"counts={tmp_path / 'c'}"]
    assert run(["replay", "x.pcap", *(part for word in words for part in ("-o", word))]) == 0
    out, err = capsysbinary.readouterr()
    assert out == b""
    assert b"Wrote " in err
    assert err.endswith(b"1 device: 0 listed, 0 possible, 0 undetermined, 1 not listed\n")
    assert json.loads((tmp_path / "a").read_text())["schema"] == "camcensus.report/1"
    assert (tmp_path / "b").read_text().endswith("1 not listed\n")
    assert (tmp_path / "c").read_bytes() == b"\x01"
    assert len(list(tmp_path.iterdir())) == 3


def test_bytes_reach_stdout_as_they_are(asked, capsysbinary):
    assert run(["replay", "x.pcap", "-o", "counts"]) == 0
    assert capsysbinary.readouterr().out == b"\x01"


def test_quiet_prints_nothing_and_writes_all_the_same(asked, tmp_path, capsys):
    assert run(["replay", "x.pcap", "-q", "--format", "table", "-o", f"json={tmp_path / 'a'}"]) == 0
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "a").stat().st_size > 100


def test_one_format_that_fails_does_not_cost_the_others(asked, tmp_path, capsys):
    assert run(["replay", "x", "-o", f"broken={tmp_path / 'a'}", "-o", f"json={tmp_path / 'b'}"]) == 1
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_text("old")
    path.chmod(0o640)

    def _full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", _full)
    with pytest.raises(ScannerError, match="a cannot be written: No space left on device"):
        put(path, b"new")
    assert path.read_text() == "old"
    monkeypatch.undo()
    with path.open() as reader:
        put(path, b"new")
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [item.name for item in tmp_path.iterdir()] == ["a"]


def test_a_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    real, link, pipe = tmp_path / "real", tmp_path / "link", tmp_path / "pipe"
    real.write_text("old")
    link.symlink_to(real)
    os.mkfifo(pipe)
    (item,) = outputs(None, [f"counts={link}"], json=False)
    write(report(), [item], silent=True)
    assert link.is_symlink()
    assert real.read_bytes() == bytes([len(report().devices)])
    came = []
    reader = threading.Thread(target=lambda: came.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write(report(), [Output(form=COUNTS, path=pipe)], silent=True)
    reader.join(5)
    assert came == [bytes([len(report().devices)])]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_the_longest_ending_tells_the_format(monkeypatch):
    longer = replace(COUNTS, name="longer", suffix=".x.json")
    monkeypatch.setattr(reports, "FORMATS", (*FORMATS, longer))
    assert suffixed("a.x.json").name == "longer"
    assert suffixed("a.json").name == "json"
    assert suffixed("a.doc") is None
    assert named("longer") is longer


def test_every_format_has_its_own_name_ending_and_title():
    for attribute in ("name", "suffix", "title"):
        values = [getattr(known, attribute) for known in FORMATS]
        assert len(values) == len(set(values))
