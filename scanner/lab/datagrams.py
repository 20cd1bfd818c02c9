"""Which datagram asks for which recorded answer, and where a device of each kind sends it.

The rules are a device's: written down from the vendors' formats and not taken from the readers that are tested
against them. A recorded answer goes out as it is, but for the few bytes that repeat the question (message ids,
transaction numbers).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from scanner.recordings import Answer

EVERYBODY = "255.255.255.255"
MAX_QUESTION = 9000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """When a device answers: the port and groups it hears on, what a question looks like, where answers go.

    `to` are pairs of a host and a port; "" stands for whoever asked, 0 for the port that was asked from.
    """

    port: int
    asks: Callable[[bytes, bytes], bool]
    groups: tuple[str, ...] = ()
    to: tuple[tuple[str, int], ...] = (("", 0),)
    echo: Callable[[bytes, bytes], bytes] | None = None


def _begins(*starts: str) -> Callable[[bytes, bytes], bool]:
    raw = tuple(bytes.fromhex(start) for start in starts)
    return lambda question, _: question.startswith(raw)


def _holds(at: int, content: bytes) -> Callable[[bytes, bytes], bool]:
    return lambda question, _: question[at : at + len(content)] == content


def _copied(start: int, end: int) -> Callable[[bytes, bytes], bytes]:
    """Return an echo that puts bytes of the question at the same place of the answer."""
    return lambda question, answer: answer[:start] + question[start:end] + answer[end:]


_TYPES = re.compile(rb"<(?:[\w.-]+:)?Types\b[^>]*>([^<]*)<")
_MESSAGE = re.compile(rb"<(?:[\w.-]+:)?MessageID\b[^>]*>\s*([^<\s]+)\s*<")
_RELATES = re.compile(rb"(<(?:[\w.-]+:)?RelatesTo\b[^>]*>)[^<]*(<)")
_UUID = re.compile(rb"(<Uuid>)[^<]*(</Uuid>)", re.IGNORECASE)


def _kinds(text: bytes) -> set[bytes]:
    return {word.rpartition(b":")[2] for found in _TYPES.findall(text) for word in found.split()}


def _ws_asks(question: bytes, answer: bytes) -> bool:
    if b"Probe" not in question or b"UniviewProbe" in question or b"ProbeMatch" in question:
        return False
    return b"ProbeMatch" in answer and _kinds(question) <= _kinds(answer)


def _ws_echo(question: bytes, answer: bytes) -> bytes:
    asked = _MESSAGE.search(question)
    return _RELATES.sub(lambda m: m[1] + asked[1] + m[2], answer) if asked else answer


def _sadp_echo(question: bytes, answer: bytes) -> bytes:
    asked = _UUID.search(question)
    return _UUID.sub(asked[0], answer) if asked else answer


def _ssdp_asks(question: bytes, answer: bytes) -> bool:
    if not question.startswith(b"M-SEARCH") or not answer.startswith(b"HTTP/1.1 200"):
        return False
    wanted, own = (re.search(rb"(?im)^ST:[ \t]*(\S+)", text) for text in (question, answer))
    return wanted is not None and own is not None and wanted[1].lower() in {b"ssdp:all", own[1].lower()}


def _mdns_asks(question: bytes, answer: bytes) -> bool:
    from zeroconf._protocol.incoming import DNSIncoming

    asked, told = DNSIncoming(question), DNSIncoming(answer)
    if not asked.valid or not told.valid or not asked.is_query():
        return False
    names = {item.name.lower() for item in asked.questions}
    return any(record.name.lower() in names for record in told.answers())


def _same_snmp_version(question: bytes, answer: bytes) -> bool:
    """Tell whether both are SNMP of one version: the first integer of the message (RFC 3412, section 6)."""
    versions = [
        re.match(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01(.)", raw, re.DOTALL)
        for raw in (question, answer)
    ]
    return versions[0] is not None and versions[1] is not None and versions[0][1] == versions[1][1]


_SOAP_GROUPS = ("239.255.255.250", "ff02::c")
RULES: dict[str, tuple[Rule, ...]] = {
    "wsdiscovery": (Rule(port=3702, asks=_ws_asks, groups=_SOAP_GROUPS, echo=_ws_echo),),
    "uniview": (
        Rule(
            port=3702,
            asks=lambda q, _: b"UniviewProbe" in q and b"UniviewProbeMatch" not in q,
            groups=("239.255.255.250",),
            echo=_ws_echo,
        ),
    ),
    "ssdp": (Rule(port=1900, asks=_ssdp_asks, groups=_SOAP_GROUPS),),
    "mdns": (Rule(port=5353, asks=_mdns_asks, groups=("224.0.0.251", "ff02::fb"), echo=_copied(0, 2)),),
    "sadp": (
        Rule(
            port=37020,
            asks=lambda q, a: b"<Probe>" in q and b"inquiry" in q and a[:1] == b"<",
            groups=("239.255.255.250",),
            to=(("239.255.255.250", 37020), ("", 0)),
            echo=_sadp_echo,
        ),
    ),
    "dhip": (
        Rule(
            port=37810,
            asks=lambda q, _: q[4:8] == b"DHIP" and b"DHDiscover.search" in q,
            groups=("239.255.255.251",),
        ),
    ),
    "dvrip": (Rule(port=5050, asks=_begins("a301")),),
    "tvt": (
        Rule(
            port=23456,
            asks=lambda q, _: q[:4] == b"MHED" and q[8:10] == b"\x01\x00",
            groups=("234.55.55.55",),
            to=(("234.55.55.56", 23456),),
        ),
    ),
    "xiongmai": (Rule(port=34569, asks=_holds(14, b"\xfa\x05"), to=((EVERYBODY, 34569),)),),
    "hanwha": (Rule(port=7701, asks=_begins("01"), to=((EVERYBODY, 7711),)),),
    "bosch": (Rule(port=1757, asks=_begins("9939a427"), to=(("", 1758),), echo=_copied(4, 8)),),
    "vivotek": (Rule(port=10000, asks=_holds(1, bytes.fromhex("4a5d8f1c"))),),
    "foscam": (Rule(port=10000, asks=_holds(0, b"MO_I\0\0"), to=((EVERYBODY, 10000),)),),
    "ubiquiti": (Rule(port=10001, asks=_begins("01000000", "02080000"), groups=("233.89.188.1",)),),
    "tplink": tuple(Rule(port=port, asks=_begins("02000001")) for port in (20002, 20004)),
    "kasa": (Rule(port=9999, asks=_begins("d0f281f88bff9af7d5")),),
    "reolink": (
        Rule(port=2000, asks=_begins("aaaa0000"), to=(("", 3000),)),
        *(Rule(port=port, asks=_begins("3acf872a")) for port in (2015, 2018)),
    ),
    "vstarcam": (Rule(port=8600, asks=_holds(0, b"DH\x01\x01")),),
    "v380": (Rule(port=10008, asks=_holds(0, b"NVDEVSEARCH^"), to=(("", 10009),)),),
    "sony": (Rule(port=2380, asks=_holds(0, b"\x02ENQ:allinfo"), to=((EVERYBODY, 2380),)),),
    "panasonic": (Rule(port=10670, asks=_holds(4, b"\x00\x0d"), to=((EVERYBODY, 10669),)),),
    "vision360": (Rule(port=3600, asks=lambda q, _: q.strip() == b"DISCOVER"),),
    "nice": (Rule(port=2007, asks=_holds(0, b"NICE"), to=((EVERYBODY, 2007),)),),
    "gvcp": (Rule(port=3956, asks=_begins("4211", "4201"), echo=_copied(10, 12)),),
    "netbios": (Rule(port=137, asks=lambda q, _: b"\x20CKAAAA" in q, echo=_copied(0, 2)),),
    "snmp": (Rule(port=161, asks=_same_snmp_version),),
    "sip": (Rule(port=5060, asks=_holds(0, b"OPTIONS ")),),
}


@cache
def _rules(protocol: str, payload: bytes) -> tuple[Rule, ...]:
    rules = RULES.get(protocol, ())
    if protocol == "reolink":  # two protocols of one house: an answer of one is none to the other
        modern = payload.startswith(bytes.fromhex("3acf872a"))
        return tuple(rule for rule in rules if (rule.port != 2000) == modern)
    return rules


def rules_of(answers: Iterable[Answer]) -> Iterator[tuple[Answer, Rule]]:
    """Give each recorded answer that can be asked for, with the rule by which it is."""
    for answer in answers:
        for rule in _rules(answer.protocol, answer.payload):
            yield answer, rule


def answer_to(question: bytes, answer: Answer, rule: Rule) -> bytes | None:
    """Return what a device says to a question, None where it is not asked."""
    asked = question[:MAX_QUESTION]
    if not rule.asks(asked, answer.payload):
        return None
    return rule.echo(asked, answer.payload) if rule.echo else answer.payload


def destinations(
    rule: Rule, asker: tuple[str, int], *, alone: bool, protocol: str, question: bytes
) -> list[tuple[str, int]]:
    """Return where an answer goes. Who was asked `alone`, perhaps across a router, answers only the asker.

    mDNS answers to the group unless the question came from another port (legacy) or asks for unicast (RFC 6762,
    section 5.4 and 6.7); it is read in the first question.
    """
    if protocol == "mdns" and asker[1] == 5353 and not alone and not _wants_unicast(question):
        return [("ff02::fb" if ":" in asker[0] else "224.0.0.251", 5353)]
    to = dict.fromkeys((asker[0] if alone or not host else host, port or asker[1]) for host, port in rule.to)
    return list(to)


def _wants_unicast(question: bytes) -> bool:
    at = 12
    while at < len(question) and question[at] and question[at] < 64:
        at += question[at] + 1
    return question[at + 3 : at + 4] >= b"\x80"
