"""The index: a SQL copy of what lists need. A cache; the run folders are the truth."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Select,
    create_engine,
    delete,
    event,
    insert,
    select,
    text,
)
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchhub.errors import StoreError
from benchhub.records import Run
from benchhub.results.store import RunFolder

# Of the tables below; a new column is a new version.
VERSION = 3


class _Base(DeclarativeBase):
    pass


class RunRow(_Base):
    """One run."""

    __tablename__ = "runs"
    run_id: Mapped[str] = mapped_column(primary_key=True)
    suite: Mapped[str]
    created: Mapped[str] = mapped_column(index=True)
    state: Mapped[str]
    devices: Mapped[str]  # names, joined by commas
    cases: Mapped[int]
    done: Mapped[int]  # invocations on disk
    planned: Mapped[int]
    failed: Mapped[int]  # invocations that failed
    imported: Mapped[int]  # files that its figures are from; 0 if it was measured
    compares: Mapped[int]  # 1 if two sides were measured in pairs


class InvocationRow(_Base):
    """One invocation."""

    __tablename__ = "invocations"
    run_id: Mapped[str] = mapped_column(primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[str] = mapped_column(index=True)  # names what was asked for
    ran_on: Mapped[str | None]  # the delegate that ran, in a FALLBACK another one; None: not told
    round: Mapped[int]
    purpose: Mapped[str]
    status: Mapped[str]
    started: Mapped[str]
    statistic: Mapped[str | None]
    value_us: Mapped[float | None]
    n: Mapped[int | None]


class Index:
    """The index of one workspace.

    Args:
        path: The SQLite file; made if it is not there.

    Raises:
        StoreError: The file is no index; `benchhub index rebuild` makes it again.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(f"sqlite:///{path}")
        event.listen(self.engine, "connect", _configure)
        try:
            _make(self.engine)
        except DatabaseError as error:
            raise StoreError(
                f"{path}: the index is damaged.", "Make it again: benchhub index rebuild"
            ) from error

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def put(self, run: Run) -> None:
        """Add a run, or replace what is known of it."""
        with self.engine.begin() as connection:
            for table in (RunRow, InvocationRow):
                connection.execute(delete(table).where(table.run_id == run.plan.run_id))
            connection.execute(insert(RunRow), [_run_row(run)])
            rows = _invocation_rows(run)
            if rows:
                connection.execute(insert(InvocationRow), rows)

    def refresh(self, folders: Iterable[RunFolder]) -> list[str]:
        """Bring in runs that are missing or had not finished, drop those whose folder is gone.

        Returns:
            A line for each run folder that cannot be read; the others are brought in.
        """
        present = {folder.run_id: folder for folder in folders}
        with self.engine.begin() as connection:
            known = {row["run_id"]: row for row in self._rows(connection)}
            for run_id in known.keys() - present.keys():
                for table in (RunRow, InvocationRow):
                    connection.execute(delete(table).where(table.run_id == run_id))
        troubles = []
        for run_id, folder in present.items():
            row = known.get(run_id)
            # A finished run may have gaps, where a case was given up, and be resumed.
            if row is None or row["state"] != "finished" or row["done"] < row["planned"]:
                try:
                    self.put(folder.read())
                except StoreError as error:
                    troubles.append(str(error))
        return troubles

    def runs(self) -> list[dict[str, Any]]:
        """Return all runs, newest first, as rows of `RunRow`."""
        with self.engine.connect() as connection:
            return self._rows(connection)

    def invocations(self, run_ids: Iterable[str]) -> list[dict[str, Any]]:
        """Return the invocations of some runs, as rows of `InvocationRow`."""
        with self.engine.connect() as connection:
            return [
                dict(row)
                for run_id in run_ids
                for row in connection.execute(_of_run(run_id)).mappings()
            ]

    @staticmethod
    def _rows(connection: Connection) -> list[dict[str, Any]]:
        rows = connection.execute(select(RunRow.__table__).order_by(RunRow.run_id.desc()))
        return [dict(row) for row in rows.mappings()]


def rebuild(path: Path, folders: Iterable[RunFolder]) -> list[str]:
    """Make the index again from the run folders; return a line for each that cannot be read."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    index = Index(path)
    troubles = index.refresh(folders)
    index.close()
    return troubles


def _of_run(run_id: str) -> Select[Any]:
    table = InvocationRow.__table__
    return select(table).where(InvocationRow.run_id == run_id).order_by(*table.primary_key)


def _make(engine: Engine) -> None:
    """Make the tables; those of another version are made anew, to be filled from the folders."""
    with engine.begin() as connection:
        found = connection.execute(text("PRAGMA user_version")).scalar()
        if found != VERSION:
            _Base.metadata.drop_all(connection)
            connection.execute(text(f"PRAGMA user_version = {VERSION}"))
        _Base.metadata.create_all(connection)


def _configure(connection: Any, _record: Any) -> None:
    # WAL: `benchhub runs` can read while a run writes.
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA busy_timeout=10000")


def _run_row(run: Run) -> dict[str, Any]:
    plan = run.plan
    return {
        "run_id": plan.run_id,
        "suite": plan.suite,
        "created": plan.created,
        "state": run.state.value,
        "devices": ",".join(plan.devices),
        "cases": len(plan.cases),
        "done": len(run.invocations),
        "planned": run.wanted,
        "failed": sum(invocation.reading.failure is not None for invocation in run.invocations),
        "imported": len(plan.imported),
        "compares": int(bool(plan.sides)),
    }


def _invocation_rows(run: Run) -> list[dict[str, Any]]:
    return [
        {
            "run_id": run.plan.run_id,
            "device": invocation.device,
            "number": invocation.number,
            "case_id": invocation.case_id,
            "ran_on": placement.applied if placement else None,
            "round": invocation.round,
            "purpose": invocation.purpose.value,
            "status": invocation.status.value,
            "started": invocation.started,
            "statistic": latency.statistic if latency else None,
            "value_us": latency.value_us if latency else None,
            "n": latency.n if latency else None,
        }
        for invocation in run.invocations
        for latency in (invocation.reading.latency,)
        for placement in (invocation.reading.placement,)
    ]
