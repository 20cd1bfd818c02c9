"""A building, switched on: the network around the calling namespace, the devices in one process of their own.

`build` starts that process, which makes the namespaces, opens all sockets and serves them until its caller
closes it or ends, however that happens: the cable between them is a pipe, and when it is cut everything
vanishes. Questions about what happened go over the same pipe.
"""

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from scanner.errors import ScannerError
from scanner.lab.building import Building
from scanner.lab.chatter import chat
from scanner.lab.device import Device
from scanner.lab.guests import Guests
from scanner.lab.moods import Mood
from scanner.lab.namespaces import refuse_a_real_network
from scanner.lab.network import (
    NEAR6,
    OUTSIDE,
    SCANNER,
    SCANNER_MAC,
    TAP,
    Network,
    Station,
    lay_cables,
    pull_the_plug,
    silence,
)
from scanner.lab.tap import PcapTap, Tap, Traffic

START_S = 60.0
"""Seconds that a building may need to be up."""
ADDRESSES_S = 2.5
"""Seconds in which the kernel tries its own IPv6 addresses, where it cannot be told not to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What one device bore: connections as counted on the scanner's cable, the most at the same time.

    `asked` are the first bytes of its questions as (transport, port, bytes), `given` the recorded answers that it
    gave, by their place; `packets` came from the scanner. A locked device also tells how many failures its account has,
    whether it is locked out, and all that it heard, whole.
    """

    name: str
    connections: int
    together: int
    packets: int
    asked: tuple[tuple[str, int, bytes], ...]
    given: frozenset[int]
    failures: int = 0
    locked: bool = False
    heard: tuple[bytes, ...] = ()


class Lab:
    """A running building; `build` makes it."""

    def __init__(self, building: Building, pipe: Connection) -> None:
        self.building = building
        self._pipe = pipe

    def accounts(self) -> dict[str, Account]:
        """Return what each device bore so far, by name."""
        found = self._ask("accounts")
        return {account.name: account for account in found}

    @property
    def packets(self) -> int:
        """The TCP and UDP packets that the scanner has sent."""
        return int(self._ask("packets"))

    @contextmanager
    def router_capture(self, path: Path) -> Iterator[None]:
        """Write to a pcap file what leaves the building by the router, for the length of a `with`."""
        self._ask("capture", str(path))
        try:
            yield
        finally:
            self._ask("stop")

    def _ask(self, *words: str) -> Any:
        self._pipe.send(words)
        return self._hear()

    def _hear(self) -> Any:
        if not self._pipe.poll(START_S):
            raise ScannerError("the lab does not answer")
        try:
            kind, content = self._pipe.recv()
        except EOFError as error:
            raise ScannerError("the lab has ended unexpectedly") from error
        if kind == "error":
            raise ScannerError(content)
        return content


@contextmanager
def build(building: Building) -> Iterator[Lab]:
    """Switch a building on around the calling namespace; raises ScannerError where that is not an empty one.

    The scanner's interface is `eth0`, 192.0.2.250. When the block is left everything is gone.
    """
    refuse_a_real_network()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(building, theirs), daemon=True)
    process.start()
    theirs.close()
    lab = Lab(building, ours)
    try:
        lab._hear()  # noqa: SLF001 - the same class's business, done before anybody else has the object
        yield lab
    finally:
        ours.close()
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()
        pull_the_plug()


def _serve(building: Building, pipe: Connection) -> None:
    """Be the building: build, say so, serve until the pipe is cut."""
    try:
        stations = [*(d.station() for d in building.devices), *(g.station() for g in building.guests)]
        network = lay_cables(stations)
        for placed, namespace in zip(building.devices, network.stations, strict=False):
            if Mood.MUTE in placed.moods:
                silence(namespace)
        asyncio.run(_House(building, network, pipe).run())
    except (ScannerError, OSError) as error:
        with suppress(OSError):
            pipe.send(("error", str(error)))


class _House:
    """The building's side of the pipe."""

    def __init__(self, building: Building, network: Network, pipe: Connection) -> None:
        self._network = network
        self._pipe = pipe
        self._devices = [
            Device(placed, namespace)
            for placed, namespace in zip(building.devices, network.stations, strict=False)
        ]
        self._guests = Guests()
        homes = network.stations[len(building.devices) :]
        self._visits = tuple(zip(building.guests, homes, strict=True))
        own = Station(mac=SCANNER_MAC, address=SCANNER)
        stations = [device.placed.station() for device in self._devices]
        self._traffic = Traffic(
            scanner=frozenset({SCANNER, NEAR6[250], own.link_local}),
            owners={address: station.address for station in stations for address in station.addresses},
        )
        self._capture: PcapTap | None = None
        self._cut = asyncio.Event()

    async def run(self) -> None:
        """Serve until the pipe is cut."""
        for device in self._devices:
            await device.open()
        self._tap = Tap(self._network.switch, TAP, self._traffic.take)
        asyncio.get_running_loop().add_reader(self._pipe.fileno(), self._asked)
        if not self._network.ready_at_once:
            await asyncio.sleep(ADDRESSES_S)
        chats = [
            asyncio.create_task(chat(device.placed, namespace))
            for device, namespace in zip(self._devices, self._network.stations, strict=False)
        ]
        self._guests.start(self._visits)
        self._pipe.send(("ready", None))
        await self._cut.wait()
        for task in chats:
            task.cancel()
        for device in self._devices:
            device.close()
        self._guests.stop()

    def _asked(self) -> None:
        try:
            words = self._pipe.recv()
            self._pipe.send(("answer", self._answer(*words)))
        except (EOFError, OSError):
            asyncio.get_running_loop().remove_reader(self._pipe.fileno())
            self._cut.set()

    def _answer(self, word: str, path: str = "") -> object:
        if word == "capture":
            self._capture = PcapTap(self._network.router, OUTSIDE, Path(path))
        elif word == "stop" and self._capture is not None:
            self._capture.close()
            self._capture = None
        elif word == "accounts":
            return [self._account(device) for device in self._devices]
        return self._traffic.packets

    def _account(self, device: Device) -> Account:
        station = device.placed.station()
        hosts, seen = station.addresses, self._traffic
        return Account(
            name=device.placed.name,
            connections=sum(seen.connections[host] for host in hosts),
            together=seen.together[station.address],
            packets=sum(seen.sent[host] for host in hosts),
            asked=tuple(device.asked.questions),
            given=frozenset(device.asked.given),
            **({} if device.guarded is None else device.guarded.account()),
        )
