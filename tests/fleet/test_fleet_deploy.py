"""What is shipped for whoever sets a fleet up: it parses, and names commands and options that exist."""

import configparser
import re
import shlex

import pytest
import typer
import yaml
from conftest import ROOT

from scanner.cli.app import app

DEPLOY = ROOT / "scanner" / "fleet" / "deploy"
COMMANDS = typer.main.get_command(app).commands


def options_of(words):
    command = COMMANDS[words[0]]
    if hasattr(command, "commands"):
        command = command.commands[words[1]]
    return {name for parameter in command.params for name in parameter.opts}


@pytest.mark.parametrize("name", ["camcensus-centre.service", "camcensus-sensor@.service"])
def test_units_start_commands_that_exist(name):
    unit = configparser.ConfigParser(strict=False, interpolation=None, comment_prefixes="#")
    unit.optionxform = str
    unit.read(DEPLOY / name)
    words = shlex.split(unit["Service"]["ExecStart"])[1:]
    assert {word for word in words if word.startswith("-")} <= options_of(words)
    assert unit["Service"]["NoNewPrivileges"] == "yes"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def test_the_compose_file_parses_and_holds_no_secret():
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    assert set(compose["services"]) == {"database", "centre"}
    assert "ssl=on" in compose["services"]["database"]["command"]
    assert "PASSWORD:" not in (DEPLOY / "compose.yaml").read_text()
    for service in compose["services"].values():
        assert set(service["secrets"]) <= set(compose["secrets"])
    words = compose["services"]["centre"]["command"][-1]
    assert re.findall(r"camcensus (\w+) ([\w-]+)", words) == [("centre", "init"), ("centre", "serve-jobs")]


def test_the_page_names_commands_and_options_that_exist():
    page = (DEPLOY / "README.md").read_text()
    lines = [line.split("#")[0] for line in page.splitlines() if line.startswith("camcensus ")]
    assert len(lines) > 8
    for line in lines:
        words = shlex.split(line)[1:]
        assert {word for word in words if word.startswith("-")} <= options_of(words) | {"-o"}, line
