"""Network namespaces without a name: made by a system call, held by a file descriptor, gone with the last holder.

Nothing is written to /var/run/netns and no process lives in a namespace: a thread steps in, opens sockets, and
steps out again; the sockets stay. Linux only (unshare(2), setns(2), mount(2) through ctypes).
"""

import ctypes
import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

from scanner.errors import ScannerError

NEW_NET, NEW_USER, NEW_MOUNTS = 0x4000_0000, 0x1000_0000, 0x0002_0000
_RECURSIVE, _PRIVATE = 0x4000, 0x4_0000
_HERE = "/proc/thread-self/ns/net"


@lru_cache(maxsize=1)
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: object) -> None:
    if getattr(_libc(), name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")


def new_namespace() -> int:
    """Make a network namespace and return its descriptor; the caller stays where it is. Raises OSError."""
    home = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _call("unshare", NEW_NET)
        made = os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)
        _call("setns", home, NEW_NET)
    finally:
        os.close(home)
    return made


def this_namespace() -> int:
    """Return a descriptor of the namespace that the calling thread is in."""
    return os.open(_HERE, os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def inside(namespace: int) -> Iterator[None]:
    """Step into a namespace for the length of a `with`; sockets that are opened there stay there."""
    home = this_namespace()
    try:
        _call("setns", namespace, NEW_NET)
        yield
    finally:
        _call("setns", home, NEW_NET)
        os.close(home)


def leave_the_machine() -> None:
    """Move this process, for good, to a network namespace of its own; raises ScannerError where it may not.

    Root unshares at once, everybody else through a user namespace in which they are root. /sys is mounted anew
    where that is allowed, so that interfaces are found there; without it they only lack their MAC address.
    """
    try:
        try:
            _call("unshare", NEW_NET | NEW_MOUNTS)
        except PermissionError:
            _unshare_user()
    except (OSError, AttributeError) as error:
        full = isinstance(error, OSError) and error.errno == errno.ENOSPC
        why = "sysctl user.max_user_namespaces or user.max_net_namespaces is used up" if full else str(error)
        raise ScannerError(
            f"this system allows no network namespace to this user ({why}): the lab cannot be built"
        ) from error
    with suppress(OSError):
        _call("mount", b"none", b"/", None, _RECURSIVE | _PRIVATE, None)
        _call("mount", b"sysfs", b"/sys", b"sysfs", 0, None)


def _unshare_user() -> None:
    user, group = os.getuid(), os.getgid()
    _call("unshare", NEW_USER | NEW_NET | NEW_MOUNTS)
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"0 {user} 1")
    (own / "gid_map").write_text(f"0 {group} 1")


def refuse_a_real_network() -> None:
    """Raise ScannerError unless the current namespace has no interface but loopback."""
    others = sorted(name for _, name in socket.if_nameindex() if name != "lo")
    if others:
        raise ScannerError(
            f"the lab is built in an empty network namespace only; here there is {', '.join(others)}"
        )


def set_sysctl(path: str, value: int) -> bool:
    """Set a network parameter of the namespace that the thread is in; tells whether that was allowed."""
    try:
        (Path("/proc/sys/net") / path).write_text(str(value))
    except OSError:
        return False
    return True
