"""What a database says when it cannot, in words that help; passwords are never among them."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Engine
from sqlalchemy.exc import DataError, DBAPIError

from benchhub.errors import StoreError

REBUILD = "Make it again: benchhub index rebuild"
REMOVE = (
    "Remove the file: each workspace brings its runs in again. Until then: BENCHHUB_STORE=local"
)
WITHOUT = "To go on without it: BENCHHUB_STORE=local"
# An option of an engine: nobody else uses the file.
PRIVATE = "benchhub_private"
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# What helps where a file is well; https://sqlite.org/rescode.html
_TRY_AGAIN = "Another program works on it: try again when that has ended."
_HELPS = {
    sqlite3.SQLITE_BUSY: _TRY_AGAIN,
    sqlite3.SQLITE_LOCKED: _TRY_AGAIN,
    sqlite3.SQLITE_FULL: "Make room there.",
    sqlite3.SQLITE_READONLY: "Make the file and its folder writable.",
}
# What the server says, by words that are the same in all its versions, and what helps.
_SAID = (
    (
        r"password authentication failed|no password supplied|role .* does not exist",
        "the user or the password is wrong.",
        "Correct them; the password may stand in ~/.pgpass or PGPASSWORD.",
    ),
    (
        r"no pg_hba.conf entry",
        "the server does not let this machine in.",
        "Allow it in the server's pg_hba.conf.",
    ),
    (r"database .* does not exist", "there is no such database.", "Make it, e.g. with createdb."),
    (
        r"starting up|shutting down|terminating connection|server closed|connection is lost",
        "the connection was cut: the server is being restarted.",
        "Try again.",
    ),
    (
        r"permission denied",
        "the user may not do that there: {reason}.",
        "An administrator grants it: CREATE and USAGE on the schema.",
    ),
    (
        r"No space left|could not extend file",
        "the disk of the server is full: {reason}.",
        "Make room there.",
    ),
    (
        r"read-only transaction",
        "the server can only be read: {reason}.",
        "Give the address of the one that is written.",
    ),
    (
        r"connection failed|could not translate|timeout expired|resolve host",
        "the server does not answer: {reason}.",
        "Start it, or correct the address.",
    ),
)
_NOISE = re.compile(r".*connection (to server at .* )?failed: |FATAL: +|ERROR: +")


def shown(url: URL) -> str:
    """Return an address as messages show it: the file, or the server without any secret."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


class UnfitError(StoreError):
    """A run has what no database takes; the database itself is well."""


@contextmanager
def translated(engine: Engine) -> Iterator[None]:
    """Turn what the driver raises into a StoreError."""
    driver = engine.dialect.loaded_dbapi
    try:
        yield
    except (OverflowError, DataError, driver.DataError) as error:
        raise UnfitError("a number of it is larger than an index takes.") from error
    except (DBAPIError, driver.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
        raise _explained(engine, cause) from error


def again(engine: Engine) -> str:
    """Return how a file is made again that is of no use any more."""
    return REBUILD if engine.get_execution_options().get(PRIVATE) else REMOVE


def reason_of(error: BaseException) -> int:
    """Return why SQLite refused something, without the details; -1 if it was another."""
    code = getattr(error, "sqlite_errorcode", None)
    return -1 if code is None else code & 0xFF


def _explained(engine: Engine, cause: BaseException) -> StoreError:
    url = engine.url
    if url.get_backend_name() == "sqlite":
        code = reason_of(cause)
        what = "is damaged" if code in _DAMAGED else "cannot be used"
        advice = _HELPS.get(code) or again(engine)
        return StoreError(f"{shown(url)}: the index {what}: {cause}.", advice)
    text = str(cause)
    # psycopg tells of each address that it tried; the last one says what the others say.
    lines = text.strip().splitlines() or [type(cause).__name__]
    tried = [line for line in lines if line.startswith("- ")]
    reason = _NOISE.sub("", (tried or lines[:1])[-1]).strip().rstrip(".")
    for words, meaning, advice in _SAID:
        if re.search(words, text):
            told = meaning.format(reason=reason)
            return StoreError(f"{shown(url)}: {told}", f"{advice} {WITHOUT}")
    return StoreError(f"{shown(url)}: the index cannot be used: {reason}.", WITHOUT)
