"""Are the pages that Goby's rules know named by our own fingerprints, and no other thing called a camera?

    python tests/bench/rules_coverage.py RULES.json [--missing] [--false]

RULES.json is a list of rules as Goby has them (r0eXpeR/fingerprint, Goby-Ver1.8.279-fingerprint.json): product,
category, and groups of markers that stand together in one answer. Nobody loads it but this measure. Each group
becomes the least answer that carries its markers. The rules are in lower case and many are single words, so the
figures compare two states of our knowledge and say little by themselves; what is called a surveillance device
among all other categories must be one.
"""

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from ipaddress import ip_address
from pathlib import Path

from scanner.fingerprints import load
from scanner.model import SURVEILLANCE_KINDS, Attribute, Device, Endpoint, Message
from scanner.pipeline import Reading, devices_of

SURVEILLANCE = "Cameras and Surveillance"
ON = date(2026, 11, 27)
WHEN = datetime(2026, 11, 27, tzinfo=UTC)
HOST, ASKER = ip_address("192.0.2.1"), ip_address("192.0.2.250")
HEAD_MARKS = frozenset({"header_contains", "banner_contains"})
SERVER_MARKS = frozenset({"server_contains", "server"})

Marks = list[dict[str, str]]


def answer(marks: Marks) -> bytes | None:
    """Return the least HTTP answer that holds the markers of a group; None where one is of another protocol."""
    head, title, body = [], "", []
    for mark in marks:
        what, text = mark["match"], mark["content"].replace('\\"', '"')
        if what == "title_contains":
            title = text
        elif what == "body_contains":
            body.append(text)
        elif what in SERVER_MARKS:
            head.append(f"Server: {text}")
        elif what in HEAD_MARKS:
            head.append(_header(text))
        else:
            return None
    status = "401 Unauthorized" if any("WWW-Authenticate" in line for line in head) else "200 OK"
    page = f"<html><head><title>{title}</title></head><body>{' '.join(body)}</body></html>"
    return "\r\n".join((f"HTTP/1.1 {status}", *head, "", page)).encode(errors="replace")


def _header(text: str) -> str:
    if text.startswith("realm="):
        return f"WWW-Authenticate: Basic {text}" + '"' * (text.count('"') % 2)
    return text if ":" in text.split(" ", 1)[0] else f"Server: {text}"


def seen(payload: bytes) -> Device | None:
    """Return what one answer shows of the device that gave it."""
    message = Message(
        time=WHEN,
        protocol="http",
        source=Endpoint(host=HOST, port=80),
        destination=Endpoint(host=ASKER, port=50000),
        request=b"GET / HTTP/1.1\r\nHost: device\r\n\r\n",
        payload=payload,
    )
    return next(iter(devices_of([message], load(), Reading(strict=True), ON)), None)


def groups(path: Path) -> Iterator[tuple[str, str, str, Device | None]]:
    """Yield category, product, markers and what is seen, for each group of each rule."""
    for rule in json.loads(path.read_text(encoding="utf-8", errors="replace")):
        for marks in rule["rules"]:
            payload = answer(marks)
            if payload is not None:
                text = " && ".join(mark["content"] for mark in marks)
                yield rule["category"], rule["product"], text, seen(payload)


def main() -> None:
    """Print how many groups are named, and what of other categories is called a surveillance device."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rules", type=Path)
    parser.add_argument(
        "--missing", action="store_true", help="print the surveillance groups that nobody is named for"
    )
    parser.add_argument(
        "--false", action="store_true", help="print what of other categories is called surveillance"
    )
    asked = parser.parse_args()
    total, named, known, others, called = 0, 0, 0, 0, 0
    for category, product, text, device in groups(asked.rules):
        kind = device.kind if device else "unknown"
        who = [device.value(a) for a in (Attribute.MAKER, Attribute.BRAND)] if device else []
        if category == SURVEILLANCE:
            total, named, known = total + 1, named + any(who), known + (kind in SURVEILLANCE_KINDS)
            if asked.missing and not any(who):
                print(f"missing  {product}: {text[:120]}")
        else:
            others, called = others + 1, called + (kind in SURVEILLANCE_KINDS)
            if asked.false and kind in SURVEILLANCE_KINDS:
                print(f"{kind:<9}{category}, {product}: {text[:120]}")
    print(f"{total} groups of surveillance devices: {named} named, {known} of a surveillance kind")
    print(f"{others} groups of other categories: {called} called surveillance")


if __name__ == "__main__":
    main()
