"""A function run where no packet can leave: in a process of its own, in a network namespace of its own.

`run_inside("package.module:function", …)` starts this interpreter again, which leaves the machine's network
before it imports anything else, calls the function with the words given, and ends with what it returns.
"""

import importlib
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import IO

from scanner.errors import ScannerError
from scanner.lab.namespaces import leave_the_machine

MAX_WHY = 4096


def run_inside(function: str, *words: str, output: IO[bytes] | IO[str] | None = None) -> int:
    """Call a function ("package.module:name") with words, inside; returns its number (None counts as 0).

    `output` takes what it prints. Raises ScannerError, in one sentence, where this system or user may not have
    a namespace: the function was not called then.
    """
    if sys.platform != "linux":
        raise ScannerError("the lab is made of Linux network namespaces: there are none on this system")
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "scanner.lab", str(writing), function, *words]
    surroundings = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(command, pass_fds=(writing,), env=surroundings, stdout=output) as process:
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            why = pipe.read(MAX_WHY).decode(errors="replace")
        code = process.wait()
    if why:
        raise ScannerError(why)
    return code


def be_inside(arguments: Sequence[str]) -> int:
    """Be the process that `run_inside` starts: leave the network, say how that went, call the function."""
    status, function, *words = arguments
    with os.fdopen(int(status), "wb") as pipe:
        try:
            leave_the_machine()
        except ScannerError as error:
            pipe.write(str(error).encode())
            return 1
    module, _, name = function.partition(":")
    return int(getattr(importlib.import_module(module), name)(*words) or 0)
