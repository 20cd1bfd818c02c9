"""What is compared between two runs stands beside each state, so that a diff need not read all that is known.

The digest of the state that holds is made anew, as this form makes it: else the next night would write every device.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from scanner.store.packing import device_of, digest, unpack
from scanner.store.told import text_of_record

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

AT_ONCE = 200
"""Devices whose states are read and filled at a time."""
STATES = sa.table("states", *map(sa.column, ("device", "since", "site", "until", "record", "told")))
DEVICES = sa.table("devices", *map(sa.column, ("id", "digest")))
KEY = (STATES.c.device, STATES.c.since, STATES.c.site)


def upgrade() -> None:
    """Add the column and fill it from the records that are there."""
    op.add_column("states", sa.Column("told", sa.Text(), nullable=False, server_default=""))
    db = op.get_bind()
    names = db.execute(sa.select(STATES.c.device).distinct().order_by(STATES.c.device)).scalars().all()
    for start in range(0, len(names), AT_ONCE):
        _fill(db, names[start : start + AT_ONCE])


def _fill(db: sa.Connection, names: Sequence[str]) -> None:
    told, signs = [], []
    rows = db.execute(sa.select(*KEY, STATES.c.until, STATES.c.record).where(STATES.c.device.in_(names)))
    for device, since, site, until, record in rows.all():
        part = bytes(record)
        text = text_of_record(unpack(part)["device"])
        told.append({"b_device": device, "b_since": since, "b_site": site, "b_told": text})
        if until is None:
            signs.append({"b_id": device, "b_digest": digest(device_of(part))})
    this = [column == sa.bindparam(f"b_{column.name}") for column in KEY]
    db.execute(sa.update(STATES).where(*this).values(told=sa.bindparam("b_told")), told)
    if signs:
        by_id = sa.update(DEVICES).where(DEVICES.c.id == sa.bindparam("b_id"))
        db.execute(by_id.values(digest=sa.bindparam("b_digest")), signs)
