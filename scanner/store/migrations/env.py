"""Alembic's entry: runs the versions on the connection of whoever called, inside their transaction."""

from alembic import context

from scanner.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
