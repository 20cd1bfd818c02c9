"""Waivers: what somebody answers for in spite of a verdict, and until when. The user's own file.

A waiver names its devices (one device, or a selector over maker, brand, model or network) and one list, and
must say owner, reason, ticket and the day on which it expires. It never removes a finding: the verdict turns
into "waived" and the reason keeps what it was. An expired waiver never applies, and is mentioned.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import ClassVar

from scanner.errors import KnowledgeError
from scanner.model import Attribute, Device
from scanner.policy.loading import read_tables, validated


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """One waiver. `device` is an id, an address or a MAC; every selector that is given must fit.

    `list` is the id of a list; `expires` is the last day on which the waiver holds.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    device: str | None = None
    maker: str | None = None
    brand: str | None = None
    model: str | None = None
    network: IPv4Network | IPv6Network | None = None
    list: str
    owner: str
    reason: str
    ticket: str
    expires: date

    def covers(self, device: Device, list_id: str) -> bool:
        """Tell whether the waiver speaks of this device and this list, whatever the day."""
        wanted = (
            (Attribute.MAKER, self.maker),
            (Attribute.BRAND, self.brand),
            (Attribute.MODEL, self.model),
        )
        return (
            self.list == list_id
            and (self.device is None or self.device.casefold() in _names(device))
            and all(want is None or _same(device.value(attribute), want) for attribute, want in wanted)
            and (self.network is None or any(address in self.network for address in device.addresses))
        )

    @property
    def selector(self) -> str:
        """Whom the waiver speaks of, in words: every selector that is given."""
        given = {
            "device": self.device,
            "maker": self.maker,
            "brand": self.brand,
            "model": self.model,
            "network": self.network,
        }
        return ", ".join(f"{name} {value}" for name, value in given.items() if value is not None)

    def live(self, on: date) -> bool:
        """Tell whether the waiver still holds on a day."""
        return on <= self.expires

    def __str__(self) -> str:
        """Return the waiver in words, as reports print it."""
        return f"{self.ticket}, {self.owner}, until {self.expires.isoformat()}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _WaiverFile:
    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}

    waiver: tuple[Waiver, ...] = ()


def load_waivers(path: Path) -> tuple[Waiver, ...]:
    """Return the waivers of a TOML file; KnowledgeError names file, waiver and key of the first fault."""
    return checked_waivers(read_tables(path), path.name)


def checked_waivers(data: Mapping[str, object], file: str) -> tuple[Waiver, ...]:
    """Return the waivers in the tables of a file, as `load_waivers` does."""
    waivers = validated(_WaiverFile, data, file, "file").waiver
    for position, waiver in enumerate(waivers, 1):
        if not any((waiver.device, waiver.maker, waiver.brand, waiver.model, waiver.network)):
            raise KnowledgeError(
                file, f"waiver {position}", "device: a waiver must say which devices it covers"
            )
    return waivers


def _names(device: Device) -> set[str]:
    return {device.id, *(str(address) for address in device.addresses), *device.macs}


def _same(value: str | None, wanted: str) -> bool:
    return value is not None and value.casefold() == wanted.casefold()
