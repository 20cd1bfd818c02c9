"""The end of a scan with credentials: who may be asked, each visited once, what came of it written down.

Devices are concluded from what they said to everybody, so that a credential goes only to who they are by then.
Visits run at the same time, one connection a device, within the same budgets as the rest. A refusal is on disk
before the next device is asked.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.credentials.ledger import Ledger
from scanner.credentials.matching import Grant, Known, Withheld, grant
from scanner.credentials.sheet import Credentials
from scanner.model import Attribute, Device, IPAddress, Target, Visit
from scanner.pipeline import devices_from
from scanner.probes import onvif_wsdl
from scanner.probes.doors import Door, Doors
from scanner.probes.login import Login, Standing
from scanner.probes.onvif_session import ask_onvif
from scanner.probes.recorder_questions import MAKERS, ask_interface
from scanner.probes.session import Session
from scanner.probes.wire import Wire, utc_now

if TYPE_CHECKING:
    from scanner.probes.scan import Scan

MAX_VISITS = 64
"""Devices that are visited at the same time."""
PROTOCOL = "credentials"
"""Under which what is sent here is booked, in the audit log and among the ends of questions."""


@dataclass(slots=True, kw_only=True)
class Unlocking:
    """What a visit needs: the file, the memory, the wire. `place` puts a device into the operator's zones."""

    sheet: Credentials
    ledger: Ledger
    memories: tuple[Known, ...] = ()
    place: Callable[[Device], Device] = lambda device: device
    doors: Doors = field(default_factory=Doors)
    visits: list[Visit] = field(default_factory=list)

    def get_ready(self) -> None:
        """Begin to make the requests, in a thread: a scan waits for seconds before anybody is visited."""
        threading.Thread(target=onvif_wsdl.prepare, name="wsdl", daemon=True).start()

    async def run(
        self,
        devices: Iterable[Device],
        wire: Wire,
        allowed: Callable[[IPAddress], bool],
        timeout_s: float,
        afterwards: Callable[[], Iterable[Device]] = tuple,
    ) -> None:
        """Visit all devices that may be; `allowed` tells which addresses are targets, `timeout_s` bounds a visit.

        `afterwards` gives the devices as they are concluded then: who accepted is remembered by all that is known.
        """
        async with self.ledger.turn() as mine:
            grants = [made for device in devices if (made := self._grant(device, allowed, mine)) is not None]
            if not grants:
                return
            await asyncio.to_thread(onvif_wsdl.prepare)
            limit = asyncio.Semaphore(MAX_VISITS)
            try:
                async with asyncio.TaskGroup() as group:
                    for made in grants:
                        group.create_task(self._visit(made, wire, limit, timeout_s, allowed))
            finally:
                self.ledger.save()
            self._remember(afterwards)

    def _remember(self, afterwards: Callable[[], Iterable[Device]]) -> None:
        accepted = {visit.address for visit in self.visits if visit.outcome == Standing.ACCEPTED}
        for device in afterwards() if accepted else ():
            if accepted & set(device.addresses):
                self.ledger.accepted(device)
        self.ledger.save()

    def _grant(self, device: Device, allowed: Callable[[IPAddress], bool], mine: bool) -> Grant | None:
        address = _address(device, allowed)
        if address is None:
            return None
        made = grant(self.place(device), self.sheet, self.ledger, self.memories)
        if isinstance(made, Withheld):
            self._note(address, made.entry.name, "withheld", made.why)
        elif made is not None and not mine:
            why = "another run asks with credentials and does not end: nobody is asked twice at once"
            self._note(address, made.entry.name, "withheld", why)
        return made if isinstance(made, Grant) and mine else None

    async def _visit(
        self,
        made: Grant,
        wire: Wire,
        limit: asyncio.Semaphore,
        timeout_s: float,
        allowed: Callable[[IPAddress], bool],
    ) -> None:
        address = _address(made.device, allowed)
        if address is None:
            return
        login = Login(entry=made.entry, sink=wire.sink, now=utc_now)
        async with limit:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._ask(made, address, wire, login)
            except TimeoutError:
                login.detail = login.detail or "it took longer than --host-timeout"
        self._settle(made, address, login)

    async def _ask(self, made: Grant, address: IPAddress, wire: Wire, login: Login) -> None:
        for service in _order(made):
            door = self.doors.onvif(address) if service == "onvif" else self.doors.web(address)
            if door is None or login.over:
                continue
            login.at(service)
            async with _session(wire, address, door) as session:
                if service == "onvif":
                    await ask_onvif(session, login, door.path)
                else:
                    await ask_interface(session, login, service)
            if login.refused_at:
                where = "" if login.standing is Standing.REFUSED else login.refused_at
                self.ledger.refused(made.device, made.entry.name, self.sheet.digest, utc_now(), where)

    def _settle(self, made: Grant, address: IPAddress, login: Login) -> None:
        if login.standing is Standing.ACCEPTED:
            self.ledger.accepted(made.device)
        detail = login.detail
        if login.refused_at:
            where = (
                f"at {login.refused_at}"
                if login.standing is Standing.REFUSED
                else f"refused at {login.refused_at}"
            )
            detail = f"{where}; not tried again until {self.sheet.file} changes"
        self._note(address, made.entry.name, login.standing.value, detail)

    def _note(self, address: IPAddress, entry: str, outcome: str, why: str) -> None:
        self.visits.append(Visit(address=address, entry=entry, outcome=outcome, why=why))


def _address(device: Device, allowed: Callable[[IPAddress], bool]) -> IPAddress | None:
    return next((address for address in device.addresses if allowed(address)), None)


def _order(made: Grant) -> tuple[str, ...]:
    """Return the services to ask, the likeliest first: a recorder's own interface tells what ONVIF does not."""
    own = MAKERS.get(made.device.value(Attribute.MAKER) or "")
    wanted = ("onvif", own) if made.device.kind != "recorder" else (own, "onvif")
    return tuple(name for name in wanted if name in made.services)


def _session(wire: Wire, address: IPAddress, door: Door) -> Session:
    target = Target(protocol=PROTOCOL, host=address, port=door.port, path=door.path, reason="credentials")
    return Session(wire, target, secure=door.secure)


async def unlock(unlocking: Unlocking, scan: "Scan") -> None:
    """Visit the devices that a scan has found, and remember who accepted by what is known of them afterwards."""
    found, plan, today = scan.findings, scan.plan, utc_now().date()

    def allowed(host: IPAddress) -> bool:
        return host in plan.targets and host not in plan.own

    for host, targets in found.named.items():
        unlocking.doors.name(host, list(targets))

    def concluded() -> tuple[Device, ...]:
        return devices_from(found.evidence, found.knowledge, found.reading, today)

    await unlocking.run(concluded(), scan.wire, allowed, plan.host_timeout_s, concluded)
