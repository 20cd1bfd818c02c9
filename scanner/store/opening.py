"""A database by its URL: found or made, brought up to date, and its failures turned into sentences."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from scanner.errors import ScannerError, UsageError
from scanner.folders import data_folder

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from scanner.store.store import Store

HEAD = "0002"
"""The newest migration; a test holds it against the files."""
VARIABLE = "CAMCENSUS_STORE"
_READS = "camcensus_reads"
_UPGRADING = Lock()
"""Alembic keeps what it works on in a global."""
BUSY_S = 30.0
"""Seconds that a writer waits for another one."""


class StoreError(ScannerError):
    """The store cannot be used now, or not by this program; the message says what to do."""


def default_url() -> str:
    """Return the URL of the user's own store: $CAMCENSUS_STORE, else a SQLite file in the user's data folder."""
    return os.environ.get(VARIABLE) or f"sqlite:///{data_folder() / 'census.sqlite'}"


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
    path = Path(url.removeprefix("sqlite:///"))
    _make_folder(path, create=create)
    engine = create_engine(url, creator=lambda: _connection(path))
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: "Connection") -> None:
    """Begin a transaction of SQLite: whoever writes queues at once, whoever reads does not wait for it."""
    reads = connection.get_execution_options().get(_READS)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def reader_of(engine: "Engine") -> dict[str, Any]:
    """Return the options of connections that only read, and see one moment while they do."""
    if engine.dialect.name == "sqlite":
        return {_READS: True}
    return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def _make_folder(path: Path, *, create: bool) -> None:
    if not create and not path.exists():
        raise StoreError(f"there is no store at {path} yet: a run with --store or `camcensus run` makes one")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {path.parent} cannot be made: {error.strerror or error}") from error


def _connection(path: Path) -> sqlite3.Connection:
    """Open a file; where nothing can be written beside it (a full disk, a read-only one) it is read as it lies there.

    SQLite's WAL needs room for its index even to read. Without a WAL that waits to be taken in, the file is whole.
    """
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        _set_up(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        wal = path.with_name(f"{path.name}-wal")
        if "locked" in str(error) or not path.exists() or (wal.exists() and wal.stat().st_size):
            raise
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    return connection


def _set_up(connection: sqlite3.Connection) -> None:
    """Transactions are begun by the engine's listener. FULL: what was said to be kept survives a power cut."""
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("SELECT count(*) FROM sqlite_master").fetchall()


def _bring_up_to_date(engine: "Engine", *, create: bool) -> None:
    from sqlalchemy import text

    with engine.connect().execution_options(**reader_of(engine)) as connection:
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
    with _UPGRADING, engine.begin() as connection:
        if (
            connection.dialect.name == "postgresql"
        ):  # two that open a new store at once; SQLite's lock is held by now
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('camcensus upgrade'))"))
        if version_of(connection) != HEAD:
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
        words = _sentence(error.orig or error)
        raise StoreError(f"the store {_shown(where)}: {_FULL if _is_full(where) else words}") from error
    except SQLAlchemyError as error:
        raise StoreError(f"the store {_shown(where)}: {error}") from error


_FULL = "the disk is full: nothing of this run was kept, everything before it is there"
_ROOM = 256 << 10
"""Bytes below which a disk is full: SQLite says many things then."""


def _is_full(where: str) -> bool:
    if not where.startswith("sqlite"):
        return False
    try:
        return shutil.disk_usage(Path(where.removeprefix("sqlite:///")).parent).free < _ROOM
    except OSError:
        return False


_SENTENCES = (
    ("database or disk is full", _FULL),
    ("disk I/O error", "the disk does not read or write what it should: look at its own log"),
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
