"""What every test stands on: no destination but loopback, the repository's paths, and skips that fail in CI."""

import ipaddress
import os
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
os.environ["XDG_DATA_HOME"] = str(Path(tempfile.gettempdir()) / f"camcensus-tests-{os.getpid()}")
"""Nobody's lists and fingerprints: tests stand on what is shipped."""


class LeavesTheMachineError(Exception):
    """A test tried to reach something that is not this machine's loopback."""


def _guard(event: str, arguments: tuple) -> None:
    if event in {"socket.connect", "socket.sendto", "socket.sendmsg"}:
        address = arguments[1]
        if isinstance(address, tuple) and address and not is_loopback(str(address[0])):
            raise LeavesTheMachineError(f"{event} to {address[0]}")


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return host == "localhost"


sys.addaudithook(_guard)


def pytest_addoption(parser):
    parser.addoption("--fail-on-skip", action="store_true", help="a skipped test fails the run, as in CI")


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--fail-on-skip") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def fixtures() -> Path:
    return ROOT / "fixtures"
