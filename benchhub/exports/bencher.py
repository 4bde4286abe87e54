"""A run in Bencher's metric format (BMF): benchmark, measure, value.

`latency` is the built-in measure of https://bencher.dev, in **nanoseconds**; the ends of the 95 %
interval are its lower and upper value, which its charts show. `file-size` is that of the model, in
bytes. A measure that a project does not have yet is made by its name, so the further ones have
their unit there (https://bencher.dev/docs/reference/bencher-metric-format/).
"""

from __future__ import annotations

import json
from typing import Any

from benchhub.exports.exporter import Export, of_one
from benchhub.exports.figures import Figure, figures_of
from benchhub.records import Run

_NS_PER_US = 1000.0


@of_one
def export(run: Run) -> Export:
    """Return the document as JSON; the notes tell which cases it leaves out."""
    found, left_out = figures_of(run)
    document = {one.name: _measures(one) for one in found}
    text = json.dumps(document, indent=1, allow_nan=False) + "\n"
    return Export(text, tuple(one.note for one in left_out))


def _measures(one: Figure) -> dict[str, Any]:
    time = one.latency
    latency = {"value": time.value_us * _NS_PER_US}
    if time.low_us is not None and time.high_us is not None:
        latency |= {
            "lower_value": time.low_us * _NS_PER_US,
            "upper_value": time.high_us * _NS_PER_US,
        }
    further = {
        "file-size": one.case.case.variant.size_bytes,
        "init-us": one.case.init_us,
        "memory-growth-bytes": one.case.overall_bytes,
    }
    return {"latency": latency} | {
        name: {"value": float(value)} for name, value in further.items() if value is not None
    }
