"""Who is on our own links, as the kernel knows it after we talked: the MACs that an unprivileged scan can have.

The table is turned into the ARP replies and neighbour advertisements that filled it, so that everything to the
right of `Message` sees what a capture would have shown.
"""

import shutil
import subprocess
import time
from collections.abc import Iterator
from ipaddress import IPv4Address, ip_address
from pathlib import Path

from scanner.model import Endpoint, IPAddress, Message
from scanner.probes.wire import utc_now

_ARP_TABLE = Path("/proc/net/arp")
_COMPLETE = 0x2
MAX_LINES = 100_000
FRESH_S = 0.25
"""How old what was read of the table may be."""


class Neighbours:
    """The IPv4 neighbours that the kernel has come to know since this was made: they live, whatever their ports say.

    Whoever was known before proves nothing: the kernel remembers for minutes who has left.
    """

    def __init__(self) -> None:
        self._before = frozenset(host for host, _ in _ipv4())
        self._known: frozenset[IPAddress] = frozenset()
        self._read_at = float("-inf")

    def knows(self, host: IPAddress) -> bool:
        """Tell whether an address has answered the kernel's ARP."""
        now = time.monotonic()
        if now - self._read_at > FRESH_S:
            self._known = frozenset(known for known, _ in _ipv4()) - self._before
            self._read_at = now
        return host in self._known


def neighbours() -> Iterator[Message]:
    """Give one message for each neighbour of the kernel's tables; none where the system has no such table."""
    for host, mac in (*_ipv4(), *_ipv6()):
        yield _message(host, mac)


def _ipv4() -> Iterator[tuple[IPAddress, str]]:
    try:
        lines = _ARP_TABLE.read_text().splitlines()[1:MAX_LINES]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        if len(fields) >= 4 and int(fields[2], 16) & _COMPLETE:
            yield ip_address(fields[0]), fields[3].lower()


def _ipv6() -> Iterator[tuple[IPAddress, str]]:
    """Give the IPv6 neighbours through `ip`, which is on every Linux that has them; without it there are none."""
    command = shutil.which("ip")
    if command is None:
        return
    listed = subprocess.run(
        [command, "-6", "neigh", "show"], capture_output=True, text=True, timeout=5, check=False
    )
    for line in listed.stdout.splitlines()[:MAX_LINES]:
        fields = line.split()
        if "lladdr" in fields[:-1] and "FAILED" not in fields:
            yield ip_address(fields[0]), fields[fields.index("lladdr") + 1].lower()


def _message(host: IPAddress, mac: str) -> Message:
    raw = bytes.fromhex(mac.replace(":", ""))
    if isinstance(host, IPv4Address):
        payload = bytes.fromhex("0001080006040002") + raw + host.packed + bytes(10)
        return Message(time=utc_now(), protocol="arp", source=Endpoint(), mac=mac, payload=payload)
    payload = b"\x88\x00\x00\x00\x60\x00\x00\x00" + host.packed + b"\x02\x01" + raw
    return Message(time=utc_now(), protocol="ndp", source=Endpoint(host=host), mac=mac, payload=payload)
