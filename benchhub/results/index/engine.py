"""Connections to SQLite and PostgreSQL that behave alike."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text

from benchhub.errors import StoreError
from benchhub.results.index.refusals import PRIVATE, WITHOUT, reason_of, shown, translated

SQLITE, POSTGRESQL = "sqlite", "postgresql"
# How long one writer waits for another, and for a server that does not answer.
BUSY_MS = 60_000
CONNECT_S = 10
AGAIN_S = 0.02
# A server that is gone without a word is noticed: probes after 30 s of silence.
_ALIVE = {
    "connect_timeout": CONNECT_S,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "benchhub",
}
_WRITES = "benchhub_writes"


def make_engine(url: URL, *, private: bool) -> Engine:
    """Return an engine; nothing is connected yet.

    Args:
        url: The database.
        private: Whether `benchhub index rebuild` may make the file again.

    Raises:
        StoreError: psycopg is missing, or the folder of the file cannot be made.
    """
    if url.get_backend_name() == SQLITE:
        folder = Path(str(url.database)).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be made: {error.strerror}.") from error
        engine = create_engine(url, execution_options={PRIVATE: private})
        event.listen(engine, "connect", _configure)
        event.listen(engine, "begin", _begin)
        return engine
    try:
        asked = {name: value for name, value in _ALIVE.items() if name not in url.query}
        return create_engine(url, connect_args=asked, pool_pre_ping=True, pool_size=1)
    except ImportError as error:
        raise StoreError(
            f"{shown(url)}: PostgreSQL needs psycopg, which is not installed.",
            f"Install it: pip install 'benchhub[postgres]'. {WITHOUT}",
        ) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the index. Raises StoreError."""
    level = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == POSTGRESQL else {}
    with translated(engine), engine.connect() as connection:
        yield connection.execution_options(**level)


@contextmanager
def writing(engine: Engine, lock: str) -> Iterator[Connection]:
    """A transaction; of those with the same lock there is one at a time.

    Raises:
        StoreError: The database cannot be reached or written; nothing was.
    """
    with translated(engine), engine.connect() as plain:
        connection = plain.execution_options(**{_WRITES: True})
        with connection.begin():
            if engine.dialect.name == POSTGRESQL:
                connection.execute(text(f"SET LOCAL lock_timeout = {BUSY_MS}"))
                held = text("SELECT pg_advisory_xact_lock(:key)")
                connection.execute(held, {"key": _key(lock)})
            yield connection


def _key(lock: str) -> int:
    digest = hashlib.sha256(f"benchhub {lock}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _configure(connection: Any, _record: Any) -> None:
    # The driver begins no transactions of its own: `_begin` does.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
    _use_wal(connection)
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute("PRAGMA foreign_keys=ON")


def _use_wal(connection: Any) -> None:
    """Have a log of writes, so that `benchhub runs` can read while a run writes.

    Who changes a file to it while another one does fails at once, whatever the time to wait:
    https://sqlite.org/c3ref/busy_handler.html
    """
    deadline = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if reason_of(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(AGAIN_S)
        else:
            return


def _begin(connection: Connection) -> None:
    # A writer that had begun as a reader would fail where another one writes, and not wait.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
