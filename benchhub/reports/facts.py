"""The summary of a run as plain data, for --json: the same facts as in the terminal."""

from __future__ import annotations

from typing import Any

from benchhub.analysis.summary import CaseSummary, RunSummary


def facts(summary: RunSummary) -> dict[str, Any]:
    """Return the summary as JSON-ready data; missing figures are null."""
    run = summary.run
    return {
        "run_id": run.plan.run_id,
        "suite": run.plan.suite,
        "created": run.plan.created,
        "state": run.state.value,
        "reference": run.plan.reference,
        "devices": [
            {"name": device.name, "cases": [_case(case) for case in device.cases]}
            for device in summary.devices
        ],
    }


def _case(case: CaseSummary) -> dict[str, Any]:
    latency, placement = case.latency, case.placement
    return {
        "case": case.case.id,
        "status": case.status.value,
        "statistic": case.statistic,
        "value_us": latency.value_us if latency else None,
        "low_us": latency.low_us if latency else None,
        "high_us": latency.high_us if latency else None,
        "processes": latency.n if latency else 0,
        "speedup": case.speedup,
        "is_reference": case.is_reference,
        "init_us": case.init_us,
        "first_inference_us": case.first_inference_us,
        "overall_bytes": case.overall_bytes,
        "applied": placement.applied if placement else None,
        "nodes_delegated": placement.nodes_delegated if placement else None,
        "nodes_total": placement.nodes_total if placement else None,
        "partitions": placement.partitions if placement else None,
        "findings": [finding.id for finding in case.findings],
        "failures": [failure.message for failure in case.failures],
    }
