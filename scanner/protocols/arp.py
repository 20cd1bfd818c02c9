"""ARP packets → who owns an IPv4 address.

Requests, replies and announcements all state the sender's own pair of addresses, and that pair is read; the
target of a packet is only what its sender believes, so it is not. A probe (RFC 5227) is sent by a host that
has no address yet: it gives the MAC alone. The sender inside the packet counts more than the frame's sender,
since bridges and repeaters rewrite the latter.
"""

from scanner.model import Message, Observation, Subject
from scanner.protocols._address import packed_host
from scanner.protocols._protocol import Facts, Protocol, mac_text

ETHERNET_IPV4 = bytes.fromhex("0800 06 04")
"""Protocol type IPv4, hardware addresses of 6 bytes, protocol addresses of 4: all that is read."""
LENGTH = 28
OPERATIONS = {1: "request", 2: "reply"}


def parse(message: Message) -> tuple[Observation, ...]:
    """Read one ARP packet: one observation about its sender.

    Source: RFC 826; announcements and probes RFC 5227 section 2.
    """
    raw = message.payload
    operation = OPERATIONS.get(int.from_bytes(raw[6:8], "big"))
    mac = mac_text(raw[8:14])
    if len(raw) < LENGTH or raw[2:6] != ETHERNET_IPV4 or operation is None or mac is None:
        return ()
    host = packed_host(raw[14:18])
    facts = Facts()
    facts.add("arp.mac", mac)
    facts.add("arp.ip", str(host) if host else None)
    facts.add("arp.operation", operation)
    if host and raw[14:18] == raw[24:28]:
        facts.add("arp.gratuitous", "true")
    return facts.about(message, Subject(host=host, mac=mac))


PROTOCOL = Protocol(
    name="arp",
    title="ARP",
    parse=parse,
    facts=("arp.mac", "arp.ip", "arp.operation", "arp.gratuitous"),
    ethertypes=frozenset({0x0806}),
)
