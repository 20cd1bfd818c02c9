"""Who lives: every target address is asked in the cheapest way that there is for it, and nobody twice.

On our own links by ARP and neighbour solicitation, beyond them by SYN; without privileges by connecting, where
the kernel asks the link for us and its table of neighbours tells of hosts that drop what they do not know.
Whoever answers, also with a refusal, lives. An address to which nothing could be sent was not asked.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import IPv4Address

from scanner.model import IPAddress, Message, Outcome
from scanner.probes import tcp
from scanner.probes.link import LinkSweep
from scanner.probes.neighbours import Neighbours, neighbours
from scanner.probes.plan import Plan, link_of
from scanner.probes.wire import Wire
from scanner.targets import Addresses

MAX_KNOCKING = 2048
"""Addresses whose answer is awaited at the same time."""
SPARE_FILES = 400
"""Open files that workers, listeners and the program itself need besides."""
PATIENCE, PATIENCE_S = 10, 0.1
"""How often, and after how long, the kernel is asked again for a neighbour that it does not know yet."""
_ALIVE = frozenset({Outcome.ANSWERED, Outcome.REFUSED})
_UNSENT = frozenset({Outcome.FAILED, Outcome.FORBIDDEN})


class Sweep:
    """Asks all addresses of a plan whether they live; `run` does it, `done` and `unsent` tell how far it got."""

    def __init__(
        self,
        plan: Plan,
        wire: Wire,
        *,
        lives: Callable[[IPAddress], None],
        is_alive: Callable[[IPAddress], bool],
        problems: list[str],
        lost: Mapping[str, Addresses],
    ) -> None:
        self.done = 0
        self.unsent: dict[IPAddress, str] = {}
        self._plan = plan
        self._wire = wire
        self._lives = lives
        self._is_alive = is_alive
        self._problems = problems
        self._lost = lost
        self._neighbours = Neighbours()
        self._link: LinkSweep | None = None
        self._syn: tcp.SynScanner | None = None
        self._on_link = plan.on_link
        self.over = asyncio.Event()

    async def run(self) -> None:
        """Ask everybody, as many at a time as the budget lets go."""
        gate = asyncio.Semaphore(_room())
        self._open()
        try:
            async with asyncio.TaskGroup() as group:
                if self._link is not None:
                    group.create_task(self._link.call_everybody())
                for host in self._plan.swept:
                    await gate.acquire()
                    group.create_task(self._ask(host, gate))
                    await asyncio.sleep(0)
        finally:
            self.over.set()

    def close(self) -> None:
        """Close the sockets; until then `introduce` may use them."""
        for opened in (self._link, self._syn):
            if opened is not None:
                opened.close()

    async def introduce(self, host: IPAddress) -> tuple[Message, ...]:
        """Have the MAC of an IPv6 host on our link known, so that its device is not asked by two addresses at once.

        To be called when the sweep is over: it says who has which MAC, and its own knocks are done then. Returns
        what the kernel knows, where there is no asking the link.
        """
        if self._link is not None and self._link.covers(host):
            await self._link.ask(host)
            return ()
        known = await asyncio.to_thread(lambda: list(neighbours()))
        for _ in range(PATIENCE if host in self._on_link else 0):  # it may still wait for the host's answer
            if any(message.source.host == host for message in known):
                break
            await asyncio.sleep(PATIENCE_S)
            known = await asyncio.to_thread(lambda: list(neighbours()))
        return tuple(known)

    def _open(self) -> None:
        if not self._plan.raw:
            return
        link = LinkSweep(self._wire, self._plan.links, self._lives)
        syn = tcp.SynScanner(self._wire, self._source_for)
        try:
            link.open()
            syn.open()
        except OSError:
            link.close()
            self._problems.append("no privilege for raw sockets: hosts were found by connecting instead")
        else:
            self._link, self._syn = link, syn

    async def _ask(self, host: IPAddress, gate: asyncio.Semaphore) -> None:
        try:
            if host in self._plan.own:
                self.done += 1
                return
            outcome = await self._ask_once(host)
            if outcome in _ALIVE:
                self._lives(host)
            if outcome in _UNSENT:
                self.unsent[host] = self._why_not(host)
            else:
                self.done += 1
        finally:
            gate.release()

    def _why_not(self, host: IPAddress) -> str:
        gone = next((name for name, nets in self._lost.items() if host in nets), None)
        return f"{gone} went away" if gone else "this machine has no route to it"

    async def _ask_once(self, host: IPAddress) -> Outcome:
        if any(host in nets for nets in self._lost.values()):
            return Outcome.FAILED
        if self._link is not None and self._link.covers(host):
            return await self._link.ask(host)
        outcome = Outcome.FAILED
        for port in self._plan.liveness:
            if self._is_alive(host):
                return Outcome.ANSWERED
            outcome = await self._knock(host, port)
            if outcome in _ALIVE | _UNSENT:
                return outcome
            if host in self._on_link and self._neighbours.knows(host):
                return Outcome.ANSWERED
        return outcome

    async def _knock(self, host: IPAddress, port: int) -> Outcome:
        if self._syn is not None and host.version == 4:
            return await self._syn.knock(host, port)
        return await tcp.knock(self._wire, host, port)

    def _source_for(self, host: IPAddress) -> IPv4Address:
        link = link_of(self._plan.links, host) or next((x for x in self._plan.links if x.ipv4), None)
        if link is None:
            return _routed_source(host)
        own = [address for address in link.ipv4 if host in address.network] or list(link.ipv4)
        return own[0].ip if own else _routed_source(host)


def _room() -> int:
    """Return how many addresses may be awaited: a connect holds a socket, and the system limits open files.

    The limit is raised as far as this user may; elsewhere than on Unix there is none.
    """
    try:
        import resource
    except ImportError:
        return MAX_KNOCKING
    wanted = MAX_KNOCKING + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < wanted:
        soft = wanted if hard < 0 else min(hard, wanted)
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(16, min(MAX_KNOCKING, soft - SPARE_FILES)) if soft >= 0 else MAX_KNOCKING


def _routed_source(host: IPAddress) -> IPv4Address:
    """Return the address the system would send from: connecting a datagram socket sends nothing."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect((str(host), 9))
        return IPv4Address(probe.getsockname()[0])
