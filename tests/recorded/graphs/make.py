"""Makes the small models of this folder again: `python make.py FOLDER`.

Needs TensorFlow 2.21, ai-edge-quantizer 0.10 and, for labelled.tflite, tflite-support 0.4.4. Sizes
of dimensions differ from each other so that a formula that mixes them up gives another number.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras
import tensorflow as tf
from keras import layers

FOLDER = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent


def write(name: str, converter: Any, **options: Any) -> None:
    for key, value in options.items():
        setattr(converter, key, value)
    (FOLDER / f"{name}.tflite").write_bytes(converter.convert())


def from_keras(name: str, model: Any, **options: Any) -> None:
    write(name, tf.lite.TFLiteConverter.from_keras_model(model), **options)


def sequential(name: str, shape: tuple[int, ...], *parts: Any, **options: Any) -> None:
    from_keras(name, keras.Sequential([layers.Input(shape), *parts]), **options)


def from_function(
    name: str, function: Callable[..., Any], *shapes: tuple[int | None, ...], **options: Any
) -> None:
    names = "abc"
    specs = [tf.TensorSpec(shape, tf.float32, name=names[at]) for at, shape in enumerate(shapes)]
    concrete = tf.function(function, input_signature=specs).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], tf.Module())
    write(name, converter, **options)


def convolutions() -> None:
    sequential(
        "transposed",
        (7, 6, 3),
        layers.Conv2DTranspose(5, 3, strides=2, padding="same"),
        layers.Conv2DTranspose(4, 4, strides=2, padding="valid"),
    )
    sequential(
        "volume",
        (6, 7, 5, 3),
        layers.Conv3D(5, (3, 2, 2), strides=(1, 2, 1), padding="same"),
        layers.Conv3D(4, 2, padding="valid"),
    )
    sequential(
        "dilated",
        (13, 12, 4),
        layers.Conv2D(8, 3, dilation_rate=2, padding="same"),
        layers.Conv2D(8, 3, groups=4),
        layers.SeparableConv2D(10, 3, strides=2),
        layers.AveragePooling2D(2, padding="same"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3),
    )
    image = layers.Input((None, None, 3))
    found = layers.Conv2D(4, 3, strides=2, padding="same")(image)
    found = layers.UpSampling2D()(layers.MaxPool2D()(found))
    from_keras("open", keras.Model(image, layers.Dense(2)(layers.GlobalMaxPooling2D()(found))))


def products() -> None:
    sequential(
        "rows",
        (10, 6),
        layers.Dense(7),
        layers.Reshape((2, 35)),
        layers.Dense(3),
        layers.Flatten(),
        layers.Dense(2),
    )
    data = layers.Input((9, 8))
    attended = layers.MultiHeadAttention(2, 4)(data, data)
    from_keras("attention", keras.Model(data, layers.LayerNormalization()(attended + data)))
    from_function(
        "adjoint", lambda a, b: tf.matmul(a, b, transpose_a=True), (None, 3, 4), (None, 3, 5)
    )
    from_function("stretched", lambda a, b: tf.matmul(a, b, transpose_b=True), (2, 3, 4), (1, 5, 4))


def rearrangements() -> None:
    def tiled(a: Any) -> Any:
        padded = tf.pad(tf.stack([a[:, 0], a[:, 1]], 1), [[0, 0], [1, 1], [0, 0]])
        return tf.concat([tf.tile(a, [1, 2, 1]), padded], 1)

    def parted(a: Any) -> Any:
        pieces = (*tf.split(a, 3, axis=2), *tf.unstack(a, axis=1))
        return (*pieces, *tf.split(a, [1, 3], axis=1))

    def resized(a: Any) -> Any:
        nearest = tf.image.resize(a, (5, 6), "nearest")
        best = tf.cast(tf.argmax(nearest, -1), tf.float32)
        return tf.image.resize(a, (5, 6))[..., 0:2] + best[..., None]

    def blocks(a: Any) -> Any:
        found = tf.nn.depth_to_space(tf.nn.space_to_depth(a, 2), 2)
        return found[:, ::2, 1:-1] + tf.reduce_max(a, axis=[1, 2], keepdims=True)[:, :1, :1]

    from_function("tiled", tiled, (None, 4, 6))
    from_function("parted", parted, (None, 4, 6))
    from_function("resized", resized, (None, 8, 8, 3))
    from_function("blocks", blocks, (None, 4, 6, 3))
    words = layers.Input((12,), dtype="int32")
    found = layers.Embedding(50, 8)(words)
    found = layers.Conv1D(6, 3, padding="causal", dilation_rate=2)(found)
    from_keras("words", keras.Model(words, found))


def recurrent() -> None:
    import tf_keras  # noqa: PLC0415 - its LSTM is still fused

    model = tf_keras.Sequential(
        [
            tf_keras.layers.Input((10, 3), batch_size=1),
            tf_keras.layers.LSTM(6, return_sequences=True),
            tf_keras.layers.Dense(2),
        ]
    )
    call = tf.function(model).get_concrete_function(tf.TensorSpec((1, 10, 3), tf.float32, name="a"))
    write("fused_lstm", tf.lite.TFLiteConverter.from_concrete_functions([call], model))


def operators() -> None:
    from_function(
        "branch", lambda a: tf.cond(tf.reduce_sum(a) > 0, lambda: a * 2, lambda: a - 1), (4,)
    )
    both = [tf.lite.OpsSet.TFLITE_BUILTINS, tf.lite.OpsSet.SELECT_TF_OPS]
    from_function(
        "flex",
        lambda a: tf.linalg.det(a) + tf.reduce_sum(tf.linalg.inv(a)),
        (3, 3),
        target_spec=tf.lite.TargetSpec(supported_ops=both),
    )
    from_function("custom", tf.math.erfinv, (4,), allow_custom_ops=True)


def types() -> None:
    part = layers.Dense(40, kernel_initializer=few)
    sequential(
        "float16",
        (30,),
        part,
        optimizations=[tf.lite.Optimize.DEFAULT],
        target_spec=tf.lite.TargetSpec(supported_types=[tf.float16]),
    )
    sequential(
        "sparse",
        (64,),
        layers.Dense(32, kernel_initializer=few),
        optimizations=[tf.lite.Optimize.EXPERIMENTAL_SPARSITY],
    )
    sequential("plain", (31,), layers.Dense(33))
    from ai_edge_quantizer import quantizer, recipe  # noqa: PLC0415

    for name, how in (
        ("int4", recipe.weight_only_wi4_afp32),
        ("dynamic4", recipe.dynamic_wi4_afp32),
    ):
        one = quantizer.Quantizer(str(FOLDER / "plain.tflite"))
        one.load_quantization_recipe(how())
        (FOLDER / f"{name}.tflite").unlink(missing_ok=True)
        one.quantize().export_model(str(FOLDER / f"{name}.tflite"))


def few(shape: Any, dtype: Any = None) -> Any:
    """Return numbers of which nine in ten are zero."""
    values = tf.random.stateless_uniform(shape, (1, 2))
    return tf.cast(tf.where(values > 0.9, values, 0.0), dtype or tf.float32)


def main() -> None:
    keras.utils.set_random_seed(0)
    for make in (convolutions, products, rearrangements, recurrent, operators, types):
        make()


if __name__ == "__main__":
    main()
