"""Are the devices that Recog and nmap know named by our own fingerprints? Both loaded by nobody, only measured.

    python tests/bench/others_coverage.py --recog FOLDER --nmap FILE [--missing]

Recog's entries hold examples: each of a video device is made the fact that a protocol would make of it. nmap's
hold patterns only: from each d/webcam/ line that names a maker some answers are written that fit it (checked by
Python's `re`), each is read as if it had just been heard, and what is concluded of it is compared. An example
counts as named when the brand or maker that our evidence speaks for most strongly is the one they name.
"""

import argparse
import random
import re
import string
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from scanner.fingerprints import Knowledge, identify, load
from scanner.fingerprints.foreign import nmap, recog
from scanner.fingerprints.foreign.merging import nmap_claims
from scanner.fingerprints.foreign.words import SURVEILLANCE_WORDS, vendor_in
from scanner.identity.conclusions import WEIGHTS
from scanner.model import (
    SURVEILLANCE_KINDS,
    Attribute,
    Endpoint,
    Message,
    Observation,
    Strength,
    Subject,
)
from scanner.protocols import by_name, clean
from scanner.vendors import vendors

SEED = 20261127
TRIES = 200
"""Answers that are written until one fits its pattern again."""
EACH = 5
"""Answers that are wanted of each pattern."""
NOW = datetime(2026, 11, 27, tzinfo=UTC)
HOST = ip_address("192.0.2.1")
PORTS = {"ftp": 21, "telnet": 23, "http": 80, "rtsp": 554, "sip": 5060}
HEARD = {"ftp", "http", "rtsp", "sip", "telnet", "upnp", "ws-discovery"}
"""Their services whose answers this program asks for or overhears."""
BOILERPLATE = frozenset(
    """
    accept accepted access action age agent algorithm allow announce application april auth authenticate
    authorization bad bytes cache charset class close code commands connection content control cookie cseq
    date describe digest doctype dtd dtd encoding end error etag expires follows following forbidden found ftp
    get get_parameter gmt head header html http https index internal iso keep alive language last length link
    location login match max md5 message meta method mime modified moved must nocache no-cache nonce nosniff not
    object okay opaque options origin page parameter pass password pause permanently play please post pragma
    private protocol public qop ready realm recognized redirect refresh request required reset response
    revalidate rtsp sameorigin security see server service session set setup stale status store strict style
    supported syst teardown text the this title transfer transitional type unauthorized unimplemented until url
    use user username using utf vary version welcome with www xframe xhtml xml xss you your and are org w3c
    """.split()  # noqa: SIM905 - words of protocols, in no list but this
)
"""Words that any server may send."""
VIDEO = SURVEILLANCE_WORDS | {"video decoder"}
"""Recog's words for what makes, keeps or shows video."""
NAMES = {Attribute.BRAND, Attribute.MAKER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One text of theirs: where it stands, whom it names, and the observations that it makes."""

    where: str
    named: str
    text: str
    telling: bool = True
    observations: tuple[Observation, ...]


def recog_cases(folder: Path) -> Iterator[Case]:
    """Yield the examples of video devices; those on what is not heard here too: they count as not named."""
    for entry in recog.read_folder(folder):
        said = entry.said
        vendor = said.get("hw.vendor") or said.get("os.vendor") or said.get("service.vendor")
        if not _devices(entry) & VIDEO or not vendor:
            continue
        for text in entry.examples:
            where = f"{entry.file}:{entry.line}"
            yield Case(where=where, named=vendor, text=text, observations=_facts(entry.key, text))


def strangers(folder: Path, knowledge: Knowledge) -> Iterator[tuple[bool, str]]:
    """Yield for each example that Recog takes for no video device whether we do, by more than a weak hint."""
    for entry in recog.read_folder(folder):
        if entry.key is None or _devices(entry) & VIDEO:
            continue
        for text in entry.examples:
            kinds = {
                item.value
                for item in identify(_facts(entry.key, text), knowledge)
                if item.attribute is Attribute.KIND and item.strength is not Strength.WEAK
            }
            yield (
                bool(kinds & SURVEILLANCE_KINDS),
                f"{entry.file}:{entry.line} {text[:60]!r}: {sorted(kinds)}",
            )


def _devices(entry: recog.Entry) -> set[str]:
    return {entry.said.get(f"{part}.device", "").casefold() for part in ("hw", "os", "service")}


def _facts(key: str | None, text: str) -> tuple[Observation, ...]:
    """Return the observation that an example stands for, as the wire would have it."""
    if key is None:
        return ()
    lead = {"banner.ftp": "220 ", "banner.smtp": "220 ", "banner.ssh": "SSH-2.0-"}.get(key, "")
    facts = [(key, clean(lead + text))]
    if key == "http.www_authenticate":
        facts += _observed(
            "http", b"HTTP/1.1 401 No\r\nWWW-Authenticate: " + text.encode() + b"\r\n\r\n", 80
        )[0].facts
    if key in {"tls.subject", "tls.issuer"}:
        parts = {"CN": "_cn", "O": "_o", "OU": "_ou", "emailAddress": "_email"}
        pairs = (part.strip().partition("=") for part in re.split(r"(?<!\\),", text))
        facts += [(key + parts[name], value) for name, _, value in pairs if name in parts]
    message = Message(time=NOW, protocol=key.split(".")[0], source=Endpoint(host=HOST))
    return (Observation(subject=Subject(host=HOST), message=message, facts=tuple(facts)),)


def _observed(protocol: str, payload: bytes, port: int) -> tuple[Observation, ...]:
    message = Message(time=NOW, protocol=protocol, source=Endpoint(host=HOST, port=port), payload=payload)
    return by_name[protocol].parse(message)


def nmap_cases(path: Path, rng: random.Random) -> Iterator[Case]:
    """Yield answers that fit the lines about cameras and recorders whose words name a maker that exists."""
    for entry in nmap.read_file(path):
        named = "|".join(dict.fromkeys(_makers(entry)))
        if entry.words.get("d") != "webcam":
            continue
        where = f"{entry.file}:{entry.line} {entry.service} p/{entry.words.get('p')}/"
        if not named:
            yield Case(where=where, named="", text=entry.words.get("i", ""), observations=())
            continue
        for payload in written(entry, rng):
            protocol = _protocol(entry, payload)
            port = PORTS.get(entry.service, 9999)
            heard = _observed(protocol, payload, port) if protocol else ()
            yield Case(
                where=where,
                named=named,
                text=repr(payload)[:160],
                telling=is_telling(entry),
                observations=heard,
            )


def is_telling(entry: nmap.Entry) -> bool:
    """Tell whether a pattern on a service that is heard here holds a word that is not the protocol's own.

    The others rest on the order of headers, on what is missing, or on bytes of services that nobody here asks.
    """
    if entry.service not in HEARD:
        return False
    literal = re.sub(r"\\(?:x[0-9a-f]{2}|.)|\[(?:\\.|[^\]])*\]|\(\?.", " ", entry.pattern)
    return bool({word.lower() for word in re.findall(r"[A-Za-z]{3,}", literal)} - BOILERPLATE)


def _makers(entry: nmap.Entry) -> Iterator[str]:
    """Yield every maker whom a line names: its words may say "TRENDnet/Hawking" or "D-Link … or Pelco …"."""
    first = dict(nmap_claims(entry, vendors())).get(Attribute.BRAND)
    if first:
        yield first
        for words in re.split(r"/| or ", entry.words.get("p", "")):
            other = vendor_in(words, vendors())
            if other:
                yield other


def _protocol(entry: nmap.Entry, payload: bytes) -> str | None:
    """Return who reads an answer on a live network: its own protocol, else the first that knows its beginning."""
    known = by_name.get(entry.protocol or "banner")
    if known and known.recognise and not known.recognise(payload):
        others = (p.name for p in by_name.values() if p.tcp and p.recognise and p.recognise(payload))
        return next(others, "banner")
    return known.name if known else None


def written(entry: nmap.Entry, rng: random.Random) -> Iterator[bytes]:
    """Yield different answers that fit a line's pattern, at most EACH; one empty one if none can be written."""
    flags = sum({"i": re.IGNORECASE, "s": re.DOTALL}[letter] for letter in entry.flags)
    pattern = re.compile(entry.pattern.replace(r"\0", r"\x00").encode("latin-1"), flags)
    tree = _parser.parse(pattern.pattern, flags)
    found: dict[bytes, None] = {}
    for _ in range(TRIES):
        text = _as_sent(bytes(_walk(tree, rng, {})), rng)
        measured = _measured(text)
        if pattern.search(text):
            found[measured if pattern.search(measured) else text] = None
        if len(found) == EACH:
            break
    yield from found or {b"": None}


def _is_body(part: bytes) -> bool:
    """Tell whether what follows an open place is no header: a tag, or a line of its own without a colon."""
    line = part.lstrip(b"\r\n").partition(b"\n")[0]
    if part.startswith(b"\r\n\r\n"):
        return False
    return line.startswith((b"<", b"window.")) or (
        part.startswith(b"\n") and b":" not in line and line != b""
    )


def _measured(text: bytes) -> bytes:
    """Return an answer whose Content-Length is that of its body; made-up numbers would cut it short."""
    length = len(text.partition(b"\r\n\r\n")[2])
    return re.sub(rb"(?i)(content-length: ?)\d+", rb"\g<1>%d" % length, text, count=1)


def _as_sent(text: bytes, rng: random.Random) -> bytes:
    """Fill what a pattern leaves open as a server would: the rest of a line, or the head's end before a page."""
    status = re.match(rb"(?:HTTP|RTSP)/\d\.\d \d\d\d (?=%b)" % _OPEN, text)
    if status:
        text = status[0] + b"OK" + text[status.end() :]
    out = b""
    for position, part in enumerate(text.split(_OPEN)):
        cut_title = b"</title>" in part.lower() and b"<title" not in part.lower()
        opens_page = cut_title or _is_body(part)
        if position and opens_page and out.startswith(b"HTTP/"):
            head = b"" if b"\r\n\r\n" in out else b"Content-Type: text/html\r\n\r\n"
            out += (b"" if not head or out.endswith(b"\r\n") else b"\r\n") + head
            out += b"<title>" if cut_title else b""
        elif position:
            out += bytes(rng.choices(_PLAIN, k=rng.randint(0, 3)))
        out += part
    return out


def _walk(tree: Iterable[Any], rng: random.Random, groups: dict[int, bytes]) -> Iterator[int]:
    """Yield the bytes of one text that a pattern fits; look-arounds are passed over, the caller checks."""
    for kind, value in tree:
        if kind is code.LITERAL:
            yield value
        elif kind is code.NOT_LITERAL:
            yield rng.choice([byte for byte in _PLAIN if byte != value])
        elif kind is code.ANY:
            yield ord(".")  # an unescaped dot is meant as one more often than not
        elif kind is code.IN:
            yield rng.choice(_members(value))
        elif kind in {code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT}:
            low, high, inner = value
            if high is code.MAXREPEAT and _are_header_lines(inner):
                yield from b"OK\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\n"
                continue
            if high is code.MAXREPEAT and inner[0][0] is code.ANY:
                yield from _OPEN * (low + 1)
                continue
            if high is code.MAXREPEAT and low <= 1 and inner[0][0] is code.IN:
                allowed = set(_members(inner[0][1]))
                word = next((form for form in _forms(rng) if set(form) <= allowed), b"")
                if word:
                    yield from word
                    continue
            for _ in range(rng.randint(low, min(high, low + 3))):
                yield from _walk(inner, rng, groups)
        elif kind is code.BRANCH:
            yield from _walk(rng.choice(value[1]), rng, groups)
        elif kind is code.SUBPATTERN:
            groups[value[0]] = bytes(_walk(value[3], rng, groups))
            yield from groups[value[0]]
        elif kind is code.ATOMIC_GROUP:
            yield from _walk(value, rng, groups)
        elif kind is code.GROUPREF:
            yield from groups.get(value, b"")


def _are_header_lines(tree: Iterable[Any]) -> bool:
    """Tell whether a repeated part is nmap's usual "header lines up to the blank one"."""
    return any(
        kind is code.ASSERT_NOT or (kind is code.SUBPATTERN and _are_header_lines(value[3]))
        for kind, value in tree
    )


_OPEN = b"\0\1OPEN\1\0"
"""Stands for what ".*" leaves open until the whole answer is known."""
_PLAIN = (string.ascii_letters + string.digits).encode()


def _forms(rng: random.Random) -> Iterator[bytes]:
    """Yield what devices write where a pattern takes any run of such characters: a version, a model."""
    yield f"{rng.randrange(1, 9)}.{rng.randrange(30)}.{rng.randrange(300)}".encode()
    yield f"{rng.choice('ABCDE')}{rng.randrange(100, 9999)}".encode()


_CLASSES = {
    code.CATEGORY_DIGIT: string.digits.encode(),
    code.CATEGORY_WORD: _PLAIN,
    code.CATEGORY_SPACE: b" ",
    code.CATEGORY_NOT_SPACE: _PLAIN,
    code.CATEGORY_NOT_DIGIT: string.ascii_letters.encode(),
    code.CATEGORY_NOT_WORD: b" -.",
}


def _members(items: list[Any]) -> list[int]:
    """Return the bytes of a set; of a negated one those that are plain."""
    allowed: set[int] = set()
    for kind, value in items:
        if kind is code.LITERAL:
            allowed.add(value)
        elif kind is code.RANGE:
            allowed |= set(range(value[0], value[1] + 1))
        elif kind is code.CATEGORY:
            allowed |= set(_CLASSES[value])
    if items and items[0][0] is code.NEGATE:
        return [byte for byte in _PLAIN if byte not in allowed]
    return sorted(allowed & {*_PLAIN, *b"."}) or sorted(allowed)


def named(case: Case, knowledge: Knowledge) -> tuple[float, str]:
    """Return how firmly our evidence names whom they name, 0 for not at all, and what it says in words."""
    said: dict[str, float] = {}
    for item in identify(case.observations, knowledge):
        if item.attribute in NAMES:
            said[item.value] = max(said.get(item.value, 0.0), WEIGHTS[item.strength])
    best = {name for name, weight in said.items() if weight == max(said.values())}
    told = ", ".join(f"{name} {weight}" for name, weight in sorted(said.items())) or "nothing"
    right = best & answers_to(case.named)
    return max((said[name] for name in right), default=0.0), told


def answers_to(names: str) -> set[str]:
    """Return the names that are right where they say one, or several with "|" between.

    Ours for it, and who is documented to build or own it, or to be built or owned by it.
    """
    table, right = vendors(), set()
    for name in names.split("|"):
        ours = table.canonical(name) or name
        right.add(ours)
        related = [r for r in table.relations if r.documented and _names(r.from_name, ours)]
        right |= {r.to_name for r in related}
        right |= {r.from_name for r in table.relations if r.documented and r.to_name == ours}
    return right


def _names(name: str, meant: str) -> bool:
    """Tell whether a name is the one meant, or a branch of it ("Samsung Techwin" where they say "Samsung")."""
    return name == meant or name.startswith(f"{meant} ")


def compare(title: str, cases: list[Case], knowledge: Knowledge, *, missing: bool) -> float:
    """Print how many texts are named, and those that are not, one an entry; returns the share."""
    judged = [(case, *named(case, knowledge)) for case in cases if case.named]
    silent = [case for case in cases if not case.named]
    telling = [(case, ok, told) for case, ok, told in judged if case.telling]
    reached = tally(title, telling)
    if len(telling) < len(judged):
        tally(f"{title}, also those that hold no word of the device's own", judged)
    say(f"    {len(silent)} more name nobody whom we know")
    for case, told in {case.where: (case, told) for case, ok, told in judged if not ok}.values():
        if missing:
            say(f"  {'-' if case.telling else '.'} {case.where}: {case.named}; we say {told}; {case.text}")
    for case in silent if missing else ():
        say(f"  ? {case.where} {case.text}")
    return reached


def tally(title: str, judged: list[tuple[Case, float, str]]) -> float:
    """Print how many of some texts are named correctly, and of how many entries all; returns the former's share."""
    right = sum(ok > 0 for _, ok, _ in judged)
    firm = sum(ok > WEIGHTS[Strength.WEAK] for _, ok, _ in judged)
    entries = len({case.where for case, _, _ in judged})
    whole = entries - len({case.where for case, ok, _ in judged if not ok})
    say(f"{title}: {right} of {len(judged)} texts named correctly, {share(right, len(judged))}")
    say(
        f"    of {entries} entries {whole} in full, {share(whole, entries)}; {firm} texts by more than a weak hint"
    )
    return right / max(len(judged), 1)


def share(part: int, whole: int) -> str:
    """Return a share in percent."""
    return f"{part / max(whole, 1):.1%}"


def say(line: str) -> None:
    """Print one line."""
    sys.stdout.write(f"{line}\n")


def main() -> None:
    """Measure what was given."""
    parser = argparse.ArgumentParser(description="Measure our fingerprints against Recog's and nmap's.")
    parser.add_argument("--recog", type=Path, metavar="FOLDER")
    parser.add_argument("--nmap", type=Path, metavar="FILE")
    parser.add_argument("--missing", action="store_true", help="print what is not named")
    options = parser.parse_args()
    knowledge = load()
    if options.recog:
        compare("Recog, video devices", list(recog_cases(options.recog)), knowledge, missing=options.missing)
        others = list(strangers(options.recog, knowledge))
        taken = [told for is_taken, told in others if is_taken]
        say(f"Recog, anything else: {len(taken)} of {len(others)} texts taken for surveillance devices")
        say("".join(f"  ! {told}\n" for told in taken).rstrip("\n"))
    if options.nmap:
        cases = list(nmap_cases(options.nmap, random.Random(SEED)))
        compare("nmap, d/webcam/", cases, knowledge, missing=options.missing)


if __name__ == "__main__":
    main()
