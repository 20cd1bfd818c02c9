"""The report for people: the worst first, one line or block a device, then what is no camera, then what was read.

On a wide screen the devices are a table; on a narrow one each is a short block, because eight columns of four
letters help nobody. Device text is put into rich's `Text`, never into markup, and is cleaned before.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from scanner.model import Attribute, Coverage, Device, Finding, Report, Verdict
from scanner.reports import reach, standing
from scanner.reports.form import Format, View
from scanner.reports.grid import Cell, Column, grid
from scanner.reports.phrases import moment, plain, span
from scanner.reports.proof import proof
from scanner.reports.ranking import Ranked, counted, others, rank, tally
from scanner.reports.rows import cells, columns, list_ids, rows

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

WIDE = 120
"""Columns from which devices are a table."""
MIN_WIDTH = 20
"""Columns that are always assumed; a terminal may claim to have none."""
MAX_WIDTH = 4000
"""Columns of a table that was asked to be as wide as it needs."""
MAX_CELL = 160
"""Characters of one cell of such a table, or of one whose columns were chosen."""
MAX_FAILURES = 8
"""Damages and unreadable messages that are told; the JSON has all."""
MAX_EXPOSURES = 8
"""Kinds of exposure that are told by name."""
MAX_KINDS = 8
"""Kinds of other things that are told by name."""

NOT_ADVICE = (
    "Whether a list binds you depends on who you are, what a device is for and where it stands: "
    "this report is not legal advice."
)

_IDENTITY = ("brand", "maker", "model", "kind")
_STYLES = {
    Verdict.LISTED: "bold red",
    Verdict.POSSIBLE: "yellow",
    Verdict.UNDETERMINED: "magenta",
    Verdict.WAIVED: "cyan",
    Verdict.NOT_LISTED: "green",
}


def _render(report: Report, view: View) -> str:
    from rich.console import Console

    buffer = StringIO()
    console = Console(
        file=buffer,
        width=MAX_WIDTH if view.wide else max(view.width, MIN_WIDTH),
        force_terminal=view.colour,
        color_system="standard" if view.colour else None,
        no_color=not view.colour,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
    )
    _print(console, report, view)
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _print(console: "Console", report: Report, view: View) -> None:
    ranked = rank(report)
    lists = len({finding.list for finding in report.findings})
    if ranked:
        _devices(console, report, ranked, lists, view)
        console.print()
    for line in _summary(report, ranked):
        console.print(line)
    console.print(tally(item.verdict for item in ranked), style="bold")


def _devices(console: "Console", report: Report, ranked: Sequence[Ranked], lists: int, view: View) -> None:
    if view.columns or view.wide:
        grid(console, *_chosen(report, view))
    elif view.width >= WIDE:
        grid(console, *_table(ranked, lists, with_site=standing.several_sites(report)))
    else:
        console.print(_blocks(ranked, lists, with_site=standing.several_sites(report)))


def _chosen(report: Report, view: View) -> tuple[list[Column], list[list[Cell]]]:
    """Return a table of the columns that were asked for, or of all that have anything to say."""
    names = list_ids(report)
    lines = [cells(row, names) for row in rows(report) if row.verdict]
    shown = [
        name
        for name in columns(report, view.columns)
        if name in view.columns or any(line.get(name) for line in lines)
    ]
    texts = [[plain(line.get(name, ""), MAX_CELL) for name in shown] for line in lines]
    return (
        [Column(name=name, fixed=view.wide) for name in shown],
        [[Cell(text=text, style=_style(text)) for text in line] for line in texts],
    )


def _style(text: str) -> str:
    return _STYLES[Verdict(text)] if text in set(Verdict) else ""


def _table(ranked: Sequence[Ranked], lists: int, *, with_site: bool) -> tuple[list[Column], list[list[Cell]]]:
    places = {item.device.id: standing.place(item.device, with_site=with_site) for item in ranked}
    placed = any(places.values())
    names = ("verdict", "address", *(("place",) if placed else ()), *_IDENTITY, "why")
    lines = []
    for item in ranked:
        device = item.device
        texts = (
            _where(item),
            *((places[device.id],) if placed else ()),
            _said(device, Attribute.BRAND),
            _said(device, Attribute.MAKER),
            _said(device, Attribute.MODEL),
            plain(device.what or device.kind, 80),
            why(item, lists),
        )
        verdict = Cell(text=item.verdict.replace("-", " "), style=_STYLES[item.verdict])
        lines.append([verdict, *(Cell(text=text) for text in texts)])
    return [Column(name=name, fixed=name in {"verdict", "kind"}) for name in names], lines


def _blocks(ranked: Iterable[Ranked], lists: int, *, with_site: bool) -> "RenderableType":
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    parts: list[RenderableType] = []
    for item in ranked:
        head = _verdict(item)
        head.append(f"  {_where(item)}", style="bold")
        where = standing.place(item.device, with_site=with_site)
        head.append(f"  {where}" if where else "")
        parts.append(head)
        parts.append(
            Padding(Text(f"{_identity(item.device)}\n{why(item, lists)}", overflow="fold"), (0, 0, 0, 2))
        )
    return Group(*parts)


def _verdict(item: Ranked) -> "Text":
    from rich.text import Text

    return Text(item.verdict.replace("-", " "), style=_STYLES[item.verdict])


def _where(item: Ranked) -> str:
    """Return an address, else a MAC, else the recorder that a device is behind, else its id."""
    device = item.device
    if device.addresses or device.macs:
        return str(device.addresses[0]) if device.addresses else device.macs[0]
    return f"behind {item.behind}" if item.behind else device.id


def _said(device: Device, attribute: Attribute) -> str:
    conclusion = device.conclusions.get(attribute)
    if conclusion is None:
        return "-"
    return plain(conclusion.value, 80) + (" ?" if conclusion.contested else "")


def _identity(device: Device) -> str:
    brand, maker, model = (_said(device, a) for a in (Attribute.BRAND, Attribute.MAKER, Attribute.MODEL))
    made = "maker unknown" if maker == "-" else f"by {maker}"
    who = maker if brand == maker and maker != "-" else f"{brand}, {made}" if brand != "-" else made
    return ", ".join(
        part for part in (who, model if model != "-" else "", plain(device.what or device.kind, 80)) if part
    )


def why(item: Ranked, lists: int) -> str:
    """Return why a device has its verdict as one clause; `lists` is how many lists were asked.

    The lists are named where they do not all say the same.
    """
    decisive = item.decisive
    names = ", ".join(plain(finding.list) for finding in decisive)
    if item.verdict is Verdict.LISTED:
        shown = proof(item.device)
        return f"{shown}; named in {names}" if shown else f"named in {names}"
    if item.verdict is Verdict.NOT_LISTED:
        return "on none of the lists" if lists > 1 else f"no match in {names}"
    telling = min(decisive, key=lambda finding: not _by_name(finding))
    clause = plain(telling.waiver or telling.reason.split("; ")[0], 160)
    return clause if len(decisive) == lists else f"{names}: {clause}"


def _by_name(finding: Finding) -> bool:
    """Tell whether a finding leads to a name: that is more telling than a criterion."""
    return bool(finding.chain) and finding.chain[-1].startswith("entry:")


def _summary(report: Report, ranked: tuple[Ranked, ...]) -> Iterator[str]:
    rest = _others(report)
    if rest:
        yield rest
    able = _able(report)
    if able:
        yield able
    yield from _exposed(report)
    yield from standing.by_place(report)
    yield from _coverage(report.coverage)
    yield from _lists(report, ranked)
    yield from standing.lines(report)
    yield plain(
        f"Fingerprints {report.data.get('fingerprints', '-')}; verdicts as of {report.as_of.isoformat()}"
    )
    yield NOT_ADVICE


def _exposed(report: Report) -> Iterator[str]:
    """Yield what surveillance devices expose, counted by kind, the most frequent first; `explain` tells of each."""
    counts: Counter[tuple[str, str]] = Counter(
        (finding.entry or "", finding.verdict.value) for finding in report.exposures
    )
    if not counts:
        return
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    told = [
        f"{name} {n:,}" + ("" if verdict == "listed" else f" {verdict}") for (name, verdict), n in ordered
    ]
    devices = len({finding.device for finding in report.exposures})
    yield f"Exposed: {counted(devices, 'device')}: {', '.join(told[:MAX_EXPOSURES])}" + (
        f" and {len(told) - MAX_EXPOSURES} more" if len(told) > MAX_EXPOSURES else ""
    )


def _able(report: Report) -> str:
    """Return what surveillance devices are able to do beyond showing a picture, and how many are."""
    able = Counter(
        name
        for device in report.devices
        if device.is_surveillance
        for name in device.capabilities
        if not name.startswith("ONVIF ")
    )
    ordered = sorted(able.items(), key=lambda item: (-item[1], item[0]))
    return f"Able to: {', '.join(f'{plain(name)} {count:,}' for name, count in ordered)}" if ordered else ""


def _lists(report: Report, ranked: tuple[Ranked, ...]) -> Iterator[str]:
    """Yield each list with its version and, where there is anything to count, what it says of how many."""
    lists = report.data.get("lists")
    if not isinstance(lists, Mapping):
        return
    if not ranked:
        yield plain(f"Lists: {', '.join(f'{name} of {version}' for name, version in sorted(lists.items()))}")
        return
    for name, version in sorted(lists.items()):
        said = [finding.verdict for item in ranked for finding in item.findings if finding.list == name]
        yield plain(f"List {name} of {version}: {tally(said)}")


def _others(report: Report) -> str:
    """Return what is no surveillance device, or says too little, as one line of counts."""
    counts, judged = others(report), {finding.device for finding in report.findings}
    named = sorted(((n, what) for what, n in counts.items() if what), key=lambda pair: (-pair[0], pair[1]))
    parts = []
    if named:
        shown = [counted(number, plain(what, 80)) for number, what in named[:MAX_KINDS]]
        if len(named) > MAX_KINDS:
            shown.append(f"{sum(number for number, _ in named[MAX_KINDS:])} more")
        parts.append(f"{counted(sum(n for n, _ in named), 'other device')}: {', '.join(shown)}")
    silent = len(report.coverage.unidentified)
    hinted = sum(1 for d in report.devices if d.kind == "unknown" and d.conclusions and d.id not in judged)
    if hinted > 0:
        parts.append(f"{counted(hinted, 'device')} of unknown kind")
    if silent:
        parts.append(
            f"{counted(silent, 'host')} said nothing that identifies {'it' if silent == 1 else 'them'}"
        )
    return "; ".join(parts)


def _coverage(coverage: Coverage) -> Iterator[str]:
    sources = ", ".join(map(plain, coverage.sources)) or "nothing"
    read = f"Read {sources}: {counted(coverage.packets, 'packet')}, "
    if coverage.reach:  # its packets are those that were sent, and are told below
        read = f"Heard in {sources}: "
    read += counted(sum(coverage.messages.values()), "message")
    if coverage.first and coverage.last:
        read += f", {moment(coverage.first)}, {span(coverage.first, coverage.last)}"
    yield read
    if coverage.reach:
        yield from reach.lines(coverage.reach)
    yield from reach.unidentified(coverage)
    yield from map(plain, coverage.not_seen[:MAX_FAILURES])
    yield from (f"Not read: {plain(failure)}" for failure in coverage.failures[:MAX_FAILURES])
    if len(coverage.failures) > MAX_FAILURES:
        yield f"Not read: {len(coverage.failures) - MAX_FAILURES} more, see --json"
    if not coverage.complete:
        yield "Incomplete: what was damaged or not reached may hold more devices."


FORMAT = Format(
    name="table",
    title="for people at a terminal: the worst first, one line a device",
    suffix=".txt",
    render=_render,
)
