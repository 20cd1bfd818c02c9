"""The contract read back: a JSON report in, the same Report out, so that every other format can be made of it later.

What the JSON does not carry (the bytes of messages, facts that did not become evidence) is not there again; what it
carries comes back so that writing it once more gives the same bytes. The file may be anybody's: every value is asked
for by its type, and what does not fit is one sentence that names the place.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, TypeVar, cast

from scanner.errors import ScannerError
from scanner.model import (
    SURVEILLANCE_KINDS,
    About,
    Attribute,
    Conclusion,
    Coverage,
    Device,
    Endpoint,
    Evidence,
    Finding,
    LinkUse,
    Message,
    Observation,
    Place,
    Reach,
    Refusal,
    Report,
    Rival,
    Strength,
    Subject,
    Trend,
    Unasked,
    Verdict,
    Visit,
    WaiverState,
    WaiverUse,
)
from scanner.reports.as_json import CONCLUDED, SCHEMA, plain_values
from scanner.reports.phrases import plain

MAX_TEXT = 4096
"""Characters of any text; the longest that is written is a finding's reason."""
KINDS = SURVEILLANCE_KINDS | {"other", "unknown"}
_MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", list: "a list"}
_BEHIND = "behind "
"""How the notes of the contract begin that name a device's recorder."""

T = TypeVar("T")
E = TypeVar("E", bound=Enum)


class _MisfitError(Exception):
    """A value does not fit; the message is the place and what was wanted."""


class _Part:
    """One object of the document, with where it stands; every value is asked for by its type."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise _MisfitError(f"{place or 'the document'} is not an object")
        self.value: dict[str, Any] = value
        self.place = place

    def _at(self, key: str) -> str:
        return f"{self.place}.{key}" if self.place else key

    def typed(self, key: str, kind: type[T], default: T | None = None) -> T:
        found = self.value.get(key, default)
        wanted = (int, float) if kind is float else kind
        if not isinstance(found, wanted) or (isinstance(found, bool) and kind is not bool):
            raise _MisfitError(f"{self._at(key)} is not {_WORDS[kind]}")
        return cast("T", found)

    def text(self, key: str, default: str | None = None) -> str:
        found = self.value.get(key, default)
        if type(found) is str:  # as nearly always: a large report has millions
            return plain(found, MAX_TEXT)
        return plain(self.typed(key, str, default), MAX_TEXT)

    def text_or_none(self, key: str) -> str | None:
        return None if self.value.get(key) is None else self.text(key)

    def part(self, key: str) -> "_Part":
        return _Part(self.value.get(key), self._at(key))

    def part_or_none(self, key: str) -> "_Part | None":
        return None if self.value.get(key) is None else self.part(key)

    def parts(self, key: str) -> "list[_Part]":
        return [_Part(item, f"{self._at(key)}[{n}]") for n, item in enumerate(self.typed(key, list, []))]

    def each(self, key: str, read: Callable[[str], T]) -> tuple[T, ...]:
        """Read a list of texts; one that cannot be read is a misfit."""
        items = self.typed(key, list, [])
        if not all(isinstance(item, str) for item in items):
            raise _MisfitError(f"{self._at(key)} is not a list of texts")
        return tuple(self._read(key, plain(item, MAX_TEXT), read) for item in items)

    def texts(self, key: str) -> tuple[str, ...]:
        return self.each(key, str)

    def read(self, key: str, read: Callable[[str], T]) -> T:
        return self._read(key, self.text(key), read)

    def _read(self, key: str, text: str, read: Callable[[str], T]) -> T:
        try:
            return read(text)
        except ValueError as error:
            raise _MisfitError(f"{self._at(key)}: {error}") from error

    def counts(self, key: str) -> Mapping[str, int]:
        inner = self.part(key)
        return {plain(name): inner.typed(name, int) for name in inner.value}


def is_report(head: bytes) -> bool:
    """Tell whether a file that begins so is meant as a JSON report: no capture begins with a brace."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_report(text: str | bytes, name: str) -> Report:
    """Return the report of a JSON document; `name` is what errors call it. Raises ScannerError, one sentence."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScannerError(f"{name}: cannot be read as JSON: {error}") from error
    return report_of(document, name)


def report_of(document: Any, name: str) -> Report:
    """Return the report of a document that is parsed already; as `read_report`."""
    try:
        return _report(_Part(document, ""))
    except (ValueError, RecursionError) as error:
        raise ScannerError(f"{name}: cannot be read as JSON: {error}") from error
    except _MisfitError as error:
        raise ScannerError(f"{name}: is not a report of camcensus: {error}") from error


def read_finding(record: Any) -> Finding:
    """Return the finding of one record of the contract. Raises ScannerError."""
    try:
        return _finding(_Part(record, "finding"))
    except _MisfitError as error:
        raise ScannerError(f"this is no finding of camcensus: {error}") from error


def read_device(record: Any) -> Device:
    """Return the device of one record of the contract, without notes: those are the coverage's. Raises ScannerError."""
    try:
        return _device(_Part(record, "device"))
    except _MisfitError as error:
        raise ScannerError(f"this is no device of camcensus: {error}") from error


