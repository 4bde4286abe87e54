"""What Alembic runs: the migrations on the connection that `schema` hands over."""

from __future__ import annotations

from alembic import context

from benchhub.results.index.schema import VERSION_TABLE
from benchhub.results.index.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
with context.begin_transaction():
    context.run_migrations()
