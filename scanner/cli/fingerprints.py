"""`camcensus fingerprints`: what the program knows, what a capture held that nothing knows, and tools for more."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.cli import fingerprint_tools as tools
from scanner.cli import options, screen
from scanner.cli.fingerprint_add import add
from scanner.cli.knowledge import knowledge_with

if TYPE_CHECKING:
    from scanner.fingerprints import Fingerprint, Knowledge

app = typer.Typer(invoke_without_command=True, add_completion=False, rich_markup_mode=None)
app.command(name="lint")(tools.lint)
app.command(name="add")(add)
app.command(name="stats")(tools.stats)
app.command(name="page")(tools.page)


@app.callback()
def fingerprints(
    context: typer.Context,
    json: options.Json = False,
    unknown: Annotated[
        list[Path] | None,
        typer.Option(
            "--unknown",
            metavar="FILE",
            help="Print what nothing matched in a capture as entries to complete. Repeatable.",
            show_default=False,
        ),
    ] = None,
    recog: options.Recog = None,
    nmap: options.Nmap = None,
    as_of: options.AsOf = None,
    debug: options.Debug = False,
) -> None:
    """Show the fingerprints, or what in a capture none of them knows; check them, count them, add to them."""
    if context.invoked_subcommand is not None:
        return
    knowledge = knowledge_with(recog, nmap)
    if unknown:
        _unknown(unknown, knowledge, as_of=as_of, json=json, debug=debug)
        return
    if json:
        screen.write_json([_record(item) for item in knowledge.fingerprints])
        return
    _overview(knowledge)


def _overview(knowledge: "Knowledge") -> None:
    from scanner.fingerprints.stats import owner

    counts = Counter(map(owner, knowledge.fingerprints))
    width = max(map(len, counts), default=0)
    lines = [f"{name:<{width}}  {counts[name]}" for name in sorted(counts, key=str.casefold)]
    total = f"{len(knowledge.fingerprints)} fingerprints, version {knowledge.version}"
    screen.write("\n".join([*lines, total]) + "\n")


def _record(item: "Fingerprint") -> dict[str, Any]:
    return {
        "id": item.id,
        "vendor": item.vendor,
        "match": item.match,
        "pattern": item.pattern,
        "equals": list(item.equals),
        "about": item.about.value,
        "strength": item.worth.value,
        "claims": {attribute.value: value for attribute, value in item.claims},
        "source": item.source,
        "date": item.date.isoformat(),
        "confirmed": item.confirmed,
    }


def _unknown(paths: list[Path], knowledge: "Knowledge", *, as_of: Any, json: bool, debug: bool) -> None:
    from scanner.capture import open_capture
    from scanner.pipeline import Reading, observe
    from scanner.reports import as_entries

    captures = [open_capture(source) for source in options.sources(paths)]
    messages = (message for capture in captures for message in capture)
    found = as_entries.unknown(observe(messages, Reading(strict=debug)), knowledge)
    if json:
        screen.write_json([as_entries.record(item) for item in found])
    else:
        screen.write(as_entries.render(found, screen.judging_day(as_of)))
        screen.talk(f"{len(found)} texts that no fingerprint knows")
