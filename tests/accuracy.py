"""Scores the program on the recorded devices and writes fixtures/ACCURACY.md: `make accuracy`.

Each recording is judged whole, with only one of its protocols, and without one of them, so that the figures say
what a poorer view would have given. A recording's own expectation is the truth; what it leaves out is not judged.
The conclusions of all these views, sorted by the confidence that they were given with, make the reliability
table: whether "0.9" is right nine times in ten.
"""

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from scanner.fingerprints import Knowledge, load
from scanner.model import SURVEILLANCE_KINDS, Attribute, Device
from scanner.pipeline import Reading, devices_of
from scanner.recordings import Recording, read_folders

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "fixtures" / "ACCURACY.md"
FIRST_SIGHT = ROOT / "fixtures" / "first-sight.toml"
ON = date(2026, 11, 27)
JUDGED = (Attribute.KIND, Attribute.MAKER, Attribute.BRAND, Attribute.MODEL)
BINS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01))
WHOLE, MAC = "everything", "mac"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One attribute of one view of one recording: what is true, what was concluded, and how firmly."""

    recording: Recording
    view: str
    attribute: Attribute
    truth: str
    said: str | None
    confidence: float

    @property
    def right(self) -> bool:
        """Tell whether the conclusion is the truth; case is no difference."""
        return self.said is not None and self.said.casefold() == self.truth.casefold()


def protocols_of(recording: Recording) -> list[str]:
    """Return the protocols that a recording answers, and its MAC as one more."""
    return sorted({answer.protocol for answer in recording.answers} | ({MAC} if recording.mac else set()))


def views(recording: Recording) -> Iterator[tuple[str, Recording]]:
    """Yield a recording whole, with one protocol alone ("only x"), and without one ("without x")."""
    yield WHOLE, recording
    known = protocols_of(recording)
    for protocol in known if len(known) > 1 else ():
        yield f"only {protocol}", _keep(recording, {protocol})
        yield f"without {protocol}", _keep(recording, set(known) - {protocol})


def _keep(recording: Recording, protocols: set[str]) -> Recording:
    answers = tuple(answer for answer in recording.answers if answer.protocol in protocols)
    return replace(recording, answers=answers, mac=recording.mac if MAC in protocols else None)


def judge(recordings: Iterable[Recording], knowledge: Knowledge) -> list[Verdict]:
    """Return the verdicts on every view of every recording."""
    return [
        verdict
        for recording in recordings
        for view, seen in views(recording)
        for verdict in _verdicts(recording, view, _device(seen, knowledge))
    ]


def _device(recording: Recording, knowledge: Knowledge) -> Device | None:
    """Return what a recording shows; a MAC that answers nothing is seen once, as a neighbour."""
    reading = Reading(strict=True)
    if not recording.answers and recording.mac:
        from scanner.recordings import RECORDED

        reading.sightings.add(RECORDED, recording.mac, recording.address, stated=True)
    found = devices_of(recording.messages(), knowledge, reading, ON)
    mine = (d for d in found if recording.address in d.addresses or recording.mac in d.macs)
    return next(mine, None)


def _verdicts(recording: Recording, view: str, device: Device | None) -> Iterator[Verdict]:
    for attribute in JUDGED:
        truth = recording.expect.get(attribute.value)
        if truth is None or truth == "unknown":
            continue
        held = device.conclusions.get(attribute) if device else None
        said = (device.kind if attribute is Attribute.KIND else device.value(attribute)) if device else None
        yield Verdict(
            recording=recording,
            view=view,
            attribute=attribute,
            truth=str(truth),
            said=None if said == "unknown" else said,
            confidence=held.confidence if held else 0.0,
        )


def is_surveillance(recording: Recording) -> bool:
    """Tell whether a recording is of a device that this census is about."""
    return recording.expect.get("kind") in SURVEILLANCE_KINDS


def page(verdicts: list[Verdict], recordings: list[Recording]) -> str:
    """Return the whole page, the same for the same recordings and knowledge."""
    whole = [v for v in verdicts if v.view == WHOLE]
    watching = [v for v in verdicts if is_surveillance(v.recording)]
    parts = [
        INTRODUCTION.format(**_figures(recordings)),
        "## All evidence together\n\n" + _summary(whole),
        "## At first sight\n\n" + FIRST + _first_sight(),
        "## How far a confidence is to be believed\n\n" + RELIABILITY + _reliability(verdicts),
        "## Confusion by kind\n\n" + KINDS + _confusion(whole),
        "## If only one protocol answers\n\n" + ONLY + _by_view(watching, "only "),
        "## If one protocol does not answer\n\n" + WITHOUT + _by_view(watching, "without "),
        "## By maker\n\n" + MAKERS + _by_maker(watching),
    ]
    return "\n\n".join(parts) + "\n"


def _figures(recordings: list[Recording]) -> dict[str, int]:
    cameras = [r for r in recordings if is_surveillance(r)]
    names = [(r.expect.get("brand"), r.expect.get("maker")) for r in cameras]
    return {
        "all": len(recordings),
        "cameras": len(cameras),
        "makers": len({maker for _, maker in names if maker}),
        "rebrands": sum(1 for brand, maker in names if brand and maker and brand != maker),
        "others": sum(1 for r in recordings if r.expect.get("kind") == "other"),
    }


def _summary(verdicts: list[Verdict]) -> str:
    rows = []
    for name, chosen in (("surveillance", True), ("other", False)):
        for attribute in JUDGED:
            mine = [
                v for v in verdicts if v.attribute is attribute and is_surveillance(v.recording) is chosen
            ]
            rows.append([name, attribute.value, *_counts(mine)])
    false = [
        v
        for v in verdicts
        if v.attribute is Attribute.KIND and v.truth == "other" and v.said in SURVEILLANCE_KINDS
    ]
    return (
        _table(["devices", "attribute", *COUNTS], rows) + f"\n\nOther things called a camera: {len(false)}."
    )


def _first_sight() -> str:
    rows = []
    for batch in tomllib.loads(FIRST_SIGHT.read_text(encoding="utf-8"))["batch"]:
        cells = [" / ".join(map(str, batch[attribute.value])) for attribute in JUDGED]
        rows.append([str(batch["date"]), batch["about"], *cells])
    return _table(["date", "batch", *(attribute.value for attribute in JUDGED)], rows)


def _reliability(verdicts: list[Verdict]) -> str:
    rows = []
    for low, high in BINS:
        row = [f"{low:.1f} - {min(high, 1.0):.1f}"]
        for attribute in JUDGED:
            given = [
                v for v in verdicts if v.attribute is attribute and v.said and low <= v.confidence < high
            ]
            row.append(f"{sum(v.right for v in given)} of {len(given)}{_share(given)}")
        rows.append(row)
    return _table(["confidence", *(attribute.value for attribute in JUDGED)], rows)


def _share(given: list[Verdict]) -> str:
    return f" ({sum(v.right for v in given) / len(given):.0%})" if given else ""


def _confusion(verdicts: list[Verdict]) -> str:
    pairs = Counter((v.truth, v.said or "unknown") for v in verdicts if v.attribute is Attribute.KIND)
    truths = sorted({truth for truth, _ in pairs})
    saids = sorted({said for _, said in pairs})
    return _table(
        ["is \\ called", *saids], [[truth, *(str(pairs[truth, s] or "") for s in saids)] for truth in truths]
    )


def _by_view(verdicts: list[Verdict], prefix: str) -> str:
    names = sorted({v.view for v in verdicts if v.view.startswith(prefix)})
    rows = []
    for name in names:
        mine = [v for v in verdicts if v.view == name]
        cells = [
            f"{sum(v.right for v in part)} / {sum(1 for v in part if v.said and not v.right)} / {len(part)}"
            for part in ([v for v in mine if v.attribute is attribute] for attribute in JUDGED)
        ]
        rows.append([name.removeprefix(prefix), *cells])
    return _table([prefix.strip(), *(attribute.value for attribute in JUDGED)], rows)


def _by_maker(verdicts: list[Verdict]) -> str:
    rows = []
    of_maker = [v for v in verdicts if v.attribute is Attribute.MAKER]
    for maker in sorted({v.truth for v in of_maker}, key=str.casefold):
        mine = [v for v in of_maker if v.truth == maker]
        whole, parts = ([v for v in mine if (v.view == WHOLE) is is_whole] for is_whole in (True, False))
        wrong = Counter(v.said for v in mine if v.said and not v.right)
        taken = ", ".join(f"{name} ({count})" for name, count in sorted(wrong.items(), key=str))
        rows.append([maker, _of(whole), _of(parts), taken])
    return _table(["maker", "whole", "in part", "taken for"], rows)


def _of(verdicts: list[Verdict]) -> str:
    return f"{sum(v.right for v in verdicts)} of {len(verdicts)}" if verdicts else ""


COUNTS = ["recordings", "right", "wrong", "none", "right of those given"]


def _counts(verdicts: list[Verdict]) -> list[str]:
    right = sum(v.right for v in verdicts)
    none = sum(1 for v in verdicts if v.said is None)
    given = len(verdicts) - none
    return [
        str(len(verdicts)),
        str(right),
        str(given - right),
        str(none),
        f"{right / given:.1%}" if given else "-",
    ]


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell for cell in line) + " |" for line in lines)


INTRODUCTION = """# Recorded devices: an open benchmark of who made a camera

