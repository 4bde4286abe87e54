"""The versions of the index, one module each; Alembic runs them in the order of their numbers."""
