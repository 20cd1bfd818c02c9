"""Run a command where no packet can leave: in a network namespace that has a loopback interface and nothing else.

Linux only: root unshares at once, others through a user namespace. Where neither is allowed (or the system is
not Linux) the command runs as it is and says so; the guard in tests/conftest.py then still refuses every
destination but loopback.
"""

import os
import shutil
import subprocess
import sys

INSIDE = "CAMCENSUS_ISOLATED"
WAYS = (("unshare", "--net"), ("unshare", "--user", "--map-root-user", "--net"))


def main() -> None:
    """Replace this process by the command, isolated as far as the system allows."""
    command = sys.argv[1:]
    if os.environ.get(INSIDE) == "1":
        raise_loopback()
        os.execvp(command[0], command)
    os.environ[INSIDE] = "1"
    for way in WAYS if shutil.which("unshare") else ():
        if subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0:
            os.execvp(way[0], [*way, sys.executable, __file__, *command])
    os.environ[INSIDE] = "0"
    print("no network namespace to be had: only the guard keeps tests on loopback", file=sys.stderr)
    os.execvp(command[0], command)


def raise_loopback() -> None:
    """Bring `lo` up; a new namespace has it down. SIOCGIFFLAGS and SIOCSIFFLAGS, as `ip link set lo up` does."""
    import fcntl
    import socket
    import struct

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh22x", b"lo", 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(control, 0x8913, request))[1]
        fcntl.ioctl(control, 0x8914, struct.pack("16sh22x", b"lo", flags | 0x1))


if __name__ == "__main__":
    main()
