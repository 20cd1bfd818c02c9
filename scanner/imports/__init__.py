"""Other scanners' results → messages: nmap's XML, masscan's JSON, zgrab2's JSON lines. People have them already.

Nothing is invented. Where a file holds the bytes that a device sent (a response, a banner, a certificate) they
become a message of that protocol; what it only says in words becomes one of protocol "import". A record that
cannot be read costs itself: it is counted and said in `damages`.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from scanner.errors import CaptureError
from scanner.imports import masscan, nmap, zgrab2
from scanner.model import Message

SNIFF_BYTES = 64 * 1024
"""Bytes of a file by which its format is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One format: its name, how it is known by its first bytes, and its reader."""

    name: str
    recognise: Callable[[bytes], bool]
    read: Callable[[BinaryIO, datetime, list[str]], Iterator[Message]]


FORMS = (
    Form(name="nmap XML", recognise=nmap.recognise, read=nmap.read),
    Form(name="masscan JSON", recognise=masscan.recognise, read=masscan.read),
    Form(name="zgrab2 JSON lines", recognise=zgrab2.recognise, read=zgrab2.read),
)


@dataclass(slots=True)
class Import:
    """One file of results: iterate it once for its messages; `damages` are sentences about what was not read."""

    name: str
    form: Form
    _file: BinaryIO
    _fallback: datetime
    damages: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Message]:
        found: list[str] = []
        try:
            yield from self.form.read(self._file, self._fallback, found)
        except OSError as error:
            found.append(f"reading stopped: {error.strerror or error}")
        finally:
            self.damages.extend(f"{self.name}: {sentence}" for sentence in found)
            self._file.close()


def open_import(file: BinaryIO, name: str, fallback: datetime) -> Import:
    """Return the import of a file whose position can be set; `fallback` is the time of records that have none.

    Raises CaptureError, one sentence, for a file that is none of FORMS.
    """
    head = file.read(SNIFF_BYTES)
    file.seek(0)
    for form in FORMS:
        if form.recognise(head):
            return Import(name, form, file, fallback)
    file.close()
    if not head.strip():
        raise CaptureError(f"{name}: is empty")
    raise CaptureError(f"{name}: is none of what can be imported ({', '.join(form.name for form in FORMS)})")
