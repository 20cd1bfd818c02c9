"""One device explained: the whole chain from verdict to bytes, in plain words.

Not a report format: it answers `camcensus explain`. Top to bottom: what it is, what each list says and by
which steps, what was concluded against which rivals, and every piece of evidence, the weightiest first, with
the fingerprint that read it, where that fingerprint comes from, who said it when, and how the bytes began.
"""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from scanner.fingerprints.capabilities import origins
from scanner.identity.age import age, firmware_built
from scanner.model import Attribute, Conclusion, Device, Evidence, Finding, Report, Strength
from scanner.policy.witnesses import witnesses
from scanner.reports import standing
from scanner.reports.as_json import CONCLUDED
from scanner.reports.form import PLAIN, View
from scanner.reports.phrases import excerpt, moment, plain, source
from scanner.reports.ranking import ORDER
from scanner.vendors import vendors

MAX_EACH = 12
"""Pieces of evidence that are told for each attribute; the JSON has all."""
MAX_BYTES = 48
"""Bytes of a message that are shown, as text with dots."""
MAX_WITNESSES = 4
"""What shows the maker, in the line that answers who it is."""
MIN_WIDTH = 40

_WEIGHT = (Strength.STRONG, Strength.MEDIUM, Strength.WEAK)
_COLOURS = {"listed": "1;31", "possible": "33", "undetermined": "35", "waived": "36", "not listed": "32"}
"""The colours of the table, as SGR parameters (ECMA-48)."""
_SHOWN = (
    Attribute.MAKER,
    Attribute.BRAND,
    Attribute.KIND,
    *(a for a in CONCLUDED if a.value not in {"maker", "brand"}),
)


def explain(report: Report, device: Device, origins: Mapping[str, str], view: View = PLAIN) -> str:
    """Return the explanation of one device of a report; `origins` tells for a fingerprint id where it is from."""
    lines = [
        *_head(device, report.as_of),
        "",
        "What the lists say",
        *_verdicts(f for f in report.findings if f.device == device.id),
        *_exposed(f for f in report.exposures if f.device == device.id),
        "",
        "What is concluded",
        *(line for attribute in _SHOWN for line in _attribute(device, attribute, origins)),
        *_silent(device),
    ]
    wrapped = _wrapped(lines, max(view.width, MIN_WIDTH))
    return "\n".join(map(_coloured, wrapped) if view.colour else wrapped) + "\n"


def _coloured(line: str) -> str:
    """Return a line as a terminal shows it: headings bold, verdicts in their colours. The text holds no escapes."""
    if line and not line.startswith(" "):
        return f"\x1b[1m{line}\x1b[0m"
    word, colon, rest = line.strip().partition(":")
    if colon and word in _COLOURS and line.startswith("  ") and line[2:3] != " ":
        return f"  \x1b[{_COLOURS[word]}m{word}\x1b[0m:{rest}"
    return line


def find(report: Report, wanted: str) -> tuple[Device, ...]:
    """Return the devices that an id, the beginning of an id, an address or a MAC names."""
    key = wanted.strip().casefold()
    exact = tuple(device for device in report.devices if key in _names(device))
    if exact or not key:
        return exact
    return tuple(device for device in report.devices if device.id.startswith(key))


def _names(device: Device) -> set[str]:
    dashed = {mac.replace(":", separator) for mac in device.macs for separator in ("-", "", ":")}
    return {device.id, *map(str, device.addresses), *dashed}


def _head(device: Device, on: date) -> Iterator[str]:
    where = ", ".join([*map(str, device.addresses), *(f"MAC {mac}" for mac in device.macs)])
    yield f"Device {plain(device.id)}: {plain(device.what) or device.kind}{' at ' if where else ''}{where}"
    yield from _origin_of(device, on)
    yield from _seen(device)
    yield from (f"  {plain(note)}" for note in device.notes)
    if where := standing.place(device):
        yield f"  stands in {where}"
    if device.parent:
        yield f"  behind the recorder {device.parent}"
    if device.channels:
        yield f"  channels: {', '.join(map(plain, device.channels))}"
    if device.capabilities:
        yield f"  capabilities: {', '.join(_capabilities(device))}"
    if built := firmware_built(device):
        yield f"  firmware built on {built.isoformat()}, {age(built, on)} before this report"


def _builders(label: str, on: date) -> str:
    """Return who is documented to build for a label on a day: a place to look on, not an answer."""
    known = (r for r in vendors().makers_of(label) if r.documented and r.valid(on) and r.to_name != label)
    names = sorted({relation.to_name for relation in known})
    return f"; {plain(label)} has had devices built by {', '.join(map(plain, names))}" if names else ""


def _origin_of(device: Device, on: date) -> Iterator[str]:
    """Yield whose label it carries and who made it, with what shows him: the answer before its proof."""
    brand, maker = device.conclusions.get(Attribute.BRAND), device.conclusions.get(Attribute.MAKER)
    if brand is None and maker is None:
        return
    label = f"label {plain(brand.value)}" if brand else "label not told"
    if maker is None:
        yield f"  {label}; maker not known{_builders(brand.value, on) if brand else ''}"
        return
    shown = witnesses((item for item in maker.evidence if item.value == maker.value), MAX_WITNESSES)
    doubt = f", contested with {plain(maker.rivals[0].value)}" if maker.contested else ""
    yield f"  {label}; made by {plain(maker.value)}{doubt}: {plain(shown, 4096)}"


