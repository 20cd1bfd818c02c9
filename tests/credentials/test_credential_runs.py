"""Two runs at once that know the same password, and a wrong one: nobody is tried twice."""

import asyncio
import json
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from guarded_kit import FixedDoors, Kit, device, serving, sheet

from scanner.credentials import Ledger
from scanner.credentials.traces import carries_credentials
from scanner.lab.guarded import Guarded, Lock
from scanner.probes.unlocking import Unlocking

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")
RUN = """
import asyncio, json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from guarded_kit import FixedDoors, Kit, device
from scanner.credentials import Ledger, read_credentials
from scanner.probes.unlocking import Unlocking

folder, port, hosts = Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4:]
keys = Unlocking(
    sheet=read_credentials(folder / "credentials.toml"),
    ledger=Ledger(folder / "state" / "credentials.json"),
    doors=FixedDoors(port),
)
print("ready", flush=True)
sys.stdin.readline()

async def main():
    await keys.run([device(host) for host in hosts], Kit().wire, lambda _: True, 20.0)

asyncio.run(main())
print(json.dumps([[str(v.address), v.outcome] for v in keys.visits]))
"""


async def two_runs(folder: Path, locks):
    """Let two processes visit the same devices at the same time; returns the devices and both runs' visits."""
    devices = [Guarded(lock, host) for lock, host in zip(locks, HOSTS, strict=True)]
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(devices[0], HOSTS[0]))
        for guarded, host in list(zip(devices, HOSTS, strict=True))[1:]:
            await stack.enter_async_context(serving(guarded, host, port))
        arguments = [sys.executable, "-c", RUN, str(Path(__file__).parent), str(folder), str(port), *HOSTS]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        runs = [await asyncio.create_subprocess_exec(*arguments, **pipes) for _ in range(2)]
        for run in runs:
            assert await run.stdout.readline() == b"ready\n"
        said = await asyncio.gather(*(run.communicate(b"go\n") for run in runs))
        assert [run.returncode for run in runs] == [0, 0]
    return devices, [dict(json.loads(out)) for out, _ in said]


def test_a_password_that_one_run_found_to_be_wrong_is_not_tried_by_the_other(tmp_path):
    sheet(tmp_path)
    wrong = Lock(user="census", password="another", slow_s=0.2)
    devices, visits = asyncio.run(two_runs(tmp_path, [wrong] * len(HOSTS)))
    assert [guarded.failures for guarded in devices] == [1] * len(HOSTS)
    assert [sum(map(carries_credentials, guarded.heard)) for guarded in devices] == [1] * len(HOSTS)
    assert sorted({*visits[0].values()} | {*visits[1].values()}) == ["refused", "withheld"]
    assert len(json.loads((tmp_path / "state" / "credentials.json").read_text())["refused"]) == len(HOSTS)


def test_what_either_run_learnt_is_remembered(tmp_path):
    from guarded_kit import PASSWORD

    sheet(tmp_path)
    right = Lock(user="census", password=PASSWORD)
    wrong = Lock(user="census", password="another", slow_s=0.2)
    devices, visits = asyncio.run(two_runs(tmp_path, [right, wrong, right]))
    assert [guarded.failures for guarded in devices] == [0, 1, 0]
    assert all(run[HOSTS[0]] == run[HOSTS[2]] == "accepted" for run in visits)
    kept = json.loads((tmp_path / "state" / "credentials.json").read_text())
    assert len(kept["refused"]) == 1
    assert {address for who in kept["accepted"] for address in who["addresses"]} == {HOSTS[0], HOSTS[2]}


@pytest.mark.parametrize("patient", [True, False])
def test_a_run_waits_for_the_other_and_not_for_ever(patient, tmp_path, monkeypatch):
    path, credentials = tmp_path / "state.json", sheet(tmp_path)
    guarded = Guarded(Lock(user="census", password="another"), HOSTS[0])
    monkeypatch.setattr("scanner.credentials.ledger.WAIT_S", 0.0)

    async def scene():
        async with serving(guarded) as port:
            keys = Unlocking(sheet=credentials, ledger=Ledger(path), doors=FixedDoors(port))
            async with Ledger(path).turn() as mine:
                assert mine
                if not patient:
                    await keys.run([device()], Kit().wire, lambda _: True, 20.0)
            if patient:
                await keys.run([device()], Kit().wire, lambda _: True, 20.0)
        return [(visit.outcome, visit.why) for visit in keys.visits]

    ((outcome, why),) = asyncio.run(scene())
    assert outcome == ("refused" if patient else "withheld")
    assert ("another run" in why) != patient
    assert guarded.failures == patient
