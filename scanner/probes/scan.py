"""A scan as it runs: groups first, then who lives, then the living in full; results as they come.

Messages go to the pipeline the moment they arrive, so what is known grows while the scan goes on and what
answers name is followed. Each living host has one worker; all workers share one packet budget. A host that
takes too long is let go, a run that is interrupted keeps what it has.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime

from scanner.fingerprints import Knowledge, identify
from scanner.model import Attempt, Evidence, IPAddress, Message, Observation, Outcome, Target, Visit
from scanner.pipeline import Reading
from scanner.probes import tcp, watch
from scanner.probes.audit import Audit
from scanner.probes.follow import leads
from scanner.probes.interfaces import Interface
from scanner.probes.neighbours import neighbours
from scanner.probes.pace import Courtesy, Pacer
from scanner.probes.plan import DISCOVERY_S, Plan
from scanner.probes.questions import Question
from scanner.probes.services import Host
from scanner.probes.sweep import Sweep
from scanner.probes.tap import Overhearing, Tap
from scanner.probes.udp import Listener
from scanner.probes.unlocking import Unlocking, unlock
from scanner.probes.wire import Wire, utc_now
from scanner.scope import Guard
from scanner.targets import Addresses

MAX_WORKERS = 256
"""Hosts that are talked to at the same time: each holds one socket."""
DISCOVERY_TURNS = (frozenset({4}), frozenset({4, 6}), frozenset({6}))
"""The IP versions over which groups are asked, turn by turn."""
MAX_ATTEMPTS = 100_000
"""Ends of questions that are remembered singly; beyond that they are counted only."""
SETTLE_S = 1.5
"""How long answers to unicast questions are waited for at the end of a host."""


@dataclass(slots=True, kw_only=True)
class Findings:
    """What a scan has gathered so far."""

    reading: Reading
    knowledge: Knowledge
    evidence: list[Evidence] = field(default_factory=list)
    outcomes: dict[tuple[str, Outcome], int] = field(default_factory=dict)
    forbidden: dict[tuple[str, int, str], int] = field(default_factory=dict)
    alive: set[IPAddress] = field(default_factory=set)
    heard: set[IPAddress] = field(default_factory=set)
    named: dict[IPAddress, dict[Target, None]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    cut: set[IPAddress] = field(default_factory=set)
    through: set[IPAddress] = field(default_factory=set)
    lost: dict[str, Addresses] = field(default_factory=dict)
    started: datetime | None = None
    complete: bool = False


class Scan:
    """One run of a plan. `run` does it; `findings` may be read at any time, also after an interruption."""

    def __init__(
        self,
        plan: Plan,
        knowledge: Knowledge,
        *,
        strict: bool = False,
        record: Callable[[Message], None] | None = None,
        tap: Tap | None = None,
        unlocking: Unlocking | None = None,
    ) -> None:
        self.plan = plan
        self.findings = Findings(reading=Reading(strict=strict), knowledge=knowledge)
        self.audit = Audit()
        self.expected = plan.swept.count
        self._record = record
        self._on_link = plan.on_link
        self._said: dict[IPAddress, set[str]] = {}
        self._workers: dict[IPAddress, asyncio.Task[None]] = {}
        self._courtesy: Courtesy | None = None
        self._tap = tap
        self._unlocking = unlocking
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._sweep: Sweep | None = None

    async def run(self) -> None:
        """Scan. Cancelling it stops at once; what was found stays in `findings`."""
        plan = self.plan
        self.findings.started = utc_now()
        self._task = asyncio.current_task()
        self._courtesy = Courtesy()
        self._wire = Wire(
            guard=Guard(plan.scope),
            pacer=Pacer(plan.rate),
            courtesy=self._courtesy,
            audit=self.audit,
            sink=self._take,
            attempts=self._attempt,
        )
        self._limit = asyncio.Semaphore(MAX_WORKERS)
        self._listener = Listener(
            self._wire, plan.links, plan.questions, plan.targets, self.findings.problems
        )
        self._listener.open()
        if self._unlocking:
            self._unlocking.get_ready()
        hearing = Overhearing(self._tap, self._take) if self._tap else nullcontext()
        watcher = asyncio.create_task(watch.watch(plan.usable, self._gone))
        try:
            with hearing:
                await self._ask()
            if self._unlocking:
                await unlock(self._unlocking, self)
            self.findings.complete = True
        except asyncio.CancelledError:
            if self._lost_all:
                raise watch.InterfacesLostError("no interface is left to ask from") from None
            raise
        finally:
            watcher.cancel()
            if self._sweep:
                self._sweep.close()
            with suppress(OSError):
                for message in neighbours():
                    self._take(message)
            self._listener.close()

    def stop(self) -> None:
        """End the run at once; what was found stays. May be called from a signal handler of the loop."""
        self._stopping = True
        if self._task is not None:
            self._task.cancel()

    @property
    def _lost_all(self) -> bool:
        return len(self.findings.lost) == len(self.plan.usable) > 0

    def _gone(self, link: Interface) -> None:
        """Take note that an interface went away: nobody behind it is asked any more, and that is said."""
        self.findings.lost[link.name] = link.networks
        self.findings.problems.append(
            f"{link.name} went away during the run: nobody on it was asked after that"
        )
        for host, worker in self._workers.items():
            if host in link.networks:
                worker.cancel()
        if self._lost_all:
            self.stop()

    async def _ask(self) -> None:
        self._sweep = Sweep(
            self.plan,
            self._wire,
            lives=self._lives,
            is_alive=self.findings.alive.__contains__,
            problems=self.findings.problems,
            lost=self.findings.lost,
        )
        async with asyncio.TaskGroup() as group:
            self._group = group
            group.create_task(self._discover())
            group.create_task(self._sweep.run())

    @property
    def done(self) -> int:
        """The addresses that were asked so far."""
        return self._sweep.done if self._sweep else 0

    @property
    def unsent(self) -> dict[IPAddress, str]:
        """The addresses to which nothing could be sent, and why."""
        return self._sweep.unsent if self._sweep else {}

    @property
    def visits(self) -> list[Visit]:
        """What came of the credentials that the operator gave."""
        return self._unlocking.visits if self._unlocking else []

    @property
    def wire(self) -> Wire:
        """The one way out; there while the scan runs."""
        return self._wire

    @property
    def busy(self) -> int:
        """The living hosts that are not through yet."""
        return sum(1 for worker in self._workers.values() if not worker.done())

    def left_alone(self) -> dict[IPAddress, str]:
        """Return the hosts that were not asked to the end out of courtesy, and why."""
        return self._courtesy.left_alone() if self._courtesy else {}

    async def _discover(self) -> None:
        """Ask the groups twice, some devices miss the first; then wait for answers.

        IPv6 a turn later than IPv4: servers exist that stumble over it and say nothing afterwards.
        """
        wait = DISCOVERY_S[self.plan.timing]
        for versions in DISCOVERY_TURNS:
            for question in self.plan.questions:
                await self._listener.ask_groups(question, versions)
            await asyncio.sleep(wait / len(DISCOVERY_TURNS))

    def _lives(self, host: IPAddress) -> None:
        """Note a living host, and have it asked if it is in scope."""
        if host in self.findings.alive or host in self.findings.heard or host in self.plan.own:
            return
        if host not in self.plan.targets:
            self.findings.heard.add(host)
            return
        self.findings.alive.add(host)
        self._begin(host)

    def _begin(self, host: IPAddress) -> None:
        """Give a host its worker, once."""
        if host in self._workers or host in self.plan.own or self._stopping:
            return
        work = self._work(host)
        try:
            self._workers[host] = self._group.create_task(work)
        except RuntimeError:  # the run is over: the host is noted as alive and not asked
            work.close()

    async def _work(self, host: IPAddress) -> None:
        """Ask one living host for everything, within its time."""
        if self._may_be_known(host) and self._sweep:
            await self._sweep.over.wait()
        async with self._limit:
            try:
                async with asyncio.timeout(self.plan.host_timeout_s):
                    await self._ask_all(host)
                self.findings.through.add(host)
            except TimeoutError:
                self.findings.cut.add(host)

    def _may_be_known(self, host: IPAddress) -> bool:
        """Tell whether a host may be asked by another address of its as well."""
        return host.version == 6 and self.plan.is_dual

    async def _ask_datagrams(self, host: IPAddress, wanted: Iterable[Question]) -> None:
        for question in wanted:
            if question.unicast:
                await self._listener.ask(question, host)

    def _unanswered(self, host: IPAddress) -> Iterator[Question]:
        """Give the questions that are worth a second try beyond a router, where no group was asked before."""
        said = self._said.get(host, set())
        for question in self.plan.questions if host not in self._on_link else ():
            if question.profile == "quick" and question.protocol not in said:
                yield question

    async def _ask_all(self, host: IPAddress) -> None:
        await self._ask_datagrams(host, self.plan.questions)
        if self._may_be_known(host) and self._sweep:
            for message in await self._sweep.introduce(host):
                self._take(message)
        services = Host(self._wire, host)
        for port in await tcp.open_ports(self._wire, host, self.plan.ports):
            await services.ask_port(port)
        await self._ask_datagrams(host, self._unanswered(host))
        await asyncio.sleep(SETTLE_S)
        followed: set[Target] = set()
        for _ in range(3):
            new = [t for t in self.findings.named.get(host, {}) if t not in followed]
            followed.update(new)
            await services.follow(new)

    def _take(self, message: Message) -> None:
        """Take one message into the pipeline, and follow what it names."""
        if self._record:
            self._record(message)
        for observation in self.findings.reading.read(message):
            self._acquaint(observation)
            if self._unlocking:
                self._unlocking.doors.see(observation)
            self.findings.evidence.extend(identify([observation], self.findings.knowledge))
            self._follow(leads(observation), message.source.host)
        if message.source.host is not None and message.protocol not in {"arp", "ndp"}:
            self._said.setdefault(message.source.host, set()).add(message.protocol)
            self._lives(message.source.host)

    def _acquaint(self, observation: Observation) -> None:
        """Note which MAC an address belongs to, where the link itself says so."""
        subject = observation.subject
        if observation.message.protocol in {"arp", "ndp"} and subject.host and subject.mac and self._courtesy:
            self._courtesy.belongs(subject.host, subject.mac)

    def _follow(self, targets: Iterable[Target], source: IPAddress | None) -> None:
        """Keep what an answer names for the worker of that host; what is out of scope is recorded as forbidden."""
        for target in targets:
            if target.host is None:
                continue
            if target.host not in self.plan.targets:
                self._attempt(
                    Attempt(
                        target=target, outcome=Outcome.FORBIDDEN, time=utc_now(), detail=f"named by {source}"
                    )
                )
                continue
            self.findings.named.setdefault(target.host, {})[target] = None
            if target.host != source:
                self._begin(target.host)

    def _attempt(self, attempt: Attempt) -> None:
        key = (attempt.target.protocol, attempt.outcome)
        self.findings.outcomes[key] = self.findings.outcomes.get(key, 0) + 1
        if attempt.outcome is Outcome.FORBIDDEN and len(self.findings.forbidden) < MAX_ATTEMPTS:
            what = (str(attempt.target.host), attempt.target.port, attempt.target.reason)
            self.findings.forbidden[what] = self.findings.forbidden.get(what, 0) + 1
