"""TCP talk without framing of our own: a server's greeting, and protocols that speak in turns."""

import re

from scanner.capture.talk import Said

MAX_GREETING = 2048
"""Bytes of what a server says unasked that are kept."""
MAX_TURN = 64 << 10
"""Bytes of one turn that are kept."""
MAX_TURNS = 32
TELNET = 0xFF
"""Interpret As Command: telnet's options are settled before its first text (RFC 854)."""
GREETING_PORTS = frozenset(port.to_bytes(2) for port in (21, 22, 23, 2323, 9527))
"""Where FTP, SSH and telnet servers listen that speak first, as on the wire."""
_GREETING = re.compile(
    rb"220[ -]|SSH-[12]\.|\xff[\xfb-\xfe]|[\r\n]*[\x20-\x7e\r\n]{0,256}(?:login|username) ?: ?\Z",
    re.IGNORECASE,
)
"""RFC 959 section 5.4, RFC 4253 section 4.2, RFC 854; a prompt for a name is a session's first question."""


class GreetingReader:
    """What a server says before it was asked anything; telnet options going back and forth are no question."""

    def __init__(self, server: int) -> None:
        self.done = False
        self._server = server
        self._said = bytearray()
        self._time = 0

    @property
    def held(self) -> int:
        """Return the bytes that are kept in memory."""
        return len(self._said)

    def data(self, side: int, data: bytes, time: int) -> list[Said]:
        """Take the next bytes of a side; the client's first word ends the greeting."""
        if side != self._server:
            return [] if data[0] == TELNET and self._said[:1] == bytes((TELNET,)) else self._finish()
        self._time = self._time or time
        self._said += data
        return self._finish() if len(self._said) >= MAX_GREETING else []

    def gap(self, side: int, size: int) -> list[Said]:
        """End the greeting: what follows a hole is not its beginning."""
        del side, size
        return self._finish()

    def end(self, side: int) -> list[Said]:
        """End the greeting with its side."""
        return self._finish() if side == self._server else []

    def _finish(self) -> list[Said]:
        self.done = True
        payload = bytes(self._said[:MAX_GREETING])
        self._said.clear()
        return [Said("banner", self._server, payload, b"", self._time)] if is_text(payload) else []


def greets(first: bytes) -> bool:
    r"""Tell whether bytes have the form of a greeting, where it was not seen that a connection begins with them.

    >>> greets(b"220 FTP ready\r\n"), greets(b"some text\r\n")
    (True, False)
    """
    return _GREETING.match(first) is not None


def is_text(greeting: bytes) -> bool:
    r"""Tell whether a greeting's first line is text, or telnet's options.

    >>> is_text(b"220 FTP ready\r\n"), is_text(b"\xff\xfb\x01"), is_text(b"J\0\0\0\n5.7")
    (True, True, False)
    """
    line = greeting.lstrip(b"\r\n").partition(b"\n")[0][:256]
    if line[:1] == bytes((TELNET,)):
        return True
    return (
        bool(line.strip())
        and all(byte >= 0x20 or byte in b"\t\r\x1b" for byte in line)
        and b"\x7f" not in line
    )


class TurnReader:
    """A protocol that recognises its first bytes: what a side says until the other speaks is one message."""

    def __init__(self, protocol: str) -> None:
        self.done = False
        self._protocol = protocol
        self._side = self._asker = -1
        self._turn, self._before = bytearray(), b""
        self._time = self._turns = 0

    @property
    def held(self) -> int:
        """Return the bytes that are kept in memory."""
        return len(self._turn) + len(self._before)

    def data(self, side: int, data: bytes, time: int) -> list[Said]:
        """Take the next bytes of a side; the other side's turn is complete by that."""
        said = self._finish() if side != self._side else []
        if not self._turn:
            self._side, self._time = side, time
            self._asker = side if self._asker < 0 else self._asker
        self._turn += data[: MAX_TURN - len(self._turn)]
        return said

    def gap(self, side: int, size: int) -> list[Said]:
        """End the turn that the hole falls into, and the dialog: where a message begins is no longer known."""
        del side, size
        said = self._finish()
        self.done = True
        return said

    def end(self, side: int) -> list[Said]:
        """End the turn of a side that has ended."""
        return self._finish() if side == self._side else []

    def _finish(self) -> list[Said]:
        if not self._turn:
            return []
        payload = bytes(self._turn)
        request = b"" if self._side == self._asker else self._before
        self._turn.clear()
        self._before = payload
        self._turns += 1
        self.done = self._turns >= MAX_TURNS
        return [Said(self._protocol, self._side, payload, request, self._time)]
