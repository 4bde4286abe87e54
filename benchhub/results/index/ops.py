"""Operator times of many runs as a pandas frame, out of the index: no run folder is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import (
    BigInteger,
    ClauseElement,
    ColumnElement,
    Connection,
    Select,
    cast,
    func,
    literal,
    select,
)

from benchhub.results.frames import OP_COLUMNS
from benchhub.results.index import tables
from benchhub.results.index.engine import POSTGRESQL, reading
from benchhub.results.index.index import Index

COLUMNS = ("home", *OP_COLUMNS)
_PLACES = ("run", "invocation", "place", "operator")
_TIMES = ("mean_us", "min_us", "max_us", "std_us", "calls")
# A row as COPY sends it in its binary form: how many fields, each behind its length in bytes.
_ROW = np.dtype(
    [
        ("fields", ">i2"),
        *(
            part
            for name in (*_PLACES, *_TIMES)
            for part in ((f"{name} bytes", ">i4"), (name, ">i8" if name in _PLACES else ">f8"))
        ),
    ]
)
_HEADER_BYTES, _END_BYTES = 19, 2
# Stands for a time that is not told, as no time is that: SQLite has no NaN, numpy no NULL.
_UNTOLD = -1e300

Columns = Mapping[str, npt.NDArray[Any]]


def stored_ops(
    index: Index, run_ids: Sequence[str] | None = None, *, everywhere: bool = False
) -> pd.DataFrame:
    """Return one row an operator of a profile invocation.

    The columns are those of `benchhub.results.ops_frame`, after `home`, the workspace. Words are
    categories: a million rows of them are a few megabytes.

    Args:
        index: Where they are.
        run_ids: Only these runs; None is all.
        everywhere: Also runs of other workspaces.

    Raises:
        StoreError: The database cannot be read.
    """
    runs = tables.runs
    wanted: list[ColumnElement[bool]] = []
    if not everywhere:
        wanted.append(runs.c.home == index.home.id)
    if run_ids is not None:
        wanted.append(runs.c.run_id.in_(run_ids))
    with reading(index.engine) as connection:
        profiles = _frame(connection, _profiles(wanted))
        kinds = _frame(connection, _kinds(wanted))
        times = _times(connection, sorted({int(run) for run in profiles["run"]}))
    profile = _rows_of(profiles, times["run"], times["invocation"])
    kind = _rows_of(kinds, times["run"], times["operator"])
    columns = {name: _spread(profiles[name], profile) for name in profiles}
    columns |= {name: _spread(kinds[name], kind) for name in kinds}
    columns |= {name: times[name] for name in _TIMES}
    return pd.DataFrame({name: columns[name] for name in COLUMNS}, copy=False)


def _frame(connection: Connection, query: Select[Any]) -> pd.DataFrame:
    found = connection.execute(query)
    return pd.DataFrame(found.fetchall(), columns=list(found.keys()))


def _profiles(wanted: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """What is known of each process whose operators were timed."""
    run, one, device, case = tables.runs, tables.invocations, tables.devices, tables.cases
    return (
        select(
            one.c.run,
            one.c.place,
            run.c.home,
            run.c.run_id,
            device.c.name.label("device"),
            case.c.case_id,
            case.c.model,
            case.c.variant,
            case.c.configuration,
            case.c.delegate.label("requested"),
            one.c.ran_on,
            case.c.threads,
            case.c.affinity,
            case.c.tool,
            one.c.round,
        )
        .join_from(run, one)
        .join(device, (device.c.run == one.c.run) & (device.c.place == one.c.device_place))
        .join(case, (case.c.run == one.c.run) & (case.c.place == one.c.case_place))
        .where(one.c.timed_ops > 0, *wanted)
        .order_by(one.c.run, one.c.place)
    )


def _kinds(wanted: Sequence[ColumnElement[bool]]) -> Select[Any]:
    kind = tables.operators
    renamed = [
        kind.c.position.label("order") if column is kind.c.position else column
        for column in kind.columns
    ]
    return (
        select(*renamed)
        .join_from(tables.runs, kind)
        .where(*wanted)
        .order_by(kind.c.run, kind.c.place)
    )


def _times(connection: Connection, runs: Sequence[int]) -> Columns:
    """Return the times of some runs and where they belong, in the order of the work."""
    ops = tables.ops
    times = [func.coalesce(ops.c[name], literal(_UNTOLD)).label(name) for name in _TIMES]
    query = select(*(ops.c[name] for name in _PLACES), *times).where(ops.c.run.in_(runs))
    if connection.dialect.name == POSTGRESQL:
        return _told(_copied(connection, query))
    ordered = query.order_by(ops.c.run, ops.c.invocation, ops.c.place)
    return _told(_fetched(connection, ordered))


def _told(columns: Columns) -> Columns:
    for name in _TIMES:
        times = columns[name]
        times[times == _UNTOLD] = np.nan
    return columns


def _fetched(connection: Connection, query: Select[Any]) -> Columns:
    """Read rows of numbers; by way of one iterator, without an object a row."""
    names = (*_PLACES, *_TIMES)
    cursor: Any = connection.connection.cursor()
    cursor.execute(_text(connection, query))
    numbers = np.fromiter(chain.from_iterable(cursor), np.float64)
    cursor.close()
    table = numbers.reshape(-1, len(names)).T
    columns = dict(zip(names, table.copy(), strict=True))
    return {
        name: column.astype(np.int64) if name in _PLACES else column
        for name, column in columns.items()
    }


def _copied(connection: Connection, query: Select[Any]) -> Columns:
    """Read rows of numbers as PostgreSQL has them in memory; in the order of the work."""
    wide = query.subquery()
    eight = [cast(wide.c[name], BigInteger) for name in _PLACES]
    text = _text(connection, select(*eight, *(wide.c[name] for name in _TIMES)))
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY ({text}) TO STDOUT (FORMAT binary)") as copy:
        raw = b"".join(bytes(part) for part in copy)
    count = (len(raw) - _HEADER_BYTES - _END_BYTES) // _ROW.itemsize
    rows = np.frombuffer(raw, _ROW, count, _HEADER_BYTES)
    columns = {
        name: rows[name].astype(np.int64 if name in _PLACES else np.float64)
        for name in (*_PLACES, *_TIMES)
    }
    order = np.lexsort([columns[name] for name in ("place", "invocation", "run")])
    return {name: column[order] for name, column in columns.items()}


def _text(connection: Connection, query: ClauseElement) -> str:
    """Return a query of numbers for the driver itself."""
    return str(query.compile(connection, compile_kwargs={"literal_binds": True}))


def _rows_of(
    frame: pd.DataFrame, runs: npt.NDArray[np.int64], places: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return which row of a frame, sorted by run and place, each run and place is."""
    known = _key(frame["run"].to_numpy(np.int64), frame["place"].to_numpy(np.int64))
    return np.searchsorted(known, _key(runs, places))


def _key(runs: npt.NDArray[np.int64], places: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return (runs << 32) | places


def _spread(column: pd.Series[Any], rows: npt.NDArray[np.int64]) -> Any:
    """Return the value of each of those rows; words as categories."""
    if pd.api.types.is_numeric_dtype(column):
        return column.to_numpy()[rows]
    codes, words = pd.factorize(column)
    return pd.Categorical.from_codes(codes.astype(np.int32)[rows], words)