Written by `make accuracy`; do not edit by hand. {all} recordings: {cameras} surveillance devices of {makers} makers,
{rebrands} of them sold under another's label, and {others} other things that speak the same protocols.

## The corpus, for whoever wants to use it

`devices/<name>/` holds what one device answered without a password, byte by byte as on the wire, and `device.toml`
with the truth about it: `[expect]` says kind, brand (what the label says), maker (who built it), model, firmware and
serial as far as they are known; `[origin]` says where the facts were published and when that was checked, and what was
filled in; `[network]` and each `[[answer]]` say who sent what. Text is as it was sent, binary datagrams and
certificates are hexadecimal with comments. `unsettled/` has the same form and holds recordings that this program does
not conclude exactly yet. The format is told in full in `scanner/recordings.py`.

The recordings are short protocol answers, typed anew from published facts; host parts of addresses, serial digits and
names of people and places are filled in. Facts belong to nobody; the selection and the typing may be used under the
project's licence, with the `source` of each recording kept beside it.

To score another program: give it the answers of one folder at a time, and compare what it says with `[expect]`.
Count an attribute as right if it is equal but for case, as wrong if it is another, as none if nothing was said; what
`[expect]` leaves out is not counted. Report right / (right + wrong) and right / all, and separately how many of the
other things were called a camera. Names of makers are canonical as in `scanner/vendors/data`; ownership is not making:
a brand of Hikvision's that Hikvision builds has the maker Hikvision, its owner is another question.

