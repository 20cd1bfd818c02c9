"""`camcensus lists`: which lists there are, whom they bind, how old the data is; and newer ones from a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli import options, screen
from scanner.errors import UsageError

if TYPE_CHECKING:
    from scanner.policy.policylist import PolicyList

ACTIONS = ("show ID", "validate FILE", "diff A B", "update --file FILE")

Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ACTION]", help=f"{'; '.join(ACTIONS)}. Without one: all lists.", show_default=False
    ),
]
File = Annotated[
    Path | None,
    typer.Option("--file", metavar="FILE", help="The list file that update installs.", show_default=False),
]


def lists(
    words: Words = None,
    file: File = None,
    json: options.Json = False,
    list_ids: options.Lists = None,
) -> None:
    """Show the lists that devices are held against, check a list file, compare two, or install a newer one.

    Whether one of them binds you is a question that only you can answer; each says what that depends on.
    """
    action, *rest = words or ["overview"]
    known: Mapping[str, tuple[int, Callable[[Sequence[str]], None]]] = {
        "overview": (0, lambda _: _overview(list_ids or (), json=json)),
        "show": (1, lambda ids: _show(ids[0], json=json)),
        "validate": (1, lambda paths: _validate(Path(paths[0]), json=json)),
        "diff": (2, lambda pair: _compare(*pair, json=json)),
        "update": (0, lambda _: _update(file, json=json)),
    }
    if action not in known or len(rest) != known[action][0] or (file and action != "update"):
        raise UsageError(f"camcensus lists takes {', '.join(ACTIONS)}, or nothing")
    known[action][1](rest)


def _overview(chosen: Sequence[str], *, json: bool) -> None:
    """Show lists in full: those chosen, else those that are held by default, and then a line on each other."""
    from scanner.policy import find_list, known_ids, load_lists
    from scanner.policy.loading import APART

    shown = load_lists(chosen)
    if json:
        screen.write_json([_record(item) for item in shown])
        return
    today = screen.judging_day(None)
    if shown:
        screen.write("\n".join(_text(item, today) for item in shown))
    if not chosen or APART in chosen:
        screen.write(_apart())
    if not chosen:
        screen.write("\n" + "\n".join(_others([find_list(name) for name in known_ids()], today)) + "\n")


def _apart() -> str:
    """Say what devices may expose: a list that names no makers."""
    from scanner.exposure import load_exposures
    from scanner.policy.loading import APART

    known = load_exposures()
    cves = ", ".join(sorted(item.cve for item in known.exploited))
    kinds = "\n".join(f"  {kind.id}: {kind.title}" for kind in known.kinds.values())
    return (
        f"\n{APART}, version {known.version.isoformat()}: what a device shows, not who made it; apart from the lists "
        f"above, and no part of the exit code unless named\n{kinds}\n  firmware that is known to be exploited: {cves}\n"
    )


def _others(known: "Sequence[PolicyList]", today: date) -> list[str]:
    groups = [
        ("On request, with --list ID or --list all:", [i for i in known if not i.enabled and i.confirmed]),
        ("Not confirmed, never more than possible:", [i for i in known if not i.confirmed]),
    ]
    lines = list[str]()
    for title, items in groups:
        if items:
            lines += [title, *(line for item in items for line in _lines(item, today)), ""]
    return [*lines, "camcensus lists show ID tells the rest of one."]


def _lines(item: "PolicyList", today: date) -> tuple[str, str]:
    old = (
        f"; last checked {(today - item.checked).days} days ago, look for a newer one"
        if item.stale(today)
        else ""
    )
    about = f"{item.version.isoformat()}, {item.jurisdiction}: {', '.join(item.governs)}; {_names(item)}{old}"
    return f"  {item.id}: {item.legal_name}", f"      {about}"


def _names(item: "PolicyList") -> str:
    if item.criterion:
        return "by criterion, no names"
    count = len({entry.printed for entry in item.entries})
    return f"{count} name{'' if count == 1 else 's'}"


def _show(name: str, *, json: bool) -> None:
    from scanner.policy import find_list

    item = find_list(name)
    if json:
        screen.write_json(_record(item))
    else:
        screen.write(_text(item, screen.judging_day(None), sources=True))


def _validate(path: Path, *, json: bool) -> None:
    from scanner.policy.loading import read_list

    item = read_list(path)
    if json:
        screen.write_json(_record(item))
        return
    screen.write(f"{path.name} is a list: {item.id} of {item.version.isoformat()}, {_names(item)}\n")
    today = screen.judging_day(None)
    if item.stale(today):
        screen.talk(f"It was last checked {(today - item.checked).days} days ago.")


def _compare(before: str, after: str, *, json: bool) -> None:
    from scanner.policy import find_list
    from scanner.policy.comparing import compare

    changes = compare(find_list(before), find_list(after))
    if json:
        screen.write_json([asdict(change) for change in changes])
    else:
        screen.write("".join(f"{change}\n" for change in changes))


def _update(file: Path | None, *, json: bool) -> None:
    from scanner.policy.installing import install

    if file is None:
        raise UsageError("camcensus lists update takes the new list with --file FILE")
    item, place = install(file)
    if json:
        screen.write_json(_record(item))
    else:
        screen.write(f"{item.id} of {item.version.isoformat()} is in use now, from {place}\n")


def _record(item: "PolicyList") -> Any:
    from scanner.policy.installing import origin

    return _plain({**asdict(item), "origin": origin(item.id)})


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(held) for held in value]
    return value.isoformat() if isinstance(value, date) else value


def _text(item: "PolicyList", today: date, *, sources: bool = False) -> str:
    state = "" if item.confirmed else "; nobody confirmed it: never more than possible"
    stale = "; look for a newer one" if item.stale(today) else ""
    rows = [
        ("citation", item.citation),
        ("body", f"{item.body}; {item.jurisdiction}"),
        ("governs", ", ".join(item.governs)),
        ("binds", "; ".join(item.binds)),
        ("installed", f"{item.installed_devices_covered}: {item.installed_note}"),
        ("version", f"{item.version.isoformat()}, checked {item.checked.isoformat()}{stale}{state}"),
        ("address", item.address or "none known"),
        *(("zones", ", ".join(item.zones)) for _ in item.zones[:1]),
        *(("depends on", question) for question in item.depends_on),
        *(("criterion", f"{c.wording}; {c.decision} decides") for c in (item.criterion,) if c),
        *(("names", _entry(item, position)) for position in range(len(item.entries))),
        *(("note", note) for note in item.notes if sources),
        *(("source", f"{s.title}, {s.date.isoformat()}: {s.address}") for s in item.sources if sources),
    ]
    return "\n".join([f"{item.id}: {item.legal_name}", *(f"  {name:<11}{text}" for name, text in rows), ""])


def _entry(item: "PolicyList", position: int) -> str:
    entry = item.entries[position]
    since = f"since {entry.valid_from.isoformat()}"
    until = f", until {entry.valid_to.isoformat()}" if entry.valid_to else ""
    limited = ", limited to certain purposes" if entry.purpose_limited else ""
    doubt = "" if entry.documented else ", not confirmed"
    return f"{entry.printed}, {since}{until}, for {', '.join(entry.scope) or 'everything'}{limited}{doubt}"
