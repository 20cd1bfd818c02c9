"""`camcensus demo`: a building full of recorded devices, scanned for real in a network of its own.

The building stands on Linux network namespaces that vanish with the process; nothing outside is touched, and no
root is needed. Where that is not allowed, one sentence says so and the building's capture is replayed instead.
Recordings and capture are part of the source repository, not of an installed package.
"""

import json as json_module
import sys
from pathlib import Path

import typer

import scanner
from scanner.cli import options, screen
from scanner.cli.exits import Exit, FailOn
from scanner.cli.outputs import STDOUT, outputs
from scanner.cli.reporting import check, finish
from scanner.errors import ScannerError

NEXT = """
That was a simulated building, scanned as a real one is. "brand" is what the label says, "maker" who built it, judged by
how it answers; "listed" means that a list names the maker or its owner, "possible" that it may and a human decides.
Your own network: camcensus scan 192.168.1.0/24 --dry-run says what would be sent; without --dry-run it is."""
TARGETS = ("192.0.2.0/24", "198.51.100.0/24")
"""The building's two networks: the second is beyond a router."""


def demo(
    json: options.Json = False,
    format_name: options.FormatName = None,
    output: options.Outputs = None,
    columns: options.Columns = None,
    wide: options.Wide = False,
    list_ids: options.Lists = None,
    fail_on: options.FailThreshold = FailOn.NONE,
    strict: options.Strict = False,
    as_of: options.AsOf = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Scan a simulated building of recorded devices, for real, in a network namespace of its own.

    Needs no root and touches no network; the recordings come with the source repository.
    """
    wanted = outputs(format_name, output, json=json, columns=columns, wide=wide)
    check(list_ids, None)
    devices, capture = _fixtures()
    wish = {
        "devices": str(devices),
        "outputs": [f"{item.form.name}={item.path or STDOUT}" for item in wanted],
        "columns": columns,
        "wide": wide,
        "lists": list_ids or [],
        "fail_on": fail_on.value,
        "strict": strict,
        "as_of": as_of.isoformat() if as_of else None,
        "quiet": quiet,
        "debug": debug,
    }
    try:
        from scanner.lab import run_inside
    except ImportError as error:
        why = f"the lab needs a library that is missing ({error}): {sys.executable} -m pip install 'camcensus[lab]'"
    else:
        try:
            raise typer.Exit(run_inside("scanner.cli.demo:inside", json_module.dumps(wish)))
        except ScannerError as error:
            why = str(error)
    screen.talk(f"camcensus: {why}. The building's capture is replayed instead.")
    from scanner.pipeline import replay

    report = replay([capture], on=screen.judging_day(as_of), lists=list_ids or (), strict=debug)
    raise typer.Exit(finish(report, wanted, fail_on, strict=strict, quiet=quiet))


def _fixtures() -> tuple[Path, Path]:
    """Return the folder of recordings and the building's capture; they stand beside the package in the repository."""
    root = Path(scanner.__file__).resolve().parent.parent / "fixtures"
    devices, capture = root / "devices", root / "captures" / "building.pcapng"
    if not devices.is_dir() or not capture.is_file():
        raise ScannerError(
            "the demo's building is made of recordings that come with the source repository only, not with an "
            f"installed package (looked in {root}): clone the repository and run make demo there"
        )
    return devices, capture


def inside(words: str) -> int:
    """Be the process inside: build, scan, report; returns the exit code. Whatever goes wrong is one sentence."""
    from scanner.cli import _said

    wish = json_module.loads(words)
    try:
        return _scan(wish)
    except ScannerError as error:
        if wish["debug"]:
            raise
        return _said(str(error), Exit.FAILED)
    except KeyboardInterrupt:
        return _said("interrupted", Exit.INTERRUPTED)


def _scan(wish: dict[str, object]) -> int:
    import tempfile
    from datetime import datetime

    from scanner.cli.asked import Wish, plan_of
    from scanner.cli.scan import Judged, keeping, scanned
    from scanner.lab import build, demo_building

    quiet, debug = bool(wish["quiet"]), bool(wish["debug"])
    lists = wish["lists"] if isinstance(wish["lists"], list) else []
    as_of = datetime.fromisoformat(str(wish["as_of"])) if wish["as_of"] else None
    judged = Judged(on=screen.judging_day(as_of), lists=tuple(map(str, lists)))
    building = demo_building(Path(str(wish["devices"])))
    if not quiet:
        house = f"a house of {len(building.devices)} devices in a network of its own"
        screen.talk(f"Building {house}; nothing leaves this machine …")
    with build(building), tempfile.TemporaryDirectory() as folder:
        plan = plan_of(Wish(targets=TARGETS, timing="fast"), screen.judging_day(None), raw=True)
        keep = keeping(Path(folder) / "audit.jsonl", None, None)
        report = scanned(plan, keep, judged, quiet=quiet, debug=debug)
    words = wish["outputs"] if isinstance(wish["outputs"], list) else []
    chosen = str(wish["columns"]) if wish["columns"] else None
    wanted = outputs(None, [*map(str, words)], json=False, columns=chosen, wide=bool(wish["wide"]))
    fail_on = FailOn(str(wish["fail_on"]))
    code = finish(report, wanted, fail_on, strict=bool(wish["strict"]), quiet=quiet)
    if not quiet:
        screen.talk(NEXT)
    return code
