"""A reference to a secret → the secret: an environment variable, a file, the keyring, or a command's first line.

A secret is an object that shows itself as stars wherever it is printed, and gives its text only to who calls
`reveal`. What cannot be fetched is one sentence that names the reference and never what was found there.
"""

import os
import shlex
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from scanner.errors import ScannerError

MAX_SECRET = 1024
"""Characters of a user's name or password; cameras take 8 to 64."""
COMMAND_S = 30.0
"""How long a command may take to give its line: a person may have to touch a key."""
REFERENCES = ("env", "file", "keyring", "command")


class Secret:
    """A text that nobody sees by accident: not by printing, formatting, comparing in a test, or pickling."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text. Only what computes a digest, or scrubs a message, has a reason to call this."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not written down")


def fetch(reference: Mapping[str, object], where: str) -> Secret:
    """Return what a reference of one of REFERENCES leads to; `where` is what errors call it.

    Raises ScannerError where it leads nowhere, to nothing, or to a file that others can read.
    """
    ((kind, value),) = reference.items()
    text = {"env": _environment, "file": _file, "keyring": _keyring, "command": _command}[kind](value, where)
    text = text.split("\n", 1)[0].rstrip("\r")
    if not text:
        raise ScannerError(f"{where}: {kind} gives nothing")
    if len(text) > MAX_SECRET:
        raise ScannerError(f"{where}: {kind} gives more than {MAX_SECRET} characters")
    return Secret(text)


def _environment(value: object, where: str) -> str:
    found = os.environ.get(str(value))
    if found is None:
        raise ScannerError(f"{where}: there is no environment variable {value}")
    return found


def _file(value: object, where: str) -> str:
    path = Path(str(value)).expanduser()
    check_private(path, where, readable=False)
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(MAX_SECRET + 2)
    except (OSError, UnicodeDecodeError) as error:
        raise ScannerError(f"{where}: {path} cannot be read: {_why(error)}") from error


def check_private(path: Path, where: str, *, readable: bool) -> None:
    """Refuse a file that others could have changed or, unless `readable`, could have read; raises ScannerError.

    Windows keeps no such bits: there nothing is refused.
    """
    if sys.platform == "win32":
        return
    try:
        found = path.stat()
    except OSError as error:
        raise ScannerError(f"{where}: {path} cannot be read: {_why(error)}") from error
    mode = stat.S_IMODE(found.st_mode)
    if found.st_uid not in {os.geteuid(), 0}:
        raise ScannerError(f"{where}: {path} belongs to somebody else")
    open_to = mode & (0o027 if readable else 0o077)
    if open_to:
        wanted = "0640" if readable else "0600"
        raise ScannerError(
            f"{where}: {path} is open to others (mode {mode:04o}): chmod {wanted} {shlex.quote(str(path))}"
        )


def _keyring(value: object, where: str) -> str:
    service, _, user = str(value).partition("/")
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        raise ScannerError(f"{where}: keyring needs a package: pip install 'camcensus[keyring]'") from error
    try:
        found = keyring.get_password(service, user)
    except KeyringError as error:
        raise ScannerError(f"{where}: the keyring does not open: {type(error).__name__}") from error
    if found is None:
        raise ScannerError(f"{where}: the keyring has nothing for {value}")
    return found


def _command(value: object, where: str) -> str:
    words = [str(word) for word in value] if isinstance(value, list | tuple) else []
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScannerError(f"{where}: the command {words[0]} does not run: {_why(error)}") from error
    if done.returncode:
        raise ScannerError(f"{where}: the command {words[0]} ended with {done.returncode}")
    return done.stdout.decode(errors="replace")


def _why(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
