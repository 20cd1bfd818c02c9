"""camcensus.toml: everything that a run by night needs to know, in one file that people write.

Paths in it are looked up from the folder that the file lies in. Secrets need not stand in it: the address of a
notification may be the name of an environment variable, or a file. Everything that can be checked without a network
is checked when it is read; the first fault names file, entry and key.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal

from scanner.errors import KnowledgeError, UsageError
from scanner.folders import config_folder
from scanner.policy import PolicyList, Waiver, find_list, load_waivers
from scanner.policy.loading import validated
from scanner.zones import Map, Zone, twice

NAME = "camcensus.toml"
SCHEMA = 1
MAX_FILE = 4 * 1024 * 1024
"""Bytes of a configuration; the largest site known has some thousand zones."""
_CLOSED: Mapping[str, str] = {"extra": "forbid"}
_PLACEHOLDER = re.compile(r"\{(\w*)\}")
PLACEHOLDERS = frozenset({"date", "time", "site"})
"""What may stand in braces in the path of an output."""
_TIME = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d")
_DURATION = re.compile(r"\d+(?:\.\d+)?(?:ms|s|m|h)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much is asked and how fast, in the words of `camcensus scan`."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    profile: Literal["quick", "standard", "deep"] = "standard"
    timing: Literal["polite", "normal", "fast"] = "polite"
    max_rate: float | None = None
    host_timeout: str = "2m"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChoice:
    """A list to hold devices against, by id or path; `zones` narrows it to places of these sensitivities."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    id: str
    zones: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFile:
    """A report to write after each run; the path may hold {date}, {time} and {site}."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    format: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """Somebody to tell: an apprise address, said in the file, in an environment variable, or in a file of its own."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    url: str = ""
    url_env: str = ""
    url_file: str = ""
    on: tuple[Literal["changes", "failures"], ...] = ("changes", "failures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Syslog:
    """A collector of security events: `udp://host:514`, `tcp://host:601` or `unix:///dev/log`."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    address: str
    format: Literal["cef", "text"] = "cef"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the run is due: the time of day, and on which days."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    at: str = "02:30"
    every: Literal["day", "week", "month"] = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The whole file. `gone_after` is how many complete runs in a row a device must be missing to be gone.

    `scope` is the path of a scope file; without one `networks` are what is asked, and must be private space.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _CLOSED

    site: str = ""
    scope: str = ""
    networks: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    interfaces: tuple[str, ...] = ()
    pace: Pace = Pace()
    lists: tuple[ListChoice, ...] = ()
    waivers: str = ""
    store: str = ""
    audit_log: str = ""
    recog: str = ""
    nmap: str = ""
    credentials: str = ""
    fail_on: Literal["listed", "possible", "undetermined", "none"] = "none"
    gone_after: int = 3
    zone: tuple[Zone, ...] = ()
    output: tuple[OutputFile, ...] = ()
    notify: tuple[Notification, ...] = ()
    syslog: tuple[Syslog, ...] = ()
    schedule: Schedule = Schedule()
    path: Path = Path(NAME)

    @property
    def folder(self) -> Path:
        """The folder from which paths in the file are looked up."""
        return self.path.parent

    @property
    def map(self) -> Map:
        """The site and its zones."""
        return Map(site=self.site, zones=self.zone)

    def place(self, name: str) -> Path:
        """Return a path as it is meant: from the folder of the file, `~` being the user's home."""
        return self.folder / Path(name).expanduser()

    @property
    def store_url(self) -> str | None:
        """The store as `open_store` takes it; None is the user's own."""
        if not self.store:
            return None
        return self.store if "://" in self.store else str(self.place(self.store))

    def policy_lists(self) -> tuple[PolicyList, ...]:
        """Return the lists chosen, narrowed to their zones; empty stands for those that are enabled."""
        return tuple(self._list(choice) for choice in self.lists)

    def _list(self, choice: ListChoice) -> PolicyList:
        name = choice.id
        found = find_list(str(self.place(name)) if name.endswith(".toml") else name)
        return found if choice.zones is None else replace(found, zones=choice.zones)

    def foreign(self) -> tuple[Path | None, Path | None]:
        """Return where Recog's content and nmap's probes lie, None for what the file does not name."""
        recog, nmap = (self.place(name) if name else None for name in (self.recog, self.nmap))
        return recog, nmap

    def keys(self) -> Path | None:
        """Return the credentials file, None where none is named."""
        return self.place(self.credentials) if self.credentials else None

    def excused(self) -> tuple[Waiver, ...]:
        """Return the waivers of the file that is named; none where none is."""
        return load_waivers(self.place(self.waivers)) if self.waivers else ()


def find_config(path: Path | None) -> Path:
    """Return the configuration file to use: the one named, else here, else the user's, else the system's."""
    if path is not None:
        return path
    places = [Path(NAME), config_folder() / NAME, Path("/etc/camcensus") / NAME]
    for place in places:
        if place.is_file():
            return place
    raise UsageError(f"there is no configuration ({', '.join(map(str, places))}); name one with --config")


def read_config(path: Path) -> Config:
    """Return a configuration; KnowledgeError names file, entry and key of the first fault."""
    data = _tables(path)
    config = replace(validated(Config, data, path.name, "configuration"), path=path.absolute())
    for entry, problem in _problems(config):
        raise KnowledgeError(path.name, entry, problem)
    try:
        config.policy_lists()
    except UsageError as error:
        raise KnowledgeError(path.name, "lists", f"id: {error}") from error
    config.excused()
    return config


def _tables(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = tomllib.loads(file.read(MAX_FILE).decode("utf-8-sig"))
    except FileNotFoundError:
        raise KnowledgeError(path.name, "file", "there is no such file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KnowledgeError(path.name, "file", f"cannot be read as TOML: {error}") from error
    if data.pop("schema", SCHEMA) != SCHEMA:
        raise KnowledgeError(path.name, "configuration", f"schema: must be {SCHEMA}")
    if "path" in data:
        raise KnowledgeError(path.name, "configuration", "path: is not a key of this table")
    if isinstance(data.get("lists"), list):  # a list's id alone is short for a table of it
        data["lists"] = [{"id": item} if isinstance(item, str) else item for item in data["lists"]]
    return data


def _problems(config: Config) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a configuration whose values are all of the right form: entry, and key with fault."""
    if config.gone_after < 1:
        yield "configuration", "gone_after: must be at least 1"
    if config.scope and not config.place(config.scope).is_file():
        yield "configuration", f"scope: there is no file {config.scope}"
    if (keys := config.keys()) and not keys.is_file():
        yield "configuration", f"credentials: there is no file {config.credentials}"
    if fault := twice(config.zone):
        yield "zone", fault
    yield from _narrowed(config)
    yield from _outputs(config)
    yield from _tellings(config)
    if not _TIME.fullmatch(config.schedule.at):
        yield "schedule", f"at: {config.schedule.at!r} is no time of day such as 02:30"
    if not _DURATION.fullmatch(config.pace.host_timeout):
        yield "pace", f"host_timeout: {config.pace.host_timeout!r} is no time such as 30s or 2m"


def _narrowed(config: Config) -> Iterator[tuple[str, str]]:
    known = {zone.sensitivity for zone in config.zone}
    for choice in config.lists:
        for word in choice.zones or ():
            if word not in known:
                yield "lists", f"zones: no zone has the sensitivity {word!r}"


def _outputs(config: Config) -> Iterator[tuple[str, str]]:
    from scanner.reports import FORMATS

    names = [known.name for known in FORMATS]
    for item in config.output:
        if item.format not in names:
            yield "output", f"format: there is no {item.format!r}; there are {', '.join(names)}"
        for word in _PLACEHOLDER.findall(item.path):
            if word not in PLACEHOLDERS:
                yield "output", f"path: {{{word}}} is none of {', '.join(sorted(PLACEHOLDERS))}"


def _tellings(config: Config) -> Iterator[tuple[str, str]]:
    for item in config.notify:
        given = [name for name in ("url", "url_env", "url_file") if getattr(item, name)]
        if len(given) != 1:
            yield "notify", "url: give one of url, url_env and url_file"
    for collector in config.syslog:
        if not re.fullmatch(r"(?:udp|tcp)://.+|unix:///.+", collector.address):
            yield "syslog", "address: must be udp://host:port, tcp://host:port or unix:///path"


def address_of(item: Notification, config: Config) -> str:
    """Return the address to notify; raises KnowledgeError where the variable or file that holds it is missing."""
    if item.url:
        return item.url
    if item.url_env:
        found = os.environ.get(item.url_env, "")
        if not found:
            raise KnowledgeError(config.path.name, "notify", f"url_env: {item.url_env} is not set")
        return found
    try:
        return config.place(item.url_file).read_text(encoding="utf-8").strip()
    except OSError as error:
        problem = f"url_file: {item.url_file} cannot be read: {error.strerror or error}"
        raise KnowledgeError(config.path.name, "notify", problem) from error


def filled(path: str, *, site: str, on: date, time: str) -> str:
    """Return an output's path with its placeholders filled; a site's name is made fit for a file name.

    >>> filled("{site}-{date}.html", site="Town Hall/2", on=date(2026, 11, 27), time="0230")
    'Town-Hall-2-2026-11-27.html'
    """
    words = {"site": re.sub(r"[^\w.-]+", "-", site) or "site", "date": on.isoformat(), "time": time}
    return _PLACEHOLDER.sub(lambda found: words[found[1]], path)
