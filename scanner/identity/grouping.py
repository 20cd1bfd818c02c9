"""Which subjects are one device: a union of observations by keys, and the refusal of keys that lie.

The nodes are MACs, and addresses nobody's MAC is known for. Evidence of a MAC joins at once. An endpoint UUID
joins next, then a serial together with the maker that gave it (two makers may use one number). A key that
would join devices whose different MACs were on the network at the same time is shared by a product line, not
a key: it is dropped and said. Placeholders ("0123456789") are no keys at all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address

from scanner.identity.bindings import Bindings, usable
from scanner.identity.conclusions import leading_maker
from scanner.model import Attribute, Evidence, IPAddress, Strength
from scanner.vendors import Vendors

MIN_SERIAL = 6
"""Characters below which a serial number is not taken for a key."""
MIN_DISTINCT = 3
"""Different characters below which a serial number or UUID is a placeholder."""

Node = tuple[str, str]


@dataclass(slots=True, kw_only=True)
class Group:
    """The subjects that are one device, with everything said of it."""

    nodes: set[Node] = field(default_factory=set)
    addresses: set[IPAddress] = field(default_factory=set)
    macs: set[str] = field(default_factory=set)
    evidence: list[Evidence] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    channel: str = ""
    parent: "Group | None" = None


class _Union:
    """Disjoint sets with path halving; the smaller node leads, so that order of arrival does not matter."""

    def __init__(self) -> None:
        self._parent: dict[Node, Node] = {}
        self._macs: dict[Node, set[str]] = {}

    def __contains__(self, node: Node) -> bool:
        return node in self._parent

    def add(self, node: Node) -> Node:
        if node not in self._parent:
            self._parent[node] = node
            self._macs[node] = {node[1]} if node[0] == "mac" else set()
        return node

    def find(self, node: Node) -> Node:
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def macs(self, node: Node) -> set[str]:
        return self._macs[self.find(node)]

    def join(self, one: Node, other: Node) -> None:
        a, b = sorted((self.find(one), self.find(other)))
        if a != b:
            self._parent[b] = a
            self._macs[a] |= self._macs.pop(b)

    def members(self) -> dict[Node, set[Node]]:
        sets: dict[Node, set[Node]] = {}
        for node in self._parent:
            sets.setdefault(self.find(node), set()).add(node)
        return sets


def group(evidence: tuple[Evidence, ...], bindings: Bindings, vendors: Vendors, on: date) -> list[Group]:
    """Return the devices as groups of evidence, sorted by their nodes; silent neighbours are groups too."""
    union = _Union()
    homes = [_home(item, bindings) for item in evidence]
    _add_neighbours(union, bindings)
    for item, home in zip(evidence, homes, strict=True):
        union.add(home)
        if item.attribute is Attribute.MAC and item.strength is not Strength.WEAK:
            _join_mac(union, home, union.add(("mac", item.value)), bindings)
    notes = _join_by(union, _uuid_keys(evidence, homes), bindings)
    makers = _makers(union, evidence, homes, vendors, on)
    notes |= _join_by(union, _serial_keys(evidence, homes, union, makers), bindings)
    return _collect(union, evidence, homes, bindings, notes)


def _home(item: Evidence, bindings: Bindings) -> Node:
    subject = item.subject
    mac = bindings.mac_for(subject.host, subject.mac, item.observation.message.time)
    if mac:
        node = ("mac", mac)
    elif subject.host is not None and usable(subject.host):
        node = ("host", str(subject.host))
    else:
        node = ("mac", subject.mac) if subject.mac else ("host", str(subject.host))
    return node if subject.channel is None else ("channel", f"{node[0]} {node[1]} {subject.channel}")


def _add_neighbours(union: _Union, bindings: Bindings) -> None:
    for mac in bindings.seen:
        union.add(("mac", mac))
    for host in bindings.hosts:
        if host not in bindings.macs_at:
            union.add(("host", str(host)))


def _join_mac(union: _Union, home: Node, stated: Node, bindings: Bindings) -> None:
    """Join a stated MAC unless it is another device's that was on the link at the same time as this one.

    Firmware that gives one MAC to a whole product line would otherwise make one device of all of them.

    A recorder that gives its own MAC for an input has told nothing of the camera.
    """
    if _parent(home) == stated:
        return
    mine, theirs = union.macs(home), union.macs(stated)
    if not any(one != other and bindings.overlap(one, other) for one in mine for other in theirs):
        union.join(home, stated)


def _uuid_keys(evidence: Iterable[Evidence], homes: Iterable[Node]) -> Iterator[tuple[Node, Node]]:
    for item, home in zip(evidence, homes, strict=True):
        if item.attribute is Attribute.UUID and item.strength is not Strength.WEAK and home[0] != "channel":
            digits = item.value.replace("-", "").lower()
            if len(set(digits)) > MIN_DISTINCT:
                yield ("uuid", digits), home


def _serial_keys(
    evidence: Iterable[Evidence], homes: Iterable[Node], union: _Union, makers: Mapping[Node, str]
) -> Iterator[tuple[Node, Node]]:
    for item, home in zip(evidence, homes, strict=True):
        if item.attribute is not Attribute.SERIAL or item.strength is Strength.WEAK:
            continue
        maker = makers.get(union.find(home))
        if maker and is_serial(item.value):
            yield ("serial", f"{maker} {item.value.upper()}"), home


def is_serial(value: str) -> bool:
    """Tell whether a serial number can tell devices apart.

    >>> is_serial("DS-2CD2042WD-I20160101CCWR501088621"), is_serial("0123456789"), is_serial("000000"), is_serial("1")
    (True, False, False, False)
    """
    plain = "".join(c for c in value.upper() if c.isalnum())
    if len(plain) < MIN_SERIAL or len(set(plain)) < MIN_DISTINCT:
        return False
    return plain not in "01234567890123456789" and plain not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _makers(
    union: _Union, evidence: tuple[Evidence, ...], homes: list[Node], vendors: Vendors, on: date
) -> dict[Node, str]:
    by_root: dict[Node, list[Evidence]] = {}
    for item, home in zip(evidence, homes, strict=True):
        by_root.setdefault(union.find(home), []).append(item)
    found = {root: leading_maker(items, vendors, on) for root, items in by_root.items()}
    return {root: maker for root, maker in found.items() if maker}


def _join_by(union: _Union, keys: Iterable[tuple[Node, Node]], bindings: Bindings) -> dict[Node, str]:
    """Join what shares a key; return a note for each node whose key turned out to be shared by strangers."""
    holders: dict[Node, set[Node]] = {}
    for key, home in keys:
        holders.setdefault(key, set()).add(home)
    notes: dict[Node, str] = {}
    for key, homes in sorted(holders.items()):
        roots = _without_children({union.find(home) for home in homes}, union)
        if len(roots) < 2:
            continue
        if _strangers(roots, union, bindings):
            what = f"{key[0]} {key[1].split(' ', 1)[-1]} is shared by devices with different MACs: not used as a key"
            notes |= dict.fromkeys(homes, what)
            continue
        first, *others = sorted(roots)
        for other in others:
            union.join(first, other)
    return notes


def _without_children(roots: set[Node], union: _Union) -> set[Node]:
    """Leave out inputs of a recorder that has the key itself: it told its own number where the camera's should be."""
    return {
        root
        for root in roots
        if (parent := _parent(root)) is None or parent not in union or union.find(parent) not in roots
    }


