"""Gauges for the textfile collector of Prometheus' node_exporter: how many devices, by maker, verdict and site.

No label names a device: a series a camera would be a database of cameras, and a large one. Makers are many where
strangers choose their names, so only the most frequent have a series of their own.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from scanner.model import Attribute, Report, Verdict
from scanner.reports.form import Format, View
from scanner.reports.phrases import plain
from scanner.reports.ranking import ORDER, others
from scanner.reports.rows import list_versions, moment_of, rows, said, site_of

MAX_MAKERS = 50
"""Makers with series of their own; the rest together are "other"."""
REST = "other"

Labels = tuple[tuple[str, str], ...]


def _render(report: Report, _view: View) -> str:
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield from _gauge("devices", "Devices by maker, worst verdict and site.", _devices(report))
    yield from _gauge("findings", "Devices by list, verdict and site.", _findings(report))
    yield from _gauge("other_devices", "Other things on the network, by kind.", _others(report))
    coverage = report.coverage
    yield from _gauge("unidentified_hosts", "Hosts that said nothing.", {(): len(coverage.unidentified)})
    yield from _gauge("complete", "1 if nothing was damaged or left out.", {(): int(coverage.complete)})
    yield from _gauge(
        "last_run_timestamp_seconds", "When the devices were seen.", {(): moment_of(report).timestamp()}
    )
    if coverage.reach:
        yield from _gauge("run_duration_seconds", "How long the scan took.", {(): coverage.reach.seconds})
    lists: dict[Labels, float] = {
        (("list", name), ("version", version)): 1 for name, version in list_versions(report).items()
    }
    yield from _gauge("list_info", "Lists that devices were held against.", lists)
    ages: dict[Labels, float] = {
        (("list", name),): day
        for name, version in list_versions(report).items()
        if (day := _day(version)) is not None
    }
    yield from _gauge("list_timestamp_seconds", "The day of each list's version.", ages)
    yield from _gauge("build_info", "The program and its fingerprints.", {_build(report): 1})


def _gauge(name: str, text: str, values: Mapping[Labels, float]) -> Iterator[str]:
    """Yield one family in the text exposition format 0.0.4."""
    if not values:
        return
    yield f"# HELP camcensus_{name} {text}"
    yield f"# TYPE camcensus_{name} gauge"
    for labels, value in sorted(values.items()):
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        yield f"camcensus_{name}{{{shown}}} {value:.15g}" if shown else f"camcensus_{name} {value:.15g}"


def _escaped(text: str) -> str:
    r"""Return a label's value: backslash, quote and line feed escaped.

    >>> print(_escaped('a"b' + chr(92)))
    a\"b\\
    """
    return plain(text, 128).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _devices(report: Report) -> Mapping[Labels, int]:
    found = [row for row in rows(report) if row.verdict]
    makers = Counter(said(row.device, Attribute.MAKER, 128) for row in found)
    kept = {name for name, _ in sorted(makers.items(), key=lambda item: (-item[1], item[0]))[:MAX_MAKERS]}
    return Counter(
        (
            ("maker", maker if (maker := said(row.device, Attribute.MAKER, 128)) in kept else REST),
            ("site", site_of(row.device, report)),
            ("verdict", str(row.verdict)),
        )
        for row in found
    )


def _findings(report: Report) -> Mapping[Labels, int]:
    """Count every verdict of every list, also those that nothing has: a gauge that vanishes is no zero."""
    sites = sorted({site_of(device, report) for device in report.devices}) or [""]
    counts: Counter[Labels] = Counter(
        {key: 0 for name in list_versions(report) for site in sites for key in _keys(name, site, ORDER)}
    )
    by_id = {device.id: device for device in report.devices}
    for finding in report.findings:
        device = by_id.get(finding.device)
        if device is not None:
            counts.update(_keys(plain(finding.list), site_of(device, report), [finding.verdict]))
    return counts


def _keys(name: str, site: str, verdicts: Iterable[Verdict]) -> Iterator[Labels]:
    yield from ((("list", name), ("site", site), ("verdict", verdict.value)) for verdict in verdicts)


def _others(report: Report) -> Mapping[Labels, int]:
    counts: Counter[Labels] = Counter()
    for what, number in others(report).items():
        counts[(("kind", plain(what, 64) or "unknown"),)] += number
    return dict(counts.most_common(MAX_MAKERS))


def _day(version: str) -> float | None:
    try:
        return datetime.fromisoformat(version).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _build(report: Report) -> Labels:
    return (
        ("fingerprints", str(report.data.get("fingerprints", ""))),
        ("version", str(report.tool.get("version", ""))),
    )


FORMAT = Format(
    name="prometheus",
    title="gauges by maker, verdict, list and site for node_exporter's textfile collector",
    suffix=".prom",
    render=_render,
)
