"""Devices against rows of a register: each row is looked up by its strongest key, and what does not agree is said.

MAC, then serial number, then address, then name. A name that several devices or rows have is no key. Only
surveillance devices are missed in the register; rows are looked up among all devices, so that a registered address
at which a printer stands is told. Pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from scanner.model import Attribute, Device, IPAddress
from scanner.reconcile.columns import KEYS, Field
from scanner.reconcile.columns import Mapping as Columns
from scanner.reconcile.keys import addresses_in, is_filler, macs_in, name_key, serial_key
from scanner.reconcile.register import Register
from scanner.vendors import Vendors


class Outcome(StrEnum):
    """What is to be said of one device, one row, or both."""

    UNREGISTERED = "found, not registered"
    MISSING = "registered, not found"
    DIFFERS = "differs"
    DUPLICATE = "duplicate"
    AGREES = "agrees"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the register: its line, its cells by field, and its keys."""

    line: int
    cells: Mapping[Field, str]
    keys: tuple[tuple[Field, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the result: the device, the row, or both; by which key they met, and what is to be said."""

    outcome: Outcome
    device: Device | None = None
    row: Row | None = None
    by: Field | None = None
    notes: tuple[str, ...] = field(default=())


def rows_of(register: Register, columns: Columns) -> tuple[Row, ...]:
    """Return the rows below the header."""
    start = 0 if columns.header is None else columns.header + 1
    return tuple(_row(line, cells, columns) for line, cells in register.rows[start:])


def _row(line: int, cells: Sequence[str], columns: Columns) -> Row:
    told = {
        name: cells[place] for name, place in columns.columns.items() if place < len(cells) and cells[place]
    }
    return Row(line=line, cells=told, keys=tuple(_keys(told)))


def _keys(cells: Mapping[Field, str]) -> Iterator[tuple[Field, str]]:
    yield from ((Field.MAC, mac) for mac in macs_in(cells.get(Field.MAC, "")))
    if serial := serial_key(cells.get(Field.SERIAL, "")):
        yield Field.SERIAL, serial
    yield from ((Field.ADDRESS, str(address)) for address in addresses_in(cells.get(Field.ADDRESS, "")))
    if name := name_key(cells.get(Field.NAME, "")):
        yield Field.NAME, name


def _device_keys(device: Device) -> Iterator[tuple[Field, str]]:
    yield from ((Field.MAC, mac) for mac in device.macs)
    if serial := serial_key(device.value(Attribute.SERIAL) or ""):
        yield Field.SERIAL, serial
    yield from ((Field.ADDRESS, str(address)) for address in device.addresses)
    if name := name_key(device.value(Attribute.NAME) or ""):
        yield Field.NAME, name


def reconcile(
    devices: Sequence[Device],
    register: Register,
    columns: Columns,
    vendors: Vendors,
    silent: Iterable[IPAddress | str] = (),
) -> tuple[Case, ...]:
    """Return what is to be said of every surveillance device and every row, in the order of the outcomes.

    `silent` are addresses at which somebody lives who did not say who they are.
    """
    rows = rows_of(register, columns)
    finder = _Finder(devices, rows)
    twins = _twins(rows)
    lives = set(map(str, silent))
    found = [_case(row, finder, twins, lives, vendors) for row in rows]
    seen = Counter(case.device.id for case in found if case.device)
    cases = [_shared(case, seen) for case in found]
    cases += [
        Case(outcome=Outcome.UNREGISTERED, device=device)
        for device in devices
        if device.is_surveillance and device.id not in seen
    ]
    order = list(Outcome)
    return tuple(
        sorted(cases, key=lambda case: (order.index(case.outcome), case.row.line if case.row else 0))
    )


class _Finder:
    """Looks rows up among devices; a key that two devices have finds nobody."""

    def __init__(self, devices: Sequence[Device], rows: Sequence[Row]) -> None:
        held: dict[tuple[Field, str], list[Device]] = defaultdict(list)
        for device in devices:
            for key in dict.fromkeys(_device_keys(device)):
                held[key].append(device)
        often = Counter(key for row in rows for key in row.keys if key[0] is Field.NAME)
        self._held = {
            key: found[0] for key, found in held.items() if len(found) == 1 and not (often[key] > 1)
        }

    def all_of(self, row: Row) -> Iterator[tuple[Field, Device]]:
        """Yield every device that a key of the row finds, the strongest key first."""
        for kind in KEYS:
            for key in row.keys:
                if key[0] is kind and key in self._held:
                    yield kind, self._held[key]


def _twins(rows: Sequence[Row]) -> Mapping[int, tuple[str, ...]]:
    """Return by line which rows share a key (other than a name) with others, in words."""
    lines: dict[tuple[Field, str], list[int]] = defaultdict(list)
    for row in rows:
        for key in row.keys:
            if key[0] is not Field.NAME:
                lines[key].append(row.line)
    said: dict[int, list[str]] = defaultdict(list)
    for (kind, value), found in lines.items():
        for line in found if len(found) > 1 else ():
            others = ", ".join(str(other) for other in found if other != line)
            said[line].append(f"{kind} {value} is also in line {others}")
    return {line: tuple(words) for line, words in said.items()}


def _case(
    row: Row, finder: _Finder, twins: Mapping[int, tuple[str, ...]], lives: set[str], vendors: Vendors
) -> Case:
    met = list(finder.all_of(row))
    twice = twins.get(row.line, ())
    if not met:
        return Case(
            outcome=Outcome.DUPLICATE if twice else Outcome.MISSING,
            row=row,
            notes=(*twice, *_why(row, lives)),
        )
    by, device = met[0]
    notes = (*twice, *_others(met), *_moved(row, device), *_kind(device), *_makers(row, device, vendors))
    outcome = Outcome.DUPLICATE if twice else Outcome.DIFFERS if notes else Outcome.AGREES
    return Case(outcome=outcome, device=device, row=row, by=by, notes=notes)


def _why(row: Row, lives: set[str]) -> Iterator[str]:
    if not row.keys:
        yield "nothing in this row identifies a device"
    for kind, value in row.keys:
        if kind is Field.ADDRESS and value in lives:
            yield f"somebody lives at {value} who did not say who it is"


def _others(met: Sequence[tuple[Field, Device]]) -> Iterator[str]:
    """Say which keys of the row belong to another device than the one that was met."""
    first = met[0][1]
    for kind, device in met[1:]:
        if device.id != first.id:
            yield f"its {kind} is another device's now: {_named(device)}"


def _moved(row: Row, device: Device) -> Iterator[str]:
    """Say which strong keys of the row the device does not have, where it has others of that kind."""
    own: dict[Field, set[str]] = defaultdict(set)
    for kind, value in _device_keys(device):
        own[kind].add(value)
    for kind in (Field.MAC, Field.SERIAL, Field.ADDRESS):
        told = [value for held, value in row.keys if held is kind]
        if told and own[kind] and not own[kind] & set(told):
            yield f"registered {kind} {', '.join(told)}, found {', '.join(sorted(own[kind]))}"


def _kind(device: Device) -> Iterator[str]:
    if device.kind == "other":
        yield f"it is a {device.what or 'device of another kind'}"


def _makers(row: Row, device: Device, vendors: Vendors) -> Iterator[str]:
    """Say where the registered brand is not the maker's."""
    said, maker = row.cells.get(Field.BRAND, ""), device.conclusions.get(Attribute.MAKER)
    if is_filler(said) or maker is None:
        return
    registered = vendors.canonical(said) or said
    if registered.casefold() == maker.value.casefold():
        return
    label = device.value(Attribute.BRAND)
    shown = f"the label says {label}, " if label and label.casefold() != registered.casefold() else ""
    doubt = ", contested" if maker.contested else ""
    yield f"registered as {registered}, {shown}made by {maker.value} ({maker.confidence:.2f}{doubt})"


def _shared(case: Case, seen: Counter[str]) -> Case:
    """Say of a row that another row met the same device too."""
    if (
        case.device is None
        or case.row is None
        or seen[case.device.id] < 2
        or case.outcome is Outcome.DUPLICATE
    ):
        return case
    notes = (*case.notes, "another row is the same device")
    return Case(outcome=Outcome.DUPLICATE, device=case.device, row=case.row, by=case.by, notes=notes)


def _named(device: Device) -> str:
    return str(device.addresses[0]) if device.addresses else device.macs[0] if device.macs else device.id
