"""Stations on two wires → namespaces, bridges, veth pairs, addresses and routes, as the kernel has them.

    scanner ── near bridge ── devices (192.0.2.0/24, 2001:db8:0:1::/64)
                   │
                 router ── outside (nobody; whatever leaves the building is seen here)
                   │
               far bridge ── devices (198.51.100.0/24, 2001:db8:0:2::/64)

Both bridges are in one namespace of their own, each station in another; the scanner's namespace, in which the
lab is built, has only its end of a cable. When the process that holds the descriptors ends, all of it is gone.
"""

import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

from scanner.errors import ScannerError
from scanner.lab.namespaces import inside, new_namespace, refuse_a_real_network, set_sysctl, this_namespace

NEAR, FAR = IPv4Network("192.0.2.0/24"), IPv4Network("198.51.100.0/24")
NEAR6, FAR6 = IPv6Network("2001:db8:0:1::/64"), IPv6Network("2001:db8:0:2::/64")
SCANNER, SCANNER_INTERFACE = IPv4Address("192.0.2.250"), "eth0"
SCANNER_MAC = "02:00:00:00:02:fa"
ROUTER = 254
"""The number of the router on each of its networks; devices may well be recorded on number 1."""
OUTSIDE_ROUTER = IPv4Address("203.0.113.1")
_ROUTER_OUTSIDE = IPv4Address("203.0.113.2")
_OUTSIDE_MAC = "02:00:00:00:03:01"
DEVICE_INTERFACE = "eth0"
TAP, OUTSIDE = "scanner", "out0"
"""The scanner's cable as the switch sees it, and the router's interface that leads out of the building."""
_NO_DAD = 0x02
_PERMANENT = 0x80


