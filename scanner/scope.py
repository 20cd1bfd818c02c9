"""What may be asked: the authorised networks, and the guard that every outgoing packet passes.

A scope file is signed off by whoever owns the network; the targets typed must lie inside it and it must be in
date. Without one the targets are the scope, and must be private space. Exclusions always win. The guard is
asked for every destination (also for a redirect, an XAddr, a LOCATION, an SRV target, an address inside a
vendor's answer): a device must not be able to steer the scanner at a third party.
"""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path
from typing import Any

from scanner.errors import KnowledgeError, ScopeError
from scanner.model import IPAddress
from scanner.targets import Addresses, parse_targets

MAX_ADDRESSES = 1 << 20
"""Addresses that one run may ask unless its scope file allows more: a /12 of IPv4."""
LINK_LOCAL = Addresses.of(
    (net.version, int(net[0]), int(net[-1]))
    for net in (ip_network("169.254.0.0/16"), ip_network("fe80::/10"))
)
DISCOVERY_GROUPS = frozenset(
    {
        IPv4Address("239.255.255.250"),  # WS-Discovery, SSDP, SADP, Uniview
        IPv4Address("239.255.255.251"),  # DHIP
        IPv4Address("224.0.0.251"),  # mDNS
        IPv4Address("234.55.55.55"),  # TVT
        IPv4Address("233.89.188.1"),  # Ubiquiti
        IPv4Address("255.255.255.255"),
        IPv6Address("ff02::1"),
        IPv6Address("ff02::c"),  # WS-Discovery, SSDP
        IPv6Address("ff02::fb"),  # mDNS
    }
)
"""Groups that are asked on a link, and broadcast: none of them crosses a router with the TTL we send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who may be asked, on whose word. `digest` identifies the file's bytes in audit log and report."""

    networks: Addresses
    exclude: Addresses = field(default_factory=Addresses)
    site: str = ""
    interfaces: tuple[str, ...] = ()
    authorised_by: str = ""
    reference: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    max_addresses: int = MAX_ADDRESSES
    digest: str = ""

    @property
    def allowed(self) -> Addresses:
        """The addresses that may be asked: the networks without the exclusions."""
        return self.networks.without(self.exclude)

    def record(self) -> dict[str, object]:
        """Return on whose word the run stands, as plain values."""
        return {
            "site": self.site,
            "authorised_by": self.authorised_by,
            "reference": self.reference,
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
            "sha256": self.digest,
        }

    def narrow(self, targets: Addresses, exclude: Addresses, today: date) -> "Scope":
        """Return this scope narrowed to the targets typed; raises ScopeError where they reach beyond it.

        An empty set of targets stands for the whole scope. Exclusions of the file and of the command add up.
        """
        self._check_date(today)
        wanted = targets or self.networks
        beyond = wanted.without(self.networks)
        if beyond:
            raise ScopeError(f"{beyond} is outside the authorised networks ({self.networks})")
        taken = Addresses.of((*self.exclude.ranges, *exclude.ranges))
        left = wanted.without(taken)
        if not left:
            raise ScopeError("the exclusions leave nothing to scan")
        if (count := left.walkable.count) > self.max_addresses:
            raise ScopeError(f"{count} addresses are more than the {self.max_addresses} that one run may ask")
        return Scope(
            networks=wanted,
            exclude=taken,
            site=self.site,
            interfaces=self.interfaces,
            authorised_by=self.authorised_by,
            reference=self.reference,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            max_addresses=self.max_addresses,
            digest=self.digest,
        )

    def _check_date(self, today: date) -> None:
        if self.valid_from and today < self.valid_from:
            raise ScopeError(f"the scope is valid from {self.valid_from}; today is {today}")
        if self.valid_until and today > self.valid_until:
            raise ScopeError(f"the scope was valid until {self.valid_until}; today is {today}")


def scope_of(targets: Addresses) -> Scope:
    """Return the scope that typed targets make by themselves; raises ScopeError for public space."""
    public = _public(targets)
    if public:
        raise ScopeError(f"{public} is public space: a scope file must name it and who authorised it")
    return Scope(networks=targets)


