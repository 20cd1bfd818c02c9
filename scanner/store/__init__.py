"""What was found, kept over years: runs, devices with an identity that lasts, verdicts, and what changed.

SQLite by default, PostgreSQL by URL, through one set of queries (SQLAlchemy Core). A run is begun, then finished in one
transaction: a process that dies between the two leaves a run that never counts. Devices and findings are rows that
hold from one run to another and are written only when something really changed, so that a quiet night costs a line.

`open_store` gives a `Store`; its methods are what commands, the nightly run and the fleet use.
"""

from scanner.store.opening import default_url, open_store
from scanner.store.store import RunInfo, Store

__all__ = ["RunInfo", "Store", "default_url", "open_store"]
