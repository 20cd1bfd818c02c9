"""HTTP/1 and RTSP/1.0 on a TCP connection: which answer belongs to which request."""

from scanner.capture.framing import Part, Stream
from scanner.capture.heads import Head
from scanner.capture.talk import Said

MAX_WAITING = 64
"""Requests of one side that wait for their answers."""


class TextReader:
    """HTTP/1 and RTSP/1.0: requests wait in a queue, answers take theirs in order, by CSeq where there is one."""

    def __init__(self) -> None:
        self.done = False
        self._waiting: tuple[list[Part], list[Part]] = ([], [])
        self._streams = (Stream(self._no_body_from(0)), Stream(self._no_body_from(1)))

    @property
    def held(self) -> int:
        """Return the bytes that are kept in memory."""
        waiting = sum(len(part.raw) for queue in self._waiting for part in queue)
        return waiting + self._streams[0].held + self._streams[1].held

    def data(self, side: int, data: bytes, time: int) -> list[Said]:
        """Take the next bytes of a side; return the messages that they complete."""
        stream = self._streams[side]
        return self._said(side, stream.feed(data, time, answers=len(self._waiting[1 - side]) > 1))

    def gap(self, side: int, size: int) -> list[Said]:
        """End the message that the hole falls into."""
        return self._said(side, self._streams[side].gap(size))

    def end(self, side: int) -> list[Said]:
        """End the message in hand: a body without length ends so."""
        return self._said(side, self._streams[side].end())

    def _no_body_from(self, side: int) -> "_Bodiless":
        return _Bodiless(self._waiting[1 - side])

    def _said(self, side: int, parts: list[Part]) -> list[Said]:
        said = [message for part in parts for message in self._message(side, part)]
        self.done = self.done or self._streams[0].over or self._streams[1].over
        return said

    def _message(self, side: int, part: Part) -> list[Said]:
        head = part.head
        if not head.status:
            queue = self._waiting[side]
            if len(queue) >= MAX_WAITING:
                del queue[0]
            queue.append(part)
            return [Said(head.protocol, side, part.raw, b"", part.time)]
        if head.status < 200 and head.status != 101:
            return []
        asked = _answered(self._waiting[1 - side], head)
        if head.status == 101 or (asked and asked.head.method == b"CONNECT" and head.status < 300):
            self.done = True
        return [Said(head.protocol, side, part.raw, asked.raw if asked else b"", part.time)]


class _Bodiless:
    """Tells of a response's head that no body follows (RFC 9112 section 6.3), given the requests that wait."""

    __slots__ = ("_waiting",)

    def __init__(self, waiting: list[Part]) -> None:
        self._waiting = waiting

    def __call__(self, head: Head) -> bool:
        if head.status < 200 or head.status in (204, 304):
            return True
        method = self._waiting[0].head.method if self._waiting else b""
        return method == b"HEAD" or (method == b"CONNECT" and head.status < 300)


def _answered(waiting: list[Part], head: Head) -> Part | None:
    """Take the request that a response answers out of those that wait."""
    index = 0
    if head.cseq:
        index = next((i for i, part in enumerate(waiting) if part.head.cseq == head.cseq), 0)
    if not waiting:
        return None
    asked = waiting[index]
    del waiting[: index + 1]
    return asked
