"""Who refused a credential, and who accepted one: kept on disk from run to run, without a secret in it.

A refusal is remembered until the credentials file changes, because makers lock accounts after a few of them. An
acceptance is remembered with who the device was (MACs, serial number, maker), so that a stranger at its address
is known as one in the next run, also where there is no store. A refusal is on disk the moment it happens. Of two
runs at once one asks after the other, and by what the other has learnt: else both would try the same wrong password.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from scanner.errors import ScannerError
from scanner.identity.grouping import is_serial
from scanner.model import Attribute, Device, IPAddress
from scanner.nightly.lock import HeldError, only_one

SCHEMA = 1
MAX_FILE = 16 << 20
MAX_REMEMBERED = 50_000
"""Refusals, and acceptances, that are kept; the oldest go first."""
WAIT_S, POLL_S = 900.0, 0.2
"""How long a run waits for another one that asks with credentials, and how often it looks, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who a device is or was, as far as it is known: what somebody at its address must agree with."""

    addresses: tuple[IPAddress, ...] = ()
    macs: tuple[str, ...] = ()
    serial: str = ""
    maker: str = ""

    def is_same(self, other: "Identity") -> bool | None:
        """Tell whether two identities are one device: by MAC and serial number; None where neither can be compared.

        Both must agree where both are known: who has a camera's MAC and another's number is neither.
        """
        agreed: list[bool] = []
        if self.macs and other.macs:
            agreed.append(bool(set(self.macs) & set(other.macs)))
        if self.serial and other.serial:
            agreed.append(self.serial == other.serial)
        return all(agreed) if agreed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A device that said no to an entry of a version of the credentials file, and when.

    `service` is the one door at which it did, "" where it accepted at none.
    """

    who: Identity
    entry: str
    digest: str
    when: str
    service: str = ""


def identity_of(device: Device) -> Identity:
    """Return who a device is by what was concluded of it; what is contested, or no key, is left out."""
    serial = device.conclusions.get(Attribute.SERIAL)
    maker = device.conclusions.get(Attribute.MAKER)
    return Identity(
        addresses=device.addresses,
        macs=device.macs,
        serial=serial.value.upper() if serial and not serial.contested and is_serial(serial.value) else "",
        maker=maker.value if maker and not maker.contested else "",
    )