def _parent(node: Node) -> Node | None:
    """Return the node of the recorder that an input belongs to; None for what is no input."""
    if node[0] != "channel":
        return None
    kind, value, _ = node[1].split(" ", 2)
    return (kind, value)


def _strangers(roots: set[Node], union: _Union, bindings: Bindings) -> bool:
    macs = [union.macs(root) for root in sorted(roots)]
    return any(
        bindings.overlap(ours, theirs)
        for index, mine in enumerate(macs)
        for other in macs[index + 1 :]
        for ours in mine
        for theirs in other
    )


def _collect(
    union: _Union,
    evidence: tuple[Evidence, ...],
    homes: list[Node],
    bindings: Bindings,
    notes: dict[Node, str],
) -> list[Group]:
    groups = {root: Group(nodes=nodes) for root, nodes in union.members().items()}
    for root, members in groups.items():
        _name_addresses(members, bindings)
        members.notes = sorted({notes[node] for node in members.nodes if node in notes})
        parent = _parent(root)
        if parent is not None:
            members.channel = root[1].split(" ", 2)[2]
            members.parent = groups[union.find(parent)] if parent in union else None
    for item, home in zip(evidence, homes, strict=True):
        groups[union.find(home)].evidence.append(item)
    return [groups[root] for root in sorted(groups)]


def _name_addresses(members: Group, bindings: Bindings) -> None:
    for kind, value in members.nodes:
        if kind == "mac":
            members.macs.add(value)
            members.addresses.update(bindings.hosts_of.get(value, ()))
        elif kind == "host" and value != "None":
            members.addresses.add(ip_address(value))
