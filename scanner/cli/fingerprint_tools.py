"""`camcensus fingerprints lint`, `stats` and `page`: what is known, checked, counted and written out."""

from pathlib import Path
from typing import Annotated

import typer

from scanner.cli import options, screen
from scanner.cli.exits import Exit
from scanner.cli.knowledge import knowledge_with
from scanner.errors import KnowledgeError, ScannerError

MAX_ROWS = 20
"""Rows of one count that people are shown."""

Files = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[FILE...]",
        help="Fingerprint files or folders, also your own. Without one: all that are shipped.",
        show_default=False,
    ),
]
Makers = Annotated[
    list[str] | None,
    typer.Argument(metavar="[MAKER...]", help="Whom to tell of. Without one: everybody.", show_default=False),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "-o", "--output", metavar="FILE", help="Write to a file instead of stdout.", show_default=False
    ),
]


def lint(files: Files = None, json: options.Json = False) -> None:
    """Prove fingerprint files: examples, precedence, canonical names, sources, dates; the vendor table too.

    The exit code is 1 if there is a fault.
    """
    from scanner.fingerprints.lint import lines, proved

    count, faults = proved(files or ())
    faults += () if files else _vendor_faults()
    if json:
        screen.write_json([{"file": f.file, "entry": f.entry, "problem": f.problem} for f in faults])
    else:
        screen.write("".join(f"{line}\n" for line in lines(faults)))
        screen.write(f"{count} fingerprints, {len(faults)} faults\n")
    if faults:
        raise typer.Exit(Exit.FAILED)


def _vendor_faults() -> list[KnowledgeError]:
    """Return what is wrong with the vendor table: names unique up to case, relations between vendors that exist."""
    from datetime import UTC, datetime

    from scanner.vendors import vendors
    from scanner.vendors.lint import check, check_registrants

    problems = [*check(vendors(), datetime.now(UTC).date()), *check_registrants()]
    return [KnowledgeError("vendors", *problem.partition(": ")[::2]) for problem in problems]


def stats(
    json: options.Json = False,
    recog: options.Recog = None,
    nmap: options.Nmap = None,
    as_of: options.AsOf = None,
) -> None:
    """Count the fingerprints: by maker, protocol, strength, kind of device, age."""
    from scanner.fingerprints.stats import statistics

    knowledge = knowledge_with(recog, nmap)
    counted = statistics(knowledge.fingerprints, screen.judging_day(as_of))
    if json:
        total = {"fingerprints": len(knowledge.fingerprints), "version": knowledge.version}
        screen.write_json({**total, **counted})
        return
    lines = [f"{len(knowledge.fingerprints)} fingerprints, version {knowledge.version}"]
    for name, counts in counted.items():
        lines += [
            "",
            f"{name}: {len(counts)}",
            *(f"{n:>6}  {what}" for what, n in list(counts.items())[:MAX_ROWS]),
        ]
        lines += [f"        and {len(counts) - MAX_ROWS} more, with --json"] if len(counts) > MAX_ROWS else []
    screen.write("\n".join(lines) + "\n")


def page(makers: Makers = None, output: Output = None, as_of: options.AsOf = None) -> None:
    """Write what is known about each maker, as Markdown.

    Names, relations with their sources, lists that name it, protocols, fingerprints, and how its models are read.
    """
    from scanner.fingerprints.lint import read_all
    from scanner.fingerprints.loader import DATA
    from scanner.policy import find_list, known_ids
    from scanner.reports import as_makers
    from scanner.vendors import vendors

    known, _ = read_all([DATA])
    lists = [find_list(name) for name in known_ids()]
    text = as_makers.render(known, vendors(), lists, screen.judging_day(as_of), makers or ())
    if output is None:
        screen.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ScannerError(f"{output} cannot be written: {error.strerror or error}") from error
    screen.talk(f"{text.count(as_makers.HEADING)} makers in {output}")