class Ledger:
    """The memory; `path` None keeps it for the run only. Raises ScannerError where it cannot be read or written."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._refused: list[Refusal] = []
        self._accepted: dict[Identity, None] = {}
        self._by_key: dict[str, dict[Identity, None]] = {}
        if path is not None and path.exists():
            self._load(path)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """Wait until no other run asks with credentials, and know what it learnt; yields False where it goes on.

        The lock dies with whoever holds it. A memory without a path is nobody else's.
        """
        with ExitStack() as held:
            mine = self._path is None or await self._hold(held, self._path)
            if mine and self._path is not None and self._path.exists():
                self._load(self._path)
            yield mine

    async def _hold(self, held: ExitStack, path: Path) -> bool:
        until = asyncio.get_running_loop().time() + WAIT_S
        while True:
            try:
                held.enter_context(only_one(path.with_suffix(".lock"), datetime.now(UTC)))
            except HeldError:
                if asyncio.get_running_loop().time() >= until:
                    return False
                await asyncio.sleep(POLL_S)
            else:
                return True

    def known(self, device: Device) -> tuple[Identity, ...]:
        """Return those who accepted a credential at an address of this device, or with its MAC or number."""
        return self._like(identity_of(device))

    def _like(self, who: Identity) -> tuple[Identity, ...]:
        return tuple({old: None for key in keys_of(who) for old in self._by_key.get(key, ())})

    def refusals(self, device: Device, digest: str) -> tuple[Refusal, ...]:
        """Return how this device refused credentials of this version of the file, if it did."""
        who = identity_of(device)
        return tuple(
            old
            for old in self._refused
            if old.digest == digest and _meets(old.who, who) and old.who.is_same(who) is not False
        )

    def refused(self, device: Device, entry: str, digest: str, when: datetime, service: str = "") -> None:
        """Remember a refusal, at once."""
        stamp = when.isoformat(timespec="seconds")
        who = identity_of(device)
        self._refused.append(Refusal(who=who, entry=entry, digest=digest, when=stamp, service=service))
        self.save()

    def accepted(self, device: Device) -> None:
        """Remember who accepted, in place of what was remembered of it; `save` writes it down."""
        who = identity_of(device)
        old = [item for item in self._like(who) if item.is_same(who) is not False]
        for item in old:
            who = replace(who, macs=who.macs or item.macs, serial=who.serial or item.serial)
        for item in old:
            self._forget(item)
        self._learn(who)

    def _learn(self, who: Identity) -> None:
        self._accepted[who] = None
        for key in keys_of(who):
            self._by_key.setdefault(key, {})[who] = None

    def _forget(self, who: Identity) -> None:
        self._accepted.pop(who, None)
        for key in keys_of(who):
            self._by_key.get(key, {}).pop(who, None)

    def _load(self, path: Path) -> None:
        try:
            data = json.loads(path.read_bytes()[:MAX_FILE])
            if data["schema"] != SCHEMA:
                raise ValueError("another schema")  # noqa: TRY301 - one sentence for whatever is wrong with it
            self._refused = [_refusal(item) for item in data["refused"]]
            self._accepted.clear()
            self._by_key.clear()
            for item in data["accepted"]:
                self._learn(_identity(item))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ScannerError(
                f"{path} remembers who refused a password and cannot be read; nobody is asked with one while that "
                "is not known: mend or remove it"
            ) from error

    def save(self) -> None:
        """Write down what is remembered; raises ScannerError where that fails."""
        if self._path is None:
            return
        record = {
            "schema": SCHEMA,
            "refused": [_refusal_record(item) for item in self._refused[-MAX_REMEMBERED:]],
            "accepted": [_record(item) for item in list(self._accepted)[-MAX_REMEMBERED:]],
        }
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._path.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(record, file, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self._path)
        except OSError as error:
            raise ScannerError(f"{self._path} cannot be written: {error.strerror or error}") from error


def keys_of(who: Identity) -> tuple[str, ...]:
    """Return the keys by which an identity is found again: addresses, MACs, a serial number."""
    serial = (f"serial {who.serial}",) if who.serial else ()
    return (*(f"address {a}" for a in who.addresses), *(f"mac {mac}" for mac in who.macs), *serial)


def _meets(old: Identity, new: Identity) -> bool:
    """Tell whether two identities have anything in common that could make them one device."""
    shared_mac, shared_address = set(old.macs) & set(new.macs), set(old.addresses) & set(new.addresses)
    return bool(shared_mac or shared_address or (old.serial and old.serial == new.serial))


def _record(who: Identity) -> dict[str, object]:
    addresses = [str(address) for address in who.addresses]
    return {"addresses": addresses, "macs": list(who.macs), "serial": who.serial, "maker": who.maker}


def _refusal_record(item: Refusal) -> dict[str, object]:
    words = {"entry": item.entry, "digest": item.digest, "when": item.when, "service": item.service}
    return {"who": _record(item.who), **words}


def _identity(item: Mapping[str, Any]) -> Identity:
    return Identity(
        addresses=tuple(ip_address(text) for text in item["addresses"]),
        macs=tuple(_texts(item["macs"])),
        serial=str(item["serial"]),
        maker=str(item["maker"]),
    )


def _refusal(item: Mapping[str, Any]) -> Refusal:
    words = {key: str(item[key]) for key in ("entry", "digest", "when", "service")}
    return Refusal(who=_identity(item["who"]), **words)


def _texts(items: Iterable[object]) -> list[str]:
    return [str(item) for item in items]
