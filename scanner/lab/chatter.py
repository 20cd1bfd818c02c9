"""What devices say unasked: ARP, neighbour advertisements, LLDP, CDP and DHCP frames, mDNS and SSDP announcements.

Everything goes out as frames through a packet socket, with the device's own MAC: when it is switched on and
again every half minute.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address

from scanner.capture.writer import frames_of
from scanner.lab import sockets
from scanner.lab.device import Placed
from scanner.model import Endpoint, Message

AGAIN_S = 30.0
_NOBODY, _EVERYBODY = IPv4Address(0), IPv4Address("255.255.255.255")
_DHCP = Endpoint(host=_NOBODY, port=68), Endpoint(host=_EVERYBODY, port=67)
_ON_LINK = frozenset({"arp", "ndp", "lldp", "cdp", "dhcpv6"})
_ANNOUNCED = {
    "mdns": (b"", "224.0.0.251", 5353),
    "ssdp": (b"NOTIFY", "239.255.255.250", 1900),
    "wsdiscovery": (b"discovery/Hello", "239.255.255.250", 3702),
}
"""Protocols whose recorded answers may be announcements: what such a one holds, and the group it goes to."""


def frames(placed: Placed) -> Iterator[bytes]:
    """Give the frames that a device sends by itself; a client's DHCP is a broadcast from nobody."""
    mac = placed.station().mac
    for message in placed.recording.messages():
        sent = _unasked(replace(message, mac=mac, request=b""))
        if sent is not None:
            yield from frames_of(sent)


def _unasked(message: Message) -> Message | None:
    """Return a recorded message as its device sends it to everybody; None for what is only said when asked."""
    if message.protocol == "dhcp":
        return replace(message, source=_DHCP[0], destination=_DHCP[1])
    if message.protocol in _ON_LINK or (message.protocol == "sadp" and message.payload[:2] == b"\x21\x02"):
        return message
    mark, group, port = _ANNOUNCED.get(message.protocol, (b"", "", 0))
    if not group or mark not in message.payload:
        return None
    source = Endpoint(host=message.source.host, port=port)
    return replace(message, source=source, destination=Endpoint(host=IPv4Address(group), port=port))


async def chat(placed: Placed, namespace: int) -> None:
    """Say all of it, again and again; runs until it is cancelled."""
    said = list(frames(placed))
    if not said:
        return
    raw = sockets.frame_socket(namespace)
    try:
        while True:
            for frame in said:
                with suppress(OSError):
                    raw.send(frame)
            await asyncio.sleep(AGAIN_S)
    finally:
        raw.close()
