"""Builds or loads a network once and exports it, so that every variant is made of the same weights.

out/saved_model has the signature `serving_default`; of a model of tf-keras, out/model.keras is what
an `optimise` job goes on with.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from benchhub.models.child.callables import call
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import keras_version, tensorflow

SIGNATURE = "serving_default"
SAVED_MODEL = "saved_model"
# Names of keras.applications that are functions of something else.
_NO_NETWORKS = frozenset({"Model"})


def run(job: Job) -> dict[str, Any]:
    """Export the network of a request.

    Raises:
        JobError: It cannot be built, loaded or exported.
    """
    tensorflow()
    job.watch()
    kinds = {"keras": _keras, "saved_model": _saved_model, "concrete_function": _function}
    return kinds[str(job.request["kind"])](job)


def _keras(job: Job) -> dict[str, Any]:
    """Build or load a Keras model and export it."""
    import tensorflow as tf  # noqa: PLC0415 - only this kind of job needs it

    request = job.request
    where = str(request["where"])
    notes: list[str] = []
    if ":" in where and not Path(where).is_absolute():
        _seed(int(request["seed"]))
        job.say(f"call {where}")
        model = call(where, job, **request["arguments"])
    elif Path(where).is_absolute():
        job.say("load")
        model = _loaded(Path(where))
    else:
        job.say(f"build {where}")
        model, notes = _application(where, request["arguments"], int(request["seed"]))
    framework = _framework(model, where)
    batch = request["batch_size"]
    job.say("export")
    target = job.folder / "out" / SAVED_MODEL
    specs = [_spec(tf, tensor, batch) for tensor in model.inputs]
    _export(framework, model, target, specs)
    kept = _kept(model, job.folder / "out", notes) if framework == "tf_keras" else None
    return {
        "tool": f"{framework} {keras_version(framework)}",
        "model_file": kept,
        "framework": framework,
        "notes": notes,
    }


def _seed(seed: int) -> None:
    """Fix the random numbers of both Keras versions, of numpy and of Python."""
    import keras  # noqa: PLC0415
    import tf_keras  # noqa: PLC0415

    keras.utils.set_random_seed(seed)
    tf_keras.utils.set_random_seed(seed)


def _application(name: str, arguments: Mapping[str, Any], seed: int) -> tuple[Any, list[str]]:
    import tf_keras  # noqa: PLC0415

    known = {
        word: value
        for word, value in vars(tf_keras.applications).items()
        if word[0].isupper() and callable(value) and word not in _NO_NETWORKS
    }
    if name not in known:
        close = get_close_matches(name, known, n=1)
        hint = f"Did you mean '{close[0]}'?" if close else f"There are: {', '.join(sorted(known))}."
        raise JobError(
            "model",
            f"'{name}' is no network of keras.applications.",
            f"{hint} Files end in .keras.",
        )
    tf_keras.utils.set_random_seed(seed)
    given = {
        key: tuple(value) if isinstance(value, list) else value for key, value in arguments.items()
    }
    notes = [] if given.get("weights") else ["random weights"]
    try:
        return known[name](**{"weights": None, **given}), notes
    except (TypeError, ValueError) as error:
        line = str(error).strip().splitlines()[0]
        raise JobError("model", f"{name}: {line}", "Correct `arguments`.") from error
    except Exception as error:
        if not given.get("weights"):
            raise
        line = str(error).strip().splitlines()[0]
        raise JobError("model", f"{name}: its weights cannot be had: {line}") from error


def _loaded(path: Path) -> Any:
    """Load a Keras file with the version of Keras that wrote it."""
    try:
        major = _written_by(path)
        if major >= 3:
            import keras  # noqa: PLC0415

            return keras.models.load_model(path, compile=False)
        import tf_keras  # noqa: PLC0415

        return tf_keras.models.load_model(path, compile=False)
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        lines = [line for line in str(error).splitlines() if line.strip()] or [""]
        raise JobError(
            "model",
            f"{path.name}: cannot be loaded as a Keras model: {lines[0].strip()}",
            "Models with classes of your own: return the model from a `module:function`.",
        ) from error


def _written_by(path: Path) -> int:
    """Return the major version of the Keras that wrote a file."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            version = json.loads(archive.read("metadata.json"))["keras_version"]
    else:
        import h5py  # noqa: PLC0415 - comes with Keras

        with h5py.File(path, "r") as file:
            if "model_config" not in file.attrs:
                raise ValueError("it has weights only; save the whole model")
            version = file.attrs.get("keras_version", "2")
    return int(str(version).split(".")[0])


def _framework(model: Any, where: str) -> str:
    import keras  # noqa: PLC0415
    import tf_keras  # noqa: PLC0415

    if isinstance(model, tf_keras.Model):
        framework = "tf_keras"
    elif isinstance(model, keras.Model):
        framework = "keras"
    else:
        raise JobError(
            "model",
            f"{where} returned a {type(model).__name__}, not a Keras model.",
            "A concrete function is given as `concrete_function`.",
        )
    if not model.built or not getattr(model, "inputs", None):
        raise JobError(
            "model",
            f"{where} returned a model whose inputs are not known.",
            "Begin it with an Input layer.",
        )
    return framework


def _spec(tf: Any, tensor: Any, batch: int | None) -> Any:
    shape = [batch, *list(tensor.shape)[1:]]
    name = tensor.name.split(":")[0]
    return tf.TensorSpec(shape, tensor.dtype, name=name)


