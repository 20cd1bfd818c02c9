"""data/exposure.toml → what counts as an exposure, and which firmware is known to be exploited: checked when read."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from scanner.errors import KnowledgeError
from scanner.fingerprints.matcher import compile_pattern
from scanner.identity.age import built_on

FILE = Path(__file__).parent / "data" / "exposure.toml"
_DIGITS = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of exposure, in words."""

    id: str
    title: str
    source: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploited:
    """A vulnerability that is known to be exploited, and the firmware that has it.

    Ends of the range of builds are inclusive; `below` is the first version without it; without either every version
    has it. An entry that is not `confirmed` makes a match possible, not established.
    """

    cve: str
    title: str
    source: str
    model: str
    maker: str | None = None
    brand: str | None = None
    added: date | None = None
    built_from: date | None = None
    built_until: date | None = None
    below: str | None = None
    confirmed: bool = True

    @property
    def every_version(self) -> bool:
        """Tell whether no version is known to be without it."""
        return self.built_until is None and self.below is None

    def has(self, firmware: str | None) -> bool:
        """Tell whether a firmware of this name has it; one whose version cannot be read has not."""
        if self.every_version:
            return True
        if firmware is None:
            return False
        if self.below is not None:
            version = version_of(firmware)
            return bool(version) and version < version_of(self.below)
        built = built_on(firmware, date.max)
        if built is None or self.built_until is None:
            return False
        return (self.built_from or built) <= built <= self.built_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposures:
    """All that counts: `years` is the age from which firmware is old, `version` the day of the data."""

    version: date
    years: int
    kinds: dict[str, Kind]
    exploited: tuple[Exploited, ...]


def version_of(firmware: str) -> tuple[int, ...]:
    """Return the first dotted number in a firmware's name, () where there is none.

    >>> version_of("v3.0.0.136_20121102"), version_of("V5.4.5 build 170124"), version_of("GM")
    ((3, 0, 0, 136), (5, 4, 5), ())
    """
    found = _DIGITS.search(firmware)
    return tuple(int(part[:9]) for part in found[0].split(".")) if found else ()


def _pattern(text: str) -> str:
    compile_pattern(text)
    return text


class _Kind(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str
    title: str
    source: str
    date: date


class _Exploited(BaseModel):
    model_config = ConfigDict(extra="forbid")
    cve: Annotated[str, Field(pattern=r"^CVE-\d{4}-\d{4,7}$")]
    title: str
    source: str
    model: Annotated[str, AfterValidator(_pattern)]
    maker: str | None = None
    brand: str | None = None
    added: date | None = None
    built_from: date | None = None
    built_until: date | None = None
    below: str | None = None
    confirmed: bool = True
    note: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    schema_version: Literal[1] = Field(alias="schema")
    version: date
    years: int
    catalogue: str
    exposure: list[_Kind]
    exploited: list[_Exploited]


@lru_cache(maxsize=1)
def load_exposures() -> Exposures:
    """Return what is shipped; raises KnowledgeError naming what is wrong."""
    return read_exposures(FILE)


def read_exposures(path: Path) -> Exposures:
    """Read a file of exposures; raises KnowledgeError."""
    try:
        data = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(path.name, "file", str(error)) from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise KnowledgeError(path.name, ".".join(map(str, first["loc"])), str(first["msg"])) from error
    return Exposures(
        version=data.version,
        years=data.years,
        kinds={kind.id: Kind(**kind.model_dump()) for kind in data.exposure},
        exploited=tuple(Exploited(**item.model_dump(exclude={"note"})) for item in data.exploited),
    )
