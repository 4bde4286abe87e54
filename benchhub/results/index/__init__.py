"""The index: a SQL copy of what lists, histories and lineage need, in SQLite or PostgreSQL.

A cache: the run folders are the truth. Loading it loads SQLAlchemy.
"""

from __future__ import annotations

from benchhub.results.index.index import Index
from benchhub.results.index.opening import bring_in, is_shared, open_index, rebuild, where

__all__ = ["Index", "bring_in", "is_shared", "open_index", "rebuild", "where"]
