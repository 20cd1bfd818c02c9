"""What became of each waiver in one run: it held, it is over, or there was nothing for it to excuse.

A waiver that is over or excuses nothing is a finding of its own: it has no device, so it stands beside the findings.
One whose list was not held against anything is neither: nothing was asked of it.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from scanner.model import Device, Finding, Verdict, WaiverState, WaiverUse
from scanner.policy.waivers import Waiver

_EXCUSABLE = frozenset({Verdict.LISTED, Verdict.POSSIBLE, Verdict.UNDETERMINED, Verdict.WAIVED})


def account(
    waivers: Sequence[Waiver],
    devices: Iterable[Device],
    findings: Iterable[Finding],
    lists: Iterable[str],
    *,
    on: date,
) -> tuple[WaiverUse, ...]:
    """Return what became of each waiver on a day, in the order of the file.

    `devices` are those that were judged, `findings` what lists (ids: `lists`) said of them.
    """
    if not waivers:
        return ()
    held, known = set(lists), {device.id: device for device in devices}
    judged = [(known[f.device], f) for f in findings if f.verdict in _EXCUSABLE and f.device in known]
    return tuple(_use(waiver, judged, held, on) for waiver in waivers)


def _use(waiver: Waiver, judged: Sequence[tuple[Device, Finding]], held: set[str], on: date) -> WaiverUse:
    fitting = [finding for device, finding in judged if waiver.covers(device, finding.list)]
    if waiver.list not in held:
        state = WaiverState.NOT_ASKED
    elif not waiver.live(on):
        state = WaiverState.EXPIRED
    elif any(finding.waiver == str(waiver) for finding in fitting):
        state = WaiverState.HOLDS
    else:
        state = WaiverState.UNUSED
    counted = [f for f in fitting if state is not WaiverState.HOLDS or f.waiver == str(waiver)]
    return WaiverUse(
        selector=waiver.selector,
        list=waiver.list,
        owner=waiver.owner,
        ticket=waiver.ticket,
        reason=waiver.reason,
        expires=waiver.expires,
        state=state,
        devices=tuple(finding.device for finding in counted),
    )
