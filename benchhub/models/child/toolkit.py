"""TensorFlow's model optimisation toolkit: wraps the layers of a model, and unwraps them.

The toolkit is imported first: it sets TF_USE_LEGACY_KERAS, which tf.keras reads when it is touched.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow_model_optimization as tfmot  # isort: skip
import numpy as np
import tf_keras as keras

from benchhub.models.child.callables import load_callable
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.telling import first_line

# What the toolkit and Keras raise where a model does not suit them.
_ERRORS = (ValueError, TypeError, RuntimeError, AttributeError, OSError)
# Pruning ends there, so that the rest of the steps can mend what it cost.
_PRUNED_AT = 0.75
# Masks are computed anew about that often.
_MASKS = 100
# Less than that below the wish is rounding: a small kernel has few weights.
_SLACK = 0.02


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A model that is ready to be fine-tuned.

    Attributes:
        model: A Keras model.
        callbacks: What training has to call.
    """

    model: Any
    callbacks: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """A model without wrappers.

    Attributes:
        model: A Keras model; with qat the ranges are inside.
        sparsity: Share of zeros in the kernels that were pruned; None if none were.
        clusters: Most distinct values of a kernel that was clustered; None if none were.
        notes: What to know about it.
    """

    model: Any
    sparsity: float | None = None
    clusters: int | None = None
    notes: tuple[str, ...] = ()


def opened(path: Path, job: Job) -> Any:
    """Load a Keras file; classes of the user's own are those of the module that built the model.

    Raises:
        JobError: It cannot be loaded, or is neither Sequential nor Functional.
    """
    where = job.request.get("where")
    own = _own_objects(str(where), job) if where else {}
    try:
        model = keras.models.load_model(path, custom_objects=own, compile=False, safe_mode=not own)
    except _ERRORS as error:
        raise JobError(
            "model",
            f"it cannot be loaded again from its Keras file: {first_line(error)}",
            "Layers of your own need get_config(); see keras.saving.",
        ) from error
    if not getattr(model, "inputs", None):
        raise JobError(
            "model",
            "it is a subclassed model, which the toolkit does not support.",
            "Build it as a Sequential or Functional model.",
        )
    return model


def wrapped(model: Any, request: Mapping[str, Any], steps: int) -> Wrapped:
    """Return a model whose training prunes, clusters or learns ranges.

    Args:
        model: A Sequential or Functional model.
        request: Of the job: `optimisation`, `sparsity`, `clusters`.
        steps: Training steps in all.

    Raises:
        JobError: The toolkit does not support a layer, or there is nothing to do.
    """
    optimisation = request["optimisation"]
    try:
        if optimisation == "qat":
            return Wrapped(tfmot.quantization.keras.quantize_model(model))
        if optimisation == "pruned":
            schedule = _schedule(float(request["sparsity"]), steps)
            pruned = _cloned(model, _pruning(schedule))
            return Wrapped(pruned, (tfmot.sparsity.keras.UpdatePruningStep(),))
        return Wrapped(_cloned(model, _clustering(int(request["clusters"]))))
    except _ERRORS as error:
        raise JobError(
            "model",
            f"the toolkit cannot make it {optimisation}: {first_line(error)}",
            "Leave this variant out, or build the model of layers that it supports.",
        ) from error


def finished(done: Wrapped, request: Mapping[str, Any]) -> Finished:
    """Return the trained model without wrappers, and what became of it.

    Raises:
        JobError: None of its layers was pruned or clustered.
    """
    optimisation = request["optimisation"]
    if optimisation == "qat":
        return Finished(done.model)
    if optimisation == "pruned":
        kernels = [
            variable
            for layer in _layers(done.model)
            for variable, _, _ in getattr(layer, "pruning_vars", ())
        ]
        model = tfmot.sparsity.keras.strip_pruning(done.model)
        share = zero_share([kernel.numpy() for kernel in _demand(kernels, "prunes")])
        wish = float(request["sparsity"])
        notes = (f"sparsity {share:.2f}, not {wish:g}",) if share < wish - _SLACK else ()
        return Finished(model, sparsity=share, notes=notes)
    names = {
        layer.layer.name: set(re.split(r"[/.]", "/".join(layer.original_clusterable_weights)))
        for layer in _layers(done.model)
        if getattr(layer, "original_clusterable_weights", None)
    }
    model = tfmot.clustering.keras.strip_clustering(done.model)
    kernels = [
        weight
        for layer in _layers(model)
        for weight in (layer.weights if layer.name in names else ())
        if re.split(r"[/:]", weight.name)[-2] in names[layer.name]
    ]
    most = max(distinct(kernel.numpy()) for kernel in _demand(kernels, "clusters"))
    return Finished(model, clusters=most)


def zero_share(kernels: list[Any]) -> float:
    """Return the share of zeros among all values of some arrays."""
    zeros = sum(int(np.count_nonzero(kernel == 0)) for kernel in kernels)
    return zeros / sum(int(kernel.size) for kernel in kernels)


def distinct(kernel: Any) -> int:
    """Return how many different values an array has."""
    return int(np.unique(kernel).size)


def _own_objects(where: str, job: Job) -> dict[str, Any]:
    load_callable(where, job)
    module = sys.modules[where.partition(":")[0]]
    return {
        name: value
        for name, value in vars(module).items()
        if callable(value) and getattr(value, "__module__", None) == module.__name__
    }


def _schedule(sparsity: float, steps: int) -> Any:
    """Return a schedule from no zeros to the wish; the toolkit counts steps from 1.

    It reaches the wish at a step where masks are computed, also in a training of few steps.
    """
    end = max(1, int(steps * _PRUNED_AT))
    every = max(1, end // _MASKS)
    return tfmot.sparsity.keras.PolynomialDecay(
        initial_sparsity=0.0,
        final_sparsity=sparsity,
        begin_step=0,
        end_step=end - end % every,
        frequency=every,
    )


def _pruning(schedule: Any) -> Callable[[Any], Any]:
    return lambda layer: tfmot.sparsity.keras.prune_low_magnitude(layer, pruning_schedule=schedule)


def _clustering(clusters: int) -> Callable[[Any], Any]:
    start = tfmot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS
    return lambda layer: tfmot.clustering.keras.cluster_weights(
        layer, number_of_clusters=clusters, cluster_centroids_init=start
    )


def _cloned(model: Any, wrap: Callable[[Any], Any]) -> Any:
    """Return a model with wrapped layers; one without kernels, known or not, stays as it is."""

    def clone(layer: Any) -> Any:
        if isinstance(layer, keras.Model):
            return _cloned(layer, wrap)
        if isinstance(layer, keras.layers.InputLayer):
            return layer.__class__.from_config(layer.get_config())
        return wrap(layer) if any(len(one.shape) > 1 for one in layer.weights) else layer

    return keras.models.clone_model(model, clone_function=clone)


def _layers(model: Any) -> Iterator[Any]:
    """Yield the layers of a model and of the models in it."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _layers(layer)
        else:
            yield layer


def _demand(kernels: list[Any], does: str) -> list[Any]:
    if not kernels:
        raise JobError(
            "model",
            f"it has no layer that the toolkit {does}.",
            "Leave this variant out: it would be the same as without.",
        )
    return kernels
