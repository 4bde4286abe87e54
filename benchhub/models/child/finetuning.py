"""Fine-tuning: from examples and the words of a suite to a training of tf_keras."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tf_keras as keras
from numpy.typing import NDArray

from benchhub.models.child.callables import load_callable
from benchhub.models.child.data import Examples, feed
from benchhub.models.child.job import Job, JobError
from benchhub.models.child.telling import first_line

# Losses of classes, by their name in Keras without underscores.
_SPARSE = "sparsecategoricalcrossentropy"
_ONE_HOT = "categoricalcrossentropy"
_BINARY = "binarycrossentropy"
_CROSSENTROPIES = {
    _SPARSE: keras.losses.SparseCategoricalCrossentropy,
    _ONE_HOT: keras.losses.CategoricalCrossentropy,
    _BINARY: keras.losses.BinaryCrossentropy,
}
# Outputs of so many examples tell whether they are probabilities.
_PROBED = 32
# Their sum may be off by that.
_ROUNDING = 1e-3

Values = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a model is fine-tuned on, and how.

    Attributes:
        inputs: Arrays in the order of the model's inputs.
        targets: What is right, as the loss wants it.
        loss: A function or object of Keras.
        source: Where the examples come from.
        batch_size: Examples of a step.
        epochs: Passes over the examples.
        optimizer: As Keras names it.
        learning_rate: Of the optimizer.
    """

    inputs: tuple[Values, ...]
    targets: Values
    loss: Any
    source: str
    batch_size: int
    epochs: int
    optimizer: str
    learning_rate: float

    @property
    def steps(self) -> int:
        """Training steps in all."""
        return self.epochs * math.ceil(len(self.targets) / self.batch_size)


def lesson(model: Any, examples: Examples, training: Mapping[str, Any], job: Job) -> Lesson:
    """Fit examples to a model.

    Args:
        model: A Sequential or Functional model with one output.
        examples: With labels.
        training: Of the request: epochs, batch_size, learning_rate, optimizer, loss.
        job: For a loss of the user's own.

    Raises:
        JobError: They do not fit.
    """
    if len(model.outputs) != 1:
        raise JobError(
            "model",
            f"it has {len(model.outputs)} outputs, and fine-tuning knows one loss for one output.",
            "Leave variants out that are fine-tuned.",
        )
    if examples.labels is None:
        raise JobError("data", f"{examples.source}: there are no labels to train on.", _LABELLED)
    fed = feed(
        examples,
        model.input_names,
        [tuple(tensor.shape) for tensor in model.inputs],
        [tensor.dtype.as_numpy_dtype for tensor in model.inputs],
    )
    fixed = model.inputs[0].shape[0]
    size = int(fixed or training["batch_size"])
    n = len(examples) - len(examples) % size if fixed else len(examples)
    if not n:
        raise JobError("data", f"{examples.source}: it has fewer examples than a batch of {size}.")
    inputs = tuple(values[:n] for values in fed.values())
    loss, targets = _loss(model, str(training["loss"]), inputs, examples.first(n), job)
    return Lesson(
        inputs=inputs,
        targets=targets,
        loss=loss,
        source=examples.source,
        batch_size=size,
        epochs=int(training["epochs"]),
        optimizer=str(training["optimizer"]),
        learning_rate=float(training["learning_rate"]),
    )


_LABELLED = "Add y or labels to the file, or return (inputs, labels) from the function."


