"""What the packets of a capture become: messages with addresses, times and link-layer senders.

Addresses and MAC texts repeat for every packet, so they are made once and kept in bounded tables.
"""

from ipaddress import IPv4Address, IPv6Address

from scanner.capture.tally import utc
from scanner.model import Endpoint, IPAddress, Message

MAX_KEPT = 32_768
"""Addresses kept ready; then the table starts anew."""
MAX_HOSTS = 256
"""Hosts seen behind one MAC of which a sighting is given: beyond that it is a router, and they are not its own."""


class Addresses:
    """Turns address bytes into addresses and MAC texts, each once."""

    def __init__(self) -> None:
        self._hosts: dict[bytes, IPAddress] = {}
        self._ends: dict[bytes, Endpoint] = {}
        self._macs: dict[bytes, str | None] = {b"": None}

    def host(self, raw: bytes) -> IPAddress:
        """Return 4 or 16 bytes as an address."""
        known = self._hosts.get(raw)
        if known is None:
            if len(self._hosts) >= MAX_KEPT:
                self._hosts.clear()
            known = self._hosts[raw] = IPv4Address(raw) if len(raw) == 4 else IPv6Address(raw)
        return known

    def end(self, host: bytes, port: bytes) -> Endpoint:
        """Return an address and a port, both as they are on the wire, as an endpoint."""
        raw = host + port
        known = self._ends.get(raw)
        if known is None:
            if len(self._ends) >= MAX_KEPT:
                self._ends.clear()
            known = self._ends[raw] = Endpoint(host=self.host(host), port=int.from_bytes(port))
        return known

    def mac(self, raw: bytes) -> str | None:
        """Return 6 bytes as MAC text; None for what is no sender: groups, zero, nothing."""
        if raw in self._macs:
            return self._macs[raw]
        if len(self._macs) >= MAX_KEPT:
            self._macs.clear()
        text = None if len(raw) != 6 or raw[0] & 1 or not any(raw) else raw.hex(":")
        self._macs[raw] = text
        return text


class Sightings:
    """Says once which MAC was seen with which host."""

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._seen: dict[bytes, set[bytes]] = {}

    def look(self, time: int, mac: bytes, host: bytes) -> Message | None:
        """Return a "link" message for a pair that was not seen before; `host` is b"" for frames without IP."""
        hosts = self._seen.get(mac)
        if hosts is not None and (host in hosts or len(hosts) >= MAX_HOSTS):
            return None
        text = self._addresses.mac(mac)
        if text is None:
            return None
        if hosts is None:
            if len(self._seen) >= MAX_KEPT:
                self._seen.clear()
            hosts = self._seen[mac] = set()
        hosts.add(host)
        source = Endpoint(host=self._addresses.host(host) if host else None)
        return Message(time=utc(time), protocol="link", source=source, mac=text)
