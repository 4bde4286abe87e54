"""A history as data."""

from __future__ import annotations

from typing import Any

from benchhub.analysis.history import History, Series, Shift
from benchhub.analysis.past_points import Point

FORMAT = 1


def history_facts(history: History) -> dict[str, Any]:
    """Return a history as plain values; times in microseconds, changes as shares."""
    return {
        "format": FORMAT,
        "suite": history.suite,
        "canary": history.canary,
        "runs": [{"run_id": run_id, "created": created} for run_id, created in history.runs],
        "changes": [
            {"device": one.device, "case": one.case_id, **_shift(shift)}
            for one, shift in history.shifts
        ],
        "series": [_series(one) for one in history.series],
        "left_out": list(history.notes),
        "dropped_processes": history.dropped,
    }


def _series(one: Series) -> dict[str, Any]:
    return {
        "device": one.device,
        "case": one.case_id,
        "canary": one.canary,
        "is_canary": one.is_canary,
        "unit": "us" if one.canary is None else "times the canary",
        "scale_us": one.scale_us,
        "autocorrelation": one.autocorrelation,
        "levels": [{"figure": figure, "runs": runs} for figure, runs in one.levels],
        "changes": [_shift(shift) for shift in one.shifts],
        "points": [_point(point) for point in one.points],
        "events": [
            {"run_id": event.run_id, "kind": event.kind.value, "text": event.text}
            for event in one.events
        ],
    }


def _shift(shift: Shift) -> dict[str, Any]:
    return {
        "run_id": shift.first.run_id,
        "created": shift.first.created,
        "commit": shift.first.commit,
        "last_run_before": shift.last.run_id,
        "last_commit_before": shift.last.commit,
        "before": shift.before,
        "after": shift.after,
        "runs_before": shift.runs_before,
        "runs_after": shift.runs_after,
        "change": shift.change,
        "p": shift.p,
        "events": [event.text for event in shift.events],
    }


def _point(point: Point) -> dict[str, Any]:
    return {
        "run_id": point.run_id,
        "created": point.created,
        "commit": point.commit,
        "value_us": point.value_us,
        "processes": point.processes,
        "canary_us": point.canary_us,
        "figure": point.figure,
        "valid": not point.problem,
        "problem": point.problem,
    }
