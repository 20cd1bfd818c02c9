"""`camcensus netbox SOURCE...`: surveillance devices into NetBox; without --apply it only says what it would do."""

import os
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.cli import options, saving, screen
from scanner.cli.progress import Counting
from scanner.cli.reporting import basis
from scanner.cli.sources import reported
from scanner.errors import ScannerError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.netbox import Action

TOKEN = "NETBOX_TOKEN"  # noqa: S105 - the name of a variable
MAX_TOKEN = 1024


def netbox(
    url: Annotated[str, typer.Option("--url", metavar="URL", help="Where NetBox is.", show_default=False)],
    sources: options.Sources = None,
    store: saving.Where = None,
    token_file: Annotated[
        Path | None,
        typer.Option(
            "--token-file",
            metavar="FILE",
            help=f"A file with an API token. [default: the variable {TOKEN}]",
            show_default=False,
        ),
    ] = None,
    site: Annotated[
        str, typer.Option("--site", metavar="NAME", help="The site of devices whose own is not known.")
    ] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Do it. Without, it is only said.")] = False,
    json: options.Json = False,
    list_ids: options.Lists = None,
    waivers: options.Waivers = None,
    config: options.Config = None,
    as_of: options.AsOf = None,
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> None:
    """Bring surveillance devices into NetBox: manufacturer, type, role, site, device, interface, MAC, addresses.

    A dry run unless --apply is given. Nothing is deleted and nothing that a person wrote is overwritten; where NetBox
    says something else than was seen, that is told. Asks only NetBox.
    """
    from scanner.netbox import Sync, pynetbox_box, wanted_devices

    _check_library()
    token = _token(token_file)
    against = basis(list_ids, waivers, config)
    anew = bool(list_ids or waivers or config or as_of)
    report = reported(sources, against, as_of, store=store, judged_anew=anew, quiet=quiet, debug=debug)
    wanted = list(wanted_devices(report, site))
    homeless = [device.name for device in wanted if not device.site]
    if homeless:
        raise UsageError(
            f"no site is known for {homeless[0]} and {len(homeless) - 1} others: name one with --site"
        )
    sync = Sync(box=pynetbox_box(url, token), apply=apply)
    with Counting("devices compared with NetBox", len(wanted), quiet=quiet) as done:
        sync.run(wanted, done)
    if json:
        screen.write_json([asdict(action) for action in sync.actions])
    elif not quiet or any(action.verb == "differs" for action in sync.actions):
        screen.write("".join(f"{line}\n" for line in _lines(sync.actions, apply=apply)))


def _check_library() -> None:
    from importlib.util import find_spec

    if find_spec("pynetbox") is None:
        raise ScannerError("pynetbox is not installed: pip install 'camcensus[netbox]'")


def _token(file: Path | None) -> str:
    """Return the API token: of a file or of the environment, never of the command line, which everybody can read."""
    try:
        found = file.read_text(encoding="utf-8")[:MAX_TOKEN] if file else os.environ.get(TOKEN, "")
    except (OSError, UnicodeDecodeError) as error:
        raise ScannerError(f"the token in {file} cannot be read: {error}") from error
    if not found.strip():
        raise UsageError(f"NetBox wants an API token: put it into a file for --token-file, or into {TOKEN}")
    return found.strip()


def _lines(actions: "Sequence[Action]", *, apply: bool) -> "list[str]":
    from scanner.reports.phrases import plain

    shown = [
        plain(
            f"{action.verb:<8} {action.path:<20} {action.name}"
            + (f": {action.detail}" if action.detail else "")
        )
        for action in actions
    ]
    counts = Counter(action.verb for action in actions)
    said = ", ".join(f"{counts[verb]} {word}" for verb, word in _VERBS.items() if counts[verb])
    done = "Done" if apply else "A dry run; --apply does it"
    return [*shown, f"{done}: {said or 'nothing to do'}."]


_VERBS = {"create": "created", "update": "changed", "differs": "to be settled by a person"}