def _export(framework: str, model: Any, target: Path, specs: list[Any]) -> None:
    """Export with the inputs by their names and a batch that is open or fixed."""
    import tensorflow as tf  # noqa: PLC0415

    if framework == "tf_keras":
        function = tf.function(lambda *values: model(_given(values), training=False))
        concrete = function.get_concrete_function(*specs)
        tf.saved_model.save(model, str(target), signatures=concrete)
        return
    import keras  # noqa: PLC0415

    # Keras 3 keeps its variables where tf.saved_model does not find them; ExportArchive does.
    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(
        SIGNATURE, lambda *values: model(_given(values), training=False), input_signature=specs
    )
    archive.write_out(str(target), verbose=False)


def _given(values: tuple[Any, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def _kept(model: Any, out: Path, notes: list[str]) -> str | None:
    """Save the model itself; return the name of the file."""
    name = "model.keras"
    try:
        model.save(out / name)
    except (NotImplementedError, TypeError, ValueError) as error:
        line = str(error).strip().splitlines()[0]
        notes.append(f"cannot be saved to be fine-tuned: {line}")
        return None
    return name


def _saved_model(job: Job) -> dict[str, Any]:
    """Take over a SavedModel: its signature becomes the only one."""
    import tensorflow as tf  # noqa: PLC0415

    path, wanted = Path(str(job.request["where"])), job.request["signature"]
    if not (path / "saved_model.pb").is_file():
        raise JobError(
            "model", f"{path.name} is no SavedModel: it has no saved_model.pb.", "Name its folder."
        )
    job.say("load")
    try:
        loaded = tf.saved_model.load(str(path))
    except (OSError, ValueError, tf.errors.OpError) as error:
        line = str(error).strip().splitlines()[0]
        raise JobError("model", f"{path.name}: cannot be loaded: {line}") from error
    signatures = dict(loaded.signatures)
    if not signatures:
        raise JobError(
            "model",
            f"{path.name} has no signature.",
            "Save it with one: tf.saved_model.save(model, folder, signatures=...), or "
            "model.export(folder).",
        )
    if wanted is None and len(signatures) > 1 and SIGNATURE not in signatures:
        raise JobError(
            "model",
            f"{path.name} has several signatures: {', '.join(signatures)}.",
            "Choose one: `signature` beside `saved_model`.",
        )
    key = wanted or (SIGNATURE if SIGNATURE in signatures else next(iter(signatures)))
    if key not in signatures:
        raise JobError(
            "model",
            f"{path.name} has no signature '{key}'.",
            f"It has: {', '.join(signatures)}.",
        )
    target = job.folder / "out" / SAVED_MODEL
    batch = job.request["batch_size"]
    if key == SIGNATURE and batch is None:
        shutil.copytree(path, target)
    else:
        tf.saved_model.save(loaded, str(target), signatures=_with_batch(signatures[key], batch))
    return _done_by_tensorflow()


def _with_batch(concrete: Any, batch: int | None) -> Any:
    """Return a signature with a fixed batch."""
    import tensorflow as tf  # noqa: PLC0415

    if batch is None:
        return concrete
    specs = {
        name: tf.TensorSpec([batch, *spec.shape[1:]], spec.dtype, name=name)
        for name, spec in concrete.structured_input_signature[1].items()
    }

    def fixed(**values: Any) -> Any:
        return concrete(**values)

    return tf.function(fixed).get_concrete_function(**specs)


def _function(job: Job) -> dict[str, Any]:
    """Freeze a concrete function: the values of its variables become constants."""
    import tensorflow as tf  # noqa: PLC0415
    from tensorflow.python.framework.convert_to_constants import (  # noqa: PLC0415
        convert_variables_to_constants_v2,
    )

    where = str(job.request["where"])
    _seed(int(job.request["seed"]))
    job.say(f"call {where}")
    answer = call(where, job, **job.request["arguments"])
    concrete = answer[0] if isinstance(answer, tuple) and answer else answer
    if not hasattr(concrete, "structured_input_signature"):
        raise JobError(
            "model",
            f"{where} returned a {type(concrete).__name__}, not a concrete function.",
            "Return function.get_concrete_function(tf.TensorSpec(...)).",
        )
    job.say("export")
    try:
        frozen = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    except (ValueError, tf.errors.OpError) as error:
        line = str(error).strip().splitlines()[0]
        raise JobError("model", f"{where}: cannot be frozen: {line}") from error
    names = _argument_names(concrete)
    specs = [
        tf.TensorSpec(_batched(tensor.shape, job.request["batch_size"]), tensor.dtype, name=name)
        for tensor, name in zip(frozen.inputs, names, strict=True)
    ]

    def thawed(*values: Any) -> Any:
        return frozen(*values)

    module = tf.Module()
    module.frozen = tf.function(thawed, input_signature=specs)
    tf.saved_model.save(
        module,
        str(job.folder / "out" / SAVED_MODEL),
        signatures=module.frozen.get_concrete_function(),
    )
    return _done_by_tensorflow()


def _argument_names(concrete: Any) -> list[str]:
    return [tensor.name.split(":")[0] for tensor in concrete.inputs if not _is_resource(tensor)]


def _is_resource(tensor: Any) -> bool:
    return str(tensor.dtype.name) == "resource"


def _batched(shape: Any, batch: int | None) -> list[int | None]:
    sizes = list(shape)
    return sizes if batch is None or not sizes else [batch, *sizes[1:]]


def _done_by_tensorflow() -> dict[str, Any]:
    import tensorflow as tf  # noqa: PLC0415

    return {
        "tool": f"tensorflow {tf.__version__}",
        "model_file": None,
        "framework": "tensorflow",
        "notes": [],
    }
