"""Brings the tables of an index to this version, by the migrations that come with benchhub."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, Engine, MetaData, Table, Text, inspect, select, text

from benchhub.errors import FormatTooNewError, StoreError
from benchhub.results.index.engine import SQLITE, reading, writing
from benchhub.results.index.refusals import WITHOUT, again, shown

# The last of migrations/versions, and all of them.
NEWEST = "0001"
KNOWN = frozenset({NEWEST})
VERSION_TABLE = "benchhub_version"
_VERSION = Table(VERSION_TABLE, MetaData(), Column("version_num", Text))  # as Alembic makes it
MIGRATIONS = Path(__file__).parent / "migrations"
# The tables of an index of before there were migrations: a cache, made anew.
_OLD = frozenset({"runs", "invocations"})


def prepare(engine: Engine) -> None:
    """Make the tables, or bring older ones to this version.

    Raises:
        FormatTooNewError: A newer benchhub made them; they are left alone.
        StoreError: The database cannot be used, or is another program's.
    """
    with reading(engine) as connection:
        if _version(connection) == NEWEST:
            return
    with writing(engine, "schema") as connection:
        found = _version(connection)  # again: another one may have been first
        if found is None:
            _clear(connection, engine)
        if found != NEWEST:
            _migrate(connection)


def _version(connection: Connection) -> str | None:
    """Return the version of the tables; None if there are none. Raises FormatTooNewError."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.execute(select(_VERSION.c.version_num)).scalar()
    if found is not None and found not in KNOWN:
        sqlite = connection.dialect.name == SQLITE
        raise FormatTooNewError(
            f"{shown(connection.engine.url)}: the index has version {found}, which is newer than"
            f" this benchhub: it knows up to {NEWEST}.",
            f"Update benchhub. {again(connection.engine) if sqlite else WITHOUT}",
        )
    return None if found is None else str(found)


def _clear(connection: Connection, engine: Engine) -> None:
    """Drop an index of before there were migrations; what is not ours is left alone."""
    present = set(inspect(connection).get_table_names())
    if engine.dialect.name == SQLITE and present <= _OLD | {VERSION_TABLE}:
        for name in sorted(present):
            connection.execute(text(f"DROP TABLE {name}"))
        connection.execute(text("PRAGMA user_version = 0"))
    elif present & (_OLD | {"homes", "ops"}) or engine.dialect.name == SQLITE:
        raise StoreError(
            f"{shown(engine.url)}: the database has tables of another program:"
            f" {', '.join(sorted(present)[:5])}.",
            f"Give benchhub a database of its own. {WITHOUT}",
        )


def _migrate(connection: Connection) -> None:
    # It is loaded only where there is something to do: half a second.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
