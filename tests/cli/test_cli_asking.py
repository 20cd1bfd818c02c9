"""Before the first packet: words, files and scopes make a plan or one sentence; nothing is sent by any test here."""

import io
import json
import sys
from datetime import date

import pytest

from scanner.cli import asked, doctor, run
from scanner.cli.asked import Wish, plan_of
from scanner.cli.durations import seconds
from scanner.cli.progress import Progress, clock_text, line, remaining_s
from scanner.errors import ScannerError, ScopeError, UsageError
from scanner.probes import interfaces as found_interfaces
from scanner.probes.interfaces import Interface

TODAY = date(2026, 11, 24)
SCOPE = """
networks = ["192.0.2.0/24"]
exclude = ["192.0.2.9"]
authorised_by = "A. Owner"
valid_until = 2099-12-31
"""


@pytest.fixture(autouse=True)
def links(monkeypatch):
    """One interface, as the rest of the machine's do not matter here."""
    from ipaddress import ip_interface

    def given(wanted=()):
        eth = Interface(
            name="eth0", index=2, addresses=(ip_interface("192.0.2.250/24"),), mac="02:00:00:00:00:01"
        )
        bare = Interface(name="eth1", index=3, addresses=(), skipped="" if "eth1" in wanted else "no address")
        return (eth, bare)

    monkeypatch.setattr(found_interfaces, "interfaces", given)


def planned(*targets, **options):
    return plan_of(Wish(targets=targets, **options), TODAY, raw=False)


def test_targets_from_words_files_and_stdin(tmp_path, monkeypatch):
    file = tmp_path / "targets"
    file.write_text("192.0.2.7 # door\n192.0.2.20-21")
    monkeypatch.setattr(sys, "stdin", io.StringIO("192.0.2.30"))
    plan = planned("192.0.2.1", "-", target_file=file)
    assert str(plan.targets) == "192.0.2.1, 192.0.2.7, 192.0.2.20/31, 192.0.2.30"


def test_exclusions_win_and_may_be_separated_by_commas(tmp_path):
    file = tmp_path / "never"
    file.write_text("192.0.2.3")
    plan = planned("192.0.2.0/29", exclude=["192.0.2.1,192.0.2.4-5", "192.0.2.6,7"], exclude_file=file)
    assert str(plan.targets) == "192.0.2.0, 192.0.2.2"


def test_a_scope_file_alone_is_its_networks_and_targets_must_lie_inside(tmp_path):
    path = tmp_path / "scope.toml"
    path.write_text(SCOPE)
    assert planned(scope=path).targets.count == 255
    assert planned("192.0.2.8/31", scope=path).targets.count == 1
    with pytest.raises(ScopeError, match="outside the authorised networks"):
        planned("198.51.100.1", scope=path)


