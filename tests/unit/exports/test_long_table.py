"""Long tables, read by pandas and pyarrow."""

from __future__ import annotations

import io
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

from benchhub.errors import UsageError
from benchhub.exports.long_table import csv, ops_csv, ops_parquet, parquet
from benchhub.records import Run, Status
from benchhub.results.frames import INVOCATION_COLUMNS, OP_COLUMNS

from ..comparisons import comparison_run, slower
from ..reports.invented import RUN_ID, interrupted_run, invented_run, small_run
from .altered import named, night


def read_csv(*runs: Run) -> pd.DataFrame:
    return pd.read_csv(io.StringIO(str(csv(*runs).text)))


def as_bytes(content: str | bytes) -> bytes:
    assert isinstance(content, bytes)
    return content


def read_parquet(*runs: Run) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(as_bytes(parquet(*runs).text)))


def test_pandas_reads_a_row_an_invocation() -> None:
    run = invented_run()
    table = read_csv(run)
    assert tuple(table.columns) == INVOCATION_COLUMNS
    assert len(table) == len(run.invocations)
    first = next(one for one in run.invocations if one.reading.latency)
    row = table[(table.device == first.device) & (table.number == first.number)].iloc[0]
    assert first.reading.latency is not None
    assert row.value_us == pytest.approx(first.reading.latency.value_us)
    assert row.n == first.reading.latency.n
    failed = table[table.status == "FAILED"]
    assert len(failed)
    assert failed.value_us.isna().all()


def test_counts_are_written_as_counts() -> None:
    head, *lines = str(csv(invented_run()).text).splitlines()
    at = head.split(",").index("nodes_total")
    assert {line.split(",")[at] for line in lines} <= {"", "66"}


def test_parquet_says_the_same() -> None:
    run = invented_run()
    table, other = read_parquet(run), read_csv(run)
    assert list(table.columns) == list(other.columns)
    assert table.case_id.tolist() == other.case_id.tolist()
    assert table.value_us.dropna().tolist() == other.value_us.dropna().tolist()
    assert table.failure.notna().tolist() == other.failure.notna().tolist()


def test_types_do_not_depend_on_what_a_run_told() -> None:
    schemas = [
        pq.read_schema(io.BytesIO(as_bytes(made.text))).remove_metadata()
        for run in (invented_run(), named("one"), comparison_run(slower()))
        for made in (parquet(run),)
    ]
    assert schemas[0] == schemas[1] == schemas[2]
    kinds = {field.name: str(field.type) for field in schemas[0]}
    assert kinds["value_us"] == "double"
    assert kinds["outputs_outside"] == "int64"
    assert kinds["affinity"] in ("string", "large_string")
    assert "null" not in kinds.values()


def test_several_runs_are_one_table() -> None:
    runs = night(small_run(), 1, 1.0), night(small_run(), 2, 1.1)
    table = read_parquet(*runs)
    assert table.groupby("run_id").size().tolist() == [len(one.invocations) for one in runs]
    medians = table[table.purpose == "latency"].groupby("run_id").value_us.median()
    assert medians.iloc[1] / medians.iloc[0] == pytest.approx(1.1)


def test_a_row_an_operator() -> None:
    run = invented_run()
    table = pd.read_csv(io.StringIO(str(ops_csv(run).text)))
    assert tuple(table.columns) == OP_COLUMNS
    profiles = [one.reading.profile for one in run.invocations if one.reading.profile]
    assert len(table) == sum(len(profile.ops) for profile in profiles) > 50
    again = pd.read_parquet(io.BytesIO(as_bytes(ops_parquet(run).text)))
    assert again.mean_us.tolist() == table.mean_us.tolist()
    assert again.node.dtype == "Int64"


def test_what_does_not_count_is_told() -> None:
    assert csv(small_run()).notes == ()
    run = invented_run()
    invalid = sum(one.status is Status.INVALID for one in run.invocations)
    assert bool(csv(run).notes) == bool(invalid)
    (note,) = ops_csv(interrupted_run()).notes
    assert note == f"run {RUN_ID} has no times of operators"


def test_without_pyarrow_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"benchhub\[parquet\]"):
        parquet(small_run())
    assert csv(small_run()).text


def test_a_hostile_name_is_one_cell() -> None:
    name = 'a,"b"\n=1+1\r</script>'
    assert set(read_csv(named(name)).model) == {name}
