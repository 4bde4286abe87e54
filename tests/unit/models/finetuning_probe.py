"""Many small questions to the fine-tuning of tf_keras models, in one process with TensorFlow.

Run as a program it prints the answers as JSON; `test_child_optimise.py` says which are right.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_model_optimization  # noqa: F401 - before tf.keras is touched
import tf_keras

from benchhub.models.child import finetuning, toolkit
from benchhub.models.child.data import Examples
from benchhub.models.child.job import Job, JobError

TRAINING = {
    "epochs": 1,
    "batch_size": 8,
    "learning_rate": 0.01,
    "optimizer": "adam",
    "loss": "sparse_categorical_crossentropy",
}
INPUTS = {"x": np.random.default_rng(0).random((16, 6), np.float32)}
CLASSES = np.arange(16) % 3


class Doubling(tf_keras.layers.Layer):
    def call(self, inputs: Any) -> Any:
        return 2 * inputs


class Weighing(tf_keras.layers.Layer):
    def build(self, _shape: Any) -> None:
        self.scale = self.add_weight(name="scale", shape=(1, 6))

    def call(self, inputs: Any) -> Any:
        return self.scale * inputs


def net(*middle: Any, activation: str | None = "softmax") -> Any:
    dense = tf_keras.layers.Dense(3, activation=activation)
    return tf_keras.Sequential([tf_keras.layers.Input((6,), name="features"), *middle, dense])


def job() -> Job:
    return Job(Path(sys.argv[1]), {"folder": sys.argv[1]})


def lesson(model: Any, labels: Any, **training: Any) -> finetuning.Lesson:
    known = None if labels is None else np.asarray(labels)
    return finetuning.lesson(model, Examples(INPUTS, known, "d"), TRAINING | training, job())


def tuned(model: Any, labels: Any, **training: Any) -> str:
    what = lesson(model, labels, **training)
    return finetuning.finetune(model, what, (), job())


def loss_of(activation: str | None, **training: Any) -> list[Any]:
    what = lesson(net(activation=activation), CLASSES, **training)
    return [
        type(what.loss).__name__,
        what.loss.get_config()["from_logits"],
        list(what.targets.shape),
    ]


def reached(steps: int, sparsity: float) -> list[Any]:
    """Prune in a training of few steps."""
    request = {"optimisation": "pruned", "sparsity": sparsity}
    model = net(Doubling(), tf_keras.layers.Dense(10))
    what = lesson(model, CLASSES, batch_size=16, epochs=steps)
    wrapped = toolkit.wrapped(model, request, what.steps)
    finetuning.finetune(wrapped.model, what, wrapped.callbacks, job())
    done = toolkit.finished(wrapped, request)
    return [what.steps, done.sparsity, list(done.notes)]


def wrap(optimisation: str, *layers: Any) -> None:
    toolkit.wrapped(net(*layers), {"optimisation": optimisation, "sparsity": 0.5, "clusters": 4}, 9)


def empty(optimisation: str) -> None:
    layers = tf_keras.layers
    model = tf_keras.Sequential([layers.Input((4, 4, 1)), layers.GlobalAveragePooling2D()])
    request = {"optimisation": optimisation, "sparsity": 0.5, "clusters": 4}
    toolkit.finished(toolkit.wrapped(model, request, 9), request)


def two_outputs() -> Any:
    given = tf_keras.layers.Input((6,))
    return tf_keras.Model(given, [tf_keras.layers.Dense(3)(given) for _ in range(2)])


def answer(question: Callable[[], Any]) -> Any:
    try:
        return question()
    except JobError as error:
        return f"{error.kind}: {error.message}"


QUESTIONS: dict[str, Callable[[], Any]] = {
    "probabilities": lambda: loss_of("softmax"),
    "logits": lambda: loss_of(None),
    "one-hot": lambda: loss_of("softmax", loss="categorical_crossentropy"),
    "one-hot labels": lambda: list(map(int, lesson(net(), np.eye(3)[CLASSES]).targets)),
    "squared": lambda: tuned(net(), np.eye(3)[CLASSES], loss="mean_squared_error"),
    "own loss": lambda: tuned(net(), np.eye(3)[CLASSES], loss="losses:away"),
    "own loss fails": lambda: tuned(net(), CLASSES, loss="losses:broken"),
    "not finite": lambda: tuned(net(), CLASSES, loss="losses:lost"),
    "no labels": lambda: tuned(net(), None),
    "label 3": lambda: tuned(net(), CLASSES + 1),
    "no classes": lambda: tuned(net(), CLASSES / 2),
    "wrong shape": lambda: tuned(net(), np.ones((16, 5)), loss="mean_squared_error"),
    "optimizer": lambda: tuned(net(), CLASSES, optimizer="adamm"),
    "loss": lambda: tuned(net(), CLASSES, loss="crossentropy"),
    "outputs": lambda: tuned(two_outputs(), CLASSES),
    "1 step": lambda: reached(1, 0.5),
    "2 steps": lambda: reached(2, 0.5),
    "7 steps": lambda: reached(7, 0.8),
    "qat unknown": lambda: wrap("qat", Doubling()),
    "pruned unknown": lambda: wrap("pruned", Weighing()),
    "clustered unknown": lambda: wrap("clustered", Weighing()),
    "pruned nothing": lambda: empty("pruned"),
    "clustered nothing": lambda: empty("clustered"),
}


if __name__ == "__main__":
    tf_keras.utils.set_random_seed(0)
    (Path(sys.argv[1]) / "losses.py").write_text(
        "import tensorflow as tf\n"
        "def away(wanted, given): return tf.reduce_mean(tf.abs(wanted - given))\n"
        "def lost(wanted, given): return tf.reduce_sum(given) * float('nan')\n"
        "def broken(wanted, given): raise KeyError('no such thing')\n"
    )
    print(json.dumps({name: answer(question) for name, question in QUESTIONS.items()}))  # noqa: T201