def _report(whole: _Part) -> Report:
    if whole.value.get("schema") != SCHEMA:
        raise _MisfitError(f"its schema is not {SCHEMA}")
    run, tool = whole.part("run"), whole.part("tool")
    findings = tuple(_finding(part) for part in whole.parts("findings"))
    coverage = whole.part("coverage")
    return Report(
        tool={plain(name): tool.text(name) for name in tool.value},
        data=plain_values(whole.part("data").value),
        run=plain_values(run.value),
        devices=_with_notes((_device(part) for part in whole.parts("devices")), coverage.parts("notes")),
        findings=findings,
        coverage=_coverage(coverage),
        as_of=run.read("as_of", date.fromisoformat),
        history=tuple(_trend(part) for part in whole.parts("history")),
        exposures=tuple(_finding(part) for part in whole.parts("exposures")),
        waivers=tuple(_waiver(part) for part in whole.parts("waivers")),
    )


def _waiver(part: _Part) -> WaiverUse:
    return WaiverUse(
        selector=part.text("selector"),
        list=part.text("list"),
        owner=part.text("owner"),
        ticket=part.text("ticket"),
        reason=part.text("reason"),
        expires=part.read("expires", date.fromisoformat),
        state=part.read("state", WaiverState),
        devices=part.texts("devices"),
    )


def _device(part: _Part) -> Device:
    kind = part.text("kind")
    if kind not in KINDS:
        raise _MisfitError(f"{part.place}.kind: {kind!r} is no kind of device")
    evidence = tuple(_evidence(item) for item in part.parts("evidence"))
    place = part.part_or_none("place")
    return Device(
        id=part.text("id"),
        kind=kind,
        what=part.text("what", ""),
        addresses=part.each("addresses", ip_address),
        macs=part.each("macs", _mac),
        conclusions={
            attribute: _conclusion(found, attribute, evidence)
            for attribute in CONCLUDED
            if (found := part.part_or_none(attribute.value))
        },
        capabilities=part.texts("capabilities"),
        channels=part.texts("channels"),
        evidence=evidence,
        place=_place(place) if place else None,
    )


def _mac(text: str) -> str:
    if not _MAC.fullmatch(text):
        raise ValueError(f"{text!r} is no MAC address")
    return text


def _place(part: _Part) -> Place:
    return Place(
        site=part.text("site", ""),
        zone=part.text("zone", ""),
        building=part.text("building", ""),
        floor=part.text("floor", ""),
        sensitivity=part.text("sensitivity", ""),
    )


def _conclusion(part: _Part, attribute: Attribute, evidence: tuple[Evidence, ...]) -> Conclusion:
    value = part.text("value")
    own = [item for item in evidence if item.attribute is attribute and item.value == value]
    derived = [
        replace(item, attribute=attribute, value=value, fingerprint=name)
        for name in part.texts("derived")
        for item in [_origin(name, evidence)]
        if item
    ]
    return Conclusion(
        value=value,
        confidence=part.typed("confidence", float),
        contested=part.typed("contested", bool),
        rivals=tuple(
            Rival(value=rival.text("value"), confidence=rival.typed("confidence", float))
            for rival in part.parts("rivals")
        ),
        evidence=(*own, *derived),
    )


def _origin(name: str, evidence: Iterable[Evidence]) -> Evidence | None:
    """Return the evidence that something was derived from: "relations/brand: vendor/id" tells its fingerprint."""
    wanted = name.partition(": ")[2]
    return next((item for item in evidence if item.fingerprint == wanted), None)


def _evidence(part: _Part) -> Evidence:
    source = part.text("source")
    end, mac = part.read("source", _endpoint)
    key, _, value = part.text("excerpt").partition(":")
    fact = (key, value.removeprefix(" "))
    time = part.read("time", datetime.fromisoformat)
    if time.tzinfo is None:
        raise _MisfitError(f"{part.place}.time has no time zone")
    message = Message(time=time, protocol=part.text("protocol"), source=end, mac=mac or None)
    return Evidence(
        subject=Subject(host=end.host, mac=mac or None),
        attribute=_member(part, "attribute", Attribute),
        value=part.text("value"),
        strength=_member(part, "strength", Strength),
        about=_member(part, "about", About),
        fingerprint=part.text("fingerprint"),
        fact=fact,
        observation=Observation(
            subject=Subject(host=end.host, mac=source if mac else None), message=message, facts=(fact,)
        ),
    )


