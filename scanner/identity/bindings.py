"""Which MAC belongs to which address: sightings collected while messages are read, judged once at the end.

A frame's source MAC is the device's own only on its own link; beyond a router it is the router's. So three
kinds of sighting are told apart. *Stated*: ARP, neighbour discovery, DHCP or an answer that names its own MAC
binds it. *Seen*: a frame merely carried both; that binds only while the MAC speaks for one private IPv4
address, because a MAC that speaks for several without ever claiming them is forwarding. IPv6 gives a device
several addresses, so there a MAC may hold several unless it is known to forward.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address

from scanner.model import IPAddress

MAX_PAIRS = 200_000
"""Pairs of MAC and address that are remembered; beyond that a network is not one any more."""
MAX_IPV6_EACH = 8
"""Addresses of one MAC that need no claim: stable, temporary and their predecessors, on two prefixes."""

GRACE = timedelta(minutes=10)
"""How long a device that was heard is taken to have been there before and after."""

_EUI64_FILLER = b"\xff\xfe"


@dataclass(slots=True)
class _Pair:
    first: datetime
    last: datetime
    stated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """The judged pairs. `macs_at` holds, for an address, its MACs with the time of the last sighting of each."""

    macs_at: dict[IPAddress, tuple[tuple[datetime, datetime, str], ...]] = field(default_factory=dict)
    hosts_of: dict[str, tuple[IPAddress, ...]] = field(default_factory=dict)
    seen: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    forwarders: frozenset[str] = frozenset()
    hosts: frozenset[IPAddress] = frozenset()

    def mac_for(self, host: IPAddress | None, mac: str | None, time: datetime) -> str | None:
        """Return the MAC of whoever held an address at a time, given the MAC that a frame or answer showed."""
        if host is None:
            return mac
        held = self.macs_at.get(host, ())
        if mac and any(mac == known for _, _, known in held):
            return mac
        before = [entry for entry in held if entry[0] <= time]
        return (before or held)[-1 if before else 0][2] if held else None

    def overlap(self, one: str, other: str) -> bool:
        """Tell whether two MACs were on the network at the same time, as far as that can be known.

        A device that spoke only when it was asked was there a while before and after: GRACE.
        """
        if one not in self.seen or other not in self.seen:
            return False
        (a, b), (c, d) = self.seen[one], self.seen[other]
        return a - GRACE <= d and c - GRACE <= b


class Sightings:
    """Collects who was seen where. The one place in the pure half that fills up, and it is bounded."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[str, IPAddress], _Pair] = {}
        self._seen: dict[str, tuple[datetime, datetime]] = {}
        self._hosts: set[IPAddress] = set()
        self._routers: set[str] = set()

    def add(self, time: datetime, mac: str | None, host: IPAddress | None, *, stated: bool = False) -> None:
        """Note one sighting; unusable addresses (unspecified, multicast, loopback, broadcast) are passed over."""
        if host is not None and not usable(host):
            host = None
        if host is not None and len(self._hosts) < MAX_PAIRS:
            self._hosts.add(host)
        if mac is None:
            return
        first, last = self._seen.get(mac, (time, time))
        self._seen[mac] = (min(first, time), max(last, time))
        if host is None:
            return
        pair = self._pairs.get((mac, host))
        if pair is None:
            if len(self._pairs) < MAX_PAIRS:
                self._pairs[mac, host] = _Pair(time, time, stated or _derived(mac, host))
            return
        pair.first, pair.last = min(pair.first, time), max(pair.last, time)
        pair.stated = pair.stated or stated

    def add_router(self, mac: str) -> None:
        """Note that a MAC announced itself as a router."""
        self._routers.add(mac)

    def judge(self) -> Bindings:
        """Return the bindings that the sightings support."""
        by_mac: dict[str, list[tuple[IPAddress, _Pair]]] = {}
        for (mac, host), pair in self._pairs.items():
            by_mac.setdefault(mac, []).append((host, pair))
        forwarders = {mac for mac, pairs in by_mac.items() if mac in self._routers or _forwards(pairs)}
        held: dict[IPAddress, list[tuple[datetime, datetime, str]]] = {}
        hosts_of: dict[str, tuple[IPAddress, ...]] = {}
        for mac, pairs in by_mac.items():
            mine = [
                (host, pair)
                for host, pair in pairs
                if pair.stated or _seen_binds(host, pairs, mac in forwarders)
            ]
            hosts_of[mac] = tuple(sorted((host for host, _ in mine), key=lambda h: (h.version, int(h))))
            for host, pair in mine:
                held.setdefault(host, []).append((pair.first, pair.last, mac))
        return Bindings(
            macs_at={host: tuple(sorted(entries)) for host, entries in held.items()},
            hosts_of=hosts_of,
            seen=dict(self._seen),
            forwarders=frozenset(forwarders),
            hosts=frozenset(self._hosts),
        )


@lru_cache(maxsize=8192)
def usable(host: IPAddress) -> bool:
    """Tell whether an address can be one device's: not unspecified, group, loopback or limited broadcast."""
    return not (
        host.is_unspecified or host.is_multicast or host.is_loopback or host == IPv4Address("255.255.255.255")
    )


def _forwards(pairs: list[tuple[IPAddress, _Pair]]) -> bool:
    merely_seen = [host for host, pair in pairs if not pair.stated and isinstance(host, IPv4Address)]
    foreign = [host for host in merely_seen if host.is_global]
    local = [host for host in merely_seen if not host.is_global and not host.is_link_local]
    claimed = any(pair.stated and isinstance(host, IPv4Address) for host, pair in pairs)
    return bool(foreign) or len(local) + claimed > 1


def _seen_binds(host: IPAddress, pairs: list[tuple[IPAddress, _Pair]], forwards: bool) -> bool:
    if isinstance(host, IPv4Address):
        return not host.is_global and (host.is_link_local or not forwards)
    merely_seen = sum(1 for other, pair in pairs if isinstance(other, IPv6Address) and not pair.stated)
    return not forwards and merely_seen <= MAX_IPV6_EACH


def _derived(mac: str, host: IPAddress) -> bool:
    """Tell whether an IPv6 address was formed from the MAC (RFC 4291 appendix A): then it states it."""
    if not isinstance(host, IPv6Address):
        return False
    raw = bytes.fromhex(mac.replace(":", ""))
    return host.packed[8:] == bytes([raw[0] ^ 2]) + raw[1:3] + _EUI64_FILLER + raw[3:]
