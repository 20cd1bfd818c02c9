"""The credentials file → entries: who they are for, and where their secrets are kept. The file holds no secret.

    schema = 1
    [[credential]]
    name = "cameras of the east wing"       # what reports call it
    maker = ["Hikvision", "HiLook"]         # selectors: maker, brand, mac, serial, address, zone; all that are
    address = ["10.20.0.0/16"]              # given must fit, one of each
    username = "census"
    password = { env = "CENSUS_PASSWORD" }  # or file = "…", keyring = "service/user", command = ["pass", "x"]
    allow = ["basic"]                       # optional: also send it in the clear; without it digests only
    services = ["onvif", "isapi"]           # optional: where it is valid; without it wherever the device asks

A password written into the file itself is refused, without being repeated; so is a file that others may read
or change. The first entry that fits a device is its only one.
"""

import hashlib
import tomllib
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from scanner.credentials.secret import REFERENCES, Secret, check_private, fetch
from scanner.errors import KnowledgeError
from scanner.vendors import vendors

MAX_FILE = 1 << 20
Service = Literal["onvif", "isapi", "dahua", "lapi", "vapix", "sunapi"]
SERVICES: tuple[Service, ...] = ("onvif", "isapi", "dahua", "lapi", "vapix", "sunapi")
"""Doors that a credential may be for: ONVIF, and Hikvision's, Dahua's, Uniview's, Axis's and Hanwha's interfaces."""
SELECTORS = ("maker", "brand", "mac", "serial", "address", "zone")

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One credential: its selectors (an empty one selects everybody), its user, and how it may be sent."""

    name: str
    maker: tuple[str, ...] = ()
    brand: tuple[str, ...] = ()
    mac: tuple[str, ...] = ()
    serial: tuple[str, ...] = ()
    address: tuple[Network, ...] = ()
    zone: tuple[str, ...] = ()
    username: str
    password: Secret = field(repr=False)
    basic: bool = False
    services: tuple[str, ...] = SERVICES

    @property
    def says_who(self) -> bool:
        """Tell whether the entry says who the device is, and not only where it stands."""
        return bool(self.maker or self.brand or self.mac or self.serial)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """A file's entries, in its order. `digest` changes with the file and with the files that it refers to."""

    entries: tuple[Entry, ...]
    file: str
    digest: str


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _canonical(names: list[str]) -> list[str]:
    table = vendors()
    return [table.canonical(name) or name for name in names]


def _macs(texts: list[str]) -> list[str]:
    plain = [text.lower().replace("-", ":") for text in texts]
    for text in plain:
        parts = text.split(":")
        if not 3 <= len(parts) <= 6 or not all(
            len(p) == 2 and set(p) <= set("0123456789abcdef") for p in parts
        ):
            raise ValueError(f"{text!r} is no MAC address, nor the first half of one")
    return plain


def _networks(texts: list[str]) -> list[str]:
    for text in texts:
        ip_network(text, strict=False)
    return texts


Texts = Annotated[list[str], BeforeValidator(_listed)]


class _Reference(BaseModel):
    """Where a secret is: exactly one of the four."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    env: str | None = None
    file: str | None = None
    keyring: str | None = None
    command: list[str] | None = None

    @model_validator(mode="before")
    @classmethod
    def _is_reference(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise ValueError(  # noqa: TRY004 - pydantic wants a ValueError
                "a password does not belong into this file: refer to it with env, file, keyring or command"
            )
        return value

    @model_validator(mode="after")
    def _is_one(self) -> "_Reference":
        if len(self.model_dump(exclude_none=True)) != 1 or self.command == []:
            raise ValueError(f"give exactly one of {', '.join(REFERENCES)}")
        return self


class _Entry(BaseModel):
    """An entry as it stands in the file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    name: str = ""
    maker: Annotated[Texts, AfterValidator(_canonical)] = []
    brand: Annotated[Texts, AfterValidator(_canonical)] = []
    mac: Annotated[Texts, AfterValidator(_macs)] = []
    serial: Texts = []
    address: Annotated[Texts, AfterValidator(_networks)] = []
    zone: Texts = []
    username: str
    password: _Reference
    allow: list[Literal["basic"]] = []
    services: list[Service] = list(SERVICES)

    @model_validator(mode="after")
    def _selects(self) -> "_Entry":
        if not any(getattr(self, name) for name in SELECTORS):
            raise ValueError(f"selects nobody: give at least one of {', '.join(SELECTORS)}")
        return self


class _Sheet(BaseModel):
    """The file."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    version: Literal[1] = Field(alias="schema")
    credential: list[_Entry]


def read_credentials(path: Path) -> Credentials:
    """Read a credentials file and fetch its secrets.

    Raises KnowledgeError naming the entry and the key that is wrong, and ScannerError for a file that is open to
    others or a secret that is not where it should be. No message repeats a value of the file.
    """
    check_private(path, "--credentials", readable=True)
    try:
        raw = path.read_bytes()[:MAX_FILE]
        data = tomllib.loads(raw.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        problem = error.strerror if isinstance(error, OSError) else f"is no TOML ({_place(error)})"
        raise KnowledgeError(str(path), "file", str(problem)) from None
    try:
        sheet = _Sheet.model_validate(data)
    except ValidationError as error:
        raise _fault(path, error) from None
    entries = tuple(_entry(path, place, item) for place, item in enumerate(sheet.credential, 1))
    return Credentials(entries=entries, file=str(path), digest=_digest(path, raw, sheet))


def _place(error: BaseException) -> str:
    """Return where in a file something is wrong, without the words that stand there."""
    text = str(error)
    return text[text.rfind("(at ") + 1 :].rstrip(")") if "(at " in text else type(error).__name__


def _fault(path: Path, error: ValidationError) -> KnowledgeError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = list(first["loc"])
    entry = "file"
    if place[:1] == ["credential"] and len(place) > 1:
        entry, place = f"credential {int(place[1]) + 1}", place[2:]
    key = ".".join(str(part) for part in place)
    words = str(first["msg"]).removeprefix("Value error, ")
    return KnowledgeError(str(path), entry, f"{key}: {words}" if key else words)


def _entry(path: Path, place: int, item: _Entry) -> Entry:
    where = f"{path}: credential {place}"
    reference = item.password.model_dump(exclude_none=True)
    if "file" in reference and not Path(reference["file"]).expanduser().is_absolute():
        reference["file"] = str(path.parent / reference["file"])
    return Entry(
        name=item.name or f"credential {place}",
        maker=tuple(item.maker),
        brand=tuple(item.brand),
        mac=tuple(item.mac),
        serial=tuple(text.upper() for text in item.serial),
        address=tuple(ip_network(text, strict=False) for text in item.address),
        zone=tuple(item.zone),
        username=item.username,
        password=fetch(reference, where),
        basic="basic" in item.allow,
        services=tuple(item.services),
    )


def _digest(path: Path, raw: bytes, sheet: _Sheet) -> str:
    """Return what changes when the file does, or a file that holds a secret: their times, never their contents."""
    files = [path.parent / Path(e.password.file).expanduser() for e in sheet.credential if e.password.file]
    times = [str(file.stat().st_mtime_ns) for file in (path, *files) if file.exists()]
    return hashlib.sha256(raw + " ".join(times).encode()).hexdigest()
