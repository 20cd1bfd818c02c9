"""Small pieces of a report in words: endpoints, times, excerpts. Device text leaves here without teeth.

Every string that a stranger chose passes `plain`: no control characters (terminals obey them), no format
characters (bidirectional overrides turn text around), no surrogates (they cannot be written), bounded.
"""

from datetime import datetime
from functools import lru_cache

from scanner.model import Endpoint, Evidence, Message
from scanner.protocols import clean

MAX_EXCERPT = 200
"""Characters of an excerpt."""
MAX_TEXT = 1024
"""Characters of any other text of a device."""


@lru_cache(maxsize=1 << 15)
def plain(text: str, limit: int = MAX_TEXT) -> str:
    r"""Return text of a device as one harmless line of at most `limit` characters.

    >>> plain("Front\n\x1b[31mdoor\u202e")
    'Front [31mdoor'
    """
    return clean(text[: 2 * limit])[:limit].rstrip()


def excerpt(item: Evidence) -> str:
    """Return the fact that evidence rests on as "key: value"."""
    key, value = item.fact
    return plain(f"{key}: {value}", MAX_EXCERPT)


def source(message: Message) -> str:
    """Return who said it: address and port, else the MAC, else nothing.

    >>> from ipaddress import ip_address
    >>> endpoint(Endpoint(host=ip_address("fe80::1"), port=3702))
    '[fe80::1]:3702'
    """
    return endpoint(message.source) or message.mac or ""


def endpoint(end: Endpoint) -> str:
    """Return an endpoint as "address:port", the address in brackets where it has colons itself."""
    if end.host is None:
        return ""
    if end.port is None:
        return str(end.host)
    return f"[{end.host}]:{end.port}" if end.host.version == 6 else f"{end.host}:{end.port}"


def instant(time: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC with a Z, or None."""
    return time.isoformat().replace("+00:00", "Z") if time else None


def moment(time: datetime) -> str:
    """Return a time as people read it, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


def span(first: datetime, last: datetime) -> str:
    """Return how long something took, in the largest unit that still says something."""
    seconds = (last - first).total_seconds()
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
