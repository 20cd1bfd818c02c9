r"""nmap's service probes (text) → entries: what a whole answer must look like, and what that says of a device.

A `match` line holds a pattern over the raw answer and words about the product: p/…/ its name, i/…/ more, d/…/
the kind of device, cpe:/h:… the hardware. The answer is taken as Latin-1, one character a byte, so that "\xff"
in a pattern is the byte. Of all lines that fit one answer the first counts, soft ones last, as in nmap; lines that
say nothing of a device are kept for that reason. Format: the book on nmap, chapter "Service and Application Version
Detection".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.errors import KnowledgeError

MAX_FILE = 16 * 1024 * 1024
"""Bytes of the file."""
NULL_PROBE = "NULL"
"""The probe that sends nothing: what answers it is a greeting."""
PROTOCOLS: Mapping[str, str] = {
    "http": "http",
    "http-proxy": "http",
    "upnp": "http",
    "rtsp": "rtsp",
    "sip": "sip",
}
"""Their services → our protocols; whatever greets unasked is a "banner"."""

_MATCH = re.compile(r"(?:soft)?match (?P<service>\S+) m(?P<delimiter>[^\w\s])")
_WORD = re.compile(r"\s*(?:cpe:(?P<cpe>[^\w\s])|(?P<name>[pvihod])(?P<delimiter>[^\w\s]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One match line: `words` are its p, v, i, h, o, d; `hardware` the vendor of a cpe:/h:, if it has one.

    A `soft` line only names the service: it counts where no other fits.
    """

    file: str
    line: int
    probe: str
    service: str
    pattern: str
    flags: str = ""
    soft: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    hardware: str = ""

    @property
    def protocol(self) -> str | None:
        """Return our protocol whose answers the line is about, or None where there is none."""
        return PROTOCOLS.get(self.service) or ("banner" if self.probe == NULL_PROBE else None)


def read_file(path: Path) -> Iterator[Entry]:
    """Yield every match line, in the order of the file; KnowledgeError for what is broken or no such file."""
    probe, count = "", 0
    for number, line in enumerate(_lines(path), 1):
        if line.startswith("Probe "):
            probe = ([*line.split(maxsplit=3), "", "", ""])[2]
        elif line.startswith(("match ", "softmatch ")):
            count += 1
            yield _entry(path.name, number, line, probe)
    if not count:
        raise KnowledgeError(path.name, "file", "has no match line; --nmap takes nmap's nmap-service-probes")


def _lines(path: Path) -> list[str]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise KnowledgeError(str(path), "file", error.strerror or "cannot be read") from error
    if len(raw) > MAX_FILE:
        raise KnowledgeError(path.name, "file", f"is larger than {MAX_FILE} bytes")
    return raw.decode("latin-1").splitlines()


def _entry(file: str, number: int, line: str, probe: str) -> Entry:
    head = _MATCH.match(line)
    if head is None:
        raise KnowledgeError(file, f"line {number}", "match: needs a service and m|pattern|")
    end = line.find(head["delimiter"], head.end())
    if end < 0:
        raise KnowledgeError(
            file, f"line {number}", f"match: the pattern has no closing {head['delimiter']!r}"
        )
    flags = re.match(r"[is]*", line[end + 1 :])
    letters = flags[0] if flags else ""
    words, hardware = _words(line, end + 1 + len(letters))
    return Entry(
        file=file,
        line=number,
        probe=probe,
        service=head["service"].removeprefix("ssl/"),
        pattern=line[head.end() : end],
        flags=letters,
        soft=line.startswith("soft"),
        words=words,
        hardware=hardware,
    )


def _words(line: str, at: int) -> tuple[dict[str, str], str]:
    """Return the words behind a pattern, and the vendor of the hardware; what is no word ends the reading."""
    words: dict[str, str] = {}
    hardware = ""
    while found := _WORD.match(line, at):
        end = line.find(found["cpe"] or found["delimiter"], found.end())
        if end < 0:
            break
        text = line[found.end() : end]
        if found["name"]:
            words[found["name"]] = text
        elif text.startswith("h:"):
            hardware = hardware or text.split(":")[1]
        at = end + 1
        at += len(line[at : at + 1].strip()) if found["cpe"] else 0
    return words, hardware
