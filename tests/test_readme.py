"""The README and the program say the same: commands, options, exit codes, formats, lists, files; in both directions."""

import re
import tomllib
from dataclasses import fields

import pytest
import typer
from conftest import ROOT

from scanner.cli.app import app
from scanner.cli.exits import MEANINGS, FailOn
from scanner.config import read_config
from scanner.credentials import read_credentials
from scanner.credentials.sheet import SERVICES
from scanner.exposure import load_exposures
from scanner.model import Verdict
from scanner.policy import list_ids, load_waivers
from scanner.probes.plan import RATES
from scanner.probes.ports import PORTS
from scanner.reports import FORMATS
from scanner.reports.as_json import SCHEMA
from scanner.reports.as_table import NOT_ADVICE
from scanner.scope import read_scope

TEXT = (ROOT / "README.md").read_text()
COMMANDS = typer.main.get_command(app).commands
STANDARD = {"--help"}


def section(title, level="##"):
    found = re.search(
        rf"^{level} {re.escape(title)}\n(.*?)(?=^#{{1,{len(level)}}} |\Z)", TEXT, re.MULTILINE | re.DOTALL
    )
    assert found, f"README has no section {level} {title}"
    return found[1]


def prose(text):
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def options_of(command):
    """The options of a command, and of the commands below it where it is a group."""
    own = {name for parameter in command.params for name in parameter.opts if name.startswith("-")}
    return own.union(*map(options_of, getattr(command, "commands", {}).values())) - STANDARD


def test_every_command_of_a_group_is_described():
    for name, group in COMMANDS.items():
        told = set(re.findall(rf"\b{name} ([a-z]+(?:-[a-z]+)*)\b", section(name, "###")))
        assert set(getattr(group, "commands", ())) <= told


def mentioned(text):
    return set(re.findall(r"(?<![\w-])--?[a-z][a-zA-Z-]*", text)) - STANDARD


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_and_option_is_described(name):
    assert not options_of(COMMANDS[name]) - mentioned(section(name, "###"))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_in_a_commands_section_exists(name):
    described = {
        option
        for option in mentioned(prose(section(name, "###")))
        if option.startswith("--") or len(option) == 2
    }
    assert not described - options_of(COMMANDS[name]) - {"--version"}


def test_every_command_in_the_readme_exists():
    assert set(re.findall(r"^### ([a-z]+)$", TEXT, re.MULTILINE)) == set(COMMANDS)
    called = set(re.findall(r"(?:\$ |bin/|`)camcensus ([a-z]+)\b", TEXT))
    assert called <= set(COMMANDS)


def test_every_option_anywhere_exists():
    known = {option for command in COMMANDS.values() for option in options_of(command)} | {"--version"}
    assert not {option for option in mentioned(TEXT) if option.startswith("--")} - known


def test_exit_codes_are_the_table_of_the_program():
    rows = re.findall(r"^\| (\d+) \| (.+?) \|$", section("Exit codes"), re.MULTILINE)
    assert {int(code): meaning for code, meaning in rows} == {
        int(code): text for code, text in MEANINGS.items()
    }


def test_formats_are_those_of_the_program():
    rows = re.findall(
        r"^\| `([a-z0-9-]+)` \| `(\.[a-z0-9.-]+)` \| (.+) \|$", section("Report formats"), re.MULTILINE
    )
    assert rows == [(known.name, known.suffix, known.title) for known in FORMATS]


def test_thresholds_and_verdicts_are_those_of_the_program():
    (row,) = re.findall(r"^\| `--fail-on` \| (.+) \|$", TEXT, re.MULTILINE)
    assert set(re.findall(r"`([a-z]+)`", row)) == {threshold.value for threshold in FailOn}
    rows = re.findall(r"^\| `([a-z-]+)` \| ", section("replay", "###"), re.MULTILINE)
    assert {row for row in rows if not row.startswith("-")} == {verdict.value for verdict in Verdict}


def test_lists_are_those_that_are_shipped():
    assert set(re.findall(r"`([a-z]{2}-[a-z0-9-]+)`", section("lists", "###"))) == set(list_ids())


def test_exposures_are_those_that_are_known():
    rows = re.findall(r"^\| (`.+`) \|", section("What devices expose", "###"), re.MULTILINE)
    assert set(re.findall(r"`([a-z-]+)`", " ".join(rows))) == set(load_exposures().kinds)


def test_the_contract_is_the_one_of_the_schema():
    assert f"`{SCHEMA}`" in section("The JSON contract")


def test_the_sample_ends_as_reports_do():
    sample = section("replay", "###")
    assert NOT_ADVICE in sample
    assert re.search(
        r"^\d+ devices: \d+ listed, \d+ possible, \d+ undetermined, \d+ not listed$", sample, re.MULTILINE
    )


def test_the_sample_waiver_is_one(tmp_path):
    (sample,) = re.findall(r"```toml\n(.*?)```", section("Waivers"), re.DOTALL)
    path = tmp_path / "waivers.toml"
    path.write_text(sample)
    assert len(load_waivers(path)) == len(tomllib.loads(sample)["waiver"]) == 1


def test_the_sample_credentials_are_some(tmp_path, monkeypatch):
    (sample,) = re.findall(r"```toml\n(.*?)```", section("Credentials"), re.DOTALL)
    monkeypatch.setenv("CENSUS_PASSWORD", "x")
    path = tmp_path / "credentials.toml"
    path.write_text(sample)
    path.chmod(0o640)
    (entry,) = read_credentials(path).entries
    assert (entry.name, entry.basic, entry.services) == ("east wing", True, ("onvif",))
    said = re.findall(r"`services`|of (onvif.+?): where", sample)
    assert set(said[0].split(", ")) == set(SERVICES)


def test_the_sample_configuration_is_one(tmp_path):
    (sample,) = re.findall(r"```toml\n(.*?)```", section("Configuration"), re.DOTALL)
    (tmp_path / "scope.toml").write_text("")
    (tmp_path / "waivers.toml").write_text("schema = 1\n")
    path = tmp_path / "camcensus.toml"
    path.write_text(sample)
    config = read_config(path)
    unsaid = {"path", "networks", "exclude", "interfaces", "audit_log"}
    assert set(tomllib.loads(sample)) == {field.name for field in fields(config)} - unsaid


def test_the_sample_scope_is_one(tmp_path):
    (sample,) = re.findall(r"```toml\n(.*?)```", section("scan", "###"), re.DOTALL)
    path = tmp_path / "scope.toml"
    path.write_text(sample)
    scope = read_scope(path)
    assert (scope.site, scope.interfaces, str(scope.exclude)) == ("Town Hall", ("eth1",), "10.20.9.0/24")


def test_timings_and_profiles_are_those_of_the_program():
    rows = dict(re.findall(r"^\| `--(profile|timing) NAME` \| (.+) \|$", TEXT, re.MULTILINE))
    assert set(re.findall(r"`([a-z]+)`", rows["profile"])) == set(PORTS)
    rates = re.findall(r"`([a-z]+)` \(([\d,]+)", rows["timing"])
    assert {name: float(rate.replace(",", "")) for name, rate in rates} == RATES


def test_files_and_folders_that_are_named_exist():
    named = re.findall(r"`((?:scanner|tests|fixtures)/[\w./-]+)`|\]\((scanner/[\w./-]+)\)", TEXT)
    missing = [path for pair in named for path in pair if path and not (ROOT / path).exists()]
    assert not missing


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)\b(?! its| own)", prose(TEXT) + section("Two commands"))) <= targets
    assert {"demo", "test", "bench", "check"} <= targets
