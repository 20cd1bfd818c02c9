"""The first form of the store: runs, devices and their states, findings, absences, messages, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables in an empty database."""
    _audit()
    _devices()
    _runs()
    _absences()
    _findings()
    _keys()
    _messages()
    _states()


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("time", sa.Text(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("run", "time", name=op.f("pk_audit")),
    )


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("known", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("absent", sa.Integer(), nullable=True),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
    )
    op.create_index("ix_devices_site", "devices", ["site"], unique=False)


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("begun", sa.Text(), nullable=False),
        sa.Column("finished", sa.Text(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("devices", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=True),
        sa.Column("whole", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
        sa.UniqueConstraint("site", "number", name=op.f("uq_runs_site_number")),
    )


def _absences() -> None:
    op.create_table(
        "absences",
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("gone", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["device"], ["devices.id"], name=op.f("fk_absences_device"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device", "since", "site", name=op.f("pk_absences")),
    )
    op.create_index("ix_absences_site_since", "absences", ["site", "since"], unique=False)
    op.create_index("ix_absences_site_until", "absences", ["site", "until"], unique=False)


def _findings() -> None:
    op.create_table(
        "findings",
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("list", sa.Text(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"], ["devices.id"], name=op.f("fk_findings_device"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device", "list", "since", "site", name=op.f("pk_findings")),
    )
    op.create_index("ix_findings_site_since", "findings", ["site", "since"], unique=False)
    op.create_index("ix_findings_site_until", "findings", ["site", "until"], unique=False)


def _keys() -> None:
    op.create_table(
        "keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["device"], ["devices.id"], name=op.f("fk_keys_device"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", "device", name=op.f("pk_keys")),
    )
    op.create_index("ix_keys_device", "keys", ["device"], unique=False)


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("run", sa.String(length=36), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name=op.f("fk_messages_run"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run", "part", name=op.f("pk_messages")),
    )
    op.create_index("ix_messages_site", "messages", ["site"], unique=False)


def _states() -> None:
    op.create_table(
        "states",
        sa.Column("device", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=True),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device"], ["devices.id"], name=op.f("fk_states_device"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("device", "since", "site", name=op.f("pk_states")),
    )
    op.create_index("ix_states_site_since", "states", ["site", "since"], unique=False)
    op.create_index("ix_states_site_until", "states", ["site", "until"], unique=False)
