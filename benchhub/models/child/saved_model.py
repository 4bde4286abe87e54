"""SavedModels with one signature: how functions are saved as such, and how folders are read.

A function is saved in a plain module beside the variables that it uses. Keras 3 keeps its
variables where TensorFlow's tracking does not find them; a SavedModel of such a model converts
without complaint to a file whose outputs are NaN.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import saved_model_pb2

from benchhub.models.child.disk import demand_disk
from benchhub.models.child.job import JobError
from benchhub.models.child.telling import first_line

SIGNATURE = "serving_default"
FOLDER = "saved_model"
_FILE = "saved_model.pb"
_INITIALISER = "__saved_model_init_op"
_SERVING = "serve"


def save(
    function: Callable[..., Any], specs: Sequence[Any], target: Path, owner: Any = None
) -> None:
    """Save a function as a SavedModel whose only signature is `serving_default`.

    Args:
        function: Takes a tensor for each spec and returns tensors.
        specs: Name, shape and type of each input; names as `named` makes them.
        target: Folder to make.
        owner: Holds what else the function needs, e.g. tables; None for nothing.

    Raises:
        JobError: It cannot be traced or saved, or the disk is full.
        OSError: The folder cannot be written.
    """
    try:
        concrete = tf.function(function).get_concrete_function(*specs)
        carrier = tf.Module()
        carrier.state = list(concrete.graph.variables)
        carrier.owner = owner
        tf.saved_model.save(carrier, str(target), signatures={SIGNATURE: concrete})
    except Exception as error:  # the network's own code runs here
        demand_disk(error, "the SavedModel")
        raise JobError(
            "model", f"it cannot be saved as a SavedModel: {first_line(error)}", ""
        ) from error


def named(
    inputs: Sequence[tuple[str | None, Sequence[int | None], Any]], batch: int | None
) -> list[Any]:
    """Return the specs of inputs: names that a signature may have, and the batch fixed if asked.

    Args:
        inputs: Name, shape and type of each; the first dimension is the batch, None is open.
        batch: Examples that go through at once; None leaves it as it is.

    Raises:
        JobError: Another batch is fixed already.
    """
    if batch is not None and not any(shape and shape[0] is None for _, shape, _ in inputs):
        fixed = {shape[0] for _, shape, _ in inputs if shape}
        if fixed != {batch}:
            told = " and ".join(str(size) for size in sorted(fixed, key=str)) or "not there"
            raise JobError(
                "model",
                f"`batch_size: {batch}`, and the model's batch is {told} already.",
                "Leave `batch_size` out, or build the model with an open batch.",
            )
    specs: list[Any] = []
    for place, (name, shape, dtype) in enumerate(inputs):
        plain = re.sub(r"[^A-Za-z0-9_]", "_", name or "").strip("_")
        if not plain or not plain[0].isalpha() or plain in [spec.name for spec in specs]:
            plain = f"{plain or 'input'}_{place}".lstrip("_")
            plain = plain if plain[0].isalpha() else f"input_{plain}"
        sizes = [batch, *shape[1:]] if shape and shape[0] is None else list(shape)
        specs.append(tf.TensorSpec(sizes, dtype, name=plain))
    return specs


def save_concrete(concrete: Any, target: Path, batch: int | None, owner: Any = None) -> None:
    """Save a concrete function or a signature, as `save` does.

    Args:
        concrete: What is saved.
        target: Folder to make.
        batch: As in `named`.
        owner: As in `save`.

    Raises:
        JobError: Its inputs are no plain tensors, or as in `save`.
        OSError: The folder cannot be written.
    """
    structure = concrete.structured_input_signature
    leaves = tf.nest.flatten(structure)
    specs = [leaf for leaf in leaves if isinstance(leaf, tf.TypeSpec)]
    inputs = [_plain(spec) for spec in specs]

    def function(*values: Any) -> Any:
        # Other leaves are what the function was traced with, such as a default of None.
        given = iter(values)
        filled = [next(given) if isinstance(leaf, tf.TypeSpec) else leaf for leaf in leaves]
        args, kwargs = tf.nest.pack_sequence_as(structure, filled)
        return concrete(*args, **kwargs)

    save(function, named(inputs, batch), target, owner)


def _plain(spec: Any) -> tuple[str | None, list[int | None], Any]:
    """Return name, shape and type of an input. Raises JobError if it is no plain tensor."""
    if not isinstance(spec, tf.TensorSpec):
        raise JobError("model", f"one of its inputs is a {type(spec).__name__}, no plain tensor.")
    if spec.shape.rank is None:
        raise JobError(
            "model",
            f"its input '{spec.name}' has no known number of dimensions.",
            "Save it with an input_signature that says the shape; None is an open size.",
        )
    return spec.name, spec.shape.as_list(), spec.dtype


def signatures_of(path: Path) -> Mapping[str, Any]:
    """Return the signatures of a SavedModel as its file has them; variables are not loaded.

    Raises:
        JobError: It is no SavedModel, or is damaged.
        OSError: It cannot be read.
    """
    if not path.is_dir():
        what = "it is a file, not a folder" if path.exists() else "there is no such folder"
        raise JobError("model", f"{path}: {what}.", "Name the folder that has saved_model.pb.")
    file = path / _FILE
    if not file.is_file():
        raise JobError(
            "model",
            f"{path} is no SavedModel: it has no {_FILE}.",
            "Save it with model.export(folder) or tf.saved_model.save(model, folder).",
        )
    document = saved_model_pb2.SavedModel()
    try:
        document.ParseFromString(file.read_bytes())
    except DecodeError as error:
        raise JobError(
            "model", f"{file}: damaged: {first_line(error)}", "Save it again."
        ) from error
    graphs = [one for one in document.meta_graphs if _SERVING in one.meta_info_def.tags]
    if not graphs:
        raise JobError(
            "model",
            f"{path}: it has no graph with the tag '{_SERVING}'.",
            "Save it for serving, e.g. with tf.saved_model.save.",
        )
    known = graphs[0].signature_def
    return {name: known[name] for name in known if name != _INITIALISER}


def inputs_of(signature: Any) -> list[tuple[str, list[int | None], Any]]:
    """Return name, shape and numpy type of each input of a signature; None is an open size.

    Args:
        signature: One of `signatures_of`.
    """
    details = []
    for name in sorted(signature.inputs):
        tensor = signature.inputs[name]
        sizes = [int(one.size) for one in tensor.tensor_shape.dim]
        kind = np.dtype(tf.as_dtype(tensor.dtype).as_numpy_dtype)
        details.append((name, [None if size < 0 else size for size in sizes], kind))
    return details


def choose(names: Sequence[str], wanted: str | None, path: Path) -> str:
    """Return the signature that is meant.

    Args:
        names: Those that are there.
        wanted: What the suite says; None if it does not.
        path: The SavedModel.

    Raises:
        JobError: There is none, or not that one, or one of several has to be chosen.
    """
    if not names:
        raise JobError(
            "model",
            f"{path} has no signature.",
            "Save it with one: model.export(folder), or tf.saved_model.save(model, folder, "
            "signatures=...).",
        )
    if wanted is not None and wanted not in names:
        raise JobError(
            "model",
            f"{path} has no signature '{wanted}'.",
            f"It has {', '.join(sorted(names))}.",
        )
    if wanted is None and SIGNATURE not in names and len(names) > 1:
        raise JobError(
            "model",
            f"{path} has several signatures: {', '.join(sorted(names))}.",
            "Choose one with `signature` in the suite.",
        )
    return wanted or (SIGNATURE if SIGNATURE in names else names[0])


def load(path: Path) -> Any:
    """Load a SavedModel with its variables.

    Raises:
        JobError: It is damaged, e.g. its variables are missing.
    """
    try:
        return tf.saved_model.load(str(path))
    except Exception as error:  # damaged files raise what TensorFlow trips over
        lacks = "Failed to find any matching files" in str(error)
        what = "its folder `variables` is not complete." if lacks else first_line(error)
        raise JobError(
            "model", f"{path}: cannot be loaded: {what}", "Save or copy it again."
        ) from error
