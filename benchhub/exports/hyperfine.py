"""A run as `hyperfine --export-json` of version 1 writes it; all times are in **seconds**.

One time is one fresh process of the tool: its median inference (its mean where the tool tells no
median), not the wall time of the process. How long that process kept the CPU is not known, so
`user` and `system` are null. Axes are parameters, as those of `--parameter-list`.
"""

from __future__ import annotations

import statistics
from typing import Any

from benchhub.exports.exporter import Export, of_one
from benchhub.exports.figures import Figure, figures_of
from benchhub.exports.json_text import json_text
from benchhub.records import Run

_S_PER_US = 1e-6


@of_one
def export(run: Run) -> Export:
    """Return the document as JSON; the notes tell which cases it leaves out."""
    found, left_out = figures_of(run)
    document = {"results": [_result(one) for one in found]}
    return Export(json_text(document, indent=2), tuple(one.note for one in left_out))


def _result(one: Figure) -> dict[str, Any]:
    times = [process.value_us * _S_PER_US for process in one.processes]
    return {
        "command": one.name,
        "mean": statistics.fmean(times),
        "stddev": statistics.stdev(times) if len(times) > 1 else None,
        "median": statistics.median(times),
        "user": None,
        "system": None,
        "min": min(times),
        "max": max(times),
        "times": times,
        "exit_codes": list(one.exit_codes),
        "parameters": one.axes,
    }
