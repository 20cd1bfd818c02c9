"""The house is liveable: style, types and layers hold, files stay readable, nothing private leaks."""

import ast
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

SOURCES = sorted((ROOT / "scanner").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PURE = ("protocols", "fingerprints", "identity", "policy")
NO_IO = {
    "socket",
    "ssl",
    "asyncio",
    "subprocess",
    "threading",
    "selectors",
    "time",
    "random",
    "httpx",
    "scapy",
    "urllib.request",
}
MAX_FILE_LINES = 450
MAX_FUNCTION_LINES = 60


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "command",
    [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",)],
    ids=["lint", "format", "types"],
)
def test_style_and_types(command):
    result = run(*command)
    assert result.returncode == 0, result.stdout + result.stderr


def imported(tree: ast.AST) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names | {name.split(".")[0] for name in names}


@pytest.mark.parametrize("layer", PURE)
def test_pure_layers_import_no_io(layer):
    faults = {
        str(path.relative_to(ROOT)): found
        for path in (ROOT / "scanner" / layer).rglob("*.py")
        if (found := imported(ast.parse(path.read_text())) & NO_IO)
    }
    assert not faults


@pytest.mark.parametrize("layer", PURE)
def test_pure_layers_know_nothing_of_those_that_do_io(layer):
    forbidden = re.compile(r"\bscanner\.(capture|probes|cli|reports|store|lab|pipeline)\b")
    faults = [
        str(path) for path in (ROOT / "scanner" / layer).rglob("*.py") if forbidden.search(path.read_text())
    ]
    assert not faults


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", node.end_lineno - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def test_functions_are_short():
    lengths = [length for path in SOURCES for _, length in functions(path)]
    assert statistics.median(lengths) <= 10
    assert statistics.quantiles(lengths, n=10)[-1] <= 30
    assert not [name for path in SOURCES for name, length in functions(path) if length > MAX_FUNCTION_LINES]


def test_files_are_short():
    assert not [str(path) for path in SOURCES if len(path.read_text().splitlines()) > MAX_FILE_LINES]


def test_every_module_says_what_it_is():
    assert not [str(path) for path in SOURCES + TESTS if not ast.get_docstring(ast.parse(path.read_text()))]


def test_no_vague_names():
    vague = {"utils", "util", "common", "base", "manager", "helpers", "misc"}
    assert not [str(path) for path in SOURCES if path.stem.strip("_") in vague]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_nothing_unfinished_or_private_is_tracked():
    words = [
        "TO" + "DO",
        "FIX" + "ME",
        "raise NotImplemented" + "Error",
        "pypi" + ".org",
        "python" + "hosted",
        "npm" + "js.org",
    ]
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b|(?<![\w.])/(?:work|home|root)/\w")
    faults = [
        str(path.relative_to(ROOT))
        for path in tracked()
        if path.suffix in {".py", ".toml", ".md", ".txt", ""}
        and pattern.search(path.read_text(errors="replace"))
    ]
    assert not faults


def test_no_file_is_large():
    assert not [str(path) for path in tracked() if path.stat().st_size > 2_000_000]


def test_test_names_are_unique():
    stems = [test.stem for test in TESTS if test.stem.startswith("test_")]
    assert len(stems) == len(set(stems))
