"""`camcensus --help` comes at once: in at most three times what typer alone takes, without anything heavy."""

import subprocess
import sys
import time

from conftest import ROOT

HEAVY = {
    "pydantic",
    "rich",
    "lxml",
    "scapy",
    "zeroconf",
    "cryptography",
    "re2",
    "httpx",
    "zeep",
    "onvif",
    "asyncio",
}
RUNS = 5
FACTOR = 3


def seconds(*words):
    best = float("inf")
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, *words], cwd=ROOT, check=True, capture_output=True)
        best = min(best, time.perf_counter() - start)
    return best


def test_help_is_quick():
    assert seconds("-m", "scanner", "--help") <= FACTOR * seconds("-c", "import typer")


def test_help_imports_nothing_heavy():
    code = (
        "import sys\nfrom scanner.cli import run\nrun(['--help'])\n"
        "print('MODULES', *{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True)
    loaded = set(done.stdout.rpartition("MODULES")[2].split())
    assert not loaded & HEAVY
    assert "typer" in loaded
