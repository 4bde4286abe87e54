"""How good outputs are: top-1, top-5, and what a user's function makes of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchhub.models.child.job import JobError

TOP1 = "top1"
TOP5 = "top5"
RANKS = {TOP1: 1, TOP5: 5}

Values = NDArray[Any]

_OWN = "Judge it by a function of your own: `metric: module:function`."


def class_scores(output: Values) -> Values | None:
    """Return an output as examples x classes; None if it is no vector of at least two classes.

    Dimensions of 1 between them do not matter: (n, 1, 1, 1000) is (n, 1000).
    """
    sizes = [size for size in output.shape[1:] if size != 1]
    if len(sizes) != 1 or output.dtype.kind not in "fiu":
        return None
    return output.reshape(len(output), sizes[0])


def ranks_of(scores: Values, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place of the right class among all classes of its example, from 0.

    Of equal scores the lower class comes first, as in an argmax. Without a score, i.e. NaN, an
    example has no largest class: its rank is the number of classes, so it counts as wrong.

    Args:
        scores: Examples x classes.
        labels: The right class of each example.
    """
    right = np.take_along_axis(scores, labels[:, None], axis=1)
    places = np.arange(scores.shape[1])
    before = (scores > right) | ((scores == right) & (places < labels[:, None]))
    told = ~np.isnan(scores.astype(np.float64)).any(axis=1)
    return np.asarray(np.where(told, before.sum(axis=1), scores.shape[1]))


def top_k(output: Values, labels: NDArray[np.int64] | None, name: str) -> dict[str, float]:
    """Return top-1, and top-5 where there are at least five classes; shares of the examples.

    Args:
        output: The model's first output.
        labels: The right class of each example, from 0; None if the labels are no classes.
        name: The one that is asked for: `top1` or `top5`.

    Raises:
        JobError: The output is no vector of classes, or has too few, or the labels are none.
    """
    scores = class_scores(output)
    if scores is None:
        raise JobError(
            "data",
            f"{name} needs one value for each class, and an example's first output has shape "
            f"{output.shape[1:]}.",
            _OWN,
        )
    if labels is None:
        raise JobError("data", f"{name} needs class numbers or one-hot rows as labels.", _OWN)
    classes = scores.shape[1]
    if classes < RANKS[name]:
        raise JobError("data", f"{name} needs more than {classes} classes.", "Ask for top1.")
    for label in (int(labels.min()), int(labels.max())):
        if not 0 <= label < classes:
            raise JobError(
                "data",
                f"there is a label {label}, and the model's classes are 0 to {classes - 1}.",
                "Do the labels belong to this model? Some start at 1, or count the background.",
            )
    ranks = ranks_of(scores, labels)
    return {one: float((ranks < k).mean()) for one, k in RANKS.items() if k <= classes}


def figures_of(said: object, name: str) -> dict[str, float]:
    """Return what a user's function returned, by the names of its figures.

    Args:
        said: A number, which is called like the function, or a dictionary of numbers.
        name: `module:function`.

    Raises:
        JobError: It is something else, or a number is not finite.
    """
    figures = said if isinstance(said, Mapping) else {name.rpartition(":")[2]: said}
    if not figures:
        raise JobError("model", f"the metric {name} returned no figure.")
    return {str(key): _number(figure, name, str(key)) for key, figure in figures.items()}


def _number(figure: object, name: str, key: str) -> float:
    if isinstance(figure, np.generic | np.ndarray) and figure.size == 1:
        figure = figure.item()
    if not isinstance(figure, int | float):
        raise JobError(
            "model",
            f"the metric {name} returned {type(figure).__name__} as {key}.",
            "It has to return a number, or a dictionary of numbers.",
        )
    if not math.isfinite(figure):
        raise JobError("model", f"the metric {name} returned {figure} as {key}.")
    return float(figure)
