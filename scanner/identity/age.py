"""The day on which a firmware was built, read from its version text, so that its age is known.

Makers write it each in their own way; only forms that were seen on recorded devices are read, and a day must be a
plausible one: not before the first network cameras, not in the future of the report.
"""

import re
from datetime import date

from scanner.model import Attribute, Device

FIRST = date(1999, 1, 1)
"""No firmware of a network camera is older."""

_FORMS = (
    re.compile(r"build[: ]*(?:date[: ]*)?(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)\b", re.IGNORECASE),
    re.compile(r"build[: ]*(?P<y>20\d\d)(?P<m>\d\d)(?P<d>\d\d)\b", re.IGNORECASE),
    re.compile(r"build[: ]*(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)\b", re.IGNORECASE),
    re.compile(r"(?:^|[._ -])(?P<y>20[0-4]\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?:$|[^0-9])"),
    re.compile(r"_(?P<y>\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)\d\d$"),
    re.compile(r"\.(?P<y>[12]\d)(?P<m>[01]\d)(?P<d>[0-3]\d)$"),
    re.compile(r"D(?P<y>1\d)(?P<m>[01]\d)C\d\d$"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)"),
)
"""In order: Dahua; TP-Link's newer; Hikvision and TP-Link; Tiandy, Hanwha, FLIR; Reolink; Uniview; Uniview's older
form, which tells the month only; whoever writes a day as ISO 8601 does."""


def built_on(firmware: str, on: date) -> date | None:
    """Return the day on which a firmware was built, if its version tells and the day is not after `on`.

    >>> built_on("V5.7.13 build 230504", date(2026, 11, 27))
    datetime.date(2023, 5, 4)
    >>> built_on("1.3.9", date(2026, 11, 27)) is None
    True
    """
    for form in _FORMS:
        found = form.search(firmware)
        told = _day(found) if found else None
        if told and FIRST <= told <= on:
            return told
    return None


def firmware_built(device: Device) -> date | None:
    """Return the day on which a device's firmware was built, if its version tells one before the device was seen."""
    firmware = device.value(Attribute.FIRMWARE)
    seen = max((item.observation.message.time.date() for item in device.evidence), default=None)
    return built_on(firmware, seen) if firmware and seen else None


def _day(found: re.Match[str]) -> date | None:
    parts = found.groupdict()
    year = int(parts["y"])
    try:
        return date(year if year > 99 else 2000 + year, int(parts["m"]), int(parts.get("d") or 1))
    except ValueError:
        return None


def age(built: date, on: date) -> str:
    """Return how long ago a day was, in years and months as people say it.

    >>> age(date(2023, 5, 4), date(2026, 11, 27)), age(date(2026, 11, 1), date(2026, 11, 27))
    ('3 years 6 months', 'less than a month')
    """
    months = (on.year - built.year) * 12 + on.month - built.month - (on.day < built.day)
    years, months = divmod(max(months, 0), 12)
    parts = [_count(years, "year"), _count(months, "month")]
    return " ".join(part for part in parts if part) or "less than a month"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""
