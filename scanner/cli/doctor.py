"""`camcensus doctor`: what works here, what does not, and the command that mends it. Sends nothing."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum

import typer

from scanner.cli import options, screen
from scanner.cli.exits import Exit
from scanner.errors import ScannerError

MAX_AGE_DAYS = 180
"""Age from which data is worth renewing."""
LIBRARIES = ("cryptography", "google-re2", "httpx", "lxml", "pydantic", "rich", "scapy", "typer", "zeroconf")
_MULTICAST_FLAG, _GET_FLAGS = 0x1000, 0x8913
"""IFF_MULTICAST and SIOCGIFFLAGS, netdevice(7)."""


class State(StrEnum):
    """How one thing stands: it works, less works without it, or nothing works without it."""

    WORKS = "works"
    LESS = "less"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at, with what is lost where it does not work, and what mends it."""

    name: str
    state: State
    said: str
    mend: str = ""


def doctor(interface: options.Interfaces = None, json: options.Json = False) -> None:
    """Look at this machine and say what works, what does not, and the command that mends it.

    The exit code is 1 if a scan cannot work here; what merely makes it see less does not count.
    """
    checks = list(examine(interface or []))
    broken = [check for check in checks if check.state is State.BROKEN]
    if json:
        screen.write_json([asdict(check) for check in checks])
    else:
        screen.write("\n".join(_lines(checks)) + "\n")
    raise typer.Exit(Exit.FAILED if broken else Exit.OK)


def _lines(checks: list[Check]) -> Iterator[str]:
    width = max(len(check.name) for check in checks)
    for check in checks:
        yield f"{check.state.value:<6}  {check.name:<{width}}  {check.said}"
        if check.mend:
            yield f"{'':<6}  {'':<{width}}  mend: {check.mend}"
    counts = {state: sum(1 for check in checks if check.state is state) for state in State}
    yield (
        f"{len(checks)} things looked at: {counts[State.WORKS]} work, {counts[State.LESS]} make a scan see less, "
        f"{counts[State.BROKEN]} stop it"
    )


def examine(wanted: list[str]) -> Iterator[Check]:
    """Look at everything, one check after the other."""
    yield from _versions()
    yield from _data(screen.judging_day(None))
    yield _privilege()
    yield from _interfaces(wanted)
    yield _ports()
    yield _audit()
    yield _lab()


def _versions() -> Iterator[Check]:
    from importlib import metadata

    from scanner import __version__

    running = sys.version.split()[0]
    fine = sys.version_info >= (3, 11)
    said = f"camcensus {__version__} on Python {running}, {sys.platform}"
    mend = "" if fine else "install Python 3.11 or newer"
    yield Check(name="version", state=State.WORKS if fine else State.BROKEN, said=said, mend=mend)
    found, missing = [], []
    for name in LIBRARIES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        mend = f"{sys.executable} -m pip install {' '.join(missing)}"
        yield Check(name="libraries", state=State.BROKEN, said=f"missing: {', '.join(missing)}", mend=mend)
    else:
        yield Check(name="libraries", state=State.WORKS, said=", ".join(found))


def _data(today: date) -> Iterator[Check]:
    """Look at the age of the data; a clock that stands before the data was made is wrong."""
    from scanner.fingerprints import load
    from scanner.policy import load_lists
    from scanner.vendors.registry import REGISTRY_DATE

    try:
        dates = {
            "fingerprints": max(item.date for item in load().fingerprints),
            "MAC registry": REGISTRY_DATE,
            **{f"list {item.id}": item.checked for item in load_lists()},
        }
    except ScannerError as error:
        yield Check(name="data", state=State.BROKEN, said=str(error), mend="install camcensus again")
        return
    newest = max(dates.values())
    if today < newest:
        said = f"it says {today}, but data here was made on {newest}: times and validity cannot be believed"
        yield Check(name="clock", state=State.BROKEN, said=said, mend="sudo timedatectl set-ntp true")
    else:
        yield Check(name="clock", state=State.WORKS, said=f"{today} UTC, after all data")
    for name, made in dates.items():
        age = (today - made).days
        old = age > MAX_AGE_DAYS
        said = f"of {made}, {max(age, 0)} days old"
        mend = f"{sys.executable} -m pip install --upgrade camcensus" if old else ""
        yield Check(name=name, state=State.LESS if old else State.WORKS, said=said, mend=mend)


