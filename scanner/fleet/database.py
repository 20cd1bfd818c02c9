"""The centre's database as both ends see it: where it is, and errors as sentences. psycopg lives here."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import TYPE_CHECKING, Any

from scanner.errors import ScannerError, UsageError

if TYPE_CHECKING:
    import psycopg

Connection = "psycopg.Connection[tuple[Any, ...]]"
_SHUT_OUT = ("password authentication failed", "is not permitted to log in")
"""What PostgreSQL says to a role without a password or a right to log in; libpq gives no code of it (28P01, 28000)."""
PATIENCE_S = 10
"""Seconds that a connection may take; a sensor that waits longer is cut off."""


class RefusedError(ScannerError):
    """The database is there and will not have this: it breaks a rule of its own."""


class ShutOutError(ScannerError):
    """The database is there and knows nobody of this name any more: who was revoked does not go on alone."""


class UnreachableError(ScannerError):
    """The centre's database does not answer now; it may later."""


def dsn(url: str) -> str:
    """Return a PostgreSQL URL as libpq takes it, without the name of a driver; UsageError for another database."""
    scheme, _, rest = url.partition("://")
    if scheme.partition("+")[0] not in {"postgresql", "postgres"} or not rest:
        raise UsageError("the centre is a PostgreSQL database: postgresql://user@host/database")
    return f"postgresql://{rest}"


def url_of(given: str | None, variable: str) -> str:
    """Return the URL that was given, or that of an environment variable; UsageError where there is neither."""
    found = given or os.environ.get(variable, "")
    if not found:
        raise UsageError(f"say where the centre's database is: --centre URL, or the variable {variable}")
    return found


@contextmanager
def connected(url: str) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
    """Give a connection in autocommit; raises UnreachableError where the server cannot be had."""
    try:
        import psycopg
    except ImportError as error:
        raise ScannerError("PostgreSQL needs the extra 'fleet': pip install 'camcensus[fleet]'") from error
    try:
        connection = psycopg.connect(dsn(url), autocommit=True, connect_timeout=PATIENCE_S)
    except psycopg.OperationalError as error:
        if any(sign in str(error) for sign in _SHUT_OUT):
            raise ShutOutError(f"the centre shuts this name out: {_first_line(error)}") from error
        raise UnreachableError(f"the centre's database cannot be reached: {_first_line(error)}") from error
    with connection:
        try:
            yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise RefusedError(f"the centre refuses: {_first_line(error)}") from error
        except (psycopg.IntegrityError, psycopg.DataError) as error:
            raise RefusedError(f"the centre will not have this: {_first_line(error)}") from error
        except psycopg.OperationalError as error:
            raise UnreachableError(f"the centre's database went away: {_first_line(error)}") from error
        except psycopg.errors.UndefinedTable as error:
            raise ScannerError(
                "this database is no centre yet: camcensus centre init makes it one"
            ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def install(url: str) -> None:
    """Make a database with the store's tables a centre, or bring an older centre up to date; may be repeated."""
    from procrastinate import App, SyncPsycopgConnector

    with connected(url) as connection:
        if connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone() == (None,):
            app = App(connector=SyncPsycopgConnector(conninfo=dsn(url)))
            with app.open():
                app.schema_manager.apply_schema()
        connection.execute(resources.files("scanner.fleet").joinpath("fleet.sql").read_bytes())


def quiet() -> None:
    """Leave Procrastinate's own words to those who ask for them: what happened is in the database."""
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
