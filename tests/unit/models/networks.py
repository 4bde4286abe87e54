"""Networks and data as a suite's own module has them; copied beside the suite of a test.

Only jobs import it, as it loads TensorFlow.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tf_keras

HERE = Path(__file__).parent
IMAGE = np.random.default_rng(5).random((3, 6, 6, 1), np.float32)
PAIR = {
    "left": np.random.default_rng(6).random((2, 4), np.float32),
    "right": np.random.default_rng(7).random((2, 3), np.float32),
}


def _small(library: Any, units: int) -> Any:
    layers = library.layers
    return library.Sequential(
        [
            layers.Input((6, 6, 1), name="image"),
            layers.Conv2D(4, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dense(units, activation="softmax"),
        ]
    )


def _told(model: Any, name: str) -> Any:
    """Write what a model itself makes of the image."""
    np.save(HERE / f"{name}.npy", model(IMAGE, training=False))
    return model


def three(units: int = 5, told: str = "other") -> Any:
    return _told(_small(keras, units), told)


def two(told: str = "other") -> Any:
    return _told(_small(tf_keras, 5), told)


def named() -> Any:
    """Two inputs in a dictionary, two outputs in another, and a name that no signature may have."""

    left, right = keras.Input((4,), name="left side"), keras.Input((3,), name="right")
    both = keras.layers.Concatenate()([left, right])
    outputs = {"sum": keras.layers.Dense(1)(both), "class": keras.layers.Dense(2)(both)}
    model = keras.Model({"left side": left, "right": right}, outputs)
    told = model({"left side": PAIR["left"], "right": PAIR["right"]})
    np.savez(HERE / "named.npz", **{name: value.numpy() for name, value in told.items()})
    return model


def subclassed() -> Any:
    class Net(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.inner = _small(keras, 3)

        def call(self, image: Any) -> Any:
            return self.inner(image)

    return _told(Net(), "subclassed")


def unbuilt() -> Any:
    return keras.Sequential([keras.layers.Dense(3)])


def recurrent(unroll: bool = False) -> Any:  # noqa: FBT001, FBT002 - an argument of the suite
    return keras.Sequential([keras.Input((4, 3)), keras.layers.LSTM(3, unroll=unroll)])


def recurrent_two() -> Any:
    return tf_keras.Sequential([tf_keras.layers.Input((4, 3)), tf_keras.layers.LSTM(3)])


def operators() -> Any:
    """Sine has no integer kernel; the determinant has none at all."""

    def function(x: Any) -> Any:
        return tf.nn.relu(tf.sin(x @ tf.ones((4, 3))) @ tf.ones((3, 2)))

    return tf.function(function).get_concrete_function(tf.TensorSpec([None, 4], name="x"))


def determinant() -> Any:
    function = tf.function(tf.linalg.det)
    return function.get_concrete_function(tf.TensorSpec([None, 3, 3], name="x"))


def concrete() -> Any:
    """A Keras 3 model as a function: converted directly its outputs are NaN."""

    model = three(told="concrete")
    function = tf.function(lambda image: model(image, training=False))
    return function.get_concrete_function(tf.TensorSpec([None, 6, 6, 1], name="image"))


def _module() -> Any:
    class Scaling(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = tf.Variable(3.0)

        @tf.function(input_signature=[tf.TensorSpec([None, 2], name="x")])
        def scaled(self, x: Any) -> Any:
            return self.factor * x

    return Scaling()


def with_owner() -> Any:
    with (HERE / "calls.txt").open("a") as file:
        file.write("called\n")
    module = _module()
    return module.scaled.get_concrete_function(), module


def without_owner() -> Any:
    module = _module()
    return module.scaled.get_concrete_function()


def not_concrete() -> Any:
    return tf.function(lambda x: x)


def number() -> Any:
    return 3


def broken() -> Any:
    left = None
    return left.weights


def files() -> Any:
    """Write what other tests load."""

    small = {"two": two("files_two"), "three": three(told="files_three")}
    for name, model in small.items():
        model.save(HERE / f"{name}.keras")
        model.save(HERE / f"{name}.h5")
    (HERE / "three.keras").rename(HERE / "renamed.bin")
    small["two"].save_weights(HERE / "only.weights.h5")
    for library in (keras, tf_keras):
        code = library.Sequential([library.layers.Input((3,)), library.layers.Lambda(lambda x: x)])
        code.save(HERE / f"code_{library.__name__}.keras")
    code.save(HERE / "code.h5")

    class Own(keras.layers.Layer):
        def call(self, x: Any) -> Any:
            return x

    keras.Sequential([keras.Input((3,)), Own()]).save(HERE / "own.keras")
    (HERE / "text.keras").write_text("no archive")
    (HERE / "cut.keras").write_bytes((HERE / "two.keras").read_bytes()[:999])
    _saved_models(small["three"])
    return small["two"]


def _saved_models(model: Any) -> None:
    tf.saved_model.save(model, str(HERE / "hidden"))
    tf.saved_model.save(tf.Module(), str(HERE / "unsigned"))
    module = _module()
    twice = tf.function(lambda x: 2 * module.scaled(x))
    spec = tf.TensorSpec([None, 2], name="x")
    signatures = {
        "once": module.scaled.get_concrete_function(),
        "twice": twice.get_concrete_function(spec),
    }
    tf.saved_model.save(module, str(HERE / "several"), signatures=signatures)
    (HERE / "damaged").mkdir()
    (HERE / "damaged" / "saved_model.pb").write_bytes(b"\xff" * 99)
    (HERE / "lacking").mkdir()
    (HERE / "lacking" / "saved_model.pb").write_bytes(
        (HERE / "hidden" / "saved_model.pb").read_bytes()
    )


def large() -> Any:
    return tf_keras.Sequential([tf_keras.layers.Input((100,)), tf_keras.layers.Dense(1000)])


def images() -> Any:
    return np.random.default_rng(0).random((20, 6, 6, 1), np.float32)


def sequences() -> Any:
    return np.random.default_rng(0).random((10, 4, 3), np.float32)


def fours() -> Any:
    return np.random.default_rng(0).random((10, 4), np.float32)
