"""A run as pytest-benchmark stores it, so that `pytest-benchmark compare` reads it.

One round is one fresh process, whose statistic (its median where the tool gives one) is the datum,
in **seconds**; `iterations` are the timed inferences of a process. The document's fields are those
of pytest-benchmark 5: https://pytest-benchmark.readthedocs.io
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from typing import Any

from benchhub.exports.exporter import Export, of_one
from benchhub.exports.figures import Figure, figures_of
from benchhub.records import DEFAULT_TOOL, Case, DeviceRecord, Latency, Plan, Run

_US = 1e-6
_FENCE = 1.5  # interquartile ranges beyond the quartiles: Tukey's outliers


@of_one
def export(run: Run) -> Export:
    """Return the document as JSON; the notes tell which cases it leaves out."""
    document = pytest_benchmark(run)
    notes = [
        f"left out: {one['case']} on {one['device']}: {one['why']}"
        for one in document["benchhub"]["left_out"]
    ]
    return Export(json.dumps(document, indent=1, allow_nan=False) + "\n", tuple(notes))


def pytest_benchmark(run: Run) -> dict[str, Any]:
    """Return a run as a document of pytest-benchmark; both sides of a comparison are in it.

    A case is there if its figure is trusted and its own; the others are in `left_out`, under
    `benchhub`, a key that pytest-benchmark leaves alone.
    """
    plan = run.plan
    found, left_out = figures_of(run)
    return {
        "machine_info": {
            "node": ",".join(plan.devices),
            "devices": {record.name: _machine(record) for record in run.devices},
        },
        "commit_info": _commit(plan.git_commit),
        "benchmarks": [_benchmark(plan, one) for one in found],
        "datetime": plan.created,
        "version": f"benchhub {plan.benchhub_version}",
        "benchhub": {
            "run_id": plan.run_id,
            "suite": plan.suite,
            "left_out": [
                {"device": one.device, "case": one.case_id, "why": one.why} for one in left_out
            ],
        },
    }


def _benchmark(plan: Plan, figure: Figure) -> dict[str, Any]:
    case, device, measured = figure.case, figure.device, figure.processes
    one = case.case
    param = _param(one, device)
    name = f"{one.variant.model}[{param}]"
    return {
        "group": f"{one.pair_id if one.side else one.variant.model} on {device}",
        "name": name,
        "fullname": f"{plan.suite}::{name}",
        "params": _params(one, device),
        "param": param,
        "extra_info": {
            "run_id": plan.run_id,
            "case": one.id,
            "status": str(case.status),
            "rounds_are": "fresh processes",
            "statistic": case.statistic,
            "unit": "seconds",
            "n": len(measured),
            "inferences": [figures.n for figures in measured],
            "processes_without_figure_that_counts": len(case.latency_invocations) - len(measured),
            "model_sha256": one.variant.sha256,
        },
        "options": {},
        "stats": _stats([figures.value_us * _US for figures in measured], measured),
    }


def _param(case: Case, device: str) -> str:
    chosen = case.configuration
    words = [case.variant.variant, chosen.name, f"t{chosen.threads}", device]
    if case.tool != DEFAULT_TOOL:
        words.append(case.tool)
    return "-".join(words) + (f"~{case.side}" if case.side else "")


def _params(case: Case, device: str) -> dict[str, Any]:
    """Return the axes that `--group-by=param:NAME` takes; every case has them all."""
    chosen = case.configuration
    return {
        "device": device,
        "model": case.variant.model,
        "variant": case.variant.variant,
        "configuration": chosen.name,
        "delegate": chosen.delegate,
        "threads": chosen.threads,
        "tool": case.tool,
        "side": str(case.side) if case.side else None,
    }


def _stats(data: Sequence[float], measured: Sequence[Latency]) -> dict[str, Any]:
    """Return the statistics of the processes, in seconds; one process has a deviation of 0 there.

    Quartiles are those of pytest-benchmark: the mean of methods 1 and 2 for an odd number, the
    median of a half for an even one (https://en.wikipedia.org/wiki/Quartile).
    """
    ordered = sorted(data)
    mean, stddev = statistics.mean(data), statistics.stdev(data) if len(data) > 1 else 0.0
    q1, q3 = _quartile(ordered), _quartile(ordered[::-1])
    low, high = q1 - _FENCE * (q3 - q1), q3 + _FENCE * (q3 - q1)
    inside = [value for value in ordered if low <= value <= high] or ordered
    beyond = sum(not mean - stddev <= value <= mean + stddev for value in data)
    outside = sum(not low <= value <= high for value in data)
    return {
        "min": ordered[0],
        "max": ordered[-1],
        "mean": mean,
        "stddev": stddev,
        "rounds": len(data),
        "median": statistics.median(data),
        "iqr": q3 - q1,
        "q1": q1,
        "q3": q3,
        "iqr_outliers": outside,
        "stddev_outliers": beyond,
        "outliers": f"{beyond};{outside}",
        "ld15iqr": inside[0],
        "hd15iqr": inside[-1],
        "ops": len(data) / sum(data),
        "total": sum(data),
        "iterations": statistics.median_low(one.n for one in measured),
        "data": list(data),
    }


def _quartile(ordered: Sequence[float]) -> float:
    """Return the quartile at the beginning of ordered values."""
    n, odd = divmod(len(ordered), 2)
    if n == 0:
        return ordered[0]
    if not odd:
        return statistics.median(ordered[:n])
    whole, rest = divmod(len(ordered), 4)
    if rest == 1:
        return 0.25 * ordered[whole - 1] + 0.75 * ordered[whole]
    return 0.75 * ordered[whole] + 0.25 * ordered[whole + 1]


def _machine(record: DeviceRecord) -> dict[str, Any]:
    facts = record.facts
    return {
        "system": facts.os,
        "release": facts.kernel,
        "machine": facts.arch,
        "cpu": facts.cpu,
        "cores": facts.cores,
        "tools": {tool.name: tool.version for tool in record.tools},
    }


def _commit(commit: str | None) -> dict[str, Any]:
    if commit is None:
        return {}
    return {"id": commit.rstrip("+"), "dirty": commit.endswith("+")}
