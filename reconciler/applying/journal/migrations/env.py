"""Alembic's way in: the connection is the journal's own, in a transaction of its own."""

from __future__ import annotations

from alembic import context

from reconciler.applying.journal.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