What was learnt from a recording cannot measure how well the next one will be known. The figures with all evidence are
therefore a floor that must hold, not an estimate; those for parts of the evidence are nearer to one."""
FIRST = """Batches of recordings, judged before anything was learnt from them (`first-sight.toml`): right / wrong / none
for the surveillance devices among them. These are the figures to expect of devices that nobody tuned it to.

"""
RELIABILITY = """Each cell: how many of the conclusions given with that confidence were right, over the whole recordings
and over every view of them with one protocol alone or one left out. A conclusion at 0.9 ought to be right nine times
in ten.

"""
KINDS = "With all evidence. Rows are what a device is, columns what it was called.\n\n"
ONLY = "Surveillance devices. Each cell: right / wrong / recordings. `mac` is the MAC address and nothing else.\n\n"
WITHOUT = (
    "Surveillance devices that answer more than one protocol. Each cell: right / wrong / recordings.\n\n"
)
MAKERS = """Surveillance devices whose maker is known: right with all evidence, right over the views in part, and
whom they were taken for in any view.

"""


def written() -> str:
    """Return the page as it ought to be now."""
    recordings = read_folders(ROOT / "fixtures" / "devices") + read_folders(ROOT / "fixtures" / "unsettled")
    return page(judge(recordings, load()), recordings)


if __name__ == "__main__":
    text = written()
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(text.partition("## All evidence")[2].join(("## All evidence", "")))