def _privilege() -> Check:
    import socket

    from scanner.probes.tap import grant, may_overhear

    if may_overhear():
        return Check(name="raw sockets", state=State.WORKS, said="SYN scan and overhearing are possible")
    said = "not allowed: hosts are found by connecting, nobody is overheard, `listen` does not work"
    mend = grant() if hasattr(socket, "AF_PACKET") else "scan from Linux, or replay a capture"
    return Check(name="raw sockets", state=State.LESS, said=said, mend=mend)


def _interfaces(wanted: list[str]) -> Iterator[Check]:
    from scanner.probes.interfaces import interfaces

    found = interfaces(wanted)
    known = {link.name for link in found}
    for name in wanted:
        if name not in known:
            yield Check(
                name=name, state=State.BROKEN, said=f"no such interface; there are {', '.join(known)}"
            )
    used = [link for link in found if not link.skipped]
    for link in found:
        shown = ", ".join(map(str, link.addresses)) or "no address"
        if link.skipped:
            yield Check(name=link.name, state=State.WORKS, said=f"not used ({link.skipped}): {shown}")
        elif not _multicasts(link.name):
            mend = f"sudo ip link set {link.name} multicast on"
            yield Check(name=link.name, state=State.LESS, said=f"{shown}; multicast is refused", mend=mend)
        else:
            yield Check(name=link.name, state=State.WORKS, said=f"used: {shown}; multicast goes")
    if not used:
        yield Check(
            name="interfaces",
            state=State.BROKEN,
            said="none is up, real and has an address: nothing can be scanned",
            mend="sudo ip link set NAME up, or name a virtual one with --interface",
        )


def _multicasts(name: str) -> bool:
    """Tell whether an interface is set to carry multicast; no packet is sent to find out."""
    import socket

    if sys.platform != "linux":
        return True
    import fcntl
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        try:
            raw = fcntl.ioctl(control, _GET_FLAGS, struct.pack("16sh22x", name.encode()[:15], 0))
        except OSError:
            return False
    return bool(struct.unpack("16sh22x", raw)[1] & _MULTICAST_FLAG)


def _ports() -> Check:
    """Look whether the ports are free at which some makers' answers arrive whatever port asked."""
    import socket

    from scanner.probes.questions import questions

    taken = []
    for port in sorted({question.listen for question in questions("deep") if question.listen}):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("", port))
            except OSError:
                taken.append(str(port))
    if not taken:
        return Check(name="answer ports", state=State.WORKS, said="all free")
    said = f"UDP {', '.join(taken)} taken by another program: answers that come there are not heard"
    return Check(name="answer ports", state=State.LESS, said=said, mend="ss -lunp shows by which")


def _audit() -> Check:
    from scanner.probes.audit import open_log

    try:
        return Check(name="audit log", state=State.WORKS, said=str(open_log(None)))
    except ScannerError as error:
        return Check(
            name="audit log", state=State.BROKEN, said=str(error), mend="name another with --audit-log"
        )


def _lab() -> Check:
    """Try what the demo needs: a network namespace of its own."""
    run: Callable[..., int]
    try:
        from scanner.lab import run_inside as run

        run("scanner.cli.doctor:nothing")
    except ImportError as error:
        mend = f"{sys.executable} -m pip install 'camcensus[lab]'"
        return Check(name="demo", state=State.LESS, said=f"not scanned live: {error}", mend=mend)
    except ScannerError as error:
        mend = "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), or run the demo with sudo"
        return Check(name="demo", state=State.LESS, said=f"replayed, not scanned live: {error}", mend=mend)
    return Check(name="demo", state=State.WORKS, said="can be scanned live, in a network of its own")


def nothing() -> int:
    """Do nothing, inside: that it runs is what is tried."""
    return 0