def pull_the_plug() -> None:
    """Take the scanner's cable away, in the scanner's namespace; nothing happens where there is none."""
    with suppress(OSError, ScannerError):
        index = socket.if_nametoindex(SCANNER_INTERFACE)
        with netlink() as kernel:
            kernel.link("del", index=index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """Somebody with a cable: MAC and address, and which of the two wires it is on."""

    mac: str
    address: IPv4Address
    far: bool = False

    @property
    def network(self) -> IPv4Network:
        """The network that the station believes to be in, also where that is not its wire's."""
        return next(
            (n for n in (NEAR, FAR) if self.address in n), IPv4Network(f"{self.address}/24", strict=False)
        )

    @property
    def address6(self) -> IPv6Address:
        """The station's IPv6 address: its wire's prefix and the last number of its IPv4 address."""
        return (FAR6 if self.far else NEAR6)[self.address.packed[3]]

    @property
    def link_local(self) -> IPv6Address:
        """The address that the kernel makes from the MAC (RFC 4291, appendix A)."""
        raw = bytes.fromhex(self.mac.replace(":", ""))
        tail = bytes([raw[0] ^ 2]) + raw[1:3] + b"\xff\xfe" + raw[3:]
        return IPv6Address(b"\xfe\x80" + bytes(6) + tail)

    @property
    def addresses(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """All addresses that the station has, its IPv4 address first."""
        return self.address, self.address6, self.link_local


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The descriptors of the namespaces: the switch's, the router's, the stations' in their order.

    `ready_at_once` is False where the kernel must first try its IPv6 addresses (a second or two).
    """

    switch: int
    router: int
    stations: tuple[int, ...]
    ready_at_once: bool

    def close(self) -> None:
        """Let go of everything; namespaces without sockets vanish now."""
        for descriptor in (self.switch, self.router, *self.stations):
            os.close(descriptor)


def lay_cables(stations: Iterable[Station]) -> Network:
    """Build the network around the calling namespace, which must be empty; raises ScannerError or OSError."""
    refuse_a_real_network()
    wanted = tuple(stations)
    _refuse_doubles(wanted)
    with ExitStack() as undo:
        switch, router = _make(undo), _make(undo)
        made = tuple(_make(undo) for _ in wanted)
        home = this_namespace()
        undo.callback(os.close, home)
        prepared = [_prepare(namespace) for namespace in (home, router, *made)]  # all of them: no short cut
        with inside(switch):
            set_sysctl("ipv6/conf/all/disable_ipv6", 1)  # a switch says nothing of itself
            set_sysctl("ipv6/conf/default/disable_ipv6", 1)
        _plug_all(switch, router, home, tuple(zip(wanted, made, strict=True)))
        _set_up_router(router)
        _set_up_scanner(home)
        for station, namespace in zip(wanted, made, strict=True):
            _set_up_station(station, namespace)
        os.close(home)
        undo.pop_all()
    return Network(switch=switch, router=router, stations=made, ready_at_once=all(prepared))


def _refuse_doubles(stations: tuple[Station, ...]) -> None:
    taken = {SCANNER, NEAR[ROUTER], FAR[ROUTER]}
    for station in stations:
        if station.address in taken:
            raise ScannerError(f"two stations of the lab want the address {station.address}")
        taken.add(station.address)


def _make(undo: ExitStack) -> int:
    made = new_namespace()
    undo.callback(os.close, made)
    return made


def _prepare(namespace: int) -> bool:
    """Let addresses of a namespace be usable at once, and hear from everybody on the wire."""
    with inside(namespace):
        set_sysctl("ipv4/conf/all/rp_filter", 0)
        set_sysctl("ipv4/conf/default/rp_filter", 0)
        set_sysctl("ipv6/conf/all/disable_ipv6", 0)
        return set_sysctl("ipv6/conf/default/accept_dad", 0)


@contextmanager
def netlink() -> Iterator[Any]:
    """Give a netlink socket to the kernel in the namespace that the thread is in.

    Raises ScannerError without pyroute2, and where the kernel refuses what is asked of it.
    """
    try:
        from pyroute2 import IPRoute
        from pyroute2.netlink.exceptions import NetlinkError
    except ImportError as error:
        raise ScannerError("the lab needs pyroute2: pip install 'camcensus[lab]'") from error
    try:
        with IPRoute() as kernel:
            yield kernel
    except NetlinkError as error:
        raise ScannerError(f"the kernel does not build the lab's network: {error}") from error


def _plug_all(switch: int, router: int, home: int, stations: tuple[tuple[Station, int], ...]) -> None:
    with inside(switch), netlink() as kernel:
        near, far = (_bridge(kernel, name) for name in ("near", "far"))
        _plug(kernel, near, TAP, home, SCANNER_INTERFACE, SCANNER_MAC)
        _plug(kernel, near, "router-near", router, "near0", "02:00:00:00:02:01")
        _plug(kernel, far, "router-far", router, "far0", "02:00:00:00:02:02")
        _plug(kernel, 0, "outside", router, OUTSIDE, "02:00:00:00:02:03")
        for number, (station, namespace) in enumerate(stations):
            wire = far if station.far else near
            _plug(kernel, wire, f"port{number}", namespace, DEVICE_INTERFACE, station.mac)


def _bridge(kernel: Any, name: str) -> int:
    kernel.link("add", ifname=name, kind="bridge", br_mcast_snooping=0)
    index = int(socket.if_nametoindex(name))
    kernel.link("set", index=index, state="up")
    return index


def _plug(kernel: Any, bridge: int, port: str, namespace: int, name: str, mac: str) -> None:
    """Lay a cable from a bridge (0: from nowhere) to a namespace."""
    kernel.link(
        "add",
        ifname=port,
        kind="veth",
        peer={"ifname": name, "net_ns_fd": namespace, "address": mac},
    )
    index = socket.if_nametoindex(port)
    if bridge:
        kernel.link("set", index=index, master=bridge)
    kernel.link("set", index=index, state="up")


def _set_up_station(station: Station, namespace: int) -> None:
    network = station.network
    with inside(namespace), netlink() as kernel:
        index = _raise(kernel, DEVICE_INTERFACE)
        _address(kernel, index, station.address, network.prefixlen)
        _address(kernel, index, station.address6, 64)
        _default_route(kernel, index, network[ROUTER])
        _default_route(kernel, index, (FAR6 if station.far else NEAR6)[ROUTER])


def silence(station: int) -> None:
    """Let no packet of a station's reach the scanner: it answers ARP, as a host behind its own firewall does."""
    with inside(station), netlink() as kernel:
        for host, length in ((SCANNER, 32), (NEAR6[250], 128)):
            kernel.route("add", dst=f"{host}/{length}", type="blackhole")


def _set_up_scanner(home: int) -> None:
    with inside(home), netlink() as kernel:
        index = _raise(kernel, SCANNER_INTERFACE)
        _address(kernel, index, SCANNER, NEAR.prefixlen)
        _address(kernel, index, NEAR6[250], 64)
        _default_route(kernel, index, NEAR[ROUTER])
        _default_route(kernel, index, NEAR6[ROUTER])


def _set_up_router(router: int) -> None:
    with inside(router), netlink() as kernel:
        if not set_sysctl("ipv4/ip_forward", 1):
            raise ScannerError("this system does not let a namespace forward packets: the lab has no router")
        set_sysctl("ipv6/conf/all/forwarding", 1)
        for name, network, network6 in (("near0", NEAR, NEAR6), ("far0", FAR, FAR6)):
            index = _raise(kernel, name)
            _address(kernel, index, network[ROUTER], network.prefixlen)
            _address(kernel, index, network6[ROUTER], 64)
        index = _raise(kernel, OUTSIDE)
        _address(kernel, index, _ROUTER_OUTSIDE, 30)
        _leave_by(kernel, index, OUTSIDE_ROUTER, 2)
        _leave_by(kernel, index, IPv6Address("fe80::1"), 10)


def _leave_by(kernel: Any, index: int, gateway: IPv4Address | IPv6Address, family: int) -> None:
    """Send what is for nobody in the building to a neighbour that needs no asking: so it is seen, not lost."""
    kernel.neigh("add", dst=str(gateway), lladdr=_OUTSIDE_MAC, ifindex=index, state=_PERMANENT, family=family)
    _default_route(kernel, index, gateway)


def _default_route(kernel: Any, index: int, gateway: IPv4Address | IPv6Address) -> None:
    everything = "0.0.0.0/0" if gateway.version == 4 else "::/0"
    kernel.route("add", dst=everything, gateway=str(gateway), oif=index)


def _raise(kernel: Any, name: str) -> int:
    """Bring up an interface (and loopback) and return its index."""
    kernel.link("set", index=socket.if_nametoindex("lo"), state="up")
    index = socket.if_nametoindex(name)
    kernel.link("set", index=index, state="up")
    return index


def _address(kernel: Any, index: int, address: IPv4Address | IPv6Address, length: int) -> None:
    more = {"flags": _NO_DAD} if address.version == 6 else {}
    kernel.addr("add", index=index, address=str(address), prefixlen=length, **more)
