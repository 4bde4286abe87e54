"""Judges a .tflite file: one inference as a check, or the outputs of many examples.

`data` null is the check: seeded random values go through once, and NaN or infinite outputs are an
error. Else the answer is the metric, if there are labels, and the difference to the outputs of
another variant, if `reference` names their file; `keep` writes the outputs for that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchhub.models.child.batching import Layout, Results, layout_of, part, results_of
from benchhub.models.child.callables import call
from benchhub.models.child.data import Examples, feed, is_random, load, random_examples
from benchhub.models.child.difference import difference
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.metrics import RANKS, Values, figures_of, top_k
from benchhub.models.child.network import Network

OUTPUTS = "out/outputs.npz"
# Random examples, where the suite does not say how many.
RANDOM_SAMPLES = 64

_NOT_FINITE = (
    "Known reasons: variables that the converter lost (give a Keras 3 model as `keras`), and "
    "values over 65504 in float16."
)


def run(job: Job) -> dict[str, Any]:
    """Judge the model of a request.

    Raises:
        JobError: It cannot be run, the data do not fit, or the check failed.
    """
    request = job.request
    network = _opened(job)
    layout = layout_of(network.inputs, request["inputs"], int(request["batch_size"]))
    if request["data"] is None:
        return _checked(job, network, layout)
    examples = _examples(job, network, layout)
    fed = _fed(examples, network, layout)
    results = results_of(lambda: _opened(job), layout, fed, job.say)
    if request.get("keep"):
        _write(job.folder / OUTPUTS, results.outputs)
    return _judged(job, examples, results)


def _opened(job: Job) -> Network:
    return Network(job.request["model"], job.request["signature"])


def _checked(job: Job, network: Network, layout: Layout) -> dict[str, Any]:
    """Make one inference on random values."""
    examples = _random(network, layout, 1, int(job.request["seed"]))
    outputs = network.run(part(layout, _fed(examples, network, layout), 0, 1))
    for name, values in outputs.items():
        if trouble := _not_finite(values):
            raise JobError("convert", f"its output '{name}' is {trouble}.", _NOT_FINITE)
    return {"n": 1, "accuracy": None, "difference": None, "problems": {}, "nan": False, "notes": []}


def _not_finite(values: Values) -> str:
    """Say what is wrong with the values of an output; empty if nothing is."""
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return ""
    told = {"NaN": int(np.isnan(values).sum()), "infinite": int(np.isinf(values).sum())}
    parts = [f"{word} in {count} of {values.size} values" for word, count in told.items() if count]
    return " and ".join(parts)


def _random(network: Network, layout: Layout, samples: int, seed: int) -> Examples:
    inputs = [(slot.name, (None, *layout.shapes[slot.name]), slot.real) for slot in network.inputs]
    return random_examples(inputs, samples, seed)


def _examples(job: Job, network: Network, layout: Layout) -> Examples:
    spec: Mapping[str, Any] = job.request["data"]
    if is_random(spec):
        return _random(network, layout, spec["samples"] or RANDOM_SAMPLES, int(spec["seed"]))
    job.say("load data")
    return load(spec, job)


def _fed(examples: Examples, network: Network, layout: Layout) -> dict[str, Values]:
    slots = network.inputs
    shapes = [(None, *layout.shapes[slot.name]) for slot in slots]
    return feed(examples, [slot.name for slot in slots], shapes, [slot.real for slot in slots])


def _judged(job: Job, examples: Examples, results: Results) -> dict[str, Any]:
    """Return metric and difference; each may fail without the other."""
    outputs = results.outputs
    n = len(next(iter(outputs.values())))
    done: dict[str, Any] = {"n": n, "source": examples.source, "accuracy": None, "difference": None}
    problems: dict[str, dict[str, str]] = {}
    notes = list(results.notes)
    for name, values in outputs.items():
        if trouble := _not_finite(values):
            notes.append(f"output '{name}' is {trouble}")
    figures = {"accuracy": _accuracy, "difference": _difference}
    for figure, compute in figures.items():
        try:
            done[figure] = compute(job, outputs, examples)
        except JobError as error:
            problems[figure] = {
                "kind": error.kind,
                "message": error.message,
                "advice": error.advice,
            }
    nan = any(values.dtype.kind == "f" and np.isnan(values).any() for values in outputs.values())
    return {**done, "problems": problems, "nan": bool(nan), "notes": notes}


def _accuracy(job: Job, outputs: Mapping[str, Values], examples: Examples) -> dict[str, Any] | None:
    metric, labels = job.request["metric"], examples.labels
    if metric is None or labels is None:
        return None
    if metric in RANKS:
        values = top_k(next(iter(outputs.values())), examples.classes(), metric)
        return {"metric": metric, "values": values}
    job.say("metric")
    given = next(iter(outputs.values())) if len(outputs) == 1 else dict(outputs)
    values = figures_of(call(metric, job, given, labels), metric)
    return {"metric": next(iter(values)), "values": values}


def _difference(
    job: Job, outputs: Mapping[str, Values], examples: Examples
) -> dict[str, float | None] | None:
    del examples
    if job.request["reference"] is None:
        return None
    return difference(outputs, _read(Path(job.request["reference"])))


def _write(path: Path, outputs: Mapping[str, Values]) -> None:
    # Without keys numpy counts: names of outputs may be anything, also its own words.
    np.savez(path, *outputs.values(), names=np.array(list(outputs), dtype=np.str_))


def _read(path: Path) -> dict[str, Values]:
    with np.load(path, allow_pickle=False) as file:
        return {str(name): file[f"arr_{place}"] for place, name in enumerate(file["names"])}
