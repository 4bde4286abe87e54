"""Invented runs, altered: odd names, fewer rounds, earlier nights."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from benchhub.records import Case, Configuration, ModelVariant, Run

from ..reports.invented import make_run


def named(model: str) -> Run:
    """A run of one case whose model and configuration are called like that."""
    variant = ModelVariant(model, "float32", "suites/one.tflite", "0" * 64, 10)
    return make_run((Case(variant, Configuration(model, "xnnpack", 1)),))


def first_rounds(run: Run, count: int) -> Run:
    """A run of which only the first rounds are there."""
    return replace(run, invocations=tuple(one for one in run.invocations if one.round <= count))


def night(run: Run, number: int, factor: float) -> Run:
    """The same run some nights later, all times multiplied; other ids and dates."""
    created = datetime.fromisoformat(run.plan.created) + timedelta(number)
    plan = replace(run.plan, run_id=f"01B{number:05}", created=created.isoformat())
    invocations = []
    for one in run.invocations:
        latency = one.reading.latency
        if latency and latency.median_us is not None:
            latency = replace(latency, median_us=latency.median_us * factor)
        reading = replace(one.reading, latency=latency)
        invocations.append(replace(one, reading=reading))
    return replace(run, plan=plan, invocations=tuple(invocations))
