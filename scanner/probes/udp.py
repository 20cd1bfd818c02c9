"""Datagrams: questions to groups on every link and to single addresses, and everything that comes back.

For each address of ours there is one socket that asks, and one for each port at which some protocol's answers
arrive whatever the asker's port was (SADP, Xiongmai, Hanwha …). Ports that are taken are named, not fatal. What
arrives is matched by port to a protocol, as the capture reader does it; the guard has no say in what others
send us, but only hosts in scope are asked further.
"""

import asyncio
import socket
import struct
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface, ip_address

from scanner.model import Endpoint, IPAddress, Message, Outcome, Target
from scanner.probes.interfaces import Interface
from scanner.probes.questions import Question
from scanner.probes.wire import DATAGRAM_BYTES, Wire, utc_now
from scanner.protocols import PROTOCOLS, Protocol
from scanner.scope import DISCOVERY_GROUPS
from scanner.targets import Addresses

NOWHERE = Addresses()
RECEIVE_BUFFER = 4 << 20
"""Bytes the kernel may hold for us: sixty devices answer one multicast at once."""
MAX_FROM_ONE = 2000
"""Datagrams of one source that are taken; one that floods is cut off."""


class Listener:
    """Sockets on the links of a scan, and the reading of what arrives on them."""

    def __init__(
        self,
        wire: Wire,
        links: Sequence[Interface],
        wanted: Sequence[Question],
        targets: Addresses = NOWHERE,
        problems: list[str] | None = None,
    ) -> None:
        self._wire = wire
        self._targets = targets
        self._links = links
        self._wanted = wanted
        self._askers: list[tuple[socket.socket, Interface, IPv4Interface | IPv6Interface]] = []
        self._opened: list[socket.socket] = []
        self._routed: dict[int, socket.socket] = {}
        self._asked: dict[tuple[int, str], bytes] = {}
        self._counts: dict[str, int] = {}
        self.problems = problems if problems is not None else []

    def open(self) -> None:
        """Open and register the sockets; what cannot be had is said in `problems`."""
        loop = asyncio.get_running_loop()
        for link in self._links:
            for address in link.addresses:
                with self._noting(f"{link.name}: cannot ask from {address.ip}"):
                    self._add(loop, _asking_socket(link, address), (link, address))
        for port in sorted({q.listen for q in self._wanted if q.listen}):
            with self._noting(f"UDP port {port} is taken: answers that come there are not heard"):
                self._add(loop, _answer_socket(port, self._links, self._wanted), None)

    def close(self) -> None:
        """Close everything."""
        loop = asyncio.get_running_loop()
        for opened in self._opened:
            loop.remove_reader(opened.fileno())
            opened.close()
        self._opened.clear()
        self._askers.clear()
        self._routed.clear()

    def _noting(self, problem: str) -> "_Noting":
        return _Noting(self.problems, problem)

    def _add(
        self,
        loop: asyncio.AbstractEventLoop,
        opened: socket.socket,
        home: tuple[Interface, IPv4Interface | IPv6Interface] | None,
    ) -> None:
        self._opened.append(opened)
        if home:
            self._askers.append((opened, *home))
        loop.add_reader(opened.fileno(), self._readable, opened)

    async def ask_groups(self, question: Question, versions: Collection[int] = (4, 6)) -> None:
        """Send a question to its groups of some IP versions on every link.

        Over IPv6 from our link-local address; where a global network of ours is asked also from our address in
        it, for a device answers with an address of the same kind.
        """
        for opened, _link, address in list(self._askers):
            for group in question.groups:
                if group.version not in versions:
                    continue
                if group.version == address.version and (group.version == 4 or self._asks6(address)):
                    await self._send(opened, question, group)

    def _asks6(self, address: IPv4Interface | IPv6Interface) -> bool:
        if address.ip.is_link_local:
            return True
        net = address.network
        own = Addresses.of([(6, int(net.network_address), int(net.broadcast_address))])
        return bool(own.within(self._targets))

    async def ask(self, question: Question, host: IPAddress) -> None:
        """Send a question to one address, from the link it is on or else by the system's choice of route."""
        opened = self._asker_for(host)
        if opened is not None:
            await self._send(opened, question, host)

    def _asker_for(self, host: IPAddress) -> socket.socket | None:
        same = [(opened, address) for opened, _, address in self._askers if address.version == host.version]
        for opened, address in same:
            if host in address.network:
                return opened
        routed = [opened for opened, address in same if not address.ip.is_link_local]
        return routed[0] if routed else self._anywhere(host.version)

    def _anywhere(self, version: int) -> socket.socket | None:
        """Return a socket of no link in particular: where all targets are beyond a router it is the only one."""
        if version not in self._routed:
            family = socket.AF_INET if version == 4 else socket.AF_INET6
            with self._noting(f"nobody beyond a router can be asked over IPv{version}"):
                self._routed[version] = opened = _datagram_socket(family)
                opened.bind(("", 0))
                self._add(asyncio.get_running_loop(), opened, None)
        return self._routed.get(version)

    async def _send(self, opened: socket.socket, question: Question, host: IPAddress) -> None:
        target = Target(protocol=question.protocol, host=host, port=question.port, reason="discovery")
        if not self._wire.permitted(target):
            return
        await self._wire.spend(target)
        self._asked[opened.getsockname()[1], question.protocol] = question.payload
        try:
            opened.sendto(question.payload, (str(host), question.port))
        except OSError as error:
            why = error.strerror or str(error)
            self._wire.ended(target, Outcome.FAILED, why)
            if host in DISCOVERY_GROUPS:
                self._say_refused(opened, why)

    def _say_refused(self, opened: socket.socket, why: str) -> None:
        """Say once for each link and IP version that its groups cannot be asked: devices there are asked one by one."""
        link, address = next((link, address) for asker, link, address in self._askers if asker is opened)
        self._refuse(
            f"{link.name}: groups cannot be asked over IPv{address.version} ({why}), only single addresses"
        )

    def _refuse(self, problem: str) -> None:
        if problem not in self.problems:
            self.problems.append(problem)

    def _readable(self, opened: socket.socket) -> None:
        with suppress(BlockingIOError, OSError):
            for _ in range(256):
                payload, source = opened.recvfrom(DATAGRAM_BYTES)
                self._take(opened, payload, source)

    def _take(self, opened: socket.socket, payload: bytes, source: tuple[str, int]) -> None:
        count = self._counts.get(source[0], 0) + 1
        self._counts[source[0]] = count
        local = opened.getsockname()[1]
        if count > MAX_FROM_ONE or not payload or self._is_own(source, local):
            return
        protocol = self._protocol(local, source[1], payload)
        if protocol is None:
            return
        host = ip_address(source[0])
        self._wire.sink(
            Message(
                time=utc_now(),
                protocol=protocol.name,
                source=Endpoint(host=host, port=source[1]),
                destination=Endpoint(host=None, port=local),
                request=self._asked.get((local, protocol.name), b""),
                payload=payload,
            )
        )

    def _is_own(self, source: tuple[str, int], local: int) -> bool:
        """Tell whether a datagram is our own question, which a group brings back."""
        return any(source[0].partition("%")[0] == str(address.ip) for _, _, address in self._askers) and (
            source[1] == local or any(source[1] == opened.getsockname()[1] for opened in self._opened)
        )

    def _protocol(self, local: int, port: int, payload: bytes) -> Protocol | None:
        """Return whose datagram it is: by the port it came from or to, or by what was asked from ours."""
        asked = {protocol for at, protocol in self._asked if at == local}
        for protocol in PROTOCOLS:
            known = port in protocol.udp_ports or local in protocol.udp_ports or protocol.name in asked
            if (known or protocol.any_port) and (protocol.udp_ports or protocol.any_port):
                if protocol.recognise is None and not (
                    port in protocol.udp_ports or local in protocol.udp_ports
                ):
                    continue
                if protocol.recognise is None or protocol.recognise(payload):
                    return protocol
        return None


