"""A model of tf_keras as a SavedModel with one signature, its inputs and outputs named."""

from __future__ import annotations

from typing import Any

import tensorflow as tf
import tf_keras as keras

SIGNATURE = "serving_default"


def export(model: Any, path: str, batch_size: int | None) -> None:
    """Write the inference of a Sequential or Functional model as a SavedModel.

    Args:
        model: Its inputs and outputs keep their names.
        path: Folder to make.
        batch_size: Fixes the first dimension; None leaves it as the model has it.
    """
    specs = [
        tf.TensorSpec(_batched(tensor.shape, batch_size), tensor.dtype, name)
        for name, tensor in zip(model.input_names, model.inputs, strict=True)
    ]

    def infer(*inputs: Any) -> dict[str, Any]:
        outputs = model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)
        return dict(zip(model.output_names, tf.nest.flatten(outputs), strict=True))

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(SIGNATURE, infer, specs)
    archive.write_out(path)


def _batched(shape: Any, batch_size: int | None) -> tuple[int | None, ...]:
    first = batch_size if batch_size is not None else shape[0]
    return (first, *shape[1:])
