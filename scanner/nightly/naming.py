"""Devices in words, as sentences about a night begin: what it is and where it is."""

from collections.abc import Mapping

from scanner.model import Attribute, Device, Verdict
from scanner.reports.phrases import plain
from scanner.reports.standing import place


def name_of(device: Device) -> str:
    """Return what people call a device: maker or label, model, kind."""
    maker, label = device.value(Attribute.MAKER) or "", device.value(Attribute.BRAND) or ""
    model, who = device.value(Attribute.MODEL) or "", maker or label
    if who and model.casefold().startswith(who.casefold()):
        shown = ""  # "AXIS M1065-LW" says who it is
    elif label and maker and label != maker:
        shown = f"{label} (made by {maker})"
    else:
        shown = who or "unknown make of"
    return plain(" ".join(filter(None, (shown, model, device.what or device.kind))), 200)


def where(device: Device) -> str:
    """Return its first address, else its MAC, else its id."""
    return next(iter((*map(str, device.addresses), *device.macs)), device.id)


def stands(device: Device) -> str:
    """Return where it is: the address, and the zone if there are zones."""
    zone = place(device)
    return where(device) + (f" ({zone})" if zone else "")


def said(device: Device) -> str:
    """Return what it is and where."""
    return f"{name_of(device)} at {stands(device)}"


def judged(verdicts: Mapping[str, str]) -> str:
    """Return what the lists say, the worst first: ": listed (us-ndaa-889); not listed (house-rule)"."""
    by_verdict: dict[str, list[str]] = {}
    for name, verdict in sorted(verdicts.items()):
        by_verdict.setdefault(verdict, []).append(name)
    told = [f"{spoken(v)} ({', '.join(by_verdict[v])})" for v in Verdict if v in by_verdict]
    return f": {'; '.join(told)}" if told else ""


def spoken(verdict: str) -> str:
    """Return a verdict as people say it."""
    return verdict.replace("-", " ")
