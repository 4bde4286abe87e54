"""Keras models: built by name, loaded from files with the Keras that wrote them, and exported."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import h5py
import tensorflow as tf
import tf_keras

from benchhub.models.child import saved_model
from benchhub.models.child.disk import demand_disk
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.packages import load as load_package
from benchhub.models.child.packages import loaded
from benchhub.models.child.telling import first_line

# The file that an `optimise` job goes on with.
MODEL_FILE = "model.keras"
KERAS_3, TF_KERAS = "keras", "tf_keras"
_HDF5 = b"\x89HDF"
# What layers raise that cannot say how they are built.
_UNSAVABLE = (NotImplementedError, TypeError, ValueError, AttributeError, KeyError, RuntimeError)
# How both versions of Keras name what is not theirs.
_OWN = re.compile(r"(?:Could not locate (?:class|function) |Unknown \w+(?: \w+)?: )'([^']+)'")


def seed_all(seed: int) -> None:
    """Fix the random numbers of Python, numpy, TensorFlow and the versions of Keras in use."""
    if keras := loaded(KERAS_3):
        keras.utils.set_random_seed(seed)
    tf_keras.utils.set_random_seed(seed)


def application(name: str, arguments: Mapping[str, Any]) -> Any:
    """Build a network of keras.applications; its weights are random unless `arguments` say others.

    Raises:
        JobError: There is no such network, or it does not take the arguments.
    """
    there = {
        word: builder
        for word, builder in vars(tf_keras.applications).items()
        if word[0].isupper() and callable(builder)
    }
    if name not in there:
        close = get_close_matches(name, there, n=1) or [
            word for word in there if word.lower() == name.lower()
        ]
        hint = f"Did you mean '{close[0]}'?" if close else f"There are {', '.join(sorted(there))}."
        raise JobError(
            "model",
            f"'{name}' is no network of keras.applications.",
            f"{hint} A file ends in .keras or .h5, code is `module:function`.",
        )
    given = {word: _tuples(value) for word, value in arguments.items()}
    try:
        return there[name](**{"weights": None, **given})
    except Exception as error:  # what Keras raises for a download that fails is a plain Exception
        if "fetch failure" in str(error):
            raise JobError(
                "model",
                f"{name}: its weights cannot be downloaded: {first_line(error)}",
                "Give a file as `weights`, or leave it out for random weights.",
            ) from error
        raise JobError(
            "model", f"{name}: {first_line(error)}", "Correct `arguments` of the source."
        ) from error


def load(path: Path, job: Job) -> Any:
    """Load a model from a file, by its content and not by its name.

    Code inside the file is not run.

    Args:
        path: A .keras or .h5 file.
        job: Its folder takes a link with the right ending where the name has another.

    Raises:
        JobError: It is no such file, or cannot be loaded.
        OSError: It cannot be read.
    """
    if not path.is_file():
        what = "a folder; give it as `saved_model`" if path.is_dir() else "there is no such file"
        raise JobError("model", f"{path}: {what}.", "Paths are relative to the suite file.")
    suffix, version, config = _written_by(path)
    if _has_code(config):
        raise JobError(
            "model",
            f"{path.name}: it has a Lambda layer, whose code is not run from a file.",
            "Return the model from a `module:function`.",
        )
    named = path
    if path.suffix != suffix:
        named = job.folder / f"given{suffix}"
        named.symlink_to(path)
    library = load_package(KERAS_3, "convert") if version.startswith("3") else tf_keras
    try:
        return library.models.load_model(str(named), compile=False)
    except Exception as error:  # code of layers raises whatever it likes
        own = _OWN.search(str(error))
        what = f"it has a '{own[1]}', which is not of Keras." if own else first_line(error)
        raise JobError(
            "model",
            f"{path.name}: saved by Keras {version}, and cannot be loaded: {what}",
            "A model with classes of its own is returned by a `module:function`.",
        ) from error


def framework_of(model: Any, where: str) -> str:
    """Return which Keras a model is of.

    Raises:
        JobError: It is no Keras model, or has no weights yet.
    """
    if _of_keras_3(model):
        framework = KERAS_3
    elif isinstance(model, tf_keras.Model):
        framework = TF_KERAS
    else:
        advice = (
            "Give it as `concrete_function`."
            if hasattr(model, "structured_input_signature")
            else "Return the model: keras.Model or tf_keras.Model."
        )
        what = "nothing" if model is None else f"a {type(model).__name__}"
        raise JobError("model", f"{where} returned {what}, not a Keras model.", advice)
    if not model.built:
        raise JobError(
            "model",
            f"{where} returned a model that is not built: its inputs are not known.",
            "Begin it with an Input layer, or call it once on an example.",
        )
    return framework


def export(model: Any, target: Path, batch: int | None) -> None:
    """Save a model for inference: signature `serving_default`, inputs by their names.

    Outputs are `output_0` and so on, or the keys of a dictionary: names of layers would differ
    between a model and what an optimisation makes of it.

    Args:
        model: Of either Keras.
        target: Folder to make.
        batch: Examples that go through at once; None leaves it as the model has it.

    Raises:
        JobError: It cannot be saved, or has another batch.
        OSError: The folder cannot be written.
    """
    if not getattr(model, "inputs", None):
        _export_subclassed(model, target, batch)
        return
    tree = loaded(KERAS_3).tree if _of_keras_3(model) else tf.nest
    structure = getattr(model, "input", model.inputs[0])  # a Sequential of Keras 3 has none
    inputs = [(tensor.name, list(tensor.shape), tensor.dtype) for tensor in model.inputs]

    def inference(*values: Any) -> Any:
        return model(tree.pack_sequence_as(structure, list(values)), training=False)

    specs = saved_model.named(inputs, batch)
    try:
        saved_model.save(inference, specs, target)
    except JobError as error:
        # Tables and the like are not among a function's variables. Not so at first: tf-keras
        # traces each layer of a model that it is to save, which takes far longer.
        if error.kind != "model" or not isinstance(model, tf_keras.Model):
            raise
        shutil.rmtree(target, ignore_errors=True)
        saved_model.save(inference, specs, target, model)


def keep(model: Any, folder: Path) -> str | None:
    """Save a model to be fine-tuned; return the name of the file, None if that does not work.

    Raises:
        JobError: The disk is full.
        OSError: The folder cannot be written.
    """
    path = folder / MODEL_FILE
    try:
        model.save(str(path))
    except (OSError, *_UNSAVABLE) as error:
        demand_disk(error, MODEL_FILE)
        path.unlink(missing_ok=True)
        return None
    return MODEL_FILE


def _export_subclassed(model: Any, target: Path, batch: int | None) -> None:
    """Export a model whose inputs only Keras itself knows, from when it was first called."""
    first = target.parent.with_name("first")
    try:
        model.export(str(first))
    except Exception as error:  # the network's own code runs here
        demand_disk(error, "the SavedModel")
        raise JobError(
            "model",
            f"it cannot be exported: {first_line(error)}",
            "Begin it with an Input layer, or give its function as `concrete_function`.",
        ) from error
    loaded = saved_model.load(first)
    saved_model.save_concrete(loaded.signatures[saved_model.SIGNATURE], target, batch, loaded)
    shutil.rmtree(first)


def _of_keras_3(model: Any) -> bool:
    keras = loaded(KERAS_3)
    return keras is not None and isinstance(model, keras.Model)


def _has_code(config: Any) -> bool:
    """Return whether a model's description carries Python code of whoever made the file.

    Only of .keras files does Keras itself refuse to run that.
    """
    left = [config]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if one.get("function_type") == "lambda" or one.get("class_name") == "__lambda__":
                return True
            left += one.values()
        elif isinstance(one, list):
            left += one
    return False


def _tuples(value: Any) -> Any:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else value


def _written_by(path: Path) -> tuple[str, str, Any]:
    """Return the ending that a file should have, the Keras that wrote it, and its description."""
    with path.open("rb") as file:
        magic = file.read(4)
    try:
        if magic.startswith(b"PK"):
            with zipfile.ZipFile(path) as archive:
                metadata = json.loads(archive.read("metadata.json"))
                config = json.loads(archive.read("config.json"))
            return ".keras", str(metadata["keras_version"]), config
        if magic == _HDF5:
            with h5py.File(path, "r") as file:
                config = json.loads(file.attrs["model_config"])
                version = str(file.attrs.get("keras_version", "2"))
            return ".h5", version, config
    except (KeyError, ValueError, OSError, RecursionError, zipfile.BadZipFile) as error:
        missing = isinstance(error, KeyError) and magic == _HDF5
        what = "it has weights only, not the model." if missing else f"damaged: {first_line(error)}"
        raise JobError(
            "model", f"{path.name}: {what}", "Save the whole model: model.save(path)."
        ) from error
    raise JobError(
        "model",
        f"{path.name}: neither a .keras nor a .h5 file of Keras.",
        "Save the model with model.save(path).",
    )
