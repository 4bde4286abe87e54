"""The summary of a run as plain data, for --json: the same facts as in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from benchhub.analysis.summary import CaseSummary, DeviceSummary, RunSummary
from benchhub.records import Invocation, Placement
from benchhub.reports.across import Across, across
from benchhub.reports.choosing import choice_facts
from benchhub.reports.marks import mark_of
from benchhub.reports.speeds import Speed
from benchhub.reports.variants import ModelVariants, VariantRow, variants
from benchhub.results.telemetry import watched


def facts(summary: RunSummary) -> dict[str, Any]:
    """Return the summary as JSON-ready data; missing figures are null."""
    run = summary.run
    models = variants(summary)
    return {
        "run_id": run.plan.run_id,
        "suite": run.plan.suite,
        "created": run.plan.created,
        "state": run.state.value,
        "reference": run.plan.reference,
        "devices": [
            _device(device, [one for one in run.invocations if one.device == device.name])
            for device in summary.devices
        ],
        "across": [_across(table) for table in across(summary)],
        "variants": [_variant(model, row) for model in models for row in model.rows],
        "choices": [choice_facts(choice) for model in models for choice in model.choices],
    }


def _device(device: DeviceSummary, invocations: Sequence[Invocation]) -> dict[str, Any]:
    record, seen = device.record, watched(invocations)
    return {
        "name": device.name,
        "transport": record.transport if record else None,
        "tools": list(device.tools),
        "from_shell": record.facts.from_shell if record else None,
        "changed": list(record.changed) if record else [],
        "done": device.done,
        "not_run": device.left,
        "lost": device.lost.message if device.lost else None,
        "hottest_c": seen.hottest_c,
        "low_khz": seen.low_khz,
        "high_khz": seen.high_khz,
        "telemetry_samples": sum(len(one.during) for one in invocations),
        "cases": [_case(case) for case in device.cases],
    }


def _across(table: Across) -> dict[str, Any]:
    """Return one table over devices; `speed_vs` is null where figures may not be divided."""
    return {
        "title": table.title,
        "sentences": [lead.text for lead in table.leads],
        "notes": list(table.notes),
        "rows": [
            {
                "configuration": row.name,
                "cells": [
                    {
                        "device": cell.device,
                        "case": cell.case.case.id if cell.case else None,
                        "tool": column.program.tool,
                        "mark": cell.mark.value if cell.mark else None,
                        "value_us": cell.us,
                        "vs": column.base or None,
                        "speed_vs": cell.ratio,
                    }
                    for cell, column in zip(row.cells, table.columns, strict=True)
                ],
            }
            for row in table.rows
        ],
    }


def _variant(model: ModelVariants, row: VariantRow) -> dict[str, Any]:
    """Return one variant; `best` is its fastest configuration on each device."""
    facts, origin = row.facts, row.variant.origin
    return {
        "model": model.model,
        "variant": row.name,
        "sha256": row.variant.sha256 or None,
        "made": asdict(origin) if origin else None,
        "size_bytes": row.size_bytes,
        "gzip_bytes": row.gzip_bytes,
        "parameters": row.parameters,
        "macs": row.macs,
        "accuracy": asdict(row.accuracy) if row.accuracy else None,
        "is_reference": row.is_reference,
        "drop": row.drop,
        "drop_is_noise": row.drop_is_noise if row.drop is not None else None,
        "difference": asdict(facts.difference) if facts and facts.difference else None,
        "best": [_speed(speed) for speed in row.speeds],
        "notes": list(facts.notes) if facts else [],
        "failures": [failure.message for failure in row.failures],
    }


def _speed(speed: Speed) -> dict[str, Any]:
    one = speed.candidate
    return {
        "device": speed.device,
        "case": speed.case.case.id if speed.case else None,
        "mark": speed.mark.value,
        "value_us": speed.us,
        "low_us": one.latency.low_us if one else None,
        "high_us": one.latency.high_us if one else None,
        "efficient": one.efficient if one else None,
        "pick": speed.picked,
    }


def _case(case: CaseSummary) -> dict[str, Any]:
    latency, placement = case.latency, case.placement
    return {
        "case": case.case.id,
        "tool": case.case.tool,
        "affinity": case.case.configuration.affinity or None,
        "status": case.status.value,
        "mark": mark_of(case).value,
        "statistic": case.statistic,
        "value_us": latency.value_us if latency else None,
        "low_us": latency.low_us if latency else None,
        "high_us": latency.high_us if latency else None,
        "processes": latency.n if latency else 0,
        "processes_planned": case.planned,
        "processes_invalid": case.invalid,
        "stands": case.stands,
        "as_demanded": case.as_demanded,
        "speedup": case.speedup,
        "is_reference": case.is_reference,
        "init_us": case.init_us,
        "first_inference_us": case.first_inference_us,
        "overall_bytes": case.overall_bytes,
        "requested": case.case.configuration.delegate,
        "fell_back": case.fell_back,
        **_placement(placement),
        "agreement": asdict(case.agreement) if case.agreement else None,
        "budgets_missed": [finding.meaning for finding in case.unmet],
        "findings": [finding.id for finding in case.findings],
        "failures": [failure.message for failure in case.failures],
    }


def _placement(placement: Placement | None) -> dict[str, Any]:
    what = placement or Placement("", None, None, None, None, "")
    return {
        "applied": what.applied,
        "nodes_delegated": what.nodes_delegated,
        "nodes_total": what.nodes_total,
        "partitions": what.partitions,
        "backend": what.backend or None,
        "precision": what.precision or None,
        "pieces": [{"delegate": one.delegate, "nodes": list(one.nodes)} for one in what.pieces],
        "unsupported": [{"op": one.op, "reason": one.reason} for one in what.unsupported],
        "evidence": what.source or None,
    }
