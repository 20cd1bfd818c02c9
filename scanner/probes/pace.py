"""How fast, and how gently: one packet budget for the run, and small ones for each device.

`Pacer` is a token bucket over all packets. `Courtesy` keeps one connection at a time per device, caps its
connections and bytes, remembers its round-trip time, and leaves alone a device that stopped answering. Both
run on the event loop's clock, so tests can pass their own.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from scanner.model import IPAddress

BURST_S = 0.05
"""Seconds' worth of packets that may go at once after a pause: timers are not exact."""
MAX_CONNECTIONS = 40
"""Connections that one device gets in a run. Some allow 20 at a time; we use one at a time, then close."""
MAX_BYTES = 4 << 20
"""Bytes that are read from one device in a run."""
MAX_SILENCES = 3
"""Connections in a row that a device may leave unanswered before it is left alone."""
SMOOTHING, VARIATION = 0.125, 0.25
"""Gains of the round-trip estimator (RFC 6298, section 2)."""


class Pacer:
    """A token bucket: `await take(n)` returns when n more packets may go.

    `rate` is in packets a second. Waiting callers are served in order.
    """

    def __init__(self, rate: float, clock: Callable[[], float] | None = None) -> None:
        self.rate = rate
        self.sent = 0
        self._clock = clock or asyncio.get_running_loop().time
        self._next = self._clock()

    async def take(self, packets: int = 1) -> None:
        """Wait until the budget allows so many packets, and spend them."""
        now = self._clock()
        self._next = max(self._next, now - BURST_S)
        start = self._next
        self._next += packets / self.rate
        self.sent += packets
        if start > now:
            await asyncio.sleep(start - now)


@dataclass(slots=True)
class _Account:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    connections: int = 0
    bytes: int = 0
    silences: int = 0
    refused_login: bool = False
    rtt_s: float | None = None
    variation_s: float = 0.0


class Courtesy:
    """One account per device: what it has been asked to bear so far."""

    def __init__(self, max_connections: int = MAX_CONNECTIONS, max_bytes: int = MAX_BYTES) -> None:
        self._accounts: dict[IPAddress, _Account] = {}
        self._of_mac: dict[str, tuple[asyncio.Lock, IPAddress | None]] = {}
        self._max_connections = max_connections
        self._max_bytes = max_bytes

    @asynccontextmanager
    async def turn(self, host: IPAddress) -> AsyncIterator[bool]:
        """Wait for the device's one connection; yields whether it may bear another."""
        async with self._account(host).lock:
            yield self.may_ask(host)

    def opened(self, host: IPAddress) -> None:
        """Book a connection that a device accepted; a port that refuses costs it nothing."""
        self._account(host).connections += 1

    def may_ask(self, host: IPAddress) -> bool:
        """Tell whether a device has budget left and still talks to us."""
        return not self._why_not(self._account(host))

    def heard(self, host: IPAddress, count: int) -> None:
        """Book bytes that a device sent; it is not silent."""
        account = self._account(host)
        account.bytes += count
        account.silences = 0

    def silent(self, host: IPAddress) -> None:
        """Book a connection or question that a living device left unanswered."""
        self._account(host).silences += 1

    def left_alone(self) -> dict[IPAddress, str]:
        """Return the devices that bear nothing more, and why."""
        return {host: why for host, account in self._accounts.items() if (why := self._why_not(account))}

    def _why_not(self, account: _Account) -> str:
        if account.connections >= self._max_connections:
            return f"left alone after {account.connections} connections"
        if account.bytes >= self._max_bytes:
            return f"left alone after {account.bytes} bytes"
        return "it went silent and was left alone" if account.silences >= MAX_SILENCES else ""

    def belongs(self, host: IPAddress, mac: str) -> None:
        """Note whose address it is: the IPv4 address of a device and its IPv6 addresses wait for one another.

        Two IPv4 addresses of one MAC do not: a router answers for many.
        """
        lock, old = self._of_mac.get(mac, (self._account(host).lock, None))
        if host.version == 4:
            if old not in {None, host}:
                return
            old = host
        self._of_mac[mac] = lock, old
        self._account(host).lock = lock

    def left(self, host: IPAddress) -> int:
        """Return the bytes that may still be read from a device."""
        return max(0, self._max_bytes - self._account(host).bytes)

    def measured(self, host: IPAddress, seconds: float) -> None:
        """Take one round-trip time into the estimate (RFC 6298)."""
        account = self._account(host)
        if account.rtt_s is None:
            account.rtt_s, account.variation_s = seconds, seconds / 2
            return
        account.variation_s += VARIATION * (abs(account.rtt_s - seconds) - account.variation_s)
        account.rtt_s += SMOOTHING * (seconds - account.rtt_s)

    def timeout_s(self, host: IPAddress, least: float, most: float) -> float:
        """Return how long to wait for a device, in seconds: the estimate plus four variations, within bounds."""
        account = self._account(host)
        if account.rtt_s is None:
            return most
        return min(most, max(least, 10 * (account.rtt_s + 4 * account.variation_s)))

    def _account(self, host: IPAddress) -> _Account:
        account = self._accounts.get(host)
        if account is None:
            account = self._accounts[host] = _Account()
        return account
