"""Who registered the block of a MAC address, as observations: the one thing that no message carries.

MACs that were on the link come from the bindings; beyond a router there are only those that a device tells of
itself, in a realm, a serial number, the tail of a UUID.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scanner.identity import Bindings
from scanner.model import Attribute, Endpoint, Evidence, Message, Observation, Subject
from scanner.vendors.mac import MacKind, describe_mac


def registrants(bindings: Bindings) -> Iterator[Observation]:
    """Say of each MAC on the link who registered its block: the one fact that no message carries.

    A block that others are known to squat names nobody; the device's notes say so.
    """
    for mac in sorted(bindings.seen):
        told = describe_mac(mac)
        organisation = None if told.kind is MacKind.SQUATTED else told.registrant
        facts = (("link.mac", mac), *((("link.registrant", organisation),) if organisation else ()))
        message = Message(time=bindings.seen[mac][0], protocol="link", source=Endpoint(), mac=mac)
        yield Observation(subject=Subject(mac=mac), message=message, facts=facts)


def hinted_registrants(evidence: Iterable[Evidence], bindings: Bindings) -> Iterator[Observation]:
    """Say who registered the block of each MAC that stands in a device's own words, where the link shows none.

    Beyond a router there is no other MAC; a virtual interface has one that names nobody.
    """
    hints = {
        (item.subject, item.value): item.observation
        for item in evidence
        if item.attribute is Attribute.MAC and not _shows_registrant(item, bindings)
    }
    for (subject, mac), observation in hints.items():
        told = describe_mac(mac)
        if told.registrant and told.kind is not MacKind.SQUATTED:
            message = replace(observation.message, protocol="link", payload=b"", request=b"")
            yield Observation(subject=subject, message=message, facts=(("link.registrant", told.registrant),))


def _shows_registrant(item: Evidence, bindings: Bindings) -> bool:
    subject = item.subject
    mac = bindings.mac_for(subject.host, subject.mac, item.observation.message.time)
    return mac is not None and describe_mac(mac).registrant is not None
