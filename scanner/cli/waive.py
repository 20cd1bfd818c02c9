"""`camcensus waive`: somebody answers for a verdict until a day; the entry goes into the file of waivers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options, screen
from scanner.errors import UsageError

Selected = Annotated[
    str | None,
    typer.Argument(metavar="[DEVICE]", help="An id, an address or a MAC.", show_default=False),
]
WaiversFile = Annotated[
    Path | None,
    typer.Option(
        "--waivers",
        metavar="FILE",
        help="The file of waivers; made if there is none. [default: that of --config]",
        show_default=False,
    ),
]
ListId = Annotated[str, typer.Option("--list", metavar="ID", help="The list whose verdict is waived.")]
Owner = Annotated[str, typer.Option("--owner", metavar="NAME", help="Who answers for it.")]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.")]
Ticket = Annotated[str, typer.Option("--ticket", metavar="TEXT", help="Where it was decided.")]
Expires = Annotated[
    datetime,
    typer.Option("--expires", metavar="DATE", formats=["%Y-%m-%d"], help="The last day on which it holds."),
]
Maker = Annotated[
    str | None, typer.Option("--maker", metavar="NAME", help="Devices of a maker.", show_default=False)
]
Brand = Annotated[
    str | None, typer.Option("--brand", metavar="NAME", help="Devices under a label.", show_default=False)
]
Model = Annotated[
    str | None, typer.Option("--model", metavar="NAME", help="Devices of a model.", show_default=False)
]
Network = Annotated[
    str | None, typer.Option("--network", metavar="CIDR", help="Devices in a network.", show_default=False)
]


def waive(
    list_id: ListId,
    owner: Owner,
    reason: Reason,
    ticket: Ticket,
    expires: Expires,
    device: Selected = None,
    waivers: WaiversFile = None,
    config: options.Config = None,
    maker: Maker = None,
    brand: Brand = None,
    model: Model = None,
    network: Network = None,
) -> None:
    """Add a waiver to your file of waivers; what stands there stays.

    Every selector that is given must fit a device. A waiver hides nothing: the verdict becomes "waived", and the
    reason keeps what it was.
    """
    from scanner.policy import find_list
    from scanner.policy.waivers import checked_waivers
    from scanner.policy.waiving import waive as add
    from scanner.reports.phrases import plain

    if expires.date() < screen.judging_day(None):
        raise UsageError(f"--expires: {expires.date().isoformat()} is past")
    selectors = {"device": device, "maker": maker, "brand": brand, "model": model, "network": network}
    given = {key: value for key, value in selectors.items() if value is not None}
    if not given:
        raise UsageError("a waiver must say whom it covers: a device, --maker, --brand, --model or --network")
    words = {
        **given,
        "list": find_list(list_id).id,
        "owner": owner,
        "reason": reason,
        "ticket": ticket,
        "expires": expires.date(),
    }
    (waiver,) = checked_waivers({"waiver": [words]}, "waive")
    path = _file(waivers, config)
    add(path, waiver)
    screen.talk(plain(f"{path}: {waiver.selector}, {waiver.list}: {waiver}"))


def _file(waivers: Path | None, config: Path | None) -> Path:
    """Return the file that the waiver goes into: the one named, else the configuration's."""
    from scanner.config import find_config, read_config

    if waivers is not None:
        return waivers
    settings = read_config(find_config(config))
    if not settings.waivers:
        raise UsageError(f"{settings.path.name} names no file of waivers: name one there, or with --waivers")
    return settings.place(settings.waivers)
