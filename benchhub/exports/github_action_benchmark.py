"""A run for github-action-benchmark, as its tool `customSmallerIsBetter` reads it.

A list of `name`, `unit`, `value`, and as texts `range` and `extra`
(https://github.com/benchmark-action/github-action-benchmark). Its alert compares plain ratios of
single values; `benchhub gate` decides on noisy devices.
"""

from __future__ import annotations

import json
from typing import Any

from benchhub.exports.exporter import Export, of_one
from benchhub.exports.figures import Figure, figures_of
from benchhub.records import Run


@of_one
def export(run: Run) -> Export:
    """Return the document as JSON; the notes tell which cases it leaves out."""
    found, left_out = figures_of(run)
    text = json.dumps([_entry(run, one) for one in found], indent=1, allow_nan=False) + "\n"
    return Export(text, tuple(one.note for one in left_out))


def _entry(run: Run, one: Figure) -> dict[str, Any]:
    time = one.latency
    entry: dict[str, Any] = {"name": one.name, "unit": "ms", "value": time.value_us / 1000}
    if time.low_us is not None and time.high_us is not None:
        half = max(time.value_us - time.low_us, time.high_us - time.value_us)
        entry["range"] = f"± {half / 1000:.3g}"
    n = f"{time.n} process{'es' if time.n > 1 else ''}"
    entry["extra"] = (
        f"{one.case.statistic} of each of {n}, geometric mean; range: 95 % interval\n"
        f"{one.case.status}, run {run.plan.run_id}, model {one.case.case.variant.sha256[:12]}"
    )
    return entry
