"""No packet leaves: the guard refuses, and the namespace has nowhere to send to."""

import os
import socket
import sys

import pytest
from conftest import LeavesTheMachineError


def test_the_guard_refuses_every_destination_but_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        with pytest.raises(LeavesTheMachineError):
            sender.sendto(b"x", ("192.0.2.1", 9))
        with pytest.raises(LeavesTheMachineError):
            sender.connect(("239.255.255.250", 3702))
        sender.sendto(b"x", ("127.0.0.1", 9))


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
def test_the_run_has_a_namespace_with_loopback_only():
    if os.environ.get("CAMCENSUS_ISOLATED") != "1":
        pytest.skip("run by `make test` this has a namespace of its own")
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