class _Noting:
    """Turns an OSError inside a `with` into a problem that is said."""

    def __init__(self, problems: list[str], problem: str) -> None:
        self._problems, self._problem = problems, problem

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, OSError):
            self._problems.append(f"{self._problem} ({error.strerror or error})")
            return True
        return False


def _asking_socket(link: Interface, address: IPv4Interface | IPv6Interface) -> socket.socket:
    """Return a socket that asks from one address of ours, on that link only."""
    opened = _datagram_socket(socket.AF_INET if isinstance(address, IPv4Interface) else socket.AF_INET6)
    try:
        _place(opened, link, address)
    except OSError:
        opened.close()
        raise
    return opened


def _place(opened: socket.socket, link: Interface, address: IPv4Interface | IPv6Interface) -> None:
    if isinstance(address, IPv4Interface):
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, address.ip.packed)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
        opened.bind((str(address.ip), 0))
        return
    opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, link.index)
    opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
    opened.bind((str(address.ip), 0, 0, link.index if address.ip.is_link_local else 0))


def _answer_socket(port: int, links: Iterable[Interface], wanted: Iterable[Question]) -> socket.socket:
    """Return a socket at a fixed port that hears unicast, broadcast and the groups of the protocols using it."""
    opened = _datagram_socket(socket.AF_INET)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(("", port))
    except OSError:
        opened.close()
        raise
    groups = {g for q in wanted if q.listen == port for g in q.groups if g.version == 4 and g.is_multicast}
    if port == 23456:
        groups.add(IPv4Address("234.55.55.56"))
    for link in links:
        for address in link.ipv4:
            for group in groups:
                with suppress(OSError):
                    membership = struct.pack("4s4s", group.packed, address.ip.packed)
                    opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    return opened


def _datagram_socket(family: socket.AddressFamily) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_DGRAM)
    opened.setblocking(False)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    return opened
