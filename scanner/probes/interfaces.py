"""Where we stand: the interfaces of this machine, which of them a scan uses, and why not the others."""

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from pathlib import Path

from scanner.model import IPAddress
from scanner.targets import Addresses

_SYS = Path("/sys/class/net")
_VIRTUAL = (
    "docker",
    "br-",
    "veth",
    "virbr",
    "vmnet",
    "tun",
    "tap",
    "wg",
    "utun",
    "zt",
    "tailscale",
    "cni",
    "flannel",
)
"""Names under which containers and tunnels appear: cameras are not behind them, unless the user says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interface:
    """One interface with its addresses; `skipped` says why it is not used, empty if it is."""

    name: str
    index: int
    addresses: tuple[IPv4Interface | IPv6Interface, ...]
    mac: str | None = None
    skipped: str = ""

    @property
    def ipv4(self) -> tuple[IPv4Interface, ...]:
        """The IPv4 addresses with their networks."""
        return tuple(a for a in self.addresses if isinstance(a, IPv4Interface))

    @property
    def ipv6(self) -> tuple[IPv6Interface, ...]:
        """The IPv6 addresses with their networks."""
        return tuple(a for a in self.addresses if isinstance(a, IPv6Interface))

    @property
    def networks(self) -> Addresses:
        """The networks that are on its link."""
        return Addresses.of(
            (a.version, int(a.network.network_address), int(a.network.broadcast_address))
            for a in self.addresses
        )

    def reaches(self, host: IPAddress) -> bool:
        """Tell whether an address is on this interface's own link."""
        return any(host in a.network for a in self.addresses)


def interfaces(wanted: Iterable[str] = ()) -> tuple[Interface, ...]:
    """Return all interfaces, used ones and skipped ones with the reason.

    `wanted` names those the user or the scope file chose; then only they are used, virtual or not.
    """
    import ifaddr

    chosen = frozenset(wanted)
    found = []
    for adapter in ifaddr.get_adapters(include_unconfigured=True):
        name = adapter.nice_name if adapter.name.startswith("{") else adapter.name
        addresses = tuple(_address(ip) for ip in adapter.ips)
        index = adapter.index or _index(name)
        found.append(
            Interface(
                name=name,
                index=index,
                addresses=addresses,
                mac=_mac(name),
                skipped=_why_not(name, addresses, chosen),
            )
        )
    return tuple(sorted(found, key=lambda i: (i.index, i.name)))


def _address(ip: object) -> IPv4Interface | IPv6Interface:
    raw = ip.ip  # type: ignore[attr-defined]  # ifaddr.IP: a text, or (text, flow, scope) for IPv6
    text = raw if isinstance(raw, str) else raw[0]
    return ip_interface(f"{text.partition('%')[0]}/{ip.network_prefix}")  # type: ignore[attr-defined]


def _index(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except OSError:
        return 0


def _mac(name: str) -> str | None:
    try:
        text = (_SYS / name / "address").read_text().strip()
    except OSError:
        return None
    return text if len(text) == 17 and text != "00:00:00:00:00:00" else None


def _why_not(name: str, addresses: tuple[IPv4Interface | IPv6Interface, ...], chosen: frozenset[str]) -> str:
    if chosen:
        return "" if name in chosen else "not among the interfaces chosen"
    if all(a.ip.is_loopback for a in addresses) and addresses:
        return "loopback"
    if not is_up(name):
        return "down"
    if not addresses:
        return "no address"
    if name.startswith(_VIRTUAL):
        return "virtual: name it with --interface to use it"
    return ""


def is_up(name: str) -> bool:
    """Tell whether an interface carries anything, as far as the system says."""
    try:
        return (_SYS / name / "operstate").read_text().strip() in {"up", "unknown"}
    except OSError:
        return True
