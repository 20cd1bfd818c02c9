"""A whole network in one namespace: every address of a prefix leads there, only the chosen ones live.

For measuring speed: a /16 with a thousand living hosts costs a thousand routes and one server. The namespace
has a local route for each living address ("AnyIP"); a packet for any other is for nobody and is dropped
without a word, as a dead address beyond a router is.
"""

import multiprocessing
import selectors
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import IPv4Address, IPv4Network
from multiprocessing.connection import Connection

from scanner.errors import ScannerError
from scanner.lab.lab import START_S
from scanner.lab.namespaces import inside, new_namespace, refuse_a_real_network, this_namespace
from scanner.lab.network import SCANNER_INTERFACE, netlink, pull_the_plug

PAGE = b"HTTP/1.1 200 OK\r\nServer: lab\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
PORTS = (80, 554)
BACKLOG = 4096
_SCANNER, _GATEWAY = IPv4Address("203.0.113.10"), IPv4Address("203.0.113.9")
_LOOPBACK = 1


@contextmanager
def simulate_network(
    prefix: IPv4Network, living: Iterable[IPv4Address], ports: Sequence[int] = PORTS
) -> Iterator[None]:
    """Make a prefix reachable from the calling namespace (which must be empty), for the length of a `with`.

    The living answer HTTP on `ports` and refuse all others. Raises ScannerError.
    """
    refuse_a_real_network()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(prefix, tuple(living), tuple(ports), theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        if not ours.poll(START_S) or (why := ours.recv()):
            raise ScannerError(why or "the simulated network does not come up")
        yield
    finally:
        ours.close()
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()
        pull_the_plug()


def _serve(
    prefix: IPv4Network, living: Sequence[IPv4Address], ports: Sequence[int], pipe: Connection
) -> None:
    try:
        servers = _build(prefix, living, ports)
        pipe.send("")
    except (ScannerError, OSError) as error:
        pipe.send(str(error))
        return
    threading.Thread(target=_answer, args=(servers,), daemon=True).start()
    with suppress(EOFError, OSError):
        pipe.recv()


def _build(prefix: IPv4Network, living: Sequence[IPv4Address], ports: Sequence[int]) -> list[socket.socket]:
    home, peer = this_namespace(), new_namespace()
    with netlink() as kernel:
        kernel.link("add", ifname=SCANNER_INTERFACE, kind="veth", peer={"ifname": "eth0", "net_ns_fd": peer})
        _address(kernel, SCANNER_INTERFACE, _SCANNER)
    with inside(peer), netlink() as kernel:
        _address(kernel, "eth0", _GATEWAY)
        for host in living:
            kernel.route("add", dst=f"{host}/32", oif=_LOOPBACK, type="local", table=255, scope="host")
        servers = [_server(port) for port in ports]
    with inside(home), netlink() as kernel:
        kernel.route("add", dst=str(prefix), gateway=str(_GATEWAY))
    return servers


def _address(kernel: object, name: str, address: IPv4Address) -> None:
    index = socket.if_nametoindex(name)
    kernel.link("set", index=_LOOPBACK, state="up")  # type: ignore[attr-defined]  # pyroute2 has no types
    kernel.addr("add", index=index, address=str(address), prefixlen=30)  # type: ignore[attr-defined]
    kernel.link("set", index=index, state="up")  # type: ignore[attr-defined]


def _server(port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    opened.bind(("", port))
    opened.listen(BACKLOG)
    opened.setblocking(False)
    return opened


def _answer(servers: Sequence[socket.socket]) -> None:
    """Accept, read what is asked, answer and close; runs until the process ends."""
    watched = selectors.DefaultSelector()
    for server in servers:
        watched.register(server, selectors.EVENT_READ, server)
    while True:
        for key, _ in watched.select():
            if key.data is not None:
                with suppress(OSError):
                    accepted, _ = key.data.accept()
                    accepted.setblocking(False)
                    watched.register(accepted, selectors.EVENT_READ, None)
            else:
                _reply(watched, key.fileobj)


def _reply(watched: selectors.BaseSelector, opened: object) -> None:
    assert isinstance(opened, socket.socket)  # noqa: S101 - only sockets are registered
    watched.unregister(opened)
    with suppress(OSError):
        if opened.recv(65536):
            opened.send(PAGE)
    opened.close()
