"""Runs as long tables for pandas, DuckDB or a spreadsheet: a row an invocation or an operator.

The columns are those of `benchhub.results.frames`, the unit at the end of each name. Every table
has the same columns of the same types, whatever its runs told, so that tables of several days can
be read as one.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pandas as pd

from benchhub.errors import UsageError
from benchhub.exports.exporter import Export
from benchhub.records import Run, Status
from benchhub.results.frames import invocations_frame, ops_frame

_TEXTS = frozenset(
    {
        "affinity",
        "backend",
        "case_id",
        "configuration",
        "device",
        "failure",
        "kernel",
        "model",
        "name",
        "op",
        "op_delegate",
        "purpose",
        "ran_on",
        "requested",
        "run_id",
        "started",
        "statistic",
        "status",
        "tool",
        "variant",
    }
)
# Counts and bytes; all others are measured and have fractions.
_WHOLE = frozenset(
    {
        "n",
        "node",
        "nodes_delegated",
        "nodes_total",
        "number",
        "order",
        "outputs_outside",
        "partitions",
        "round",
        "samples_during",
        "subgraph",
        "thermal_status_after",
        "threads",
        "warmup_n",
    }
)


def csv(*runs: Run) -> Export:
    """Return one row an invocation as CSV; a missing figure is an empty cell."""
    return Export(_csv(invocations_frame(runs)), _doubts(runs))


def parquet(*runs: Run) -> Export:
    """Return the same as a Parquet file. Raises UsageError without pyarrow."""
    return Export(_parquet(invocations_frame(runs)), _doubts(runs))


def ops_csv(*runs: Run) -> Export:
    """Return one row an operator of each profile as CSV."""
    return Export(_csv(ops_frame(runs)), _without_profile(runs))


def ops_parquet(*runs: Run) -> Export:
    """Return the same as a Parquet file. Raises UsageError without pyarrow."""
    return Export(_parquet(ops_frame(runs)), _without_profile(runs))


def _csv(frame: pd.DataFrame) -> str:
    text: str = _typed(frame).to_csv(index=False, lineterminator="\n")
    return text


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    try:
        _typed(frame).to_parquet(out, engine="pyarrow", compression="zstd", index=False)
    except ImportError as error:
        raise UsageError(
            "Parquet files need pyarrow.", "pip install 'benchhub[parquet]', or export csv."
        ) from error
    return out.getvalue()


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Give each column its type, also one without any value."""
    types = {name: _type(name) for name in frame.columns}
    return frame.astype(types)


def _type(column: str) -> str:
    if column in _TEXTS:
        return "string"
    return "Int64" if column in _WHOLE else "Float64"


def _doubts(runs: Sequence[Run]) -> tuple[str, ...]:
    invocations = [one for run in runs for one in run.invocations]
    invalid = sum(one.status is Status.INVALID for one in invocations)
    if not invalid:
        return ()
    return (f"{invalid} of {len(invocations)} rows are INVALID: their figures do not count",)


def _without_profile(runs: Sequence[Run]) -> tuple[str, ...]:
    return tuple(
        f"run {run.plan.run_id} has no times of operators"
        for run in runs
        if not any(one.reading.profile and one.reading.profile.ops for one in run.invocations)
    )
