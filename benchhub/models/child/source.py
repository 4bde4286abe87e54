"""Builds or loads a network once and exports it, so that all variants are made of one.

out/saved_model has the signature `serving_default`; of a model of tf-keras, out/model.keras is what
an `optimise` job goes on with.
"""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

from benchhub.models.child.callables import call
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import load, tensorflow, tool

_RANDOM = "random weights: latency and size count, accuracy does not"
_NOT_KEPT = "the model cannot be saved as a Keras file, so qat, pruned and clustered are not there"


def run(job: Job) -> dict[str, Any]:
    """Export the network of a request.

    Raises:
        JobError: It cannot be built, loaded or exported.
        OSError: Files cannot be read or written.
    """
    tensorflow()
    kinds = {"keras": _keras, "saved_model": _saved_model, "concrete_function": _concrete_function}
    return kinds[str(job.request["kind"])](job)


def _keras(job: Job) -> dict[str, Any]:
    _load_keras()
    from benchhub.models.child import keras_model, saved_model  # noqa: PLC0415 - load TensorFlow

    where, arguments = str(job.request["where"]), job.request["arguments"]
    notes: list[str] = []
    keras_model.seed_all(int(job.request["seed"]))
    job.say(f"build {Path(where).name}")
    if Path(where).is_absolute():
        model = keras_model.load(Path(where), job)
    elif ":" in where:
        model = call(where, job, **arguments)
    else:
        model = keras_model.application(where, arguments)
        notes += [] if arguments.get("weights") else [_RANDOM]
    framework = keras_model.framework_of(model, where)
    job.say("export")
    out = job.folder / "out"
    keras_model.export(model, out / saved_model.FOLDER, job.request["batch_size"])
    kept = keras_model.keep(model, out) if framework == keras_model.TF_KERAS else None
    if framework == keras_model.TF_KERAS and kept is None:
        notes.append(_NOT_KEPT)
    return {"tool": tool(framework), "model_file": kept, "framework": framework, "notes": notes}


def _saved_model(job: Job) -> dict[str, Any]:
    from benchhub.models.child import saved_model  # noqa: PLC0415 - loads TensorFlow

    request = job.request
    path = Path(str(request["where"]))
    signature = saved_model.choose(
        list(saved_model.signatures_of(path)), request["signature"], path
    )
    job.say("load")
    loaded = saved_model.load(path)
    job.say("export")
    target = job.folder / "out" / saved_model.FOLDER
    saved_model.save_concrete(loaded.signatures[signature], target, request["batch_size"], loaded)
    return _by_tensorflow()


def _concrete_function(job: Job) -> dict[str, Any]:
    from benchhub.models.child import saved_model  # noqa: PLC0415 - loads TensorFlow

    where, request = str(job.request["where"]), job.request
    _seed(int(request["seed"]))
    job.say(f"call {where}")
    # A model that nobody holds any more is there until its cycles are collected: its variables can
    # be taken over until then.
    gc.disable()
    answer = call(where, job, **request["arguments"])
    concrete, owner = answer if isinstance(answer, tuple) and len(answer) == 2 else (answer, None)
    variables = _variables(concrete, where)
    gc.enable()
    job.say(f"export {len(variables)} variables")
    target = job.folder / "out" / saved_model.FOLDER
    saved_model.save_concrete(concrete, target, request["batch_size"], _trackable(owner))
    return _by_tensorflow()


def _variables(concrete: Any, where: str) -> list[Any]:
    """Return the variables of a concrete function, which does not hold them itself.

    Raises:
        JobError: It is no concrete function, or they are gone.
    """
    if hasattr(concrete, "get_concrete_function"):
        raise JobError(
            "model",
            f"{where} returned a tf.function, not a concrete function.",
            "Return function.get_concrete_function(tf.TensorSpec(...)).",
        )
    if not hasattr(concrete, "structured_input_signature"):
        what = "nothing" if concrete is None else f"a {type(concrete).__name__}"
        raise JobError(
            "model",
            f"{where} returned {what}, not a concrete function.",
            "Return function.get_concrete_function(tf.TensorSpec(...)); a Keras model is given as "
            "`keras`.",
        )
    try:
        return list(concrete.graph.variables)
    except AssertionError as error:  # functions hold their variables weakly
        raise JobError(
            "model",
            f"{where}: the variables of the concrete function are gone.",
            "Return it with the object that holds them: (concrete function, model).",
        ) from error


def _trackable(owner: Any) -> Any:
    """Return what a SavedModel may hold of the object that came with a concrete function."""
    import keras  # noqa: PLC0415 - loads TensorFlow

    # A Keras 3 model hides its variables; they are saved by themselves, and it must not be.
    return None if isinstance(owner, keras.layers.Layer) else owner


def _load_keras() -> None:
    """Load both versions: a function of the user's may build a network of either."""
    load("keras", "convert")
    load("tf_keras", "convert")


def _seed(seed: int) -> None:
    _load_keras()
    from benchhub.models.child.keras_model import seed_all  # noqa: PLC0415 - loads TensorFlow

    seed_all(seed)


def _by_tensorflow() -> dict[str, Any]:
    return {"tool": tool("tensorflow"), "model_file": None, "framework": "tensorflow", "notes": []}
