"""A report made by hand: every verdict, other things, hostile names, damages."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from ipaddress import ip_address

from handmade import device, evidence

from scanner.model import Attribute, Conclusion, Coverage, Place, Report, Rival
from scanner.policy import judge, load_lists
from scanner.vendors import vendors

ON = date(2026, 11, 23)
HOSTILE = "Door\x1b[31m[bold red]\u202ecam\n[/bold red][link=http://x]\x9b0m=cmd()"


def devices():
    return (
        device(
            "Axis",
            "Axis",
            identifier="aa00000004",
            host="192.0.2.9",
            mac="00:40:8c:00:00:01",
            model="M1065-LW",
        ),
        device(
            "Hikvision",
            "Annke",
            identifier="aa00000001",
            host="192.0.2.10",
            mac="44:19:b6:00:00:01",
            model="I91BF",
            name=HOSTILE,
        ),
        device(
            "Dahua",
            identifier="aa00000002",
            host="192.0.2.100",
            mac="3c:ef:8c:00:00:01",
            contested=True,
            rivals=[("Axis", 0.9)],
        ),
        device(identifier="aa00000003", host="fe80::1", mac="02:00:00:00:00:01", kind="recorder"),
        device(
            identifier="bb00000001", host="192.0.2.20", mac="00:1b:a9:00:00:01", kind="other", what="printer"
        ),
        device(
            identifier="bb00000002", host="192.0.2.21", mac="00:1b:a9:00:00:02", kind="other", what="printer"
        ),
        device(identifier="bb00000003", host="192.0.2.22", mac="00:1b:a9:00:00:03", kind="other", what="pc"),
        device(identifier="cc00000001", host="192.0.2.30", mac="00:1b:a9:00:00:04", kind="unknown"),
    )


@cache
def read_once(lists):
    return load_lists(lists)


def report(found=None, lists=(), **coverage):
    found = devices() if found is None else found
    chosen = read_once(lists)
    return Report(
        tool={"name": "camcensus", "version": "0.1.0"},
        data={
            "fingerprints": "2026-11-23+abc",
            "lists": {item.id: item.version.isoformat() for item in chosen},
        },
        run={"mode": "replay", "sources": ["building.pcapng"]},
        devices=found,
        findings=judge(found, chosen, vendors(), on=ON),
        coverage=Coverage(
            sources=("building.pcapng",),
            packets=1234,
            messages={"sadp": 3, "http": 20},
            first=datetime(2026, 11, 20, 8, 0, tzinfo=UTC),
            last=datetime(2026, 11, 20, 9, 0, tzinfo=UTC),
            unidentified=("192.0.2.30",),
            **coverage,
        ),
        as_of=ON,
    )


HOSTILES = {
    "script": "<script>alert(1)</script>",
    "attribute": "\" onmouseover='alert(1)' x=`",
    "formula": "=cmd|'/C calc'!A0",
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-2+3",
    "at": "@SUM(1+1)",
    "wide": "\uff1dHYPERLINK(1)",
    "ansi": "\x1b[31mred\x1b]0;title\x07\x9b0m",
    "markup": "[link=http://192.0.2.1][bold red]x[/link]",
    "markdown": "](javascript:alert(1)) ![x](http://192.0.2.1) `|` **b** @all #1",
    "direction": "\u202eevil\u2066\u200f",
    "nul": "a\0b",
    "lines": "one\r\ntwo\u2028three\x85four\x0bfive",
    "surrogate": "\ud800x\udfff",
    "nonchar": "\ufffe\uffff\U0001ffff",
    "cdata": "]]><!--&lol;<![CDATA[<?xml?>",
    "entity": "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "template": "{{ 7*7 }}{% for x in y %}${7*7}#{7*7}%(name)s{0}",
    "label": 'x",verdict="none"} 1\\n# HELP',
    "long": "A" * 100_000,
    "blank": " ",
    "error": "#REF!",
}
"""Strings that a device may choose, each meant for some reader."""


def hostile(text):
    """A report in which a stranger chose every string that a stranger can choose."""
    made = []
    for number, one in enumerate(devices()):
        items = tuple(
            replace(item, value=text, fact=(item.fact[0], text), fingerprint=item.fingerprint)
            for item in one.evidence
        )
        found = {
            a: Conclusion(
                value=text, confidence=0.8, rivals=(Rival(value=text, confidence=0.3),), evidence=items
            )
            for a in Attribute
        }
        made.append(
            replace(
                one,
                what=text,
                conclusions=found,
                capabilities=(text, "ptz"),
                channels=(text,),
                evidence=items,
                notes=(text,),
                place=Place(site=text, zone=text, building=text, floor=text, sensitivity=text)
                if number
                else None,
            )
        )
    whole = report(found=tuple(devices()))
    findings = tuple(
        replace(item, entry=text, clause=text, chain=(text, f"entry: {text}"), reason=text, waiver=text)
        for item in whole.findings
    )
    coverage = replace(
        whole.coverage,
        sources=(text,),
        messages={text: 1},
        unidentified=(text,),
        said={text: (text,)},
        not_seen=(text,),
        failures=(text,),
    )
    return replace(
        whole,
        devices=tuple(made),
        findings=findings,
        coverage=coverage,
        run={"mode": text, "scope": {"site": text}, "sources": [text]},
    )


__all__ = [
    "HOSTILE",
    "HOSTILES",
    "ON",
    "Attribute",
    "device",
    "devices",
    "evidence",
    "hostile",
    "ip_address",
    "report",
]
