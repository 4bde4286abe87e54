"""Examples that ranges of activations are calibrated on, in batches as a model takes them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from benchhub.models.child.data import Examples, Shape, feed, is_random, load, random_examples
from benchhub.models.child.job import Job, JobError

# Random examples, where the suite does not say how many: ranges of noise settle early.
RANDOM_SAMPLES = 100

RANDOM_NOTE = "calibrated on random data: latency and size count, accuracy does not"

Batch = Mapping[str, NDArray[Any]]
Input = tuple[str, Shape, DTypeLike]


def batches(job: Job, inputs: Sequence[Input], notes: list[str]) -> list[Batch]:
    """Return the representative data of a request, an example at a time or as many as are fixed.

    What does not fill a batch at the end is left out.

    Args:
        job: Its request has `representative`.
        inputs: Name, shape with the batch first, and type of each; None is an open size.
        notes: Gets what a person should know of the data.

    Raises:
        JobError: There are no data, or they do not fit.
    """
    spec = job.request["representative"]
    if spec is None:
        raise JobError(
            "data",
            f"{job.request['form']} is calibrated, and there are no representative data.",
            "Give `representative: calibration.npz` or `module:function` in the model.",
        )
    size = _batch_size(inputs)
    job.say("load representative data")
    if is_random(spec):
        notes.append(RANDOM_NOTE)
        samples = max(int(spec["samples"] or RANDOM_SAMPLES), size)
        examples = random_examples(inputs, samples, int(spec["seed"]))
    else:
        examples = load(spec, job)
    return _split(examples, inputs, size)


def _split(examples: Examples, inputs: Sequence[Input], size: int) -> list[Batch]:
    fed = feed(
        examples,
        [name for name, _, _ in inputs],
        [(None, *shape[1:]) for _, shape, _ in inputs],
        [kind for _, _, kind in inputs],
    )
    n = len(examples)
    if n < size:
        raise JobError(
            "data",
            f"{examples.source}: {n} examples do not fill one batch of the model, which is {size}.",
            "Give more examples, or a smaller `batch_size`.",
        )
    return [
        {name: np.ascontiguousarray(values[start : start + size]) for name, values in fed.items()}
        for start in range(0, n - size + 1, size)
    ]


def _batch_size(inputs: Sequence[Input]) -> int:
    """Return how many examples go through at once: what the model has fixed, else 1."""
    fixed = {shape[0] for _, shape, _ in inputs if shape and shape[0] is not None}
    scalars = [name for name, shape, _ in inputs if not shape]
    if len(fixed) > 1 or scalars:
        told = f"input '{scalars[0]}' is a single number" if scalars else "inputs differ in that"
        raise JobError(
            "data",
            f"the first dimension of an input counts the examples, and the model's {told}.",
            "Leave calibrated variants out, or build the model with a batch in each input.",
        )
    return next(iter(fixed), 1) or 1
