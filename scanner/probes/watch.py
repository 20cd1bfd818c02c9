"""Whether our interfaces are still there: a cable that is pulled in mid-scan must not look like a dead network."""

import asyncio
from collections.abc import Callable, Iterable

from scanner.errors import ScannerError
from scanner.probes.interfaces import Interface, interfaces, is_up

GLANCE_S = 1.0
"""How often somebody looks."""
PATIENCE = 3
"""Glances that an interface may be missed at before it counts as gone: radios roam, leases are renewed."""


class InterfacesLostError(ScannerError):
    """Every interface that a scan could use went away while it ran."""


async def watch(links: Iterable[Interface], gone: Callable[[Interface], None]) -> None:
    """Say of each interface once when it went away; runs until all have, or until it is cancelled."""
    here = {link.name: link for link in links}
    missed = dict.fromkeys(here, 0)
    while here:
        await asyncio.sleep(GLANCE_S)
        now = {link.name: link for link in interfaces(here)}
        for name, link in list(here.items()):
            missed[name] = 0 if _stands(link, now.get(name)) else missed[name] + 1
            if missed[name] >= PATIENCE:
                gone(here.pop(name))


def _stands(before: Interface, now: Interface | None) -> bool:
    """Tell whether an interface is still up and still has an address that it had."""
    return now is not None and is_up(now.name) and bool({*before.addresses} & {*now.addresses})
