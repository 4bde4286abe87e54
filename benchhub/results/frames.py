"""Runs as pandas frames, one row an invocation or an operator, the unit in each column's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from benchhub.records import Case, Invocation, Run
from benchhub.results.telemetry import temperature_c, watched

# There is no column `delegate`: what was asked for is not always what ran.
CASE_COLUMNS = (
    "model",
    "variant",
    "configuration",
    "requested",
    "ran_on",
    "threads",
    "affinity",
    "tool",
)
INVOCATION_COLUMNS = (
    "run_id",
    "device",
    "case_id",
    *CASE_COLUMNS,
    "number",
    "round",
    "purpose",
    "status",
    "started",
    "seconds",
    "statistic",
    "value_us",
    "n",
    "mean_us",
    "median_us",
    "min_us",
    "max_us",
    "std_us",
    "p5_us",
    "p95_us",
    "init_us",
    "first_inference_us",
    "warmup_n",
    "warmup_mean_us",
    "init_bytes",
    "overall_bytes",
    "rss_init_bytes",
    "rss_peak_bytes",
    "nodes_delegated",
    "nodes_total",
    "partitions",
    "backend",
    "outputs_outside",
    "load_1m_before",
    "load_1m_after",
    "temperature_before_c",
    "temperature_after_c",
    "temperature_during_max_c",
    "cpu_khz_during_min",
    "cpu_khz_during_max",
    "samples_during",
    "battery_percent_before",
    "thermal_status_after",
    "failure",
)
OP_COLUMNS = (
    "run_id",
    "device",
    "case_id",
    *CASE_COLUMNS,
    "round",
    "order",
    "op",
    "kernel",
    "name",
    "node",
    "subgraph",
    "op_delegate",
    "mean_us",
    "min_us",
    "max_us",
    "std_us",
    "calls",
)


def invocations_frame(runs: Iterable[Run]) -> pd.DataFrame:
    """Return one row an invocation, latency and profile alike; see `INVOCATION_COLUMNS`.

    `value_us` is the statistic of the process named in `statistic`. Missing figures are NaN. Rows
    whose `status` is INVALID have figures that do not count. `requested` is the delegate that was
    asked for, `ran_on` the one that ran (`none`: built-in kernels, `cpu`: these or XNNPACK, None:
    not told): in a FALLBACK row they differ, so group by `ran_on` and look at `status`; `case_id`
    and `configuration` name what was asked for. Temperatures are those of the zone
    that decides: the hottest of the CPU. `affinity` is empty where the CPUs were left alone.
    """
    rows = [
        _invocation_row(run, cases[invocation.case_id], invocation)
        for run, cases in _with_cases(runs)
        for invocation in run.invocations
    ]
    return pd.DataFrame(rows, columns=list(INVOCATION_COLUMNS))


def ops_frame(runs: Iterable[Run]) -> pd.DataFrame:
    """Return one row an operator of a profile invocation; see `OP_COLUMNS`."""
    rows = [
        {
            **_case_row(run, cases[invocation.case_id], invocation),
            "round": invocation.round,
            "order": op.order,
            "op": op.op,
            "kernel": op.kernel,
            "name": op.name,
            "node": op.node,
            "subgraph": op.subgraph,
            "op_delegate": op.delegate,
            "mean_us": op.mean_us,
            "min_us": op.min_us,
            "max_us": op.max_us,
            "std_us": op.std_us,
            "calls": op.calls,
        }
        for run, cases in _with_cases(runs)
        for invocation in run.invocations
        if invocation.reading.profile
        for op in invocation.reading.profile.ops
    ]
    return pd.DataFrame(rows, columns=list(OP_COLUMNS))


def _with_cases(runs: Iterable[Run]) -> Iterator[tuple[Run, dict[str, Case]]]:
    for run in runs:
        yield run, {case.id: case for case in run.plan.cases}


def _case_row(run: Run, case: Case, invocation: Invocation) -> dict[str, Any]:
    return {
        "run_id": run.plan.run_id,
        "device": invocation.device,
        "case_id": case.id,
        "model": case.variant.model,
        "variant": case.variant.variant,
        "configuration": case.configuration.name,
        "requested": case.configuration.delegate,
        "ran_on": invocation.reading.placement.applied if invocation.reading.placement else None,
        "threads": case.configuration.threads,
        "affinity": case.configuration.affinity,
        "tool": case.tool,
    }


def _invocation_row(run: Run, case: Case, invocation: Invocation) -> dict[str, Any]:
    reading = invocation.reading
    row: dict[str, Any] = {
        **_case_row(run, case, invocation),
        "number": invocation.number,
        "round": invocation.round,
        "purpose": invocation.purpose.value,
        "status": invocation.status.value,
        "started": invocation.started,
        "seconds": invocation.seconds,
        "init_us": reading.init_us,
        "first_inference_us": reading.first_inference_us,
        "load_1m_before": invocation.before.load_1m,
        "load_1m_after": invocation.after.load_1m,
        **_telemetry_row(invocation),
    }
    if latency := reading.latency:
        row |= {
            name: getattr(latency, name)
            for name in ("statistic", "value_us", "n", "mean_us", "median_us", "min_us")
        }
        row |= {name: getattr(latency, name) for name in ("max_us", "std_us", "p5_us", "p95_us")}
    if warmup := reading.warmup:
        row |= {"warmup_n": warmup.n, "warmup_mean_us": warmup.mean_us}
    if memory := reading.memory:
        names = ("init_bytes", "overall_bytes", "rss_init_bytes", "rss_peak_bytes")
        row |= {name: getattr(memory, name) for name in names}
    if placement := reading.placement:
        counts = ("nodes_delegated", "nodes_total", "partitions")
        row |= {name: getattr(placement, name) for name in counts}
        row["backend"] = placement.backend or None
    if agreement := reading.agreement:
        row["outputs_outside"] = agreement.outside
    if reading.failure:
        row["failure"] = reading.failure.message
    return row


def _telemetry_row(invocation: Invocation) -> dict[str, Any]:
    seen = watched([invocation])
    return {
        "temperature_before_c": temperature_c(invocation.before),
        "temperature_after_c": temperature_c(invocation.after),
        "temperature_during_max_c": seen.hottest_c,
        "cpu_khz_during_min": seen.low_khz,
        "cpu_khz_during_max": seen.high_khz,
        "samples_during": len(invocation.during),
        "battery_percent_before": invocation.before.battery_percent,
        "thermal_status_after": invocation.after.thermal_status,
    }
