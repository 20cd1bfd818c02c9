"""`camcensus lists`: which lists there are, whom they bind, and how old the data is."""

from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from scanner.cli import options, screen

if TYPE_CHECKING:
    from scanner.policy.policylist import PolicyList


def lists(json: options.Json = False, list_ids: options.Lists = None) -> None:
    """Show the lists that devices are held against.

    Whether one of them binds you is a question that only you can answer; each says what that depends on.
    """
    from scanner.policy import load_lists

    chosen = load_lists(list_ids or ())
    if json:
        screen.write_json([_record(item) for item in chosen])
    else:
        screen.write("\n".join(_text(item) for item in chosen))


def _record(item: "PolicyList") -> Any:
    return _plain(asdict(item))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(held) for held in value]
    return value.isoformat() if isinstance(value, date) else value


def _text(item: "PolicyList") -> str:
    rows = [
        ("citation", item.citation),
        ("body", f"{item.body}; {item.jurisdiction}"),
        ("governs", ", ".join(item.governs)),
        ("binds", "; ".join(item.binds)),
        ("installed", f"{item.installed_devices_covered}: {item.installed_note}"),
        ("version", f"{item.version.isoformat()}, checked {item.checked.isoformat()}"),
        ("address", item.address),
        *(("depends on", question) for question in item.depends_on),
        *(("criterion", f"{c.wording}; {c.decision} decides") for c in (item.criterion,) if c),
        *(("names", _entry(item, position)) for position in range(len(item.entries))),
    ]
    return "\n".join([f"{item.id}: {item.legal_name}", *(f"  {name:<11}{text}" for name, text in rows), ""])


def _entry(item: "PolicyList", position: int) -> str:
    entry = item.entries[position]
    since = f"since {entry.valid_from.isoformat()}"
    until = f", until {entry.valid_to.isoformat()}" if entry.valid_to else ""
    limited = ", limited to certain purposes" if entry.purpose_limited else ""
    return f"{entry.printed}, {since}{until}, for {', '.join(entry.scope) or 'everything'}{limited}"
