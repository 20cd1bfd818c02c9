"""What lies behind each row, as data for the page's script: built on demand in the page, as text only.

Five thousand devices say the same few thousand strings: each string stands once, in `texts`, and everything else
refers to it by number. The layout is that of `DEVICE` below; the script reads it in the same order.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from scanner.model import Attribute, Conclusion, Device, Evidence, Finding, Report, Strength
from scanner.reports.as_json import CONCLUDED
from scanner.reports.page.rows import Row
from scanner.reports.phrases import excerpt, moment, plain, source
from scanner.reports.proof import phrase
from scanner.reports.ranking import ORDER

MAX_PROOFS = 8
"""Pieces of evidence for the maker that the page tells; `explain` tells more, the JSON report all."""
MAX_EACH = 4
"""Likewise for any other attribute."""
DEVICE = ("identity", "findings", "conclusions", "missing", "exposures")
"""The parts of one device's record, in order."""

_WEIGHT = (Strength.STRONG, Strength.MEDIUM, Strength.WEAK)
_SHOWN = (
    Attribute.MAKER,
    Attribute.BRAND,
    Attribute.KIND,
    *(a for a in CONCLUDED if a not in {Attribute.MAKER, Attribute.BRAND}),
    Attribute.CAPABILITY,
)


class Texts:
    """Strings by number, each once, in the order in which they were first needed."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """Return the number of a text."""
        return self.numbers.setdefault(text, len(self.numbers))

    def replaced(self, value: Any) -> Any:
        """Return nested lists with every text replaced by its number."""
        if isinstance(value, str):
            return self.number(value)
        return [self.replaced(item) for item in value]


def document(report: Report, rows: Sequence[Row]) -> str:
    """Return the details of every row as JSON that can stand inside a script element."""
    texts = Texts()
    about, shown = by_device(report.findings), by_device(report.exposures)
    devices = [
        texts.replaced(record(row.device, about.get(row.device.id, ()), shown.get(row.device.id, ())))
        for row in rows
    ]
    return embedded({"texts": list(texts.numbers), "devices": devices})


def by_device(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by the id of their device."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.device, []).append(finding)
    return found


def embedded(value: Any) -> str:
    r"""Return a value as JSON in which no `<`, `>` or `&` stands as such: nothing in it can end a script element.

    >>> embedded(["</script><!--"])
    '["\\u003c/script\\u003e\\u003c!--"]'
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def record(device: Device, findings: Iterable[Finding], exposures: Iterable[Finding] = ()) -> list[Any]:
    """Return what is told of one device, as nested lists of texts in the order of DEVICE."""
    missing = [a.value for a in _SHOWN if a not in device.conclusions and a is not Attribute.CAPABILITY]
    return [
        [[name, text] for name, text in identity(device) if text],
        [_finding(item) for item in sorted(findings, key=lambda f: (ORDER.index(f.verdict), f.list))],
        [told for attribute in _SHOWN if (told := _attribute(device, attribute))],
        ", ".join(missing),
        [
            [item.verdict.value, plain(item.entry or ""), plain(item.reason, 4096), plain(item.clause or "")]
            for item in exposures
        ],
    ]


def identity(device: Device) -> tuple[tuple[str, str], ...]:
    """Return the names that a device goes by and what was noted about it, as pairs of a label and a text."""
    return (
        ("Addresses", ", ".join(map(str, device.addresses))),
        ("MAC", ", ".join(device.macs)),
        ("Capabilities", ", ".join(map(plain, device.capabilities))),
        ("Channels", ", ".join(map(plain, device.channels))),
        ("Behind the recorder", plain(device.parent or "")),
        ("Noted", "; ".join(map(plain, device.notes))),
        ("Sensitivity of the place", plain(device.place.sensitivity) if device.place else ""),
        ("Id", device.id),
    )


def _finding(finding: Finding) -> list[Any]:
    return [
        finding.verdict.value,
        finding.list,
        finding.version,
        [plain(step) for step in finding.chain],
        [plain(clause) for clause in finding.reason[:4096].split("; ") if clause],
        plain(finding.clause or ""),
        plain(finding.waiver or ""),
    ]


def _attribute(device: Device, attribute: Attribute) -> list[Any] | None:
    conclusion = device.conclusions.get(attribute)
    items = [item for item in device.evidence if item.attribute is attribute]
    if conclusion is not None:
        items += [i for i in conclusion.evidence if i.attribute is attribute and i not in items]
    if conclusion is None and not items:
        return None
    ordered = sorted(items, key=_by_weight)
    limit = MAX_PROOFS if attribute is Attribute.MAKER else MAX_EACH
    more = f"{len(ordered) - limit} more" if len(ordered) > limit else ""
    told = [_evidence(item) for item in ordered[:limit]]
    return [attribute.value, *_concluded(attribute, conclusion), told, more]


def _concluded(attribute: Attribute, conclusion: Conclusion | None) -> tuple[str, str]:
    """Return the value concluded, and how sure it is against which rivals."""
    if attribute is Attribute.CAPABILITY:
        return "what it says it can do", ""
    if conclusion is None:
        return "nothing", "the evidence does not suffice"
    rivals = " and ".join(f"{plain(r.value)} ({r.confidence:.2f})" for r in conclusion.rivals)
    sure = f"confidence {conclusion.confidence:.2f}{', contested' if conclusion.contested else ''}"
    return plain(
        conclusion.value
    ), f"{sure}; against {rivals}" if rivals else f"{sure}; nothing speaks against it"


def _by_weight(item: Evidence) -> tuple[object, ...]:
    return (_WEIGHT.index(item.strength), item.value, item.fingerprint, item.fact)


def _evidence(item: Evidence) -> list[str]:
    message = item.observation.message
    return [
        f"{item.strength}, from its {item.about}",
        f"{phrase(item)}: {plain(item.value)}",
        excerpt(item),
        message.protocol,
        source(message) or "the link",
        moment(message.time),
        item.fingerprint,
    ]
