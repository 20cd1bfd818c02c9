"""Small numbers withheld, so that no total, row or column gives them away.

A table with its totals is a network in which what flows in flows out: buildings get their share of the total,
makers collect theirs from the buildings. A reader knows every number shown, that each withheld one is at least 1,
and that all sums hold. A withheld number is safe if it could also be as large as the limit under these rules; how
large it could be is a question of maximum flow. While one is not safe, the smallest number beside it is withheld
too (totals last). If that does not end before the grand total, the table cannot be shown at all.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

Node = Hashable
SOURCE, SINK = "the whole", "the whole, summed up"
"""Where the grand total comes from and where it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One number of a table: it flows from `tail` to `head`. A `margin` is a total, withheld only in need."""

    tail: Node
    head: Node
    value: int
    margin: bool = False


@dataclass(slots=True)
class Network:
    """The numbers of one table by their keys, which of them are withheld, and below what they are small."""

    numbers: Mapping[Hashable, Number]
    limit: int
    fixed: frozenset[Hashable] = frozenset()
    hidden: set[Hashable] = field(default_factory=set)

    def withhold(self, small: Iterable[Hashable]) -> bool:
        """Withhold `small` and as much as it takes to keep them safe; false if even that does not suffice.

        What is safe stays safe: withholding more leaves a reader less.
        """
        primary = sorted(set(small), key=str)
        self.hidden |= set(primary)
        for key in primary:
            while not self.could_be(key, self.limit):
                partner = self._partner(key)
                if partner is None:
                    return False
                self.hidden.add(partner)
        return True

    def _partner(self, weak: Hashable) -> Hashable | None:
        """Return the number that is withheld next, None where nothing is left beside the weak one.

        A sum with one withheld number gives it away, so such sums come first, then the smallest number.
        """
        degrees = Counter(end for n in self._hidden() for end in (n.tail, n.head))
        reached = self._component(weak)
        beside = [
            (-_lone(number, degrees, reached), number.margin, number.value, str(key), key)
            for key, number in self.numbers.items()
            if key not in self.hidden and key not in self.fixed and number.value > 0
            if number.tail in reached or number.head in reached
        ]
        return min(beside, key=lambda found: found[:4])[-1] if beside else None

    def _hidden(self) -> list[Number]:
        return [self.numbers[key] for key in self.hidden]

    def _component(self, key: Hashable) -> set[Node]:
        """Return the sums that are connected with a number by withheld numbers."""
        reached = {self.numbers[key].tail, self.numbers[key].head}
        ends = [{number.tail, number.head} for number in self._hidden()]
        while found := set[Node]().union(*(pair for pair in ends if pair & reached)) - reached:
            reached |= found
        return reached

    def could_be(self, key: Hashable, wanted: int) -> bool:
        """Tell whether, for all that a reader knows, a withheld number could be `wanted` or more."""
        number = self.numbers[key]
        missing = wanted - number.value
        if missing <= 0:
            return True
        room = self._room(key)
        while missing > 0:
            taken = _augment(room, number.head, number.tail)
            if taken <= 0:
                return False
            missing -= taken
        return True

    def _room(self, but: Hashable) -> dict[Node, dict[Node, int]]:
        """Return by how much the withheld numbers, but one, could be more (forward) or less (backward)."""
        room: dict[Node, dict[Node, int]] = defaultdict(lambda: defaultdict(int))
        for key in self.hidden - {but}:
            number = self.numbers[key]
            room[number.tail][number.head] += self.limit
            room[number.head][number.tail] += number.value - 1
        return room


def _lone(number: Number, degrees: Mapping[Node, int], reached: set[Node]) -> int:
    """Return of how many sums with a single withheld number this one is part."""
    return sum(1 for end in (number.tail, number.head) if end in reached and degrees[end] == 1)


def _augment(room: dict[Node, dict[Node, int]], start: Node, end: Node) -> int:
    """Push as much as fits along one shortest path, and return how much that was."""
    before: dict[Node, Node] = {start: start}
    waiting = deque([start])
    while waiting and end not in before:
        node = waiting.popleft()
        for other, capacity in list(room[node].items()):
            if capacity > 0 and other not in before:
                before[other] = node
                waiting.append(other)
    if end not in before:
        return 0
    path = [end]
    while path[-1] != start:
        path.append(before[path[-1]])
    steps = [(before[node], node) for node in path[:-1]]
    amount = min(room[tail][head] for tail, head in steps)
    for tail, head in steps:
        room[tail][head] -= amount
        room[head][tail] += amount
    return amount


def small(value: int, limit: int) -> bool:
    """Tell whether a number is small: zero is not, it tells of nobody."""
    return 0 < value < limit


def line(values: Mapping[str, int], limit: int, also: Iterable[str] = ()) -> frozenset[str] | None:
    """Return what to withhold of numbers whose sum is known; None where none of them can be shown.

    `also` are withheld whatever their size. With a limit of 0 nothing is withheld.

    >>> sorted(line({"Axis": 40, "Bosch": 2, "Canon": 9}, 5))
    ['Bosch', 'Canon']
    """
    numbers: dict[Hashable, Number] = {
        name: Number(tail=SOURCE, head=SINK, value=value) for name, value in values.items()
    }
    network = Network(numbers=numbers, limit=limit)
    first = [name for name, value in values.items() if small(value, limit)]
    first += [name for name in also if values.get(name)]
    return frozenset(map(str, network.hidden)) if network.withhold(first) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What to withhold of a table of rows and columns: cells, totals of rows, totals of columns."""

    cells: frozenset[tuple[str, str]] = frozenset()
    rows: frozenset[str] = frozenset()
    columns: frozenset[str] = frozenset()


def grid(cells: Mapping[tuple[str, str], int], limit: int) -> Withheld | None:
    """Return what to withhold of a table whose cells, totals and grand total are shown; None: all of it."""
    rows, columns = dict[str, int](), dict[str, int]()
    for (row, column), value in cells.items():
        rows[row] = rows.get(row, 0) + value
        columns[column] = columns.get(column, 0) + value
    numbers: dict[Hashable, Number] = {
        **{("cell", *key): _cell(key, value) for key, value in cells.items()},
        **{
            ("row", row): Number(tail=SOURCE, head=("row", row), value=value, margin=True)
            for row, value in rows.items()
        },
        **{
            ("column", name): Number(tail=("column", name), head=SINK, value=value, margin=True)
            for name, value in columns.items()
        },
        ("total",): Number(tail=SINK, head=SOURCE, value=sum(rows.values()), margin=True),
    }
    network = Network(numbers=numbers, limit=limit, fixed=frozenset({("total",)}))
    first = [key for key, number in numbers.items() if small(number.value, limit)]
    if ("total",) in first or not network.withhold(first):
        return None
    found = [key for key in network.hidden if isinstance(key, tuple)]
    return Withheld(
        cells=frozenset((key[1], key[2]) for key in found if key[0] == "cell"),
        rows=frozenset(key[1] for key in found if key[0] == "row"),
        columns=frozenset(key[1] for key in found if key[0] == "column"),
    )


def _cell(key: tuple[str, str], value: int) -> Number:
    return Number(tail=("row", key[0]), head=("column", key[1]), value=value)
