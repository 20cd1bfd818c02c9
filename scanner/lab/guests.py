"""Servers that nobody here wrote, as guests of the lab: a station on the wire in which other people's programs run.

Each program runs in the station's network namespace and in a mount namespace of its own, so that it may be
given a configuration without touching the machine's; it dies with the lab. setpriv and unshare are of
util-linux.
"""

import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from scanner.lab.namespaces import inside
from scanner.lab.network import Station

_ALONE = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private")
PATIENCE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A station in which programs run, each a line for the shell that ends in `exec`; they start in `folder`."""

    name: str
    mac: str
    address: IPv4Address
    programs: tuple[str, ...]
    folder: Path

    def station(self) -> Station:
        """Return its place on the near wire."""
        return Station(mac=self.mac, address=self.address)


class Guests:
    """The running programs of some guests; what they print goes to NAME.log in their folder."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, guests: Iterable[tuple[Guest, int]]) -> None:
        """Start the programs of guests in their namespaces."""
        for guest, namespace in guests:
            for line in guest.programs:
                with (guest.folder / f"{guest.name}.log").open("ab") as log, inside(namespace):
                    self._running.append(
                        subprocess.Popen(
                            [*_ALONE, "/bin/sh", "-c", line], cwd=guest.folder, stdout=log, stderr=log
                        )
                    )

    def stop(self) -> None:
        """End them."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE_S)
            process.kill()
            process.wait()
        self._running.clear()
