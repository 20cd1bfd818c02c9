"""The tables. A change here is a migration in `migrations/versions`; a test holds the two against each other.

Times are text in ISO 8601, UTC, so that both databases sort them alike. `number` counts the finished runs of a site:
what holds from run 7 until run 12 has `since` 7 and `until` 12, what still holds has no `until`. A row without
changes is never written again. Records are the JSON of the report's contract, compressed with zstd.
"""

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

runs = Table(
    "runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("site", Text, nullable=False),
    Column("number", Integer),  # null until the run is finished
    Column("mode", Text, nullable=False),
    Column("begun", Text, nullable=False),
    Column("finished", Text),
    Column("complete", Boolean, nullable=False, default=False),
    Column("devices", Integer, nullable=False, default=0),
    Column(
        "counts", Text, nullable=False, default="{}"
    ),  # makers and verdicts, for what is plotted over time
    Column("head", LargeBinary),  # the report without devices and findings
    Column("whole", LargeBinary),  # the report as it was; of the newest runs only
    UniqueConstraint("site", "number"),
)

devices = Table(
    "devices",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("site", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("known", Text, nullable=False),  # MACs, serials, UUIDs, addresses: what it is known by
    Column("digest", LargeBinary, nullable=False),  # of the state that holds
    Column("missed", Integer, nullable=False, default=0),  # complete runs since it was last there
    Column("absent", Integer),  # the run since which it is missing
    Column("gone", Boolean, nullable=False, default=False),
    Index("ix_devices_site", "site"),
)

keys = Table(
    "keys",
    metadata,
    Column("key", Text, primary_key=True),  # "mac 44:19:b6:00:00:01"
    Column("device", String(40), ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_keys_device", "device"),
)

states = Table(
    "states",
    metadata,
    Column("device", String(40), ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True),
    Column("since", Integer, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("until", Integer),
    Column("record", LargeBinary, nullable=False),
    Column("told", Text, nullable=False, server_default=""),  # of the record, what is compared
    Index("ix_states_site_since", "site", "since"),
    Index("ix_states_site_until", "site", "until"),
)

findings = Table(
    "findings",
    metadata,
    Column("device", String(40), ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True),
    Column("list", Text, primary_key=True),
    Column("since", Integer, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("until", Integer),
    Column("verdict", Text, nullable=False),
    Column("record", Text, nullable=False),
    Index("ix_findings_site_since", "site", "since"),
    Index("ix_findings_site_until", "site", "until"),
)

absences = Table(
    "absences",
    metadata,
    Column("device", String(40), ForeignKey("devices.id", ondelete="CASCADE"), primary_key=True),
    Column("since", Integer, primary_key=True),
    Column("site", Text, primary_key=True),
    Column("until", Integer),
    Column("gone", Integer),  # the run in which it counted as gone
    Index("ix_absences_site_since", "site", "since"),
    Index("ix_absences_site_until", "site", "until"),
)

messages = Table(
    "messages",
    metadata,
    Column("run", String(36), ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("site", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("ix_messages_site", "site"),
)

audit = Table(
    "audit",
    metadata,
    Column("run", String(36), primary_key=True),
    Column("time", Text, primary_key=True),
    Column("site", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("seconds", Float),
)


def at_site(table: Table, site: str) -> ColumnElement[bool]:
    """Return what holds for rows of a site, where they are looked up by their devices.

    Said so that no index on the site is used: SQLite would read the whole site for every device.
    """
    return table.c.site.concat("") == site