@pytest.mark.parametrize(
    ("targets", "options", "error", "said"),
    [
        ((), {}, UsageError, "nothing to scan"),
        (("8.8.8.8",), {}, ScopeError, "public space"),
        (("192.0.2.1",), {"interfaces": ["gone0"]}, UsageError, "no interface 'gone0'; there are eth0, eth1"),
        (("192.0.2.1",), {"interfaces": ["eth1"]}, ScopeError, "eth1 has no address"),
        (("192.0.2.1",), {"profile": "x"}, UsageError, "unknown profile"),
        (("192.0.2.999",), {}, UsageError, "is not"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence(targets, options, error, said):
    with pytest.raises(error, match=said):
        planned(*targets, **options)


def test_a_machine_without_a_network_says_why(monkeypatch):
    from ipaddress import ip_interface

    lo = Interface(name="lo", index=1, addresses=(ip_interface("127.0.0.1/8"),), skipped="loopback")
    monkeypatch.setattr(found_interfaces, "interfaces", lambda _wanted=(): (lo,))
    with pytest.raises(ScopeError, match=r"no network interface to ask from \(lo: loopback\)"):
        planned("192.0.2.1")
    assert planned("127.0.0.1").targets.count == 1


def test_a_scope_out_of_date_is_said_even_where_there_is_no_network(monkeypatch, tmp_path):
    monkeypatch.setattr(found_interfaces, "interfaces", lambda _wanted=(): ())
    path = tmp_path / "scope.toml"
    path.write_text(SCOPE.replace("2099", "2020"))
    with pytest.raises(ScopeError, match="the scope was valid until 2020-12-31; today is 2026-11-24"):
        planned(scope=path)


def test_names_are_looked_up_and_unknown_ones_named(monkeypatch):
    monkeypatch.setattr(asked.socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", ("192.0.2.77", 0))])
    assert str(planned("camera.example").targets) == "192.0.2.77"

    def unknown(*_a, **_k):
        raise OSError

    monkeypatch.setattr(asked.socket, "getaddrinfo", unknown)
    with pytest.raises(UsageError, match=r"the name 'camera.example' has no address"):
        planned("camera.example")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ScannerError, match="cannot be read"):
        planned(target_file=tmp_path / "absent")


@pytest.mark.parametrize(
    "words", [["192.0.2.0/30"], ["192.0.2.0/30", "--profile", "deep", "--max-rate", "10"]]
)
def test_a_dry_run_prints_the_plan_and_sends_nothing(words, capsys, tmp_path):
    log = tmp_path / "audit"
    assert run(["scan", *words, "--dry-run", "--audit-log", str(log)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("Scanning 192.0.2.0/30 (4 addresses")
    assert "packets:" in out
    assert err == ""
    assert not log.exists()
    assert run(["scan", *words, "--dry-run", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["addresses"] == 4


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["scan"], 2, "nothing to scan"),
        (["scan", "8.8.8.8"], 1, "public space"),
        (["scan", "192.0.2.1", "--host-timeout", "soon"], 2, "--host-timeout takes a time"),
        (["scan", "192.0.2.1", "--format", "punchcard"], 2, "no report format 'punchcard'"),
        (["scan", "192.0.2.1", "--list", "nope"], 2, "nope"),
        (["scan", "192.0.2.1", "--scope", "/absent.toml"], 1, "/absent.toml"),
        (["scan", "192.0.2.1", "--audit-log", "/proc/none/a"], 1, "--audit-log names another"),
        (["scan", "192.0.2.1", "--record", "/proc/none"], 1, "cannot be written"),
        (["scan", "192.0.2.1", "--pcap-out", "/proc/none/x"], 1, "cannot be written"),
        (["listen", "--for", "-3"], 2, "--for takes a time"),
        (["listen", "-e", "gone0"], 2, "no interface 'gone0'"),
        (["import", "/absent.xml"], 1, "/absent.xml"),
    ],
)
def test_wrong_words_end_with_their_exit_code(words, code, said, capsys):
    assert run(words) == code
    out, err = capsys.readouterr()
    assert said in err
    assert len(err.splitlines()) == 1
    assert out == ""


@pytest.mark.parametrize(
    ("text", "value"), [("500ms", 0.5), ("30s", 30), ("5m", 300), ("2h", 7200), ("45", 45), ("1.5m", 90)]
)
def test_durations(text, value):
    assert seconds(text, "--for") == value


@pytest.mark.parametrize("text", ["", "0", "-1s", "5 parsecs", "m", "1e9s", "inf", "nan"])
def test_no_durations(text):
    with pytest.raises(UsageError, match="--for takes a time"):
        seconds(text, "--for")


class Running:
    """As much of a scan as its progress shows."""

    def __init__(self, done, expected, alive, busy):
        from types import SimpleNamespace as Some

        self.done, self.expected, self.busy = done, expected, busy
        self.findings = Some(alive=set(range(alive)), reading=Some(messages={"http": 3}))
        self.audit, self.plan = Some(packets=99), Some(seconds=60.0)


def test_where_a_scan_is_and_how_long_it_will_take():
    half = Running(128, 256, 10, 5)
    assert line(half, 10.0) == (
        "128/256 addresses asked, 10 alive, 5 being asked, 0:10 so far, about 0:30 left, 3 messages, 99 packets"
    )
    assert remaining_s(Running(0, 256, 0, 0), 1.0) is None
    assert remaining_s(Running(256, 256, 4, 4), 10.0) == 50.0
    assert remaining_s(Running(10, 256, 40, 39), 2.0) == 58.0  # too early to tell: what was planned
    assert remaining_s(Running(256, 256, 4, 0), 10.0) == 0.0
    assert clock_text(3700) == "1:01:40"


def test_a_terminal_sees_one_line_and_a_pipe_several():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen, pipe = Terminal(), io.StringIO()
    for stream in (screen, pipe):
        shown = Progress(quiet=False, stream=stream)
        shown.show("a longer line")
        shown.show("short")
    assert screen.getvalue() == "\ra longer line\rshort        "
    assert pipe.getvalue() == "a longer line\nshort\n"


def test_progress_is_silent_when_it_shall_be():
    import asyncio

    stream = io.StringIO()
    asyncio.run(Progress(quiet=True, stream=stream).watch(Running(1, 2, 1, 1)))
    assert stream.getvalue() == ""


def test_the_doctor_says_what_works(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "_lab", lambda: doctor.Check(name="demo", state=doctor.State.WORKS, said=""))
    assert run(["doctor", "--json"]) == 0
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert {
        "version",
        "libraries",
        "clock",
        "raw sockets",
        "eth0",
        "answer ports",
        "audit log",
        "demo",
    } <= set(checks)
    assert checks["eth1"]["said"].startswith("not used (no address)")
    assert run(["doctor"]) == 0
    assert "stop it" in capsys.readouterr().out


def test_the_doctor_knows_what_mends(monkeypatch, capsys):
    from scanner.probes import tap

    monkeypatch.setattr(doctor, "_lab", lambda: doctor.Check(name="demo", state=doctor.State.WORKS, said=""))
    monkeypatch.setattr(tap, "may_overhear", lambda: False)
    monkeypatch.setattr(doctor.screen, "judging_day", lambda _: date(2001, 1, 1))
    assert run(["doctor", "--json"]) == 1
    checks = {check["name"]: check for check in json.loads(capsys.readouterr().out)}
    assert checks["clock"]["state"] == "broken"
    assert "timedatectl" in checks["clock"]["mend"]
    assert checks["raw sockets"]["state"] == "less"
    assert "setcap" in checks["raw sockets"]["mend"]


def test_the_demo_replays_where_no_namespace_is_to_be_had(monkeypatch, capsys):
    from scanner import lab

    def refuse(*_words):
        raise ScannerError(
            "this system allows no network namespace to this user (x): the lab cannot be built"
        )

    monkeypatch.setattr(lab, "run_inside", refuse)
    assert run(["demo", "--list", "us-ndaa-889"]) == 0
    out, err = capsys.readouterr()
    assert "The building's capture is replayed instead." in err
    assert "Hikvision" in out


def test_an_installed_package_without_recordings_says_where_they_are(monkeypatch, capsys, tmp_path):
    import scanner

    monkeypatch.setattr(scanner, "__file__", str(tmp_path / "lib" / "scanner" / "__init__.py"))
    assert run(["demo"]) == 1
    assert "source repository only" in capsys.readouterr().err


def test_import_reads_other_scanners(capsys):
    from conftest import ROOT

    samples = ROOT / "tests" / "imports" / "samples"
    assert run(["import", str(samples / "nmap.xml"), str(samples / "masscan.json"), "--json"]) == 3
    report = json.loads(capsys.readouterr().out)
    assert report["run"]["mode"] == "import"
    assert len(report["coverage"]["sources"]) == 2


def test_import_from_a_pipe_and_damaged(monkeypatch, capsys, tmp_path):
    from conftest import ROOT

    data = (ROOT / "tests" / "imports" / "samples" / "zgrab2.jsonl").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data + b"{broken\n")))
    assert run(["import", "-", "--json", "--strict", "--fail-on", "none"]) == 4
    report = json.loads(capsys.readouterr().out)
    assert report["coverage"]["failures"][0] == "stdin: 1 lines could not be read"