def finetune(model: Any, what: Lesson, callbacks: Sequence[Any], job: Job) -> str:
    """Train a model; return what was done, in a few words.

    Raises:
        JobError: Keras knows no such optimizer, or it fails, or the loss is not finite.
    """
    said: list[float] = []

    def begin(epoch: int, _logs: object) -> None:
        so_far = f", loss {said[-1]:.4f}" if said else ""
        job.say(f"epoch {epoch + 1} of {what.epochs}{so_far}")

    def end(epoch: int, logs: Mapping[str, float]) -> None:
        said.append(float(logs["loss"]))
        if not math.isfinite(said[-1]):
            raise JobError(
                "data",
                f"its loss is not finite after epoch {epoch + 1} of fine-tuning.",
                "Lower training's learning_rate, or look at data and loss.",
            )

    watching = keras.callbacks.LambdaCallback(on_epoch_begin=begin, on_epoch_end=end)
    inputs = what.inputs[0] if len(what.inputs) == 1 else list(what.inputs)
    try:
        model.compile(optimizer=_optimizer(what), loss=what.loss)
        model.fit(
            inputs,
            what.targets,
            batch_size=what.batch_size,
            epochs=what.epochs,
            verbose=0,
            callbacks=[*callbacks, watching],
        )
    except JobError:
        raise
    except Exception as error:  # a loss of the user's own raises whatever it likes
        raise JobError(
            "data",
            f"it cannot be fine-tuned on {what.source}: {first_line(error)}",
            "Do labels and loss belong together, and both to the model's output?",
        ) from error
    epochs = "1 epoch" if what.epochs == 1 else f"{what.epochs} epochs"
    n = len(what.targets)
    return f"fine-tuned for {epochs} on {n} examples of {what.source}, loss {said[-1]:.3g}"


def _optimizer(what: Lesson) -> Any:
    named = {"class_name": what.optimizer, "config": {"learning_rate": what.learning_rate}}
    try:
        return keras.optimizers.get(named)
    except (ValueError, TypeError) as error:
        raise JobError(
            "model",
            f"Keras knows no optimizer '{what.optimizer}'.",
            "Take adam, sgd, rmsprop or another name of Keras.",
        ) from error


def _loss(
    model: Any, name: str, inputs: Sequence[Values], examples: Examples, job: Job
) -> tuple[Any, Values]:
    """Return a loss and the targets in the form that it wants."""
    if ":" in name:
        return load_callable(name, job), _labels(examples)
    plain = name.replace("_", "").lower()
    if plain not in _CROSSENTROPIES:
        try:
            return keras.losses.get(name), _labels(examples)
        except ValueError as error:
            raise JobError(
                "model",
                f"Keras knows no loss '{name}'.",
                "Take sparse_categorical_crossentropy, mean_squared_error or another name of "
                "Keras, or module:function.",
            ) from error
    outputs = model.predict_on_batch([values[: _probed(model)] for values in inputs])
    loss = _CROSSENTROPIES[plain](from_logits=not _probabilities(outputs, plain))
    if plain == _BINARY:
        return loss, _labels(examples).astype(np.float32).reshape(-1, *outputs.shape[1:])
    return loss, _class_targets(examples, int(outputs.shape[-1]), one_hot=plain == _ONE_HOT)


def _probed(model: Any) -> int:
    return int(model.inputs[0].shape[0] or _PROBED)


def _probabilities(outputs: Values, loss: str) -> bool:
    """Return whether outputs are probabilities; else the loss takes them as logits.

    A network may end in a softmax or leave it to the loss; the wrong guess trains nonsense.
    """
    inside = bool((outputs >= 0).all() and (outputs <= 1).all())
    if loss == _BINARY:
        return inside
    return inside and bool(np.abs(outputs.sum(axis=-1) - 1).max() < _ROUNDING)


def _class_targets(examples: Examples, classes: int, *, one_hot: bool) -> Values:
    numbers = examples.classes()
    if numbers is None:
        raise JobError(
            "data",
            f"{examples.source}: its labels have shape {_labels(examples).shape} and are no "
            "classes.",
            "Class numbers from 0, or one-hot rows; for other tasks give training another loss.",
        )
    if numbers.min() < 0 or numbers.max() >= classes:
        wrong = numbers.max() if numbers.max() >= classes else numbers.min()
        raise JobError(
            "data",
            f"{examples.source}: there is a label {wrong}, and the model's classes are 0 to "
            f"{classes - 1}.",
            "Do the labels belong to this model?",
        )
    return np.eye(classes, dtype=np.float32)[numbers] if one_hot else numbers


def _labels(examples: Examples) -> Values:
    if examples.labels is None:  # `lesson` has refused that
        raise JobError("data", f"{examples.source}: there are no labels to train on.", _LABELLED)
    return examples.labels
