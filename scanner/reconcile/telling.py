"""The result of a comparison with a register as a table, as CSV and as plain values for JSON.

Every text in it is a stranger's: the register's as well as the devices'.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from scanner.model import Attribute, Device
from scanner.reconcile.columns import Field, Mapping
from scanner.reconcile.matching import Case, Outcome, Row
from scanner.reconcile.register import Register
from scanner.reports.phrases import plain
from scanner.reports.rows import csv_text

SCHEMA = "camcensus.reconcile/1"
MAX_SHOWN = 60
"""Characters of a register's cell in the table."""
COLUMNS = (
    "outcome", "line", "asset", "address", "mac", "serial", "name", "registered_brand", "registered_model",
    "location", "met_by", "found_address", "found_mac", "found_brand", "found_maker", "found_model", "found_kind",
    "device", "notes",
)  # fmt: skip
"""Columns of the CSV."""


def mapping_lines(register: Register, columns: Mapping) -> Iterable[str]:
    """Yield how the register was read, for people: its form, and which column was taken for what."""
    yield f"Read {plain(register.name)}: {register.form}; {len(register.rows):,} rows"
    for field in Field:
        if field in columns.columns:
            yield f"  {field:<9}{plain(columns.title(field), MAX_SHOWN)} ({columns.how[field]})"
        else:
            yield f"  {field:<9}-"


def tally(cases: Iterable[Case]) -> str:
    """Return how many cases of each outcome there are."""
    counts = Counter(case.outcome for case in cases)
    return ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in Outcome)


def record(cases: Sequence[Case], register: Register, columns: Mapping) -> dict[str, Any]:
    """Return the result as plain values."""
    counts = Counter(case.outcome for case in cases)
    return {
        "schema": SCHEMA,
        "register": {
            "name": plain(register.name),
            "form": register.form,
            "columns": {field.value: plain(columns.title(field)) for field in columns.columns},
            "guessed": {field.value: how for field, how in columns.how.items()},
        },
        "counts": {outcome.name.lower(): counts[outcome] for outcome in Outcome},
        "cases": [_case(case) for case in cases],
    }


def _case(case: Case) -> dict[str, Any]:
    return {
        "outcome": case.outcome.name.lower(),
        "device": _device(case.device) if case.device else None,
        "row": _row(case.row) if case.row else None,
        "met_by": case.by.value if case.by else None,
        "notes": [plain(note) for note in case.notes],
    }


def _device(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "kind": device.kind,
        "what": plain(device.what),
        "addresses": [str(address) for address in device.addresses],
        "macs": list(device.macs),
        **{name.value: _value(device, name) for name in (Attribute.BRAND, Attribute.MAKER, Attribute.MODEL)},
    }


def _row(row: Row) -> dict[str, Any]:
    return {"line": row.line, **{field.value: plain(text) for field, text in row.cells.items()}}


def _value(device: Device | None, name: Attribute) -> str:
    return plain(device.value(name) or "") if device else ""


def csv(cases: Iterable[Case]) -> str:
    """Return the result as CSV, no cell a formula."""
    return csv_text(COLUMNS, (_cells(case) for case in cases))


def _cells(case: Case) -> list[str]:
    device, row = case.device, case.row
    told = [plain(row.cells.get(field, "")) if row else "" for field in _TOLD]
    return [
        case.outcome.value,
        str(row.line) if row else "",
        *told,
        case.by.value if case.by else "",
        " ".join(map(str, device.addresses)) if device else "",
        " ".join(device.macs) if device else "",
        _value(device, Attribute.BRAND),
        _value(device, Attribute.MAKER),
        _value(device, Attribute.MODEL),
        plain(device.what or device.kind) if device else "",
        device.id if device else "",
        "; ".join(map(plain, case.notes)),
    ]


_TOLD = (
    Field.ASSET, Field.ADDRESS, Field.MAC, Field.SERIAL, Field.NAME, Field.BRAND, Field.MODEL, Field.LOCATION,
)  # fmt: skip


def table(cases: Sequence[Case], width: int) -> str:
    """Return the result for people: what does not agree, one line each; who agrees is counted only."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = [case for case in cases if case.outcome is not Outcome.AGREES]
    if not shown:
        return ""
    made = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for name in ("what", "line", "registered", "found", "why"):
        made.add_column(name, overflow="fold", ratio=2 if name == "why" else None)
    for case in shown:
        made.add_row(*(Text(text) for text in _line(case)))
    buffer = StringIO()
    Console(file=buffer, width=width, markup=False, emoji=False, highlight=False, color_system=None).print(
        made
    )
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _line(case: Case) -> list[str]:
    row, device = case.row, case.device
    return [
        case.outcome.value,
        str(row.line) if row else "",
        _registered(row) if row else "-",
        _found(device) if device else "-",
        "; ".join(map(plain, case.notes)),
    ]


def _registered(row: Row) -> str:
    who = [row.cells.get(field, "") for field in (Field.ASSET, Field.NAME)]
    where = row.cells.get(Field.ADDRESS) or row.cells.get(Field.MAC) or row.cells.get(Field.SERIAL) or ""
    what = [row.cells.get(field, "") for field in (Field.BRAND, Field.MODEL)]
    parts = [" ".join(filter(None, who)), where, " ".join(filter(None, what))]
    return ", ".join(plain(part, MAX_SHOWN) for part in parts if part)


def _found(device: Device) -> str:
    where = str(device.addresses[0]) if device.addresses else device.macs[0] if device.macs else device.id
    brand, maker = _value(device, Attribute.BRAND), _value(device, Attribute.MAKER)
    who = maker or brand or "maker unknown"
    return ", ".join(
        filter(None, [where, f"{who} {_value(device, Attribute.MODEL)}".strip(), device.what or device.kind])
    )
