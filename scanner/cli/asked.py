"""What the operator wants asked: words, files and a scope file → the plan of a scan, or a sentence why not."""

import re
import socket
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.errors import ScannerError, ScopeError, UsageError
from scanner.targets import Addresses, parse_targets, read_target_file

if TYPE_CHECKING:
    from scanner.model import IPAddress
    from scanner.probes.interfaces import Interface
    from scanner.probes.plan import Plan
    from scanner.scope import Scope

MAX_TARGET_FILE = 16 << 20
"""Bytes of a file of targets."""
_BETWEEN = re.compile(r"[,\s]+(?=[^,\s]*(?:\.[^,\s]*){3}|[^,\s]*:|[^,\s]*[A-Za-z])")
"""A comma between two targets, as nmap's --exclude has them, and not one inside an octet ("10.0.0.1,7")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The words of one scan as they were typed; times in seconds, the rate in packets a second."""

    targets: Sequence[str] = ()
    target_file: Path | None = None
    exclude: Sequence[str] = ()
    exclude_file: Path | None = None
    scope: Path | None = None
    interfaces: Sequence[str] = ()
    profile: str = "standard"
    timing: str = "polite"
    max_rate: float | None = None
    host_timeout_s: float = 120.0
    credentials: Path | None = None


def plan_of(wish: Wish, today: date, *, raw: bool) -> "Plan":
    """Return the plan that a wish makes today; raises UsageError, KnowledgeError or ScopeError, one sentence each."""
    from scanner.probes.interfaces import interfaces
    from scanner.probes.plan import make_plan

    targets = parse_targets(_words(wish.targets, wish.target_file), resolved)
    exclude = parse_targets(_words(wish.exclude, wish.exclude_file), resolved)
    scope = _scope(wish.scope, targets)
    scope.narrow(targets, exclude, today)  # whether it may be done comes before whether it can be
    wanted = tuple(wish.interfaces) or scope.interfaces
    found = interfaces(wanted)
    _check_interfaces(wanted, found, targets or scope.networks)
    return make_plan(
        scope,
        found,
        targets=targets,
        exclude=exclude,
        today=today,
        profile=wish.profile,
        timing=wish.timing,
        max_rate=wish.max_rate,
        host_timeout_s=wish.host_timeout_s,
        raw=raw,
        credentials=str(wish.credentials or ""),
    )


def _scope(path: Path | None, targets: Addresses) -> "Scope":
    from scanner.scope import read_scope, scope_of

    if path is not None:
        return read_scope(path)
    if not targets:
        raise UsageError(
            "nothing to scan: name targets, a file of them with -iL, or a scope file with --scope"
        )
    return scope_of(targets)


def _words(typed: Iterable[str], file: Path | None) -> list[str]:
    words: list[str] = []
    for text in typed:
        words += read_target_file(_content(Path("-"))) if text == "-" else _BETWEEN.split(text)
    return words + (read_target_file(_content(file)) if file else [])


def _content(path: Path) -> str:
    try:
        if str(path) == "-":
            return sys.stdin.read(MAX_TARGET_FILE)
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(MAX_TARGET_FILE)
    except OSError as error:
        raise ScannerError(f"the targets in {path} cannot be read: {error.strerror or error}") from error


def resolved(name: str) -> "list[IPAddress]":
    """Return the addresses of a name that the operator typed; none where there is no such name."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


def _check_interfaces(wanted: Sequence[str], found: "Iterable[Interface]", targets: Addresses) -> None:
    known = {link.name: link for link in found}
    for name in wanted:
        if name not in known:
            raise UsageError(f"there is no interface {name!r}; there are {', '.join(known) or 'none'}")
        if not known[name].addresses:
            raise ScopeError(f"the interface {name} has no address: nothing can be asked from it")
    local = parse_targets(("127.0.0.0/8", "::1"))
    if targets.without(local) and all(link.skipped for link in known.values()):
        why = "; ".join(f"{link.name}: {link.skipped}" for link in known.values())
        raise ScopeError(f"there is no network interface to ask from ({why})")
