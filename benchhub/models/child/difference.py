"""How far outputs are from those of another variant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchhub.models.child.job import JobError
from benchhub.models.child.metrics import class_scores

Values = NDArray[Any]

# Examples a time are so few that their values in float64 stay below that.
_CHUNK_VALUES = 1 << 22


def difference(
    outputs: Mapping[str, Values], reference: Mapping[str, Values]
) -> dict[str, float | None]:
    """Compare outputs; the names and formulas are those of `benchhub.records.Difference`.

    All outputs count, one behind the other; the top-1 agreement is that of the first one. Outputs
    belong together by name, or by their order where the names are not the same.

    Args:
        outputs: Real values by name; examples are the first dimension.
        reference: Those of the other variant.

    Raises:
        JobError: They cannot be compared, or are not finite.
    """
    pairs = _paired(outputs, reference)
    n = len(pairs[0][0])
    width = sum(mine.size for mine, _ in pairs) // n
    largest, total, cosines = 0.0, 0.0, []
    step = max(1, _CHUNK_VALUES // max(1, width))
    for start in range(0, n, step):
        mine, other = (
            np.concatenate(
                [
                    pair[side][start : start + step].reshape(-1, _width(pair[side]))
                    for pair in pairs
                ],
                axis=1,
            ).astype(np.float64)
            for side in (0, 1)
        )
        _demand_finite(mine, other)
        apart = np.abs(mine - other)
        largest = max(largest, float(apart.max(initial=0.0)))
        total += float(apart.sum())
        cosines.append(_cosines(mine, other))
    return {
        "max_abs": largest,
        "mean_abs": total / (n * width),
        "cosine": _mean(np.concatenate(cosines)),
        "top1_agreement": _agreement(*pairs[0]),
    }


def _width(values: Values) -> int:
    return int(np.prod(values.shape[1:], dtype=np.int64))


def _paired(
    outputs: Mapping[str, Values], reference: Mapping[str, Values]
) -> list[tuple[Values, Values]]:
    if outputs.keys() != reference.keys() and len(outputs) != len(reference):
        raise JobError(
            "data", f"it has {len(outputs)} outputs, the reference variant {len(reference)}."
        )
    if outputs.keys() == reference.keys():
        reference = {name: reference[name] for name in outputs}
    pairs = list(zip(outputs.values(), reference.values(), strict=True))
    for name, (mine, other) in zip(outputs, pairs, strict=True):
        if mine.shape != other.shape:
            raise JobError(
                "data",
                f"its output '{name}' has shape {mine.shape}, that of the reference variant "
                f"{other.shape}.",
            )
    return pairs


def _demand_finite(mine: Values, other: Values) -> None:
    for values, whose in ((mine, "its outputs"), (other, "the outputs of the reference variant")):
        if not np.isfinite(values).all():
            raise JobError("convert", f"{whose} are not all finite, so they have no difference.")


def _cosines(mine: Values, other: Values) -> Values:
    """Return the cosine similarity of each example; NaN where one is all zeros."""
    lengths = np.linalg.norm(mine, axis=1) * np.linalg.norm(other, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = np.einsum("ij,ij->i", mine, other) / lengths
    return np.asarray(np.clip(cosines, -1.0, 1.0))  # rounding may go beyond by the last digit


def _mean(cosines: Values) -> float | None:
    return None if np.isnan(cosines).any() else float(cosines.mean())


def _agreement(mine: Values, other: Values) -> float | None:
    scores, others = class_scores(mine), class_scores(other)
    if scores is None or others is None:
        return None
    return float((scores.argmax(axis=1) == others.argmax(axis=1)).mean())