def _public(targets: Addresses) -> Addresses:
    return targets.without(PRIVATE)


PRIVATE = Addresses.of(
    (net.version, int(net[0]), int(net[-1]))
    for net in map(
        ip_network,
        (
            "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # RFC 1918
            "169.254.0.0/16", "127.0.0.0/8", "100.64.0.0/10",  # RFC 3927, 1122, 6598
            "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15",  # RFC 5737, 2544
            "fc00::/7", "fe80::/10", "::1/128", "2001:db8::/32",  # RFC 4193, 4291, 3849
        ),
    )
)  # fmt: skip
"""Space that is nobody's in particular: what may be scanned on the word of whoever types it."""


def read_scope(path: Path) -> Scope:
    """Read a scope file; raises KnowledgeError naming the key that is wrong.

    Keys: site, networks (required), exclude, interfaces, authorised_by (required), reference, valid_from,
    valid_until (required), allow_public, max_addresses.
    """
    try:
        raw = path.read_bytes()
        data = tomllib.loads(raw.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(str(path), "file", str(error)) from error
    fields = _checked(str(path), data)
    networks = parse_targets(fields["networks"])
    if _public(networks) and not fields.get("allow_public", False):
        problem = f"{_public(networks)} is public space; say allow_public = true if its owner agreed"
        raise KnowledgeError(str(path), "networks", problem)
    return Scope(
        networks=networks,
        exclude=parse_targets(fields.get("exclude", ())),
        site=fields.get("site", ""),
        interfaces=tuple(fields.get("interfaces", ())),
        authorised_by=fields["authorised_by"],
        reference=fields.get("reference", ""),
        valid_from=fields.get("valid_from"),
        valid_until=fields["valid_until"],
        max_addresses=fields.get("max_addresses", MAX_ADDRESSES),
        digest=hashlib.sha256(raw).hexdigest(),
    )


_KEYS: dict[str, type[Any]] = {
    "site": str,
    "networks": list,
    "exclude": list,
    "interfaces": list,
    "authorised_by": str,
    "reference": str,
    "valid_from": date,
    "valid_until": date,
    "allow_public": bool,
    "max_addresses": int,
}
_REQUIRED = ("networks", "authorised_by", "valid_until")


def _checked(file: str, data: dict[str, Any]) -> dict[str, Any]:
    for key, value in data.items():
        if key not in _KEYS:
            raise KnowledgeError(file, key, f"unknown key; known are {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            raise KnowledgeError(file, key, f"expected {_KEYS[key].__name__}, found {type(value).__name__}")
        if _KEYS[key] is list and not all(isinstance(item, str) for item in value):
            raise KnowledgeError(file, key, "expected a list of texts")
    for key in _REQUIRED:
        if not data.get(key):
            raise KnowledgeError(file, key, "missing")
    return data


class Guard:
    """Says of every destination whether it may be asked; remembers what it refused, for the coverage.

    Groups and broadcast pass where discovery on the link is part of the plan. Link-local addresses pass only
    with an interface that is in the plan: they mean nothing elsewhere.
    """

    def __init__(self, scope: Scope, *, on_link: bool = True, learned: Iterable[IPAddress] = ()) -> None:
        self._allowed = scope.allowed
        self._exclude = scope.exclude
        self._on_link = on_link
        self._learned = frozenset(learned)
        self.refused: dict[tuple[IPAddress, str], int] = {}

    def allows(self, host: IPAddress, reason: str = "") -> bool:
        """Tell whether a packet may go to a host; a refusal is counted under its reason."""
        if host in self._exclude:
            return self._refuse(host, reason)
        if host in self._allowed or host in self._learned:
            return True
        if self._on_link and (host in DISCOVERY_GROUPS):
            return True
        return self._refuse(host, reason)

    def _refuse(self, host: IPAddress, reason: str) -> bool:
        if len(self.refused) < MAX_ADDRESSES:
            self.refused[host, reason] = self.refused.get((host, reason), 0) + 1
        return False
