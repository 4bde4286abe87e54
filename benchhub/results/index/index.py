"""The index: a SQL copy of what lists need. A cache; the run folders are the truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from sqlalchemy import URL, ColumnElement, Connection, delete, insert, select, true, update

from benchhub.errors import StoreError
from benchhub.records import Run, RunState
from benchhub.results.index import tables
from benchhub.results.index.bulk import insert_rows
from benchhub.results.index.engine import make_engine, reading, writing
from benchhub.results.index.home import Home
from benchhub.results.index.refusals import UnfitError
from benchhub.results.index.rows import RunRows, rows_of
from benchhub.results.index.schema import prepare
from benchhub.results.store import END, RunFolder

_RUNS, _HOMES = tables.runs, tables.homes
_LISTED = [column for column in _RUNS.columns if column.name not in ("id", "stamp")]
_MEASURED = [
    column
    for column in tables.invocations.columns
    if column.name not in ("run", "place", "device_place", "case_place", "timed_ops")
]


class Index:
    """The index of one workspace, or its part of one that several share.

    Args:
        url: The database; its tables are made if they are not there.
        home: The workspace.

    Raises:
        StoreError: The database cannot be used, or is none of benchhub's.
        FormatTooNewError: A newer benchhub made its tables.
    """

    def __init__(self, url: URL, home: Home) -> None:
        self.home = home
        self.engine = make_engine(url, private=home.is_alone)
        try:
            prepare(self.engine)
        except BaseException:
            self.engine.dispose()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def put(self, run: Run, stamp: str = "") -> None:
        """Add a run, or replace what is known of it, at once or not at all.

        Args:
            run: The run.
            stamp: What its folder looked like before it was read.

        Raises:
            StoreError: The database cannot be written, or the run has what no database takes.
        """
        self._write(rows_of(run), stamp)

    def put_folder(self, folder: RunFolder) -> None:
        """Add the run of a folder as it is now.

        Raises:
            StoreError: The folder cannot be read, or the database not be written.
        """
        stamp = _stamp(folder)
        self.put(folder.read(), stamp)

    def refresh(self, folders: Iterable[RunFolder]) -> list[str]:
        """Bring in runs that are missing or went on, drop those whose folder is gone.

        Runs of other workspaces stay as they are.

        Returns:
            A line for each run folder that cannot be read; the others are brought in.

        Raises:
            StoreError: The database cannot be reached or written.
        """
        present = {folder.run_id: folder for folder in folders}
        known = self._known()
        gone = known.keys() - present.keys()
        if gone:
            with writing(self.engine, self.home.id) as connection:
                for run_id in sorted(gone):
                    self._drop(connection, run_id)
        troubles = []
        for run_id, folder in present.items():
            row = known.get(run_id)
            # A finished run may have gaps, where a case was given up, and be resumed.
            whole = row and row["state"] == RunState.FINISHED and row["done"] >= row["planned"]
            if row and whole and row["stamp"].endswith(f" {_ended(folder)}"):
                continue
            stamp = _stamp(folder)
            if row and row["stamp"] == stamp:
                continue
            try:
                rows = rows_of(folder.read())
            except StoreError as error:
                troubles.append(str(error))
                continue
            try:
                self._write(rows, stamp)
            except UnfitError as error:
                troubles.append(f"{folder.path}: {error}")
        return troubles

    def homes(self) -> dict[str, str]:
        """Return where the workspaces are that brought in runs, by id. Raises StoreError."""
        with reading(self.engine) as connection:
            return {row.id: row.place for row in connection.execute(select(_HOMES))}

    def forget(self, home: str | None = None) -> None:
        """Drop all that a workspace has brought in.

        Args:
            home: Its id; None is this one.

        Raises:
            StoreError: The database cannot be written.
        """
        home = home or self.home.id
        with writing(self.engine, home) as connection:
            connection.execute(delete(_HOMES).where(_HOMES.c.id == home))

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs of this workspace, newest first, as rows of `tables.runs`."""
        return self._listed(_RUNS.c.home == self.home.id)

    def all_runs(self) -> list[dict[str, Any]]:
        """Return the runs of all workspaces, newest first; `place` says where each is."""
        return self._listed(true())

    def _listed(self, condition: ColumnElement[bool]) -> list[dict[str, Any]]:
        query = select(*_LISTED, _HOMES.c.place).join(_HOMES).where(condition)
        with reading(self.engine) as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return sorted(rows, key=lambda row: (row["run_id"], row["home"]), reverse=True)

    def invocations(self, run_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the invocations of some runs of this workspace, in the order of the work."""
        one, device, case = tables.invocations, tables.devices, tables.cases
        query = (
            select(_RUNS.c.run_id, device.c.name.label("device"), case.c.case_id, *_MEASURED)
            .join_from(_RUNS, one)
            .join(device, (device.c.run == one.c.run) & (device.c.place == one.c.device_place))
            .join(case, (case.c.run == one.c.run) & (case.c.place == one.c.case_place))
            .order_by(one.c.device_place, one.c.number)
        )
        with reading(self.engine) as connection:
            return [
                dict(row)
                for run_id in run_ids
                for row in connection.execute(self._own(query, run_id)).mappings()
            ]

    def _write(self, rows: RunRows, stamp: str) -> None:
        with writing(self.engine, self.home.id) as connection:
            self._greet(connection)
            self._drop(connection, rows.run["run_id"])
            own = {**rows.run, "home": self.home.id, "stamp": stamp}
            number = connection.execute(insert(_RUNS).returning(_RUNS.c.id), own).scalar_one()
            for table, parts in rows.parts.items():
                insert_rows(connection, table, [(number, *part) for part in parts])

    def _own(self, query: Any, run_id: str) -> Any:
        return query.where(_RUNS.c.home == self.home.id, _RUNS.c.run_id == run_id)

    def _known(self) -> Mapping[str, Mapping[str, Any]]:
        wanted = (_RUNS.c.run_id, _RUNS.c.state, _RUNS.c.done, _RUNS.c.planned, _RUNS.c.stamp)
        query = select(*wanted).where(_RUNS.c.home == self.home.id)
        with reading(self.engine) as connection:
            return {row["run_id"]: dict(row) for row in connection.execute(query).mappings()}

    def _greet(self, connection: Connection) -> None:
        """Make known who the workspace is, and where it is now."""
        mine = _HOMES.c.id == self.home.id
        known = connection.execute(select(_HOMES.c.place).where(mine)).scalar()
        if known is None:
            own = {"id": self.home.id, "place": self.home.place}
            connection.execute(insert(_HOMES), own)
        elif known != self.home.place:
            connection.execute(update(_HOMES).where(mine).values(place=self.home.place))

    def _drop(self, connection: Connection, run_id: str) -> None:
        mine = _RUNS.c.home == self.home.id
        connection.execute(delete(_RUNS).where(mine, _RUNS.c.run_id == run_id))


def _stamp(folder: RunFolder) -> str:
    """Return what changes when a run goes on: how much is done, and whether it ended."""
    return f"{len(folder.done())} {_ended(folder)}"


def _ended(folder: RunFolder) -> int:
    """Return when the end was written, 0 if it was not: a look at one file."""
    try:
        return (folder.path / END).stat().st_mtime_ns
    except OSError:
        return 0
