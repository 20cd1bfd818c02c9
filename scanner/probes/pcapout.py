"""What a scan received, as a capture file that every tool reads: messages written back as the frames they were.

Frames are made, not tapped: a question and its answer, with right checksums, between the device and us. The
MAC is the device's own where the scan learnt it; everybody else is beyond one router of our invention.
"""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from scanner.capture.writer import PcapWriter, frames_of
from scanner.errors import ScannerError
from scanner.identity import Bindings
from scanner.model import Endpoint, IPAddress, Message
from scanner.probes.plan import Plan
from scanner.recorder import replayable

ROUTER_MAC = "02:00:00:00:00:01"
_NOBODY4, _NOBODY6 = IPv4Address("192.0.2.250"), IPv6Address("2001:db8::fa")
"""Who asked, where no address of ours is known."""


def write_capture(messages: Iterable[Message], path: Path, plan: Plan, bindings: Bindings) -> int:
    """Write messages to a pcap file; returns how many. Raises ScannerError where the file cannot be written."""
    count = 0
    try:
        with path.open("wb") as file, PcapWriter(file) as writer:
            for message in messages:
                if not replayable(message):
                    continue
                for frame in frames_of(_whole(message, plan, bindings)):
                    writer.add(message.time, frame)
                count += 1
    except OSError as error:
        raise ScannerError(f"{path} cannot be written: {error.strerror or error}") from error
    return count


def _whole(message: Message, plan: Plan, bindings: Bindings) -> Message:
    """Return a message with both ends and a MAC."""
    source, mac = message.source, message.mac
    if source.host is None:
        return message
    if mac is None:
        mac = bindings.mac_for(source.host, None, message.time) or ROUTER_MAC
    destination = message.destination
    if destination.host is None or destination.host.version != source.host.version:
        destination = Endpoint(host=_own(source.host, plan), port=destination.port)
    return replace(message, destination=destination, mac=mac)


def _own(host: IPAddress, plan: Plan) -> IPAddress:
    """Return our address that a host's answer came to, as far as it is known."""
    own = [address for link in plan.links for address in link.addresses if address.version == host.version]
    near = [address.ip for address in own if host in address.network]
    return (near or [address.ip for address in own] or [_NOBODY4 if host.version == 4 else _NOBODY6])[0]
