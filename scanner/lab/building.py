"""The demo building: every recorded device, some of them beyond the router, copies, and a few difficult ones.

What cannot be seen is part of it: cameras on a recorder's own ports are behind it, and only the recorder is
plugged in here. The near wire is the network that most devices were recorded in; whoever has another address
there is on the wire all the same, as a camera on its factory address is. Names of copies end in "#" and what
they are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path

from scanner.lab.copies import copy_of, may_be_copied
from scanner.lab.device import Placed
from scanner.lab.guests import Guest
from scanner.lab.moods import Mood
from scanner.lab.network import FAR, NEAR, ROUTER, SCANNER
from scanner.recordings import Recording, read_folders

FACTORY_ADDRESS = IPv4Address("192.168.1.64")
"""The address on which a Hikvision camera leaves its factory."""
FAR_EACH = 5
"""Every so many of the devices that can be asked across a router are beyond it."""
_ASKED_ALONE = frozenset({"http", "rtsp", "banner", "wsdiscovery", "ssdp", "mdns"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """Everybody who is plugged in, by name: recorded devices, and guests in which other people's programs run."""

    devices: tuple[Placed, ...]
    guests: tuple[Guest, ...] = ()

    def device(self, name: str) -> Placed:
        """Return a device by its name; raises KeyError."""
        return {placed.name: placed for placed in self.devices}[name]


def building_of(recordings: Iterable[Recording], moods: Iterable[Mood] = ()) -> Building:
    """Return a building of recorded devices on the near wire, all in the same moods."""
    shared = frozenset(moods)
    return Building(devices=tuple(Placed(recording=r, moods=shared) for r in recordings))


RESIDENTS = Path("captures/residents.txt")
TALKATIVE = 3
"""Recorded answers that a camera of the demo building has at least; other things may be terse."""


def demo_building(folder: Path, copies: int = 4) -> Building:
    """Return the demo building of the recordings below a folder, with so many copies of cameras among them.

    Where a list of residents stands beside (captures/residents.txt), those of them live there that have something
    to say: a building of some forty devices fits a screen, the whole corpus does not.
    """
    residents = _residents(folder)
    recordings = [r for r in read_folders(folder) if r.address.version == 4 and _lives_here(r, residents)]
    placed = [*_spread(recordings), *_copies(recordings, copies)]
    factory = next((r for r in recordings if _says(r, "sadp") and r.expect.get("kind") == "camera"), None)
    if factory is not None:
        lost = copy_of(factory, f"{factory.name}#factory", FACTORY_ADDRESS, _next_mac(factory, 64))
        closed = copy_of(factory, f"{factory.name}#no-onvif", _last_free(placed), _next_mac(factory, 65))
        placed += [Placed(recording=lost), Placed(recording=_without_onvif(closed))]
    return Building(devices=tuple(_with_a_shy_one(placed)))


def _residents(folder: Path) -> frozenset[str]:
    try:
        return frozenset((folder.parent / RESIDENTS).read_text().splitlines())
    except OSError:
        return frozenset()


def _lives_here(recording: Recording, residents: frozenset[str]) -> bool:
    if not residents:
        return True
    talkative = len(recording.answers) >= TALKATIVE or recording.expect.get("kind") == "other"
    return recording.name in residents and talkative


def _says(recording: Recording, protocol: str) -> bool:
    return any(answer.protocol == protocol for answer in recording.answers)


def _last_free(placed: Iterable[Placed]) -> IPv4Address:
    """Return the highest address of the near wire that nobody has."""
    taken = {item.recording.address for item in placed} | {SCANNER, NEAR[ROUTER]}
    return next(host for host in reversed(list(NEAR.hosts())) if host not in taken)


def _without_onvif(recording: Recording) -> Recording:
    """Return a camera whose owner never switched ONVIF on."""
    left = (a for a in recording.answers if a.protocol != "wsdiscovery" and "onvif" not in a.path)
    return replace(recording, answers=tuple(left))


def _spread(recordings: Sequence[Recording]) -> Iterable[Placed]:
    """Give each device its place: some of those that answer when asked alone beyond the router."""
    free = iter(range(10, 250))
    movable = [r for r in recordings if may_be_copied(r) and {a.protocol for a in r.answers} <= _ASKED_ALONE]
    moved = {r.name for r in movable[::FAR_EACH]}
    for recording in recordings:
        if recording.address in FAR:
            yield Placed(recording=recording, far=True)
        elif recording.name in moved:
            yield Placed(recording=copy_of(recording, recording.name, FAR[next(free)]), far=True)
        else:
            yield Placed(recording=recording)


def _copies(recordings: Sequence[Recording], count: int) -> Iterable[Placed]:
    """Give second specimens of cameras, on addresses of the near wire that nobody has."""
    taken = {r.address for r in recordings} | {SCANNER, NEAR[ROUTER]}
    free = (host for host in NEAR.hosts() if host not in taken and int(host) & 0xFF >= 100)
    cameras = [r for r in recordings if may_be_copied(r) and r.mac and r.expect.get("kind") == "camera"]
    for number, recording in enumerate(cameras[:: max(1, len(cameras) // max(1, count))][:count], 2):
        name = f"{recording.name}#{number}"
        yield Placed(recording=copy_of(recording, name, next(free), _next_mac(recording, number)))


def _next_mac(recording: Recording, number: int) -> str:
    """Return the MAC of another specimen: the same maker's block, another end."""
    head, _, tail = (recording.mac or "02:00:00:00:00:00").rpartition(":")
    return f"{head}:{(int(tail, 16) + 0x80 + number) & 0xFF:02x}"


def _with_a_shy_one(placed: Sequence[Placed]) -> Iterable[Placed]:
    """Give the devices, one of which answers only when it is asked alone."""
    shy = next((p.name for p in placed if not p.far and _says(p.recording, "wsdiscovery")), "")
    for item in placed:
        yield replace(item, moods=frozenset({Mood.UNICAST_ONLY})) if item.name == shy else item