def _member(part: _Part, key: str, kind: type[E]) -> E:
    return part.read(key, kind)


@lru_cache(maxsize=65_536)
def _endpoint(text: str) -> tuple[Endpoint, str]:
    """Return what `phrases.source` said: an endpoint, or a MAC, or nothing.

    >>> _endpoint("[fe80::1]:80")[0].port, _endpoint("192.0.2.1")[0].host, _endpoint("00:40:8c:00:00:01")[1]
    (80, IPv4Address('192.0.2.1'), '00:40:8c:00:00:01')
    """
    if text.startswith("["):
        host, _, port = text[1:].partition("]:")
        return Endpoint(host=ip_address(host), port=int(port)), ""
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return Endpoint(host=ip_address(host), port=int(port)), ""
    try:
        return Endpoint(host=ip_address(text)), ""
    except ValueError:
        return Endpoint(), text


def _finding(part: _Part) -> Finding:
    return Finding(
        device=part.text("device"),
        list=part.text("list"),
        version=part.text("version"),
        verdict=_member(part, "verdict", Verdict),
        entry=part.text_or_none("entry"),
        clause=part.text_or_none("clause"),
        chain=part.texts("chain"),
        reason=part.text("reason"),
        waiver=part.text_or_none("waiver"),
    )


def _with_notes(devices: Iterable[Device], notes: Iterable[_Part]) -> tuple[Device, ...]:
    """Return the devices with what the coverage says of each; the note on its recorder becomes its parent."""
    told: dict[str, list[str]] = {}
    for note in notes:
        told.setdefault(note.text("device"), []).append(note.text("note"))
    found = list(devices)
    known = {device.id for device in found}
    for position, device in enumerate(found):
        said = told.get(device.id, [])
        last = said[-1].removeprefix(_BEHIND) if said else ""
        parent = last if last in known and said[-1].startswith(_BEHIND) else None
        found[position] = replace(device, notes=tuple(said[:-1] if parent else said), parent=parent)
    return tuple(found)


def _coverage(part: _Part) -> Coverage:
    said = part.part_or_none("said")
    reach = part.part_or_none("scan")
    return Coverage(
        sources=part.texts("sources"),
        packets=part.typed("packets", int),
        messages=part.counts("messages"),
        first=part.read("first", datetime.fromisoformat) if part.value.get("first") else None,
        last=part.read("last", datetime.fromisoformat) if part.value.get("last") else None,
        unidentified=part.texts("unidentified"),
        said={plain(name): said.texts(name) for name in said.value} if said else {},
        not_seen=part.texts("not_seen"),
        failures=part.texts("failures"),
        complete=part.typed("complete", bool),
        reach=_reach(reach) if reach else None,
    )


def _reach(part: _Part) -> Reach:
    pace, outcomes = part.part("pace"), part.part("outcomes")
    return Reach(
        asked=part.text("asked"),
        planned=part.typed("planned", int),
        asked_count=part.typed("asked_count", int),
        alive=part.each("alive", ip_address),
        identified=part.typed("identified", int),
        not_asked=tuple(
            Unasked(addresses=item.text("addresses"), why=item.text("why"))
            for item in part.parts("not_asked")
        ),
        links=tuple(
            LinkUse(name=item.text("name"), addresses=item.texts("addresses"), skipped=item.text("skipped"))
            for item in part.parts("interfaces")
        ),
        problems=part.texts("problems"),
        packets=pace.typed("packets", int),
        rate=pace.typed("rate", float),
        seconds=pace.typed("seconds", float),
        outcomes={plain(name): outcomes.counts(name) for name in outcomes.value},
        forbidden=tuple(_refusal(item) for item in part.parts("forbidden")),
        heard=part.texts("heard"),
        visits=tuple(_visit(item) for item in part.parts("credentials")),
    )


def _visit(part: _Part) -> Visit:
    return Visit(
        address=part.read("address", ip_address),
        entry=part.text("entry"),
        outcome=part.text("outcome"),
        why=part.text("why"),
    )


def _refusal(part: _Part) -> Refusal:
    return Refusal(
        host=part.text("host"),
        port=part.typed("port", int),
        reason=part.text("reason"),
        count=part.typed("count", int),
    )


def _trend(part: _Part) -> Trend:
    return Trend(
        time=part.read("time", datetime.fromisoformat),
        makers=part.counts("makers"),
        verdicts=part.counts("verdicts"),
    )
