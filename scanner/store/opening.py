"""A database by its URL: found or made, brought up to date, and its failures turned into sentences."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanner.errors import ScannerError, UsageError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from scanner.store.store import Store

HEAD = "0001"
"""The newest migration; a test holds it against the files."""
VARIABLE = "CAMCENSUS_STORE"
READING = "camcensus_reading"
"""The execution option of connections that only read."""
BUSY_S = 30.0
"""Seconds that a writer waits for another one."""


class StoreError(ScannerError):
    """The store cannot be used now, or not by this program; the message says what to do."""


def default_url() -> str:
    """Return the URL of the user's own store: $CAMCENSUS_STORE, else a SQLite file in the user's data folder."""
    return os.environ.get(VARIABLE) or f"sqlite:///{data_folder() / 'census.sqlite'}"


def data_folder() -> Path:
    """Return the folder in which this user's programs keep their data, with our name."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "camcensus"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "camcensus"
    return Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share")) / "camcensus"


def open_store(url: str | None = None, *, create: bool = True) -> "Store":
    """Return the store at a URL (sqlite:///path, postgresql://…) or path; made and brought up to date if need be.

    Raises StoreError where it cannot be opened, is somebody else's, or newer than this program; without `create` also
    where there is none.
    """
    from scanner.store.store import Store

    where = _normal(url or default_url())
    engine = _engine(where, create=create)
    try:
        with said(where):
            _bring_up_to_date(engine, create=create)
    except BaseException:
        engine.dispose()
        raise
    return Store(engine, where)


def _normal(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return f"sqlite:///{Path(url).expanduser().absolute()}"
    if scheme in {"postgresql", "postgres"}:
        return f"postgresql+psycopg://{rest}"
    if scheme not in {"sqlite", "postgresql+psycopg"}:
        raise UsageError(
            f"a store is sqlite:///PATH, postgresql://USER@HOST/DATABASE or a path; not {scheme}://…"
        )
    return url


def _engine(url: str, *, create: bool) -> "Engine":
    from sqlalchemy import create_engine, event

    if not url.startswith("sqlite"):
        try:
            return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 10})
        except ModuleNotFoundError as error:
            raise StoreError(
                "PostgreSQL needs the extra 'postgres': pip install 'camcensus[postgres]'"
            ) from error
    _make_folder(Path(url.removeprefix("sqlite:///")), create=create)
    engine = create_engine(url, connect_args={"timeout": BUSY_S})
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: "Connection") -> None:
    """Begin a transaction: a writer queues behind other writers from the start, a reader waits for nobody."""
    reads = connection.get_execution_options().get(READING)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _make_folder(path: Path, *, create: bool) -> None:
    if not create and not path.exists():
        raise StoreError(f"there is no store at {path} yet: a run with --store or `camcensus run` makes one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {path.parent} cannot be made: {error.strerror or error}") from error


def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by `_begin`
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError:
            if not pragma.startswith(
                "journal_mode"
            ):  # a file that may only be read keeps the journal that it has
                raise


def _bring_up_to_date(engine: "Engine", *, create: bool) -> None:
    with engine.connect().execution_options(**{READING: True}) as connection:
        version = version_of(connection)
    if version == HEAD:
        return
    if version is None and not create:
        raise StoreError("this database is no store of camcensus yet")
    if version is not None and version > HEAD:
        raise StoreError(
            f"this store is of a newer camcensus (its form is {version}, this program knows up to {HEAD}): "
            "update the program; the store was not touched"
        )
    with engine.begin() as connection:
        upgrade(connection)


def version_of(connection: "Connection") -> str | None:
    """Return the version of the tables in a database, or None where there are none."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(connection: "Connection", target: str = "head") -> None:
    """Bring the tables to a version, inside the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "scanner.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, target)


@contextmanager
def said(where: str) -> Iterator[None]:
    """Turn what a database raises into a StoreError of one sentence."""
    from sqlalchemy.exc import DBAPIError, SQLAlchemyError

    try:
        yield
    except DBAPIError as error:
        raise StoreError(f"the store {_shown(where)}: {_sentence(error.orig or error)}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the store {_shown(where)}: {error}") from error


_SENTENCES = (
    (
        "database or disk is full",
        "the disk is full: nothing of this run was kept, everything before it is there",
    ),
    ("attempt to write a readonly database", "it may only be read: give this user the right to write it"),
    ("unable to open database file", "it cannot be opened: the folder is missing or may not be written"),
    (
        "database is locked",
        f"another run has been writing for more than {BUSY_S:.0f} s: try again when it is done",
    ),
    ("file is not a database", "the file is no database: name another, or move it away"),
    ("database disk image is malformed", "the file is damaged: `camcensus store verify` tells more"),
    ("No space left on device", "the server's disk is full: nothing of this run was kept"),
    ("read-only transaction", "it may only be read: give this role the right to write it"),
    ("permission denied", "this role may not do that"),
)


def _sentence(error: BaseException) -> str:
    words = str(error)
    return next(
        (told for sign, told in _SENTENCES if sign in words), (words.strip().splitlines() or ["failed"])[0]
    )


def _shown(where: str) -> str:
    """Return a URL without its password."""
    from sqlalchemy.engine import make_url

    return make_url(where).render_as_string(hide_password=True)