def _seen(device: Device) -> Iterator[str]:
    """Yield when a device spoke, and through what."""
    messages = [item.observation.message for item in device.evidence if item.observation.message.source.host]
    if not messages:
        return
    first, last = min(message.time for message in messages), max(message.time for message in messages)
    yield f"  seen {moment(first)}" + (f" to {moment(last)}" if moment(first) != moment(last) else "")
    spoken = sorted({(message.protocol, message.source.port or 0) for message in messages})
    yield f"  spoke {', '.join(f'{plain(name)} ({port})' if port else plain(name) for name, port in spoken)}"


def _capabilities(device: Device) -> Iterator[str]:
    """Yield each capability with who says so, where the evidence tells."""
    said = origins(device.evidence)
    for name in device.capabilities:
        by = " and ".join(said.get(name, ()))
        yield plain(name) + (f" (by {by})" if by else "")


def _exposed(findings: Iterable[Finding]) -> Iterator[str]:
    found = list(findings)
    if found:
        yield from ("", "What it exposes")
    for finding in found:
        yield f"  {finding.verdict.replace('-', ' ')}: {finding.entry}"
        yield f"    {plain(finding.reason, 4096)}"
        yield f"    source: {finding.clause}"


def _verdicts(findings: Iterable[Finding]) -> Iterator[str]:
    found = sorted(findings, key=lambda finding: (ORDER.index(finding.verdict), finding.list))
    if not found:
        yield "  nothing: no list names its maker, and it is not known as a surveillance device"
    for finding in found:
        verdict = finding.verdict.replace("-", " ")
        yield f"  {verdict}: {plain(finding.list)}, version {plain(finding.version)}"
        yield f"    {plain(finding.reason, 4096)}"
        yield from (f"    > {plain(step)}" for step in finding.chain)
        if finding.clause:
            yield f"    clause: {plain(finding.clause)}"
        if finding.waiver:
            yield f"    waiver: {plain(finding.waiver)}"


def _attribute(device: Device, attribute: Attribute, origins: Mapping[str, str]) -> Iterator[str]:
    conclusion = device.conclusions.get(attribute)
    items = [item for item in device.evidence if item.attribute is attribute]
    if conclusion is not None:
        derived = [item for item in conclusion.evidence if item not in items and item.attribute is attribute]
        items += derived
        yield f"  {attribute}: {_concluded(conclusion)}"
    elif attribute is Attribute.KIND and device.kind != "unknown":
        yield f"  kind: {plain(device.what) or device.kind}"
    elif items:
        yield f"  {attribute}: nothing, the evidence does not suffice"
    ordered = sorted(items, key=_by_weight)
    for item in ordered[:MAX_EACH]:
        yield from _evidence(item, origins)
    if len(ordered) > MAX_EACH:
        yield f"    and {len(ordered) - MAX_EACH} more"


def _concluded(conclusion: Conclusion) -> str:
    rivals = ", ".join(f"{plain(rival.value)} {rival.confidence:.2f}" for rival in conclusion.rivals)
    contested = ", contested" if conclusion.contested else ""
    against = f"; against {rivals}" if rivals else "; no rival"
    return f"{plain(conclusion.value)}, {conclusion.confidence:.2f}{contested}{against}"


def _by_weight(item: Evidence) -> tuple[object, ...]:
    return (_WEIGHT.index(item.strength), item.value, item.fingerprint, item.fact)


def _evidence(item: Evidence, origins: Mapping[str, str]) -> Iterator[str]:
    message = item.observation.message
    yield f"    {item.strength} {item.about} evidence for {plain(item.value)}: {excerpt(item)}"
    said = f"{message.protocol} from {source(message) or 'the link'}, {moment(message.time)}"
    yield f"      {said}; read by {plain(item.fingerprint)}{_origin(item.fingerprint, origins)}"
    if message.payload:
        yield f"      bytes: {_printable(message.payload)}"


def _origin(fingerprint: str, origins: Mapping[str, str]) -> str:
    """A derived piece of evidence is called after what it was derived from: "relations/brand: vendor/id"."""
    found = origins.get(fingerprint) or origins.get(fingerprint.rpartition(": ")[2])
    return f" [{plain(found)}]" if found else ""


def _printable(payload: bytes) -> str:
    shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in payload[:MAX_BYTES])
    return shown + (f" … {len(payload)} in all" if len(payload) > MAX_BYTES else "")


def _silent(device: Device) -> Iterator[str]:
    known = {*device.conclusions, *((Attribute.KIND,) if device.kind != "unknown" else ())}
    missing = [attribute.value for attribute in _SHOWN if attribute not in known]
    if missing:
        yield f"  not known: {', '.join(missing)}"


def _wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()))
        yield from textwrap.wrap(line, width, subsequent_indent=f"{indent}  ", drop_whitespace=True) or [""]
